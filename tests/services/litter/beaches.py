"""Beaches of one colour with squares on them that the tiny models find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin
from tests.services.litter.tiny_models import ITEM_COLOURS, MAGENTA

SAND = (200, 180, 140)
DARK_MAGENTA = (155, 0, 155)
GSD_CM = 0.4
WEST, NORTH = 592_084.0, 9_304_222.0
HEIGHT, WIDTH = 1100, 1400
PLACES = [(100, 200), (500, 508), (640, 900), (1000, 1300), (700, 40)]


def beach(places=PLACES, *, people=(), height=HEIGHT, width=WIDTH, colour=ITEM_COLOURS["plastic"]) -> np.ndarray:
    rgb = np.full((height, width, 3), SAND, np.uint8)
    for row, col in places:
        rgb[row - 8 : row + 8, col - 8 : col + 8] = colour
    for row, col in people:
        rgb[row - 10 : row + 10, col - 10 : col + 10] = MAGENTA
        rgb[row - 10 : row + 10, col - 10 : col + 10 : 2] = DARK_MAGENTA
    return rgb


def write_orthophoto(
    path: Path,
    rgb: np.ndarray,
    *,
    west: float = 592_084.0,
    north: float = 9_304_222.0,
    gsd_cm: float = GSD_CM,
    nodata_cols: int = 0,
    **options: Any,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = {"height": rgb.shape[0], "width": rgb.shape[1], "count": 3, "dtype": "uint8"}
    lies = {"crs": "EPSG:32748", "transform": from_origin(west, north, gsd_cm / 100, gsd_cm / 100)}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"),
        rasterio.open(path, "w", driver="GTiff", **size, **lies, **options) as file,
    ):
        file.write(np.moveaxis(rgb, -1, 0))
        if nodata_cols:
            mask = np.full(rgb.shape[:2], 255, np.uint8)
            mask[:, :nodata_cols] = 0
            file.write_mask(mask)
    return path
