"""The lines and polygons of KML, read piece by piece and without anything from outside."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

DEEPEST = 32
Found = list[tuple[dict[str, Any], dict[str, Any]]]


def read_kml(text: bytes) -> Found:
    """Return the shapes of all placemarks, as GeoJSON has them, each with what is told of its placemark.

    Holes of polygons are left out, altitudes too.

    Raises
    ------
    ValueError
        Where it is no KML, or declares what KML never does.
    """
    reader = _Kml()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is not XML: {error}") from error
    if not reader.is_kml:
        raise ValueError("it is XML, but not KML")
    return reader.found


class _Kml:
    """What has been read of the placemark at hand, and the shapes found."""

    def __init__(self) -> None:
        self.found: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.is_kml = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._told: dict[str, Any] = {}
        self._shapes: list[dict[str, Any]] = []
        self._key = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element."""
        self._path.append(tag.rsplit(" ", 1)[-1])
        self.is_kml = self.is_kml or self._path[0] == "kml"
        if len(self._path) > DEEPEST:
            raise ValueError(f"its elements stand more than {DEEPEST} deep in each other")
        if self._path[-1] == "Placemark":
            self._told, self._shapes = {}, []
        if self._path[-1] in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")
        self._text = []

    def text(self, text: str) -> None:
        """Take a piece of text."""
        self._text.append(text)

    def end(self, _tag: str) -> None:
        """Take the end of an element."""
        here, above = self._path.pop(), self._path[-1] if self._path else ""
        text = "".join(self._text).strip()
        if here == "name" and above == "Placemark":
            self._told["name"] = text
        elif here == "SimpleData" or (here == "value" and above == "Data"):
            self._told[self._key] = text
        elif here == "coordinates" and "innerBoundaryIs" not in self._path:
            self._take(above, text)
        elif here == "Placemark":
            self.found += [(shape, self._told) for shape in self._shapes]
        self._text = []

    def refuse(self, *_declared: object) -> None:
        """Refuse what a KML never has, and by which a small file could fill the memory."""
        raise ValueError("it declares a document type or entities")

    def _take(self, above: str, text: str) -> None:
        points = [point.split(",")[:2] for point in text.split()]
        if above == "LineString":
            self._shapes.append({"type": "LineString", "coordinates": points})
        elif above == "LinearRing":
            self._shapes.append({"type": "Polygon", "coordinates": [points]})
