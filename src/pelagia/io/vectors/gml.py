"""The shapes of GML, of whatever schema: its own elements are known, those around them name what is told."""

from __future__ import annotations

from typing import Any

from pelagia.io.vectors.markup import DEEPEST, read_markup

Shapes = list[tuple[dict[str, Any], dict[str, Any], str]]
PARTS = frozenset({"polygon", "surface", "curve", "point", "linestring", "geometry", "interior", "exterior", "ring"})
"""Members of geometries; any other member is a feature."""
POLYGONS = frozenset({"Polygon", "PolygonPatch"})
LINES = frozenset({"LineString", "LineStringSegment", "LinearRing", "Point"})
"""Elements whose positions are gathered."""
MOST_TOLD = 200
"""Properties of a feature."""


def read_gml(text: bytes) -> Shapes:
    """Return the shapes of all features: as GeoJSON has them, what is told of the feature, its coordinate system.

    Points of a feature that also has lines or polygons are marks in them, and left out.

    Raises
    ------
    ValueError
        Where it is no GML, or declares what GML never does.
    """
    reader = _Gml()
    read_markup(text, reader)
    if not reader.is_gml:
        raise ValueError("it is XML, but neither KML nor GML")
    return reader.found


class _Gml:
    """What has been read of the feature at hand, and the shapes found."""

    def __init__(self) -> None:
        self.found: Shapes = []
        self.is_gml = False
        self._path: list[str] = []
        self._systems: list[str] = []
        self._numbers: list[str] = []
        self._text: list[str] = []
        self._feature = 0
        self._told: dict[str, Any] = {}
        self._shapes: list[tuple[dict[str, Any], str]] = []
        self._rings: list[list[list[str]]] = []
        self._line: list[list[str]] = []
        self._system = ""
        self._is_leaf = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element."""
        space, _, name = tag.rpartition(" ")
        self.is_gml = self.is_gml or "opengis.net/gml" in space
        above = self._path[-1] if self._path else ""
        self._path.append(name)
        if len(self._path) > DEEPEST:
            raise ValueError(f"its elements stand more than {DEEPEST} deep in each other")
        self._systems.append(attributes.get("srsName", self._systems[-1] if self._systems else ""))
        self._numbers.append(attributes.get("srsDimension", self._numbers[-1] if self._numbers else "2"))
        if not self._feature and _holds_features(above):
            self._feature, self._told, self._shapes = len(self._path), {}, []
        if name in POLYGONS:
            self._rings = []
        elif name in LINES:
            self._line = []
        self._text, self._is_leaf = [], True

    def text(self, text: str) -> None:
        """Take a piece of text."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        name, system, numbers = self._path.pop(), self._systems.pop(), self._numbers.pop()
        text = "".join(self._text).strip()
        if name in {"posList", "pos", "coordinates"}:
            self._line += _points(name, text, 3 if numbers == "3" else 2)
            self._system = system
        elif name == "LinearRing":
            is_hole = "interior" in self._path or "innerBoundaryIs" in self._path
            self._rings.insert(len(self._rings) if is_hole else 0, self._line)
        elif name in POLYGONS and self._rings:
            self._shapes.append(({"type": "Polygon", "coordinates": self._rings}, self._system))
        elif name == "Point" and self._line:
            self._shapes.append(({"type": "Point", "coordinates": self._line[0]}, self._system))
        elif name in LINES and self._line:
            self._shapes.append(({"type": "LineString", "coordinates": self._line}, self._system))
        elif self._is_leaf and text and len(self._told) < MOST_TOLD:
            self._told.setdefault(name, text)
        if len(self._path) < max(self._feature, 1):
            self._close()
        self._text, self._is_leaf = [], False

    def _close(self) -> None:
        extended = [pair for pair in self._shapes if pair[0]["type"] != "Point"]
        self.found += [(shape, self._told, system) for shape, system in extended or self._shapes]
        self._feature, self._shapes = 0, []


def _holds_features(name: str) -> bool:
    low = name.lower()
    stem = low.removesuffix("s").removesuffix("member")
    return low.removesuffix("s").endswith("member") and stem not in PARTS


def _points(name: str, text: str, step: int) -> list[list[str]]:
    """Return points of two numbers each; heights are left out."""
    if name == "coordinates":
        return [point.split(",")[:2] for point in text.split()]
    numbers = text.split()
    return [numbers[at : at + 2] for at in range(0, len(numbers), step)]
