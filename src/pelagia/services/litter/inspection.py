"""What a request will take: every picture and the survey looked at, no pixel read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pelagia.core.service import Estimate, Request
from pelagia.core.words import count
from pelagia.io.findings import Findings
from pelagia.io.rasters.inventory import look
from pelagia.io.rasters.picture import Picture
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import FILES_PER_GROUP
from pelagia.services.litter.inventory import others, survey_rows, usable
from pelagia.services.litter.items import block_items, picture_items, tile_grids
from pelagia.services.litter.service import LitterParams

FIXED_STEPS = 4
"""Inventory, items, account, tidy."""


def inspect(request: Request[LitterParams]) -> Estimate:
    """Say what the inputs hold and what it will take to process them."""
    findings = Findings()
    uris = usable(request.inputs["pictures"], findings)
    pictures, issues = look(uris, gsd_cm=request.params.gsd_cm, area_id=request.params.area_id)
    findings.add_all(issues)
    records = [picture.to_record() for picture in pictures]
    grids = tile_grids(records, request)
    blocks = sum(1 for _ in block_items(records, grids, request, Path()))
    groups = sum(1 for _ in picture_items(records, [], Path()))
    more = usable(others(request), findings)
    survey_rows(request, records, findings)
    sizes = [[entry.size for entry in open_source(uri).entries()] for uri in (*uris, *more)]
    return Estimate(
        steps=FIXED_STEPS
        + len(request.inputs.get("corrections", ()))
        + blocks
        + groups
        + sum(-(-len(one) // FILES_PER_GROUP) for one in sizes),
        units=len(pictures),
        bytes=sum(sum(one) for one in sizes),
        understood=_understood(pictures),
        issues=findings.issues(),
    )


def _understood(pictures: Sequence[Picture]) -> dict[str, str]:
    by_area: dict[str, list[Picture]] = {}
    for picture in pictures:
        by_area.setdefault(picture.area_id, []).append(picture)
    return {area: ", ".join(_facts(members)) for area, members in by_area.items()}


def _facts(pictures: Sequence[Picture]) -> list[str]:
    words = {"photo": ("photo", "photos"), "orthophoto": ("orthophoto", "orthophotos"), "tile": ("tile", "tiles")}
    numbers = {kind: sum(picture.kind == kind for picture in pictures) for kind in words}
    gsds = sorted(picture.gsd_cm for picture in pictures if picture.gsd_cm is not None)
    nowhere = sum(picture.transform is None for picture in pictures)
    facts = [count(number, *words[kind]) for kind, number in numbers.items() if number]
    if not gsds:
        facts.append("ground sampling distance unknown")
    else:
        span = f"{gsds[0]:.3g}" if gsds[-1] < gsds[0] * 1.01 else f"{gsds[0]:.3g} to {gsds[-1]:.3g}"
        facts.append(f"{span} cm per pixel")
        if len(gsds) < len(pictures):
            facts.append(f"{len(pictures) - len(gsds):,} with unknown ground sampling distance")
    facts.append(f"{sum(one.height_px * one.width_px for one in pictures) / 1e6:,.0f} megapixels")
    if nowhere:
        facts.append("none on the map" if nowhere == len(pictures) else f"{nowhere:,} of them not on the map")
    return facts
