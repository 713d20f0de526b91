"""How large a file of drawn shapes may be, and how a reader says that one cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from pelagia.core.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a reader takes, and its words.

    Parameters
    ----------
    subject
        What the file is, to begin a sentence with: ``The survey``.
    code
        Of the finding that a file makes which cannot be read.
    remedy
        What to give instead.
    kinds
        Types of geometry taken, of their single forms; others are passed over.
    wanted
        These in words.
    limit_bytes, text_limit_bytes
        Of a file; of one of text (GeoJSON, KML, GML), whose points take up to twenty times as much while it is read.
    most_shapes, most_points
        Shapes of all files; points of a shape.
    """

    subject: str
    code: str
    remedy: str
    kinds: frozenset[str] = frozenset({"LineString", "Polygon"})
    wanted: str = "lines and polygons"
    limit_bytes: int = 64 << 20
    text_limit_bytes: int = 8 << 20
    most_shapes: int = 1_000
    most_points: int = 10_000

    def bad(self, what: str, file: str, *, code: str = "", remedy: str = "", value: str = "") -> BadInput:
        """Return the error of a file that cannot be read."""
        return BadInput(
            f"{self.subject} cannot be read: {what}",
            remedy=remedy or self.remedy,
            value=value,
            file=file,
            code=code or self.code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A shape as it was drawn.

    Parameters
    ----------
    geometry
        Point, LineString or Polygon, longitude and latitude (WGS 84).
    told
        What the file tells of it, by name as the file has it.
    file
        Where it was read.
    feature
        1, 2 …: parts of a feature have the number in common; all files together.
    """

    geometry: shapely.Geometry
    told: Mapping[str, Any]
    file: str
    feature: int


Found = tuple[shapely.Geometry, Mapping[str, Any]]
