"""What a request will take: every recording listed, none opened but the long ones."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Estimate, Request
from pelagia.core.table import Table
from pelagia.core.words import count
from pelagia.io.findings import Findings
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import FILES_PER_GROUP
from pelagia.io.video.searching import is_stream
from pelagia.learning.card import read_card
from pelagia.services.ecosystem.following import TOGETHER_CLIPS
from pelagia.services.ecosystem.inventory import beside, list_recordings, usable
from pelagia.services.ecosystem.parts import parts_of
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.service import EcosystemParams

FIXED_STEPS = 4
"""Inventory, account, timeline, frames to be labelled next."""
BURROWS = ("burrow", "hole", "opening")


def inspect(request: Request[EcosystemParams]) -> Estimate:
    """Say what the inputs hold and what it will take to process them."""
    check_model(request)
    findings = Findings()
    uris = usable(request.inputs["recordings"], findings)
    more = usable(beside(request), findings)
    with tempfile.TemporaryDirectory(prefix="pelagia-look-") as name:
        path = Path(name) / "recordings.parquet"
        _, issues = list_recordings(request, uris, path, findings)
        findings.add_all(issues)
        parts = sum(1 for _ in parts_of(path))
        totals = _totals(Table(name="recordings", path=path).records())
    segments = min(totals["streams"], 1) * segments_of(request.params)  # a run follows one live stream
    sizes = [[entry.size for entry in open_source(uri).entries()] for uri in (*uris, *more) if not is_stream(uri)]
    return Estimate(
        steps=FIXED_STEPS
        + sum(bool(request.inputs.get(slot)) for slot in ("labels", "corrections"))
        + parts
        + segments
        + -(-(totals["clips"] - totals["streams"] + segments) // TOGETHER_CLIPS)
        + sum(-(-len(one) // FILES_PER_GROUP) for one in sizes),
        units=totals["videos"] + totals["stills"] + segments,
        bytes=sum(sum(one) for one in sizes),
        understood=_understood(totals),
        issues=findings.issues(),
    )


def segments_of(params: EcosystemParams) -> int:
    """Return into how many pieces a live stream is cut."""
    return math.ceil(params.stream_minutes * 60 / params.segment_s)


def check_model(request: Request[EcosystemParams]) -> None:
    """Check that the model can find what the profile counts.

    Raises
    ------
    BadParameter
        Where burrows shall be counted with a model that knows none.
    """
    if not profile_of(request.params).counts_tows:
        return
    card = read_card(Path(request.models["animals"].path))
    if not any(word in name.lower() for name in card.class_names for word in BURROWS):
        raise BadParameter(
            "the model finds no burrows, so that none can be counted",
            value=f"{card.reference}: {', '.join(card.class_names)}",
            remedy="Choose a detector of burrows for the role 'animals'. None is shipped, since no labelled burrows "
            "are free to be used; docs/howto/ecosystem-models.md tells how the published one is brought here, "
            "docs/howto/ecosystem-training.md how one is trained.",
        )


def _totals(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    clips: set[str] = set()
    told: dict[str, Any] = {"videos": 0, "stills": 0, "streams": 0, "bytes": 0, "timed": 0, "first": None, "last": None}
    places: set[str] = set()
    for one in records:
        clips.add(one["clip_id"])
        told[{"video": "videos", "still": "stills", "stream": "streams"}[one["kind"]]] += 1
        told["bytes"] += one["size_bytes"]
        places.add(" ".join(part for part in (one["site"], one["camera"]) if part))
        if one["started_at"] is not None:
            told["timed"] += 1
            told["first"] = one["started_at"] if told["first"] is None else min(told["first"], one["started_at"])
            told["last"] = one["started_at"] if told["last"] is None else max(told["last"], one["started_at"])
    return {**told, "clips": len(clips), "places": sorted(places - {""})}


def _understood(totals: Mapping[str, Any]) -> dict[str, str]:
    kinds = (
        ("videos", ("video clip", "video clips")),
        ("stills", ("still picture", "still pictures")),
        ("streams", ("live stream", "live streams")),
    )
    said = {
        "recordings": ", ".join(count(totals[kind], *words) for kind, words in kinds if totals[kind]) or "none",
        "size": f"{totals['bytes'] / 1e6:,.1f} MB",
    }
    if totals["first"] is not None:
        said["from"], said["to"] = (_day(totals[name]) for name in ("first", "last"))
    untimed = totals["videos"] + totals["stills"] - totals["timed"]
    if untimed:
        said["without a time in their names"] = f"{untimed:,}"
    if totals["places"]:
        shown = totals["places"][:5]
        more = len(totals["places"]) - len(shown)
        said["cameras"] = ", ".join(shown) + (f" and {more:,} more" if more else "")
    return said


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
