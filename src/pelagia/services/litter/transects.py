"""Which line or polygon of the survey each point of the ground belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.io.rasters.ground import WGS84, Floats
from pelagia.services.litter.frames import Layout, reproject

NO_TRANSECT = -1
"""Of a point that counts, where no line tells more."""
OUTSIDE = -2
"""Of a point outside the surveyed ground: it does not count."""
POINTS_PER_SQUARE = 32
"""Of points that are looked at together."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """The survey of one frame.

    Parameters
    ----------
    polygons, lines
        Number of the row of the table ``survey``, and its shape in the frame.
    strips
        Ground of each line that counts; empty where all ground belongs to the nearest line.
    """

    polygons: tuple[tuple[int, shapely.Geometry], ...] = ()
    lines: tuple[tuple[int, shapely.Geometry], ...] = ()
    strips: tuple[shapely.Geometry, ...] = ()

    def assign(self, x: Floats, y: Floats) -> Ints:
        """Return the number of the transect of each point, :data:`NO_TRANSECT` or :data:`OUTSIDE`.

        Notes
        -----
        Polygons bound the ground. Transects are the lines where there are some, else the polygons; a point in several
        polygons belongs to the first. A point in the strips of several lines belongs to the nearest line.
        """
        found = np.full(len(x), NO_TRANSECT, np.int64)
        if self.polygons:
            found[:] = OUTSIDE
            for number, shape in self.polygons:
                inside = shapely.contains_xy(shape, x, y) & (found == OUTSIDE)
                found[inside] = number
        if self.lines:
            counts = found != OUTSIDE
            found[counts] = self._of_lines(x[counts], y[counts])
        return found

    def along(self, number: int, x: float, y: float) -> float | None:
        """Return how far along its line a point lies, in units of the frame; ``None`` where it is no line's."""
        for other, line in self.lines:
            if other == number:
                return float(shapely.line_locate_point(line, shapely.Point(x, y)))
        return None

    def _of_lines(self, x: Floats, y: Floats) -> Ints:
        numbers = np.array([number for number, _ in self.lines], np.int64)
        if not self.strips:
            return np.asarray(numbers[_nearest([line for _, line in self.lines], x, y)], np.int64)
        found = np.full(len(x), OUTSIDE, np.int64)
        nearest = np.full(len(x), np.inf)
        for (number, line), strip in zip(self.lines, self.strips, strict=True):
            west, south, east, north = strip.bounds
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            near = near[shapely.contains_xy(strip, x[near], y[near])]
            distance = shapely.distance(line, shapely.points(x[near], y[near]))
            closer = near[distance < nearest[near]]
            nearest[near] = np.minimum(nearest[near], distance)
            found[closer] = number
        return found


def _nearest(lines: Sequence[shapely.Geometry], x: Floats, y: Floats) -> Ints:
    """Return which line is nearest to each point.

    Points are taken together by squares of the plane: where the line nearest to the middle of a square is nearer than
    all others by more than its diagonal, it is nearest to every point in it. Only the other points are asked one by
    one.
    """
    if len(lines) == 1 or not len(x):
        return np.zeros(len(x), np.int64)
    tree = shapely.STRtree(lines)
    side = np.sqrt(max(float(np.ptp(x) * np.ptp(y)), 1e-12) * POINTS_PER_SQUARE / len(x))
    across, up = ((part - part.min()) // side for part in (x, y))
    cols = across.max() + 1
    keys, square = np.unique(up * cols + across, return_inverse=True)
    middles = shapely.points(x.min() + (keys % cols + 0.5) * side, y.min() + (keys // cols + 0.5) * side)
    pairs, distances = tree.query_nearest(middles, all_matches=False, return_distance=True)
    near = tree.query(middles, predicate="dwithin", distance=distances + side * np.sqrt(2))
    found = np.asarray(pairs[1][square], np.int64)
    doubtful = (np.bincount(near[0], minlength=len(middles)) > 1)[square]
    if doubtful.any():
        found[doubtful] = tree.nearest(shapely.points(x[doubtful], y[doubtful]))
    return found


def lay_survey(survey: Sequence[Mapping[str, Any]], layout: Layout, strip_width_m: float | None) -> list[Surveyed]:
    """Return the survey of every frame of a layout.

    Parameters
    ----------
    survey
        Rows of the table. Those drawn on a picture hold in its frame, the others on the map of their area.
    layout
        The frames.
    strip_width_m
        Width of the strip that counts along a line; ``None``: all ground nearest to it.
    """
    shapes: list[dict[str, list[tuple[int, shapely.Geometry]]]] = [{"line": [], "polygon": []} for _ in layout.frames]
    for number, row in enumerate(survey):
        place = _frame_of(row, layout)
        if place is not None:
            shapes[place][row["shape"]].append((number, shape_in_frame(row, layout, place)))
    found = []
    for frame, one in zip(layout.frames, shapes, strict=True):
        strips: list[shapely.Geometry] = []
        if strip_width_m is not None and frame.unit_m is not None:
            half = strip_width_m / 2 / frame.unit_m
            strips = [shapely.buffer(line, half, cap_style="flat") for _, line in one["line"]]
        for shape in [*strips, *(polygon for _, polygon in one["polygon"])]:
            shapely.prepare(shape)
        found.append(Surveyed(polygons=tuple(one["polygon"]), lines=tuple(one["line"]), strips=tuple(strips)))
    return found


def shape_in_frame(row: Mapping[str, Any], layout: Layout, frame: int) -> shapely.Geometry:
    """Return a line or polygon of the survey in the plane of a frame."""
    first, second = np.array(row["latitudes"], np.float64), np.array(row["longitudes"], np.float64)
    if row["image_id"]:
        x, y = layout.sheets[row["image_id"]].to_frame(first, second)
    else:
        x, y = reproject(WGS84, layout.frames[frame].crs, second, first)
    points = np.column_stack([x, y])
    if row["shape"] == "line":
        return shapely.linestrings(points)
    return shapely.make_valid(shapely.Polygon(points))


def _frame_of(row: Mapping[str, Any], layout: Layout) -> int | None:
    if row["image_id"]:
        sheet = layout.sheets.get(row["image_id"])
        return None if sheet is None else sheet.frame
    for number, frame in enumerate(layout.frames):
        if frame.area_id == row["area_id"] and not frame.image_id:
            return number
    return None
