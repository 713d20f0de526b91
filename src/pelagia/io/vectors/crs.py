"""From the coordinates of a file to longitude and latitude."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from pelagia.io.rasters.ground import WGS84, transformer
from pelagia.io.vectors.rules import Rules

LONGEST_TEXT = 20_000


def named_crs(text: str, file: str, rules: Rules) -> str:
    """Return a coordinate system that is named as authorities do (``EPSG:32748``, ``urn:ogc:def:crs:OGC:1.3:CRS84``).

    Only names of authorities: a text of another kind may make the library read a file.
    """
    if "CRS84" in text or text == "CRS:84":
        return WGS84
    code = text.replace("::", ":").replace("#", ":").replace("/", ":").rsplit(":", 1)[-1]
    try:
        return str(CRS.from_epsg(int(code)).to_string())
    except (CRSError, ValueError) as error:
        raise rules.bad(f"its coordinate system is not known: {text[:80]}", file) from error


def told_crs(text: str | None, file: str, rules: Rules) -> str:
    """Return a coordinate system that is named or written out (WKT), as GeoPackages and shapefiles do."""
    if not text:
        return WGS84
    if "[" not in text:
        return named_crs(text, file, rules)
    try:
        if len(text) > LONGEST_TEXT:
            raise CRSError(f"{len(text):,} characters")
        return str(CRS.from_wkt(text).to_wkt())
    except CRSError as error:
        raise rules.bad(f"its coordinate system is not known: {text[:80]}", file) from error


def to_degrees(shape: shapely.Geometry, crs: str, file: str, rules: Rules) -> shapely.Geometry:
    """Return a shape in longitude and latitude; raises where they cannot be that."""
    if crs != WGS84:
        change = transformer(crs, WGS84)
        try:
            shape = shapely.transform(
                shape, lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1]))
            )
        except ProjError as error:
            raise rules.bad(f"its coordinates do not suit its coordinate system: {error}", file) from error
    if shape.is_empty:
        return shape
    west, south, east, north = shape.bounds
    if -180 <= west <= east <= 360 and -90 <= south <= north <= 90:
        return shape
    if -90 <= west <= east <= 90 and -180 <= south <= north <= 360:
        raise rules.bad(
            "its latitudes and longitudes are swapped",
            file,
            remedy="Give longitude first, then latitude, as GeoJSON asks for.",
            value=f"latitudes {south:g} to {north:g}",
        )
    raise rules.bad("its coordinates are no longitudes and latitudes, and it names no coordinate system", file)
