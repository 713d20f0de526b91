"""Vignettes to train on: discs and rods, in one folder per class."""

from __future__ import annotations

import io
import zipfile

import cv2
import numpy as np

PER_CLASS = 24
RUNS = 4


def class_folders() -> dict[str, bytes]:
    """Return the files, by their path."""
    rng = np.random.default_rng(0)
    return {
        f"{name}/run{number % RUNS}_{number:03d}.png": _png(_drawn(kind, rng))
        for kind, name in enumerate(("disc", "rod"))
        for number in range(PER_CLASS)
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return packed.getvalue()


def _drawn(kind: int, rng: np.random.Generator) -> np.ndarray:
    rows, cols = (int(side) for side in rng.integers(24, 48, 2))
    image = (190 + rng.integers(0, 8, (rows, cols, 3))).astype(np.uint8)
    if kind == 0:
        cv2.circle(image, (cols // 2, rows // 2), min(rows, cols) // 3, (60, 60, 90), -1)
    else:
        cv2.line(image, (2, 2), (cols - 3, rows - 3), (60, 60, 90), 3)
    return image


def _png(image: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])
