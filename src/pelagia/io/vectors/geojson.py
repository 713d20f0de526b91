"""The shapes of GeoJSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import shapely

from pelagia.io.rasters.ground import WGS84
from pelagia.io.vectors.crs import named_crs, to_degrees
from pelagia.io.vectors.rules import Found, Rules

DEEPEST = 4
"""Collections in collections."""


def read_geojson(text: bytes, file: str, rules: Rules) -> Iterator[Found]:
    """Yield the shapes; coordinates are WGS 84 (RFC 7946) but where an older file names another system."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise rules.bad(f"it is not JSON: {error}", file) from error
    crs = _named(read, file, rules)
    features = read.get("features", [read]) if isinstance(read, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise rules.bad("its features are no list of features", file)
    for feature in features:
        told = feature.get("properties")
        shape = feature if "coordinates" in feature or "geometries" in feature else feature.get("geometry")
        if shape is not None:
            known = told if isinstance(told, dict) else {}
            # An id may stand beside the properties.
            if isinstance(feature.get("id"), str | int) and "id" not in known:
                known = {**known, "id": feature["id"]}
            yield to_degrees(shape_of(shape, file, rules), crs, file, rules), known


def _named(read: Any, file: str, rules: Rules) -> str:
    named = read.get("crs") if isinstance(read, dict) else None
    if named is None:
        return WGS84
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise rules.bad("its coordinate system is not named", file)
    return named_crs(name, file, rules)


def shape_of(told: Any, file: str, rules: Rules, depth: int = 0) -> shapely.Geometry:
    """Return what a geometry of GeoJSON says; an empty collection where it is of a kind nobody wants."""
    kind = told.get("type") if isinstance(told, dict) else None
    try:
        if kind == "GeometryCollection" and depth < DEEPEST:
            return shapely.GeometryCollection([shape_of(one, file, rules, depth + 1) for one in told["geometries"]])
        if isinstance(kind, str) and kind.removeprefix("Multi") in rules.kinds:
            parts = told["coordinates"] if kind.startswith("Multi") else [told["coordinates"]]
            return _several(kind.removeprefix("Multi"), parts, file, rules)
    except (TypeError, ValueError, KeyError, IndexError, shapely.errors.GEOSException) as error:
        raise rules.bad(f"a shape of it is damaged: {error}", file) from error
    return shapely.GeometryCollection()


def _several(kind: str, parts: Any, file: str, rules: Rules) -> shapely.Geometry:
    if kind == "Point":
        return shapely.MultiPoint(_points(parts, file, rules))
    if kind == "LineString":
        return shapely.MultiLineString([_points(part, file, rules) for part in parts])
    rings = [[_points(ring, file, rules) for ring in part] for part in parts]
    return shapely.MultiPolygon([shapely.Polygon(outer, holes) for outer, *holes in rings])


def _points(told: Any, file: str, rules: Rules) -> list[tuple[float, float]]:
    if len(told) > rules.most_points:
        raise rules.bad(f"a shape of it has more than {rules.most_points:,} points", file)
    points = [(float(point[0]), float(point[1])) for point in told]
    if not all(math.isfinite(part) for point in points for part in point):
        raise rules.bad("a point of it is no place", file)
    return points
