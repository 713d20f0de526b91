"""From tiles and items to what an agency asks for: densities, cells, quantities. Used by runs and revisions alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Column, Table, write_table
from pelagia.services.litter.cells import cell_records
from pelagia.services.litter.columns import (
    ALL,
    CELL_COLUMNS,
    DENSITY_COLUMNS,
    PICTURE_COLUMNS,
    QUANTITY_COLUMNS,
    SURVEY_COLUMNS,
)
from pelagia.services.litter.counting import Counted, count_items
from pelagia.services.litter.coverage import Ground, look_over
from pelagia.services.litter.density import Whole, density_records
from pelagia.services.litter.edits import EDIT_COLUMNS
from pelagia.services.litter.frames import Layout, lay_out
from pelagia.services.litter.parts import Parts, cell_grids
from pelagia.services.litter.quantities import quantity_records
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.transects import Surveyed, lay_survey

Record = dict[str, Any]
ACCOUNTED: Mapping[str, tuple[Column, ...]] = {
    "pictures": PICTURE_COLUMNS,
    "density": DENSITY_COLUMNS,
    "cells": CELL_COLUMNS,
    "quantities": QUANTITY_COLUMNS,
    "survey": SURVEY_COLUMNS,
}
"""The tables that an account makes."""
MADE_BY_ACCOUNT = frozenset({"cells-coarser", "length-unknown", "ground-unknown"})
"""Findings of the accounting: those of the first time give way to those of a revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the pictures, tiles and items of a run come to, before it is summed."""

    layout: Layout
    surveyed: Sequence[Surveyed]
    parts: Parts
    ground: Ground
    counted: Counted


def account(
    request: Request[LitterParams],
    pictures: Sequence[Mapping[str, Any]],
    tiles_path: str,
    items_path: str,
    survey: Sequence[Mapping[str, Any]],
    lengths_m: Mapping[str, float] | None = None,
) -> Record:
    """Account for everything that was found: the step after the last item.

    Parameters
    ----------
    request
        The request.
    pictures
        Rows of the table, in order; their ground, tiles and items are counted here.
    tiles_path
        The table ``tiles``, picture by picture in the order of ``pictures``.
    items_path
        The table ``items``. It is written anew in its place, with ``is_counted``, material and codes; all other
        columns, ``duplicate_of`` and ``is_deleted`` among them, are taken as they are.
    survey
        Rows of the table.
    lengths_m
        Lengths of beach a person told, by area; they go before the parameter, and after lines.

    Returns
    -------
    dict
        Rows of ``density``, ``cells``, ``quantities``, ``survey``, ``pictures``, and ``issues``.
    """
    params, issues = request.params, list[Issue]()
    layout = lay_out(pictures)
    surveyed = lay_survey(survey, layout, params.strip_width_m)
    parts = Parts(cell_grids(layout, params.cell_m, issues))
    tiles = Table(name="tiles", path=Path(tiles_path))
    ground = look_over(tiles, layout, surveyed, parts, transects=len(survey), is_merged=params.merge_overlaps)
    counted = count_items(Path(items_path), layout, surveyed, parts, min_length_m=params.min_length_cm / 100)
    lengths = _lengths_m(pictures, survey, params.length_m, lengths_m or {})
    found = Found(layout=layout, surveyed=surveyed, parts=parts, ground=ground, counted=counted)
    density = density_records(request, _wholes(pictures, survey, found, lengths), counted, parts, surveyed)
    issues += _unknown(density)
    return {
        "density": density,
        "cells": cell_records(layout, parts, counted),
        "quantities": quantity_records(pictures, ground.classes_m2, counted),
        "survey": [dict(row) for row in survey],
        "pictures": _finished(pictures, ground, counted),
        "issues": [asdict(issue) for issue in issues],
    }


def write_accounts(told: Mapping[str, Any], edits: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, Table]:
    """Write the tables of an account, and that of the edits if there are any.

    Parameters
    ----------
    told
        What :func:`account` returned.
    edits
        The trail of all changes.
    folder
        Where the tables shall stand.
    """
    tables = {name: write_table(name, folder, columns, told[name]) for name, columns in ACCOUNTED.items()}
    return tables | ({"edits": write_table("edits", folder, EDIT_COLUMNS, edits)} if edits else {})


def _finished(pictures: Sequence[Mapping[str, Any]], ground: Ground, counted: Counted) -> list[Record]:
    counts = np.bincount(counted.picture, minlength=len(pictures))
    return [
        {
            **row,
            "covered_m2": None if row["gsd_cm"] is None else float(ground.covered_m2[number]),
            "counted_m2": None if row["gsd_cm"] is None else float(ground.counted_m2[number]),
            "tiles": int(ground.tiles[number]),
            "searched_tiles": int(ground.searched[number]),
            "items": int(counted.found[number]),
            "counted_items": int(counts[number]),
        }
        for number, row in enumerate(pictures)
    ]


def _lengths_m(
    pictures: Sequence[Mapping[str, Any]],
    survey: Sequence[Mapping[str, Any]],
    usual_m: float | None,
    told_m: Mapping[str, float],
) -> dict[str, float | None]:
    """Return the length of beach of every area: of its lines, else of its polygons, else as told; never guessed."""
    lengths: dict[str, float | None] = {}
    for area in dict.fromkeys(row["area_id"] for row in pictures):
        lines = [row["length_m"] for row in survey if row["area_id"] == area and row["shape"] == "line"]
        polygons = [row["length_m"] for row in survey if row["area_id"] == area and row["shape"] == "polygon"]
        lengths[area] = _sum(lines) or _sum(polygons) or told_m.get(area, usual_m)
    return lengths


def _sum(values: Sequence[float | None]) -> float | None:
    """Return the sum; ``None`` where there is nothing, or one of them is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _wholes(
    pictures: Sequence[Mapping[str, Any]],
    survey: Sequence[Mapping[str, Any]],
    found: Found,
    lengths_m: Mapping[str, float | None],
) -> Iterator[Whole]:
    """Yield every area, each followed by its transects, and all areas together."""
    areas = list(lengths_m)
    area_of = np.array([areas.index(row["area_id"]) for row in pictures], np.int64)
    sized = np.array([row["gsd_cm"] is not None for row in pictures], np.bool_)
    frame_areas = np.array([areas.index(frame.area_id) for frame in found.layout.frames], np.int64)
    part_areas = frame_areas[[part.frame for part in found.parts.found]] if found.parts.found else np.zeros(0, np.int64)
    item_areas = area_of[found.counted.picture]
    transects_m2 = found.ground.transects_m2
    for number, area in enumerate(areas):
        mine = area_of == number
        yield Whole(
            area_id=area,
            transect_id="",
            items=np.flatnonzero(item_areas == number),
            parts=np.flatnonzero(part_areas == number),
            covered_m2=float(transects_m2[mine].sum()) if sized[mine].all() else None,
            length_m=lengths_m[area],
        )
        yield from (_transect(survey, found, row) for row in _transects(survey, found, area))
    yield Whole(
        area_id=ALL,
        transect_id="",
        items=np.arange(len(item_areas)),
        parts=np.arange(len(part_areas)),
        covered_m2=float(transects_m2.sum()) if sized.all() else None,
        length_m=_sum(list(lengths_m.values())),
    )


