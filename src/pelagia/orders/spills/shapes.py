"""Outlines and lines of a table as places on a map: GeoJSON read, rounded, and thinned where it is very long."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

DECIMALS = 5
"""Of degrees: about one metre."""
MOST_POINTS = 1000
"""Of one ring or line."""
Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A shape on the map.

    Parameters
    ----------
    areas
        Polygons: each its outer ring and its holes, (latitude, longitude), °.
    lines
        Lines.
    points
        Single places.
    """

    areas: list[list[list[Place]]]
    lines: list[list[Place]]
    points: list[Place]

    @property
    def size(self) -> int:
        """How many places it has."""
        rings = [ring for area in self.areas for ring in area]
        return sum(map(len, (*rings, *self.lines, self.points)))


def shape_of(text: str | None, most: int | None = MOST_POINTS) -> Shape:
    """Read a shape from GeoJSON; what is none is a shape without places.

    Parameters
    ----------
    text
        A geometry, WGS 84.
    most
        Places of one ring or line; of longer ones every so many-th is taken. ``None`` for all.
    """
    made = Shape(areas=[], lines=[], points=[])
    for kind, coordinates in _simple(_parsed(text)):
        if kind == "Polygon":
            made.areas.append([_thinned(ring, most) for ring in coordinates])
        elif kind == "LineString":
            made.lines.append(_thinned(coordinates, most))
        elif kind == "Point":
            made.points.extend(_places([coordinates]))
    return made


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _simple(geometry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the simple shapes that a geometry is made of."""
    kind = str(geometry.get("type", ""))
    if kind == "GeometryCollection":
        for one in geometry.get("geometries", ()):
            yield from _simple(one)
    elif kind.startswith("Multi"):
        for coordinates in geometry.get("coordinates", ()):
            yield kind.removeprefix("Multi"), coordinates
    elif kind:
        yield kind, geometry.get("coordinates", ())


def _thinned(points: Iterable[Any], most: int | None) -> list[Place]:
    """Return every so many-th place, and the last."""
    places = _places(points)
    step = 1 if most is None else -(-len(places) // most)
    return places if step <= 1 else [*places[:-1:step], places[-1]]


def _places(points: Iterable[Any]) -> list[Place]:
    return [(round(float(point[1]), DECIMALS), round(float(point[0]), DECIMALS)) for point in points]
