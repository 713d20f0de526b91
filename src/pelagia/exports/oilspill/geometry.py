"""Outlines as other programs take them: valid, and cut where they cross the 180° meridian (RFC 7946, 3.1.9)."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

ROUND = 360.0
_EARTH = shapely.box(-180.0, -90.0, 180.0, 90.0)
_BEYOND = shapely.box(180.0, -90.0, 540.0, 90.0)


def near(points: NDArray[np.float64], lon: float) -> NDArray[np.float64]:
    """Return points whose longitudes are written within 180° of a meridian.

    Parameters
    ----------
    points
        (n, 2) of lon, lat, °.
    lon
        The meridian, °.
    """
    turned = np.array(points, np.float64)
    turned[..., 0] = lon + (turned[..., 0] - lon + 180.0) % ROUND - 180.0
    return turned


def placed(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry between -180 and 180°: in two parts where it crosses that meridian; valid if it is an area.

    Parameters
    ----------
    geometry
        Of lon, lat; it spans less than 180°. The rings of a polygon are even-odd: what lies in an odd number of them
        is inside.
    """
    if shapely.is_empty(geometry):
        return geometry
    first = float(shapely.get_coordinates(geometry)[0, 0])
    geometry = even_odd(shapely.transform(geometry, lambda points: near(points, first)))
    west, _, east, _ = shapely.bounds(geometry).tolist()
    shift = np.floor((west + 180.0) / ROUND) * ROUND
    if shift:
        geometry = shapely.transform(geometry, lambda points: points - [shift, 0.0])
    if east - shift <= 180.0:
        return geometry
    over = shapely.transform(shapely.intersection(geometry, _BEYOND), lambda points: points - [ROUND, 0.0])
    return _together([shapely.intersection(geometry, _EARTH), over])


def even_odd(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return what lies in an odd number of the rings of a polygon; anything else as it is.

    Parameters
    ----------
    geometry
        A polygon whose further rings are holes or other parts.
    """
    if geometry.geom_type != "Polygon" or shapely.is_valid(geometry):
        return geometry
    rings = [shapely.make_valid(shapely.Polygon(ring)) for ring in (geometry.exterior, *geometry.interiors)]
    area = rings[0]
    for ring in rings[1:]:
        area = shapely.symmetric_difference(area, ring)
    return area


def _together(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """Return parts of one kind as one geometry."""
    single = [one for part in parts for one in shapely.get_parts(part) if not shapely.is_empty(one)]
    dimension = max(shapely.get_dimensions(one) for one in single)
    kept = [one for one in single if shapely.get_dimensions(one) == dimension]
    if len(kept) == 1:
        return kept[0]
    return (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)[dimension](kept)
