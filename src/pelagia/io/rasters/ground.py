"""From pixels to the ground and back: map coordinates, latitude and longitude."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer

Floats = NDArray[np.float64]

WGS84 = "EPSG:4326"
GEOD = Geod(ellps="WGS84")


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
