"""Pictures drawn by the tests: photos as a drone writes them, orthophotos of any kind."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from pelagia.io.rasters.inventory import find_pictures
from pelagia.io.rasters.picture import Picture

GSD_M = 0.005
NORTH_UP = Affine(GSD_M, 0, 500_000, 0, -GSD_M, 6_000_000)


def colours(height: int = 96, width: int = 128, seed: int = 0) -> np.ndarray:
    """Return (height, width, 3) uint8 that differ at every pixel, none of them black or white."""
    return np.random.default_rng(seed).integers(1, 255, (height, width, 3), np.uint8)


def write_tiff(
    path: Path,
    values: np.ndarray | None = None,
    *,
    crs: Any = "EPSG:32632",
    transform: Affine | None = NORTH_UP,
    **options: Any,
) -> Path:
    """Write (height, width, bands) as a GeoTIFF."""
    values = colours() if values is None else values
    values = values[..., np.newaxis] if values.ndim == 2 else values
    told = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": values.shape[2]}
    placed = {key: value for key, value in (("crs", crs), ("transform", transform)) if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **(told | {"dtype": values.dtype} | placed | options)) as file:
            file.write(np.moveaxis(values, -1, 0))
    return path


def write_photo(
    path: Path,
    *,
    rgb: np.ndarray | None = None,
    position: tuple[float, float] | None = (54.1, 10.9),
    xmp: dict[str, str] | None = None,
    detail: dict[int, Any] | None = None,
    orientation: int | None = None,
    make: str = "DJI",
    **options: Any,
) -> Path:
    """Write a photo as a drone does."""
    exif = Image.Exif()
    exif[0x010F] = make
    if orientation is not None:
        exif[0x0112] = orientation
    if position is not None:
        exif[0x8825] = {
            1: "NS"[position[0] < 0],
            2: _parts(position[0]),
            3: "EW"[position[1] < 0],
            4: _parts(position[1]),
        }
    exif[0x8769] = {0x9003: "2026:07:01 09:30:00", **(detail or {})}
    if xmp is not None:
        told = "\n".join(f'   drone-dji:{name}="{value}"' for name, value in xmp.items())
        options["xmp"] = f"<x:xmpmeta><rdf:Description\n{told}/></x:xmpmeta>".encode()
    Image.fromarray(colours() if rgb is None else rgb).save(path, exif=exif, **options)
    return path


def nadir(height_m: float = 30, yaw: float = 0, **more: str) -> dict[str, str]:
    """Return what a drone says that looks straight down; a photo of 128 × 96 pixels then shows 1 cm a pixel at 30 m."""
    return {
        "RelativeAltitude": f"+{height_m}" if height_m > 0 else str(height_m),
        "GimbalPitchDegree": "-90.0",
        "GimbalRollDegree": "0.0",
        "GimbalYawDegree": str(yaw),
        "CalibratedFocalLength": "3000",
    } | more


def find(tmp_path: Path, *inputs: object, gsd_cm: float | None = None, area_id: str = "") -> tuple[list[Picture], dict]:
    """Return the pictures and the findings by their code."""
    places: Sequence[str] = [str(one) for one in inputs]
    pictures, issues = find_pictures(places, gsd_cm=gsd_cm, area_id=area_id, workdir=tmp_path)
    return pictures, {issue.code: issue for issue in issues}


def _parts(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = whole % 1 * 60
    return float(int(whole)), float(int(minutes)), minutes % 1 * 60
