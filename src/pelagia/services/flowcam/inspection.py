"""What a request will take: every input looked at, nothing classified."""

from __future__ import annotations

from collections.abc import Sequence

from pelagia.core.service import Estimate, Request
from pelagia.core.words import count
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import FILES_PER_GROUP
from pelagia.services.flowcam.inventory import CHUNK_ROWS, find_places, given_corrections, make_reader
from pelagia.services.flowcam.listing import Expected
from pelagia.services.flowcam.places import Place
from pelagia.services.flowcam.service import FlowCamParams

FIXED_STEPS = 3
"""Inventory, samples, counts."""
WORDS = {"run": "FlowCam run", "vignettes": "folder of images", "ecotaxa": "EcoTaxa bundle"}


def inspect(request: Request[FlowCamParams]) -> Estimate:
    """Say what the inputs hold and what it will take to process them.

    Notes
    -----
    A list is worth its sizes and counts where none of its images is at hand. Images are expected for every particle
    whose collage exists; whether its box and its pixels are sound shows only when it is read.
    """
    findings = Findings()
    # One that cannot be used ends the run: better said before it starts.
    given_corrections(request, findings)
    places = find_places(request.inputs["runs"], findings)
    expected: list[Expected] = []
    for place in places:
        reader = make_reader(place, request.params)
        expected.append(reader.expect())
        findings.add_all(expected[-1].issues)
    chunks = sum(-(-one.listed // CHUNK_ROWS) for one in expected)
    file_groups = sum(-(-place.files // FILES_PER_GROUP) for place in places)
    return Estimate(
        steps=FIXED_STEPS + chunks + file_groups,
        units=sum(one.images for one in expected),
        bytes=sum(place.bytes for place in places),
        understood=_understood(places, expected),
        issues=findings.issues(),
        objects=sum(one.listed for one in expected),
    )


def _understood(places: Sequence[Place], expected: Sequence[Expected]) -> dict[str, str]:
    told: dict[str, str] = {}
    for place, one in zip(places, expected, strict=True):
        label = place.run.sample_id if place.run else place.name
        facts = [WORDS[place.kind], count(one.listed, "particle", "particles")]
        if one.images != one.listed:
            facts.append(f"{one.images:,} of them with an image")
        facts.extend(one.facts)
        told[label if label not in told else f"{label} ({place.uri})"] = ", ".join(facts)
    return told
