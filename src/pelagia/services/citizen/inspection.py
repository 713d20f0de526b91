"""What a request will take: every table read, no image opened."""

from __future__ import annotations

from collections import Counter

from pelagia.core.service import Estimate, Request
from pelagia.core.words import count
from pelagia.io.annotations.citizen import Shape
from pelagia.io.findings import Findings
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import FILES_PER_GROUP
from pelagia.services.citizen.gathering import SLOTS, Gathered, gather, usable_inputs
from pelagia.services.citizen.inventory import image_parts, require_groups
from pelagia.services.citizen.service import CitizenParams

FIXED_STEPS = 2
"""Inventory and account."""
SPECIES_TOLD = 5


def inspect(request: Request[CitizenParams]) -> Estimate:
    """Say what the tables hold and what it will take to settle it."""
    findings = Findings()
    gathered = gather(request, findings)
    if gathered.usable:
        require_groups(gathered, request.params)
    inputs = usable_inputs(request, Findings())
    uris = dict.fromkeys(uri for slot in SLOTS for uri in inputs[slot])
    sizes = [[entry.size for entry in open_source(uri).entries()] for uri in uris]
    return Estimate(
        steps=FIXED_STEPS + len(image_parts(gathered)) + sum(-(-len(one) // FILES_PER_GROUP) for one in sizes),
        units=gathered.usable,
        bytes=sum(sum(one) for one in sizes),
        understood=_understood(gathered),
        issues=findings.issues(),
    )


def _understood(gathered: Gathered) -> dict[str, str]:
    shapes = Counter(mark.shape for _, mark in gathered.marks)
    species = Counter(mark.species for _, mark in gathered.marks)
    annotators = {name for names in gathered.seen.values() for name in names}
    words: dict[Shape, tuple[str, str]] = {
        "point": ("point", "points"),
        "line": ("line", "lines"),
        "polygon": ("polygon", "polygons"),
        "box": ("box", "boxes"),
    }
    views = sum(len(names) for names in gathered.seen.values())
    there = sum(file is not None for file in gathered.images.values())
    commonest = sorted(species, key=lambda name: (-species[name], name))
    told = {
        "Marks": ", ".join(count(shapes[shape], *words[shape]) for shape in words if shapes[shape]) or "none",
        "Annotators": f"{len(annotators):,}",
        "Species": ", ".join(commonest[:SPECIES_TOLD])
        + (f" and {len(commonest) - SPECIES_TOLD:,} more" if len(commonest) > SPECIES_TOLD else ""),
        "Images": f"{there:,} of {len(gathered.images):,} named",
        "Deployments": f"{len({gathered.deployments[image] for image, file in gathered.images.items() if file}):,}",
        "Seen": f"{views / max(1, len(gathered.images)):.3g} people an image"
        + ("" if gathered.has_views else ", of those who marked something on it"),
    }
    if gathered.experts:
        told["Validated"] = count(len(gathered.experts), "image", "images")
    return told
