"""The shoreline around the maps of a spill, as fine as they show it, in pages."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
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


def shore_in(folder: Path, after: int) -> tuple[list[list[Place]], int | None]:
    """Return lines of the shore, and where the next page begins; none where the run had no shore.

    Parameters
    ----------
    folder
        The output folder.
    after
        Number of the line to begin with.
    """
    path = folder / FILE
    if not path.is_file():
        return [], None
    stat = path.stat()
    lines = _lines(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    end = after
    places = 0
    while end < len(lines) and (end == after or places + len(lines[end]) <= PLACES_PER_PAGE):
        places += len(lines[end])
        end += 1
    return list(lines[after:end]), end if end < len(lines) else None


@lru_cache(maxsize=FILES_KEPT)
def _lines(path: Path, _changed_ns: int, _bytes: int, _file: int) -> tuple[list[Place], ...]:
    found = [line for feature in _features(path) for line in shape_of(feature, most=None).lines]
    step = max(LEAST_STEP, _extent(found) / FINENESS)
    coarse = [piece for line in found for piece in _pieces(_apart(line, step))]
    return tuple(line for line in coarse if len(line) > 1)


def _features(path: Path) -> list[str]:
    told = json.loads(path.read_text(encoding="utf-8"))
    return [json.dumps(feature["geometry"]) for feature in told.get("features", ())]


def _extent(lines: Sequence[Sequence[Place]]) -> float:
    places = [place for line in lines for place in line]
    if not places:
        return 0.0
    lats, lons = ([place[at] for place in places] for at in (0, 1))
    return max(max(lats) - min(lats), max(lons) - min(lons))


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
