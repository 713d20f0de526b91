"""Outlines of slicks: whole, closed, not crossing themselves; and what they measure."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.rasters.ground import GEOD
from pelagia.io.slicks.given import Rings

FLAT_SHARE = 1e-9
"""Of the square around it: an outline with less area is a line."""
_PLACE = re.compile(r"\[(-?[\d.eE+-]+) (-?[\d.eE+-]+)\]")


class SlickFigures(NamedTuple):
    """What a slick measures on the ellipsoid (WGS 84)."""

    area_km2: float
    length_km: float
    """Of its longer axis: the longer side of the narrowest rectangle around it."""
    width_km: float
    """Area by length."""
    perimeter_km: float
    lat: float
    lon: float
    """Of its centroid."""


def checked_rings(polygons: list[shapely.Geometry], file: str, number: int, *, mend: bool = False) -> Rings:
    """Return the outlines of a slick of one or more polygons (lon, lat) as rings of lat, lon.

    Parameters
    ----------
    polygons
        Polygons of shapely; where they overlap they become one.
    file, number
        For the message.
    mend
        Whether an outline that crosses itself is taken apart at its crossings, all parts kept; else it is refused.

    Raises
    ------
    BadInput
        ``slick-crosses-itself``, ``slick-without-area``.
    """
    whole = shapely.MultiPolygon(polygons)
    whole = shapely.remove_repeated_points(shapely.transform(whole, _unrolled))
    parts = [_valid(part, file, number, mend=mend) for part in whole.geoms]
    joined = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    found = [part for part in shapely.get_parts(joined).tolist() if part.geom_type == "Polygon" and not _is_flat(part)]
    if not found:
        raise BadInput(
            f"Slick {number} has no area: its outline is a line or a point",
            remedy="Draw its outline around the oil, or give a point.",
            file=file,
            code="slick-without-area",
        )
    rings = [ring for part in found for ring in (part.exterior, *part.interiors)]
    return tuple(np.ascontiguousarray(shapely.get_coordinates(ring)[:, ::-1]) for ring in rings)


def ring_centroid(rings: Rings) -> shapely.Point:
    """Return the centroid of a slick, lon and lat."""
    return _polygon(rings).centroid


def _valid(polygon: shapely.Geometry, file: str, number: int, *, mend: bool) -> shapely.Geometry:
    if polygon.is_valid or _is_flat(polygon):
        return polygon
    if not mend:
        raise _crosses(polygon, file, number)
    return shapely.make_valid(polygon, method="structure", keep_collapsed=False)


def _is_flat(polygon: shapely.Geometry) -> bool:
    """Say whether an outline is a line or a point; one like a bow-tie is not, though its areas may cancel."""
    west, south, east, north = polygon.bounds
    return bool(polygon.convex_hull.area <= FLAT_SHARE * max(east - west, north - south) ** 2)


def _unrolled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let longitudes go on beyond 180 where an outline crosses that meridian."""
    west, east = points[:, 0].min(), points[:, 0].max()
    if east - west <= 180:
        return points
    return np.column_stack([np.where(points[:, 0] < 0, points[:, 0] + 360, points[:, 0]), points[:, 1]])


def _crosses(polygon: shapely.Geometry, file: str, number: int) -> BadInput:
    reason = shapely.is_valid_reason(polygon)
    place = _PLACE.search(reason)
    where = f"latitude {float(place[2]):.5f}, longitude {float(place[1]):.5f}" if place else reason
    return BadInput(
        f"The outline of slick {number} crosses or touches itself",
        remedy="Draw it anew so that its line does not cross itself there; parts that meet in a point are two slicks.",
        value=where,
        file=file,
        code="slick-crosses-itself",
    )


def slick_figures(rings: Rings) -> SlickFigures:
    """Measure a slick.

    Parameters
    ----------
    rings
        Outlines, (n, 2) of lat, lon; even-odd rule.

    Returns
    -------
    SlickFigures
        Area and perimeter on the ellipsoid; length and centroid on the plane that touches it at the slick, whose error
        is below a part in 1,000 up to 300 km.
    """
    polygon = _polygon(rings)
    # Equal in area and nearly so in shape over a slick: degrees scaled at its middle, then back to the ellipsoid.
    centre = polygon.centroid
    perimeter_m = sum(GEOD.line_length(ring[:, 1], ring[:, 0]) for ring in rings)
    area_m2 = sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in shapely.get_parts(polygon).tolist())
    length_m = _length_m(rings, centre)
    return SlickFigures(
        area_km2=area_m2 / 1e6,
        length_km=length_m / 1e3,
        width_km=area_m2 / length_m / 1e3,
        perimeter_km=perimeter_m / 1e3,
        lat=float(centre.y),
        lon=(float(centre.x) + 180) % 360 - 180,
    )


def _polygon(rings: Rings) -> shapely.Geometry:
    shapes = [shapely.Polygon(ring[:, ::-1]) for ring in rings]
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = whole.symmetric_difference(shape)
    return whole


def _length_m(rings: Rings, centre: shapely.Geometry) -> float:
    """Return the longer side of the narrowest rectangle, in metres east and north of the centre."""
    lat, lon = float(centre.y), float(centre.x)
    step = 0.01
    north = GEOD.inv(lon, lat - step, lon, lat + step)[2] / (2 * step)
    east = GEOD.inv(lon - step, lat, lon + step, lat)[2] / (2 * step)
    points = np.concatenate(rings)
    flat = np.column_stack([(points[:, 1] - lon) * east, (points[:, 0] - lat) * north])
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapely.MultiPoint(flat)))
    return max(math.dist(corners[0], corners[1]), math.dist(corners[1], corners[2]))
