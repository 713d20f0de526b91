"""A map that is drawn into the page: from longitude and latitude to the units of a drawing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.exports.oilspill.words import degrees
from pelagia.exports.report.numbers import nice_floor

WIDTH = 720.0
"""Of a map in its own units."""
FLATTEST, TALLEST = 0.55, 1.1
"""Height of a map, in parts of its width."""
MARGIN = 0.08
LEAST_M = 2_000.0
METRES_PER_DEGREE = math.pi / 180.0 * 6_371_008.8
LABEL_ROOM = 30.0

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is shown of the Earth, north up, as far north by metre as east.

    Parameters
    ----------
    west, south, east, north
        Its edges, °; longitudes may go on beyond 180.
    height
        Of the drawing, in its units.
    """

    west: float
    south: float
    east: float
    north: float
    height: float

    @property
    def metres_per_unit(self) -> float:
        """Length of a unit of the drawing, m."""
        return (self.north - self.south) * METRES_PER_DEGREE / self.height

    def place(self, points: Points) -> Points:
        """Return where points (…, 2) of lon, lat are drawn."""
        x = (points[..., 0] - self.west) / (self.east - self.west) * WIDTH
        y = (self.north - points[..., 1]) / (self.north - self.south) * self.height
        return np.asarray(np.stack([x, y], axis=-1).round(1), np.float64)

    def path(self, points: Points, *, is_closed: bool = False) -> str:
        """Return points as the data of a path; those that fall on the one before are left out."""
        placed = self.place(points)
        kept = np.ones(len(placed), bool)
        kept[1:] = (np.abs(np.diff(placed, axis=0)) > 0).any(axis=1)
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in placed[kept].tolist()) + "z" * is_closed

    def area(self, polygon: shapely.Polygon) -> str:
        """Return a polygon as the data of a path, its holes with it."""
        rings = (polygon.exterior, *polygon.interiors)
        return "".join(self.path(shapely.get_coordinates(ring), is_closed=True) for ring in rings)

    def box(self, west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
        """Return left, top, width and height of a rectangle in the drawing."""
        (left, bottom), (right, top) = self.place(np.array([[west, south], [east, north]])).tolist()
        return left, top, round(right - left, 1), round(bottom - top, 1)


def chart_around(boxes: Sequence[tuple[float, float, float, float]]) -> Chart:
    """Return a map with room for everything, neither too flat nor too tall.

    Parameters
    ----------
    boxes
        West, south, east, north of what is shown, °, one at least.
    """
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    lat, lon = (south + north) / 2.0, (west + east) / 2.0
    shrink = math.cos(math.radians(lat))
    least = LEAST_M / METRES_PER_DEGREE
    high = (1.0 + 2.0 * MARGIN) * max(north - south, least)
    wide = (1.0 + 2.0 * MARGIN) * max((east - west) * shrink, least)
    high, wide = max(high, FLATTEST * wide), max(wide, high / TALLEST)
    half = wide / 2.0 / shrink
    return Chart(
        west=lon - half, east=lon + half, south=lat - high / 2.0, north=lat + high / 2.0,
        height=round(WIDTH * high / wide, 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Round latitudes and longitudes as lines, with their names.

    Parameters
    ----------
    lines
        Data of a path.
    labels
        x, y, words and where they stand of that: ``start``, ``middle``.
    """

    lines: str
    labels: tuple[tuple[float, float, str, str], ...]


def net(chart: Chart) -> Net:
    """Return the net of a map."""
    step = nice_floor(max(chart.north - chart.south, chart.east - chart.west) / 3.0)
    lines, labels = [], []
    for lat in _multiples(chart.south, chart.north, step):
        y = float(chart.place(np.array([chart.west, lat]))[1])
        lines.append(f"M0 {y:g}H{WIDTH:g}")
        if LABEL_ROOM < y < chart.height - 2 * LABEL_ROOM:
            labels.append((6.0, round(y - 5, 1), degrees(lat, "NS"), "start"))
    for lon in _multiples(chart.west, chart.east, step):
        x = float(chart.place(np.array([lon, chart.north]))[0])
        lines.append(f"M{x:g} 0V{chart.height:g}")
        if 2 * LABEL_ROOM < x < WIDTH - 8 * LABEL_ROOM:
            labels.append((x, round(chart.height - 8, 1), degrees(lon, "EW"), "middle"))
    return Net(lines="".join(lines), labels=tuple(labels))


def scale_bar(chart: Chart) -> tuple[float, str]:
    """Return the length of a bar in units of the drawing, and what it stands for."""
    length_m = nice_floor(0.25 * WIDTH * chart.metres_per_unit)
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    return round(length_m / chart.metres_per_unit, 1), words


def _multiples(low: float, high: float, step: float) -> Iterator[float]:
    yield from (number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1))
