"""Items per 100 m of beach and per square kilometre: for each area and transect, each class and all together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.service import Request
from pelagia.io.rasters.ground import Floats
from pelagia.services.litter.codes import codes_of
from pelagia.services.litter.columns import ALL
from pelagia.services.litter.counting import Counted
from pelagia.services.litter.intervals import MOST_PARTS, Interval, count_intervals
from pelagia.services.litter.parts import NO_PART, Parts
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.transects import Surveyed

Record = dict[str, Any]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
BEACH_M = 100.0
"""Length of beach the counts of the protocols hold for (OSPAR CEMP 2020-02; EMODnet: count · 100 / length)."""
KM2_M2 = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What a count is of: an area or a transect.

    Parameters
    ----------
    area_id, transect_id
        Its names; no transect for the whole area.
    items
        Numbers of its own among the counted items.
    parts
        Numbers of its parts of the ground.
    covered_m2, length_m
        Its ground and its length of beach; ``None`` where unknown.
    """

    area_id: str
    transect_id: str
    items: Ints
    parts: Ints
    covered_m2: float | None
    length_m: float | None


def density_records(
    request: Request[LitterParams],
    wholes: Iterable[Whole],
    counted: Counted,
    parts: Parts,
    surveyed: Sequence[Surveyed],
) -> list[Record]:
    """Return the rows of ``density``: of every whole a row for all classes, then one for each class that occurs.

    Notes
    -----
    The parts that are drawn for an interval are the cells of the density map; along a line, the stretches of it
    that are as long as a cell. Where there are more than 400, two by two of them are taken together, and so on.
    """
    places = _places(parts, surveyed)
    rows: list[Record] = []
    for whole in wholes:
        blocks, covered_m2 = _blocks(whole, parts, places)
        # The same draws for all: what is the same whole under two names has the same interval.
        rows += _of_whole(whole, counted, blocks, covered_m2, request.rng("density"))
    return rows


def _of_whole(
    whole: Whole, counted: Counted, blocks: Ints, covered_m2: Floats, rng: np.random.Generator
) -> Iterator[Record]:
    named = counted.item_class[whole.items]
    present = np.unique(named)
    counts = np.zeros((max(1, len(covered_m2)), len(present) + 1))
    block = blocks[counted.part[whole.items]] if len(covered_m2) else np.zeros(len(named), np.int64)
    np.add.at(counts, (block, np.searchsorted(present, named) + 1), 1)
    counts[:, 0] = counts[:, 1:].sum(axis=1)
    intervals = count_intervals(counts, covered_m2 if len(covered_m2) else np.zeros(1), rng)
    litter_m2, validated = counted.litter_m2[whole.items], counted.is_validated[whole.items]
    for place, interval in enumerate(intervals):
        mine = np.ones(len(named), np.bool_) if place == 0 else named == present[place - 1]
        name = ALL if place == 0 else counted.classes[present[place - 1]]
        yield _row(whole, name, interval, litter_m2[mine], validated[mine])


def _row(whole: Whole, name: str, interval: Interval, litter_m2: Floats, validated: Mask) -> Record:
    items = len(validated)
    covered_m2 = whole.covered_m2 or None
    per_100m = BEACH_M / whole.length_m if whole.length_m else None
    per_km2 = None if covered_m2 is None else KM2_M2 / covered_m2
    litter = float(litter_m2.sum()) if np.isfinite(litter_m2).all() and covered_m2 is not None else None
    row: Record = {
        "area_id": whole.area_id,
        "transect_id": whole.transect_id,
        "item_class": name,
        "j_code": None if name == ALL else codes_of(name).j_code,
        "items": items,
        "items_low": interval.low,
        "items_high": interval.high,
        "validated_items": int(validated.sum()),
        "covered_m2": whole.covered_m2,
        "length_m": whole.length_m,
        "items_per_m2": None if covered_m2 is None else items / covered_m2,
        "litter_m2": litter,
        "litter_m2_per_m2": None if litter is None or covered_m2 is None else litter / covered_m2,
        "interval_method": interval.method,
    }
    for column, factor in (("items_per_100m", per_100m), ("items_per_km2", per_km2)):
        for end, value in (("", items), ("_low", interval.low), ("_high", interval.high)):
            row[f"{column}{end}"] = None if factor is None else value * factor
    return row


def _blocks(whole: Whole, parts: Parts, places: Ints) -> tuple[Ints, Floats]:
    """Return the block of each part of the ground (-1 for parts of others), and the ground of each block."""
    block_of = np.full(len(parts.found), NO_PART, np.int64)
    if whole.covered_m2 is None or not len(whole.parts):
        return block_of, np.zeros(0)
    mine = places[whole.parts]
    keys, numbers = np.unique(mine, axis=0, return_inverse=True)
    while len(keys) > MOST_PARTS and (mine[:, 2:] > 0).any():
        mine[:, 2:] >>= 1
        keys, numbers = np.unique(mine, axis=0, return_inverse=True)
    block_of[whole.parts] = numbers
    covered_m2 = np.bincount(numbers, weights=parts.covered_m2[whole.parts], minlength=len(keys))
    return block_of, covered_m2.astype(np.float64)


def _places(parts: Parts, surveyed: Sequence[Surveyed]) -> Ints:
    """Return frame, line, row and column of each part; along a line, how far along it is and 0."""
    places = np.zeros((len(parts.found), 4), np.int64)
    for number, part in enumerate(parts.found):
        grid = parts.grids[part.frame]
        if grid is not None:
            along = surveyed[part.frame].along(part.transect, *grid.middle(part.cell))
            where = divmod(part.cell, grid.cols) if along is None else (int(along // grid.cell_m), 0)
            places[number] = part.frame, NO_PART if along is None else part.transect, *where
    return places
