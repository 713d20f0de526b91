"""From pixels to the ground and back: map coordinates, latitude and longitude, outlines, areas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer

from pelagia.io.rasters.picture import Picture

Floats = NDArray[np.float64]

WGS84 = "EPSG:4326"
GEOD = Geod(ellps="WGS84")
POINTS_PER_SIDE = 4
"""Of an outline: straight on the map is not quite straight in latitude and longitude."""


def to_map(transform: Sequence[float], rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
    """Return where pixels lie on the map.

    Parameters
    ----------
    transform
        a, b, c, d, e, f of a :class:`~pelagia.io.rasters.picture.Picture`.
    rows, cols
        Positions at the corners of pixels: the centre of the first pixel is (0.5, 0.5).

    Returns
    -------
    x, y
        Easting and northing in the coordinate system of the picture, m.
    """
    row, col = np.asarray(rows, np.float64), np.asarray(cols, np.float64)
    a, b, c, d, e, f = transform
    return a * col + b * row + c, d * col + e * row + f


def to_pixels(transform: Sequence[float], x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return rows and columns of places on the map; the inverse of :func:`to_map`."""
    a, b, c, d, e, f = transform
    east, north = np.asarray(x, np.float64) - c, np.asarray(y, np.float64) - f
    size = a * e - b * d
    return (a * north - d * east) / size, (e * east - b * north) / size


def to_lat_lon(crs: str, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return latitude and longitude (WGS 84, °) of places on the map."""
    lon, lat = transformer(crs, WGS84).transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return np.asarray(lat), np.asarray(lon)


def from_lat_lon(crs: str, lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats]:
    """Return easting and northing of places in latitude and longitude (WGS 84, °)."""
    x, y = transformer(WGS84, crs).transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return np.asarray(x), np.asarray(y)


def footprint(picture: Picture) -> shapely.Polygon | None:
    """Return the outline of a picture in longitude and latitude, ``None`` where it is not known where it lies."""
    if picture.transform is None or picture.crs is None:
        return None
    rows, cols = _outline(picture.height_px, picture.width_px)
    lat, lon = to_lat_lon(picture.crs, *to_map(picture.transform, rows, cols))
    return shapely.Polygon(np.column_stack([lon, lat]))


def pixel_area_m2(picture: Picture) -> float | None:
    """Return the area of ground a pixel shows, m²; ``None`` where the ground sampling distance is not known.

    Notes
    -----
    That of the ground, not of the map: where the two differ, ``gsd_cm`` is the side of a square of the same area.
    """
    return None if picture.gsd_cm is None else (picture.gsd_cm / 100) ** 2


def covered_area_m2(pictures: Iterable[Picture]) -> float | None:
    """Return the area of ground some pictures show together, m²; what several show counts once.

    Returns
    -------
    float or None
        Of their outlines, whatever is empty in them; ``None`` where it is not known where one of them lies.
    """
    outlines = [footprint(picture) for picture in pictures]
    if not outlines or any(outline is None for outline in outlines):
        return None
    return area_m2(shapely.union_all(outlines))


def area_m2(shape: shapely.Geometry) -> float:
    """Return the area on the ellipsoid of a shape in longitude and latitude, m²."""
    area, _ = GEOD.geometry_area_perimeter(shapely.orient_polygons(shape) if _is_areal(shape) else shape)
    return abs(float(area))


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Return what brings coordinates (x or longitude first) from one system to another."""
    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)


def local_metres(lat: float, lon: float) -> str:
    """Return the coordinate system in metres that serves a place: its UTM zone, near the poles UPS."""
    if lat >= 84:
        return "EPSG:32661"
    if lat < -80:
        return "EPSG:32761"
    zone = min(60, math.floor(((lon + 180) % 360) / 6) + 1)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def _is_areal(shape: Any) -> bool:
    return shape.geom_type in {"Polygon", "MultiPolygon"}


def _outline(height_px: int, width_px: int) -> tuple[Floats, Floats]:
    along = np.linspace(0, 1, POINTS_PER_SIDE, endpoint=False)
    down, across = along * height_px, along * width_px
    top, left = np.zeros(POINTS_PER_SIDE), np.zeros(POINTS_PER_SIDE)
    rows = np.concatenate([top, down, top + height_px, height_px - down])
    cols = np.concatenate([across, left + width_px, width_px - across, left])
    return rows, cols
