"""The shoreline around the maps of a spill, as fine as they show it, in pages."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pelagia.orders.spills.shapes import Place, shape_of

FILE = "shoreline.geojson"
PLACES_PER_PAGE = 10_000
"""So that a page stays below 300 kB."""
FINENESS = 3000
"""Places that are nearer to each other than this part of the whole are told as one."""
LEAST_STEP = 1e-4
"""°, about ten metres."""
FILES_KEPT = 4
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shore:
    """Some lines of the shore.

    Parameters
    ----------
    lines
        Of this page.
    bounds
        South, west, north, east of where the shore is known, °; ``None`` where the run had none.
    next
        Number of the line with which the next page begins; ``None`` after the last.
    """

    lines: list[list[Place]]
    bounds: Bounds | None
    next: int | None


def shore_in(folder: Path, after: int) -> Shore:
    """Return lines of the shore; none where the run had no shore.

    Parameters
    ----------
    folder
        The output folder.
    after
        Number of the line to begin with.
    """
    path = folder / FILE
    if not path.is_file():
        return Shore(lines=[], bounds=None, next=None)
    stat = path.stat()
    lines, bounds = _lines(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    end = after
    places = 0
    while end < len(lines) and (end == after or places + len(lines[end]) <= PLACES_PER_PAGE):
        places += len(lines[end])
        end += 1
    return Shore(lines=list(lines[after:end]), bounds=bounds, next=end if end < len(lines) else None)


@lru_cache(maxsize=FILES_KEPT)
def _lines(path: Path, _changed_ns: int, _bytes: int, _file: int) -> tuple[tuple[list[Place], ...], Bounds | None]:
    told = json.loads(path.read_text(encoding="utf-8"))
    geometries = [json.dumps(feature["geometry"]) for feature in told.get("features", ())]
    found = [line for geometry in geometries for line in shape_of(geometry, most=None).lines]
    box = _bbox(found)
    step = LEAST_STEP if box is None else max(LEAST_STEP, (box[2] - box[0]) / FINENESS, (box[3] - box[1]) / FINENESS)
    coarse = [piece for line in found for piece in _pieces(_apart(line, step))]
    lines = tuple(line for line in coarse if len(line) > 1)
    whole = told.get("bbox") or box
    return lines, None if whole is None else (whole[1], whole[0], whole[3], whole[2])


def _bbox(lines: Sequence[Sequence[Place]]) -> Bounds | None:
    """Return west, south, east, north of lines, as GeoJSON has it."""
    places = [place for line in lines for place in line]
    if not places:
        return None
    lats, lons = ([place[at] for place in places] for at in (0, 1))
    return min(lons), min(lats), max(lons), max(lats)


def _apart(line: Sequence[Place], step: float) -> list[Place]:
    """Return the places of a line that lie a step apart at least, and its last one."""
    kept = [line[0]]
    for place in line[1:-1]:
        if math.hypot(place[0] - kept[-1][0], place[1] - kept[-1][1]) >= step:
            kept.append(place)
    return [*kept, line[-1]]


def _pieces(line: list[Place]) -> list[list[Place]]:
    """Return a line in pieces that fit into a page; each begins where the one before ends."""
    size = PLACES_PER_PAGE - 1
    return [line[start : start + size + 1] for start in range(0, max(1, len(line) - 1), size)]
