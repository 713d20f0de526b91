"""What is drawn on a map: items by class, lines, outlines, scale, the net of latitude and longitude."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pelagia.exports.litter.colours import class_colours, hexadecimal
from pelagia.exports.litter.places import Floats
from pelagia.exports.report.numbers import nice_floor
from pelagia.io.rasters.ground import from_lat_lon, to_lat_lon

WIDTH = 720.0
"""Of a map in its own units; it is drawn as wide as the page has room for."""
FLATTEST, TALLEST = 0.42, 1.05
"""Height of a map, in parts of its width."""
MARKS_AT_MOST = 3000
"""More items than this are thinned out evenly."""
_MARGIN = 0.04
LABEL_ROOM = 80.0
"""Along the left edge, for the names of latitudes."""
SCALE_ROOM = 240.0
"""Along the lower edge, for the scale bar."""

Cap = Literal["round", "square"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMarks:
    """Items of one class as one path of points; ``number`` are all of them, also those not drawn."""

    name: str
    colour: str
    cap: Cap
    number: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text on the map."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """From the ground (or the pixels of a picture) to the units of a drawing.

    Parameters
    ----------
    west, north
        What is at its upper left corner.
    unit
        Metres (pixels) in a unit of the drawing.
    height
        Of the drawing, in its units.
    is_north_up
        Whether the second coordinate grows upwards.
    """

    west: float
    north: float
    unit: float
    height: float
    is_north_up: bool = True

    def place(self, points: Floats) -> Floats:
        """Return where points (…, 2) are drawn."""
        x = (points[..., 0] - self.west) / self.unit
        y = (self.north - points[..., 1] if self.is_north_up else points[..., 1] - self.north) / self.unit
        placed: Floats = np.stack([x, y], axis=-1).round(1)
        return placed

    def path(self, points: Floats) -> str:
        """Return points as the attribute of a polygon or a line."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.place(points).tolist())


def frame_around(low: Floats, high: Floats, *, is_north_up: bool = True) -> Frame:
    """Return a drawing that has room for everything between two corners, neither too flat nor too tall."""
    width, height = np.maximum(np.asarray(high) - np.asarray(low), 1e-3) * (1 + 2 * _MARGIN)
    aspect = min(max(height / width, FLATTEST), TALLEST)
    width = max(width, height / aspect)
    middle = (np.asarray(low) + np.asarray(high)) / 2
    unit = float(width) / WIDTH
    tall = aspect * WIDTH
    top = middle[1] + tall * unit / 2 if is_north_up else middle[1] - tall * unit / 2
    return Frame(
        west=float(middle[0] - width / 2), north=float(top), unit=unit, height=round(tall, 1), is_north_up=is_north_up
    )


def class_marks(classes: Sequence[str], points: Floats, frame: Frame, order: Sequence[str]) -> list[ClassMarks]:
    """Return the items of a map by class.

    Parameters
    ----------
    classes, points
        Class and place (N, 2) of every item.
    frame
        The drawing.
    order
        All classes of the result: they give the colours and the shapes.
    """
    colours = class_colours(order)
    counts = Counter(classes)
    step = max(1, math.ceil(len(classes) / MARKS_AT_MOST))
    drawn = frame.place(points).tolist() if len(points) else []
    found = []
    for number, name in enumerate(order):
        own = [at for at, one in enumerate(classes) if one == name]
        if own:
            path = "".join(f"M{drawn[at][0]:g} {drawn[at][1]:g}h0" for at in own[::step])
            cap: Cap = "square" if number % 2 else "round"
            found.append(
                ClassMarks(name=name, colour=hexadecimal(colours[name]), cap=cap, number=counts[name], path=path)
            )
    return found


def scale_bar(metres_per_unit: float) -> tuple[float, str]:
    """Return the length of a scale bar in units of the drawing, and what it stands for."""
    length_m = nice_floor(0.22 * WIDTH * metres_per_unit)
    if length_m >= 1000:
        return length_m / metres_per_unit, f"{length_m / 1000:g} km"
    return length_m / metres_per_unit, f"{length_m:g} m" if length_m >= 1 else f"{100 * length_m:g} cm"


def graticule(frame: Frame, crs: str) -> tuple[list[tuple[float, float]], list[Label]]:
    """Return where round latitudes and longitudes cross, and their names along the lower and the left edge."""
    edges = np.array([[0.0, 0.0], [WIDTH, 0.0], [0.0, frame.height], [WIDTH, frame.height]])
    east, north = frame.west + edges[:, 0] * frame.unit, frame.north - edges[:, 1] * frame.unit
    lats, lons = to_lat_lon(crs, east, north)
    if not (np.isfinite(lats).all() and np.isfinite(lons).all()):
        return [], []
    step = _round_step(max(float(np.ptp(lats)), float(np.ptp(lons)), 1e-7) / 3)
    crosses, labels = [], []
    own_lats, own_lons = list(_multiples(lats, step)), list(_multiples(lons, step))
    for lat in own_lats:
        for lon in own_lons:
            x, y = from_lat_lon(crs, lat, lon)
            across, down = frame.place(np.array([float(x), float(y)])).tolist()
            if LABEL_ROOM < across < WIDTH - 9 and 9 < down < frame.height - LABEL_ROOM / 3:
                crosses.append((across, down))
    for lon in own_lons:
        x, y = from_lat_lon(crs, float(lats.min()), lon)
        across = frame.place(np.array([float(x), float(y)]))[0]
        if LABEL_ROOM < across < WIDTH - SCALE_ROOM:
            labels.append(Label(x=float(across), y=frame.height - 7, text=_degrees(lon, step, "EW"), anchor="middle"))
    for lat in own_lats:
        x, y = from_lat_lon(crs, lat, float(lons.min()))
        down = frame.place(np.array([float(x), float(y)]))[1]
        if 40 < down < frame.height - 40:
            labels.append(Label(x=7.0, y=float(down), text=_degrees(lat, step, "NS")))
    return crosses, labels


def _multiples(values: Floats, step: float) -> Iterator[float]:
    first, last = math.ceil(float(values.min()) / step), math.floor(float(values.max()) / step)
    yield from (number * step for number in range(first, last + 1))


def _round_step(value: float) -> float:
    """Return 1, 2 or 5 × 10ⁿ degrees."""
    return nice_floor(value)


def _degrees(value: float, step: float, letters: str) -> str:
    decimals = max(0, -math.floor(math.log10(step)))
    return f"{abs(value):.{decimals}f}° {letters[0] if value >= 0 else letters[1]}"
