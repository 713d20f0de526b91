"""The shapes of KML."""

from __future__ import annotations

from typing import Any

from pelagia.io.vectors.markup import DEEPEST, read_markup

Shapes = list[tuple[dict[str, Any], dict[str, Any]]]
SHAPES = frozenset({"Point", "LineString", "Polygon"})


def read_kml(text: bytes) -> Shapes:
    """Return the shapes of all placemarks, as GeoJSON has them, each with what is told of its placemark.

    Altitudes are left out. The time of a placemark, or the begin of its span, is told as ``time``.

    Raises
    ------
    ValueError
        Where it is no KML, or declares what KML never does.
    """
    reader = _Kml()
    read_markup(text, reader)
    if not reader.is_kml:
        raise ValueError("it is XML, but not KML")
    return reader.found


class _Kml:
    """What has been read of the placemark at hand, and the shapes found."""

    def __init__(self) -> None:
        self.found: Shapes = []
        self.is_kml = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._told: dict[str, Any] = {}
        self._shapes: list[dict[str, Any]] = []
        self._rings: list[list[list[str]]] = []
        self._key = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element."""
        self._path.append(tag.rsplit(" ", 1)[-1])
        self.is_kml = self.is_kml or self._path[0] == "kml"
        if len(self._path) > DEEPEST:
            raise ValueError(f"its elements stand more than {DEEPEST} deep in each other")
        if self._path[-1] == "Placemark":
            self._told, self._shapes = {}, []
        if self._path[-1] == "Polygon":
            self._rings = []
        if self._path[-1] in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")
        self._text = []

    def text(self, text: str) -> None:
        """Take a piece of text."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        here, above = self._path.pop(), self._path[-1] if self._path else ""
        text = "".join(self._text).strip()
        if here == "name" and above == "Placemark":
            self._told["name"] = text
        elif here == "when" or (here == "begin" and above == "TimeSpan"):
            self._told.setdefault("time", text)
        elif here == "SimpleData" or (here == "value" and above == "Data"):
            self._told[self._key] = text
        elif here == "coordinates":
            self._take(above, text)
        elif here == "Polygon" and self._rings:
            self._shapes.append({"type": "Polygon", "coordinates": self._rings})
        elif here == "Placemark":
            self.found += [(shape, self._told) for shape in self._shapes]
        self._text = []

    def _take(self, above: str, text: str) -> None:
        points = [point.split(",")[:2] for point in text.split()]
        if above == "LinearRing" and "innerBoundaryIs" in self._path:
            self._rings.append(points)
        elif above == "LinearRing" and "Polygon" in self._path:
            self._rings.insert(0, points)
        elif above == "LinearRing":
            self._shapes.append({"type": "Polygon", "coordinates": [points]})
        elif above in SHAPES and points:
            self._shapes.append({"type": above, "coordinates": points[0] if above == "Point" else points})