def _transects(survey: Sequence[Mapping[str, Any]], found: Found, area: str) -> Iterator[tuple[int, bool]]:
    """Yield the rows of the survey that are transects of an area, and whether their ground is known."""
    for frame, surveyed in zip(found.layout.frames, found.surveyed, strict=True):
        for number, _ in surveyed.lines or surveyed.polygons:
            if survey[number]["area_id"] == area:
                yield number, frame.unit_m is not None


def _transect(survey: Sequence[Mapping[str, Any]], found: Found, told: tuple[int, bool]) -> Whole:
    number, is_known = told
    part_transects = np.array([part.transect for part in found.parts.found], np.int64)
    return Whole(
        area_id=survey[number]["area_id"],
        transect_id=survey[number]["transect_id"],
        items=np.flatnonzero(found.counted.transect == number),
        parts=np.flatnonzero(part_transects == number),
        covered_m2=float(found.ground.transects_m2[:, number].sum()) if is_known else None,
        length_m=survey[number]["length_m"],
    )


def _unknown(density: Sequence[Mapping[str, Any]]) -> Iterator[Issue]:
    """Yield findings on areas of which no density can be told."""
    for row in density:
        if row["transect_id"] or row["item_class"] != ALL or row["area_id"] == ALL:
            continue
        if row["length_m"] is None:
            yield Issue(
                file=row["area_id"],
                code="length-unknown",
                message="The length of beach is not known; items per 100 m and tables for EMODnet are left empty.",
                remedy="Give the length, a survey line, or draw one on the map.",
                severity="note",
            )
        if row["covered_m2"] is None:
            yield Issue(
                file=row["area_id"],
                code="ground-unknown",
                message="A picture has no ground sampling distance; items per area of ground are left empty.",
                remedy="Give the ground sampling distance in cm per pixel.",
            )
