"""The shoreline that came with a result: its lines, and the land they bound."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.geometry import near

ROLE = "shoreline"
BESIDE = 1e-6
"""°: how far beside a line it is looked whether there is land."""
DOUBT = 0.05
"""Of the length of the shore of a piece: where more of it says the contrary, nothing is said of land."""

Lines = list[NDArray[np.float64]]
Box = tuple[float, float, float, float]


def read_shore(result: Result, lon: float) -> tuple[Lines, Box | None]:
    """Return lines, (n, 2) of lon, lat, and the box they are complete in: west, south, east, north.

    Parameters
    ----------
    result
        Of a forecast; without a shoreline there are no lines and no box.
    lon
        Longitudes are written within 180° of this one.
    """
    lines: Lines = []
    box: Box | None = None
    for artifact in result.artifacts:
        if artifact.role == ROLE:
            told = json.loads(artifact.path.read_text(encoding="utf-8"))
            lines += [near(np.array(line), lon) for line in _lines(told)]
            box = _box(told.get("bbox"), lon) or box
    return lines, box


def land(lines: Sequence[NDArray[np.float64]], box: Box) -> list[shapely.Polygon]:
    """Return the land within a box; nothing where the lines do not tell on which side it lies.

    Parameters
    ----------
    lines
        With land on their left.
    box
        West, south, east, north, °, within which the lines are complete.
    """
    frame = shapely.box(*box)
    shown = [line for line in (shapely.intersection(shapely.LineString(line), frame) for line in lines) if line.length]
    if not shown:
        return []
    pieces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union_all([*shown, frame.exterior]))]))
    votes = _votes(lines, pieces, box)
    if (np.minimum(votes[:, 0], votes[:, 1]) > DOUBT * votes.sum(axis=1)).any():
        return []
    return [piece for piece, (left, right) in zip(pieces, votes.tolist(), strict=True) if left > right]


def _votes(lines: Sequence[NDArray[np.float64]], pieces: NDArray[Any], box: Box) -> NDArray[np.float64]:
    """Return for each piece the length of shore that has it on its left, and on its right."""
    starts, ways = _within(lines, box)
    lengths = np.hypot(ways[:, 0], ways[:, 1])
    aside = np.column_stack([-ways[:, 1], ways[:, 0]]) / lengths[:, None] * BESIDE
    tree = shapely.STRtree(pieces)
    votes = np.zeros((len(pieces), 2))
    for side, sign in enumerate((1.0, -1.0)):
        points = shapely.points(starts + ways / 2.0 + sign * aside)
        point, piece = tree.query(points, predicate="within")
        np.add.at(votes[:, side], piece, lengths[point])
    return votes


def _within(lines: Sequence[NDArray[np.float64]], box: Box) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return begin and way of the parts of all segments that lie in a box (Liang and Barsky 1984)."""
    starts = np.concatenate([line[:-1] for line in lines])
    ways = np.concatenate([np.diff(line, axis=0) for line in lines])
    first, last = np.zeros(len(starts)), np.ones(len(starts))
    for axis, low, high in ((0, box[0], box[2]), (1, box[1], box[3])):
        at, way = starts[:, axis], ways[:, axis]
        still = way == 0
        step = np.where(still, 1.0, way)
        ends = np.sort([(low - at) / step, (high - at) / step], axis=0)
        is_out = still & ((at < low) | (at > high))
        first = np.where(still, first, np.maximum(first, ends[0]))
        last = np.where(is_out, -1.0, np.where(still, last, np.minimum(last, ends[1])))
    inside = last > first
    starts, ways = starts[inside], ways[inside]
    first, last = first[inside, None], last[inside, None]
    return starts + first * ways, (last - first) * ways


def _lines(told: Any) -> list[Any]:
    return [line for feature in told["features"] for line in feature["geometry"]["coordinates"]]


def _box(bbox: Sequence[float] | None, lon: float) -> Box | None:
    if bbox is None:
        return None
    west, south, east, north = bbox
    shift = float(near(np.array([[west, south]]), lon)[0, 0]) - west
    return west + shift, south, east + shift, north
