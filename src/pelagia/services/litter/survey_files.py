"""Lines and polygons of a survey, from the files people draw them in: GeoJSON, KML, GeoPackage and others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from pelagia.io.vectors.reading import read_shapes
from pelagia.io.vectors.rules import Rules, Shape

TEXT_LIMIT_BYTES = 8 << 20
"""Of GeoJSON and KML: a point is some 40 bytes of text, and up to twenty times as much in memory while it is read."""
MOST_SHAPES = 1_000
MOST_POINTS = 10_000
"""Of one shape."""
RULES = Rules(
    subject="The survey",
    code="survey-unreadable",
    remedy="Give lines or polygons as GeoJSON, GeoPackage or KML, in longitude and latitude (WGS 84) or with their "
    "coordinate system named.",
    text_limit_bytes=TEXT_LIMIT_BYTES,
    most_shapes=MOST_SHAPES,
    most_points=MOST_POINTS,
)
LONGEST_NAME = 200
NAMES = ("transect_id", "name", "id", "title", "label")
AREAS = ("area_id", "area", "beach", "beach_id")
LENGTHS = ("length_m",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A line or polygon as it was drawn.

    Parameters
    ----------
    geometry
        LineString or Polygon, longitude and latitude (WGS 84).
    name, area_id
        As the file calls them; empty where it does not.
    length_m
        Length of beach the file tells, m.
    """

    geometry: shapely.Geometry
    name: str = ""
    area_id: str = ""
    length_m: float | None = None


def read_drawn(uri: str) -> tuple[list[Drawn], str]:
    """Read what was drawn, and the name of its file.

    Raises
    ------
    BadInput
        Where the file is none of the formats, is damaged or larger than a survey can be.
    """
    shapes, name = read_shapes(uri, RULES)
    return [_drawn(shape) for shape in shapes], name


def _drawn(shape: Shape) -> Drawn:
    known = {str(name).lower(): value for name, value in shape.told.items()}
    part = shape.geometry
    # Of a polygon its outline counts.
    part = shapely.Polygon(part.exterior) if part.geom_type == "Polygon" else part
    return Drawn(geometry=part, name=_text(known, NAMES), area_id=_text(known, AREAS), length_m=_length_m(known))


def _text(known: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = known.get(name)
        text = "" if value is None else " ".join(str(value).split())
        if text and text.isprintable():
            return text[:LONGEST_NAME]
    return ""


def _length_m(known: Mapping[str, Any]) -> float | None:
    for name in LENGTHS:
        try:
            value = float(known.get(name) or "nan")
        except (TypeError, ValueError):
            continue
        if math.isfinite(value) and value > 0:
            return value
    return None
