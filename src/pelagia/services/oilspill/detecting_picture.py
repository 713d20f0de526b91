"""A scene with the outlines of its slicks, as a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import Unavailable
from pelagia.io.scenes.facts import Scene

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rings = Sequence[Sequence[Sequence[float]]]

LARGEST_PX = 2048
STRETCH_PERCENT = (1.0, 99.0)
NOTHING_BGR = (250, 247, 247)
OUTLINE_BGR = (46, 87, 228)
SAFE = re.compile(r"[^A-Za-z0-9._-]+")
SHIFT = 4
"""Bits of a fraction of a pixel with which lines are drawn."""


def reduction(scene: Scene) -> int:
    """Return by how much a scene is reduced for its picture: a power of two."""
    factor = 1
    while max(scene.height_px, scene.width_px) > LARGEST_PX * factor:
        factor *= 2
    return factor


def reduced(values: Singles, valid: Mask, factor: int) -> Singles:
    """Return the mean of squares of pixels, NaN where less than half of one was measured.

    Parameters
    ----------
    values, valid
        (height, width) of a part that begins at a multiple of ``factor``.
    factor
        As of :func:`reduction`.
    """
    rows, cols = (-(-length // factor) for length in values.shape)
    fill = ((0, rows * factor - values.shape[0]), (0, cols * factor - values.shape[1]))
    shape = (rows, factor, cols, factor)
    weight = np.pad(valid, fill).reshape(shape).sum(axis=(1, 3), dtype=np.float32)
    total = np.pad(np.where(valid, values, np.float32(0)), fill).reshape(shape).sum(axis=(1, 3), dtype=np.float32)
    known = weight * 2 >= factor * factor if min(values.shape) >= factor else weight > 0
    return np.where(known, total / np.maximum(weight, 1), np.float32(np.nan)).astype(np.float32)


def draw_scene(
    scene: Scene, results: Sequence[Mapping[str, Any]], outlines: Sequence[tuple[str, Rings]], workdir: Path
) -> dict[str, Any]:
    """Draw a scene with the outlines of its slicks.

    Parameters
    ----------
    scene
        Which one.
    results
        Of :func:`pelagia.services.oilspill.detecting.search_part`.
    outlines
        Name and rings of (col, row) in pixels of the scene, of each slick.
    workdir
        Takes the picture.

    Returns
    -------
    dict
        The artifact, with its path as text.
    """
    factor = reduction(scene)
    canvas = np.full((-(-scene.height_px // factor), -(-scene.width_px // factor)), np.nan, np.float32)
    for result in results:
        row, col = (edge // factor for edge in result["core"][:2])
        shown = result["shown"]
        canvas[row : row + shown.shape[0], col : col + shown.shape[1]] = shown
    picture = _stretched(canvas)
    for _, rings in outlines:
        lines = [np.round(np.array(ring) / factor * 2**SHIFT - 2 ** (SHIFT - 1)).astype(np.int32) for ring in rings]
        cv2.polylines(picture, lines, True, OUTLINE_BGR, 1, cv2.LINE_AA, SHIFT)
    name = f"scenes/{_safe(scene)}.png"
    _write(picture, workdir / name)
    return {
        "role": "scene",
        "name": name,
        "path": str(workdir / name),
        "media_type": "image/png",
        "description": f"{scene.name} with the outlines of its slicks",
    }


def _stretched(values: Singles) -> NDArray[np.uint8]:
    known = np.isfinite(values)
    picture = np.full((*values.shape, 3), NOTHING_BGR, np.uint8)
    if known.any():
        low, high = np.percentile(values[known], STRETCH_PERCENT)
        grey = np.clip((values[known] - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
        picture[known] = grey[:, None]
    return picture


def _safe(scene: Scene) -> str:
    key = sha256(scene.file.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{SAFE.sub('-', scene.name)[:80].strip('.-') or 'scene'}-{key}"


def _write(picture: NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise Unavailable(
            "The picture of the scene could not be written",
            remedy="Free some memory and start again.",
            file=str(path),
            code="picture-failed",
        )
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data.tobytes())
    partial.replace(path)
