"""A small picture of every item, people blurred, in an archive for each block."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.services.litter.patch import Patch

AROUND = 0.3
"""Of the longer side of its box, on every side."""
LEAST_AROUND_PX = 8
LARGEST_PX = 320
JPEG_QUALITY = 88
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a zip file says of the time of its entries: equal inputs give equal archives."""


def write_vignettes(path: Path, patch: Patch, boxes: NDArray[np.float64]) -> list[str]:
    """Write the vignettes of a block and return their names in the archive.

    Parameters
    ----------
    path
        Of the archive; without boxes none is written.
    patch
        Pixels that may be shown.
    boxes
        (N, 4): first row, first column, last row, last column in the picture, px.
    """
    if not len(boxes):
        return []
    names = [f"{number:04d}.jpg" for number in range(1, len(boxes) + 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with zipfile.ZipFile(partial, "w") as archive:
        for name, box in zip(names, boxes, strict=True):
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), _jpeg(_cut(patch, box)))
    partial.replace(path)
    return names


def _cut(patch: Patch, box: Sequence[float] | NDArray[np.float64]) -> NDArray[np.uint8]:
    top, left, bottom, right = (float(edge) for edge in box)
    around = max(LEAST_AROUND_PX, AROUND * max(bottom - top, right - left))
    rows = slice(max(0, int(top - around) - patch.row), max(1, int(bottom + around) - patch.row))
    cols = slice(max(0, int(left - around) - patch.col), max(1, int(right + around) - patch.col))
    cut: NDArray[np.uint8] = patch.rgb[rows, cols]
    scale = LARGEST_PX / max(cut.shape[:2])
    if scale < 1:
        size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
        cut = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
    return cut


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError("OpenCV could not write a JPEG")
    return data.tobytes()
