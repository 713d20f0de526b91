"""Where points of a picture lie on the ground, told at the nodes of a lattice: between them any program can reckon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import CRSError, ProjError

from pelagia.core.errors import BadInput

MESH_M = 250.0
"""Straight between nodes as far apart, a place is right to two millimetres (up to 60° of latitude)."""
MOST_NODES = 33


def lattice(
    crs: str, transform: Sequence[float], height_px: int, width_px: int, mesh_m: float = MESH_M
) -> dict[str, Any]:
    """Return the places of the nodes of a lattice over a picture.

    Parameters
    ----------
    crs, transform, height_px, width_px
        Of the picture, as :class:`pelagia.io.rasters.picture.Picture` has them.
    mesh_m
        The most that nodes stand apart, m, unless there were too many of them.

    Returns
    -------
    dict
        ``rows``, ``cols``: of the nodes, px; ``latitudes``, ``longitudes``: (row, col) each, ° (WGS 84). Across the
        meridian of 180° longitudes go on beyond it.
    """
    a, b, _, d, e, _ = transform
    rows = _nodes(height_px, math.hypot(b, e), mesh_m)
    cols = _nodes(width_px, math.hypot(a, d), mesh_m)
    across, down = np.meshgrid(cols, rows)
    latitudes, longitudes = places(crs, transform, down, across)
    longitudes = longitudes - 360 * np.rint((longitudes - longitudes[0, 0]) / 360)
    return {
        "rows": rows.tolist(),
        "cols": cols.tolist(),
        "latitudes": latitudes.round(9).tolist(),
        "longitudes": longitudes.round(9).tolist(),
    }


def places(
    crs: str, transform: Sequence[float], rows: NDArray[np.float64], cols: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitudes and longitudes, ° (WGS 84), of points of a picture, px."""
    a, b, c, d, e, f = transform
    longitudes, latitudes = _to_lat_lon(crs).transform(a * cols + b * rows + c, d * cols + e * rows + f)
    return np.asarray(latitudes), np.asarray(longitudes)


def outlines(crs: str, boxes: Sequence[tuple[float, float, float, float]]) -> list[list[list[float]]]:
    """Return the corners of boxes on the ground.

    Parameters
    ----------
    crs
        Of the boxes.
    boxes
        West, south, east, north, m.

    Returns
    -------
    list
        Of each box its four corners: (latitude, longitude), °.
    """
    if not boxes:
        return []
    west, south, east, north = np.asarray(boxes, float).T
    eastings, northings = np.stack([west, east, east, west], 1), np.stack([north, north, south, south], 1)
    longitudes, latitudes = _to_lat_lon(crs).transform(eastings, northings)
    corners: list[list[list[float]]] = np.stack([latitudes, longitudes], 2).round(9).tolist()
    return corners


def _nodes(pixels: int, pixel_m: float, mesh_m: float) -> NDArray[np.float64]:
    meshes = min(MOST_NODES - 1, max(1, math.ceil(pixels * pixel_m / mesh_m)))
    return np.linspace(0.0, pixels, meshes + 1)


@lru_cache(maxsize=16)
def _to_lat_lon(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except (CRSError, ProjError) as error:
        raise BadInput(
            "The coordinate system of the picture is not known", value=crs[:120], remedy="Name it by its EPSG code."
        ) from error
