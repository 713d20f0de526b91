"""Frames as a camera stores them, brightness apart from colour, and things pasted on them at any place and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]
INSIDE = 0.5
"""A pixel belongs to a thing from this opacity on."""


class Canvas:
    """A frame in YUV 4:2:0, the form in which it is encoded: three times less to draw than red, green and blue.

    Parameters
    ----------
    planes
        (rows * 3 / 2, cols) uint8, as OpenCV and PyAV lay out I420.
    """

    def __init__(self, planes: Bytes) -> None:
        self.planes = planes
        height, width = planes.shape[0] * 2 // 3, planes.shape[1]
        self.luma = planes[:height]
        self.chroma = planes[height:].reshape(2, height // 2, width // 2)

    @classmethod
    def from_rgb(cls, rgb: Bytes) -> Self:
        """Return a picture of even sides, (rows, cols, 3) uint8, as a frame."""
        return cls(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8))

    def copy(self) -> Canvas:
        """Return another frame that shows the same."""
        return Canvas(self.planes.copy())

    def rgb(self) -> Bytes:
        """Return it as (rows, cols, 3) uint8."""
        return np.asarray(cv2.cvtColor(self.planes, cv2.COLOR_YUV2RGB_I420), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A thing that can be pasted.

    Parameters
    ----------
    luma, alpha
        (rows, cols) float32: brightness times opacity; opacity, 0 to 1.
    chroma, chroma_alpha
        (2, rows / 2, cols / 2) and (rows / 2, cols / 2): the same for the colours.
    area_px
        Sum of its opacity.
    """

    luma: Floats
    alpha: Floats
    chroma: Floats
    chroma_alpha: Floats
    area_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """Where a thing came to lie.

    Parameters
    ----------
    top, left, height, width
        Box around its pixels, px.
    mask
        (height, width) bool: its pixels.
    inside
        Share of it that is inside the frame, 0 to 1.
    """

    top: int
    left: int
    height: int
    width: int
    mask: NDArray[np.bool_]
    inside: float


def patch_of(rgb: Bytes, alpha: Floats) -> Patch:
    """Return a picture of even sides with its opacity as a patch.

    Parameters
    ----------
    rgb
        (rows, cols, 3) uint8.
    alpha
        (rows, cols) float32, 0 to 1.
    """
    canvas = Canvas.from_rgb(rgb)
    half = np.asarray(cv2.resize(alpha, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    return Patch(
        luma=canvas.luma.astype(np.float32) * alpha,
        alpha=alpha,
        chroma=canvas.chroma.astype(np.float32) * half,
        chroma_alpha=half,
        area_px=float(alpha.sum()),
    )


def placement(
    patch: Patch, row: float, col: float, *, scale: float = 1, turn_rad: float = 0, flip: bool = False
) -> Matrix:
    """Return how to paste a patch.

    Parameters
    ----------
    patch
        What.
    row, col
        Where its middle comes to lie, px; (0, 0) is the corner of the first pixel.
    scale, turn_rad, flip
        How much larger; turned clockwise; left and right changed.

    Returns
    -------
    Matrix
        (2, 3), from (col, row) of the patch to those of the frame.
    """
    height, width = patch.alpha.shape
    cos, sin = scale * np.cos(turn_rad), scale * np.sin(turn_rad)
    side = -1 if flip else 1
    matrix = np.array([[side * cos, -sin, 0], [side * sin, cos, 0]])
    matrix[:, 2] = np.array([col, row]) - matrix[:, :2] @ np.array([width / 2, height / 2])
    return matrix


def paste(canvas: Canvas, patch: Patch, matrix: Matrix) -> Pasted | None:
    """Paste a thing on a frame.

    Parameters
    ----------
    canvas
        Is changed.
    patch, matrix
        What and where, see :func:`placement`.

    Returns
    -------
    Pasted
        Where it lies; ``None`` where nothing of it is inside.
    """
    height, width = canvas.luma.shape
    rows, cols = patch.alpha.shape
    corners = matrix[:, :2] @ np.array([[0, cols, 0, cols], [0, 0, rows, rows]]) + matrix[:, 2:]
    (left, top), (right, bottom) = np.floor(corners.min(1)).astype(int), np.ceil(corners.max(1)).astype(int)
    left, top = max(0, left // 2 * 2), max(0, top // 2 * 2)
    right, bottom = min(width, -(-right // 2) * 2), min(height, -(-bottom // 2) * 2)
    if left >= right or top >= bottom:
        return None
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    size = (right - left, bottom - top)
    alpha = _warped(patch.alpha, moved, size)
    _blend(canvas.luma[top:bottom, left:right], _warped(patch.luma, moved, size), alpha)
    half = moved.copy()
    half[:, 2] /= 2
    size = (size[0] // 2, size[1] // 2)
    opacity = _warped(patch.chroma_alpha, half, size)
    for plane, colour in zip(canvas.chroma, patch.chroma, strict=True):
        _blend(plane[top // 2 : bottom // 2, left // 2 : right // 2], _warped(colour, half, size), opacity)
    scale = abs(float(np.linalg.det(matrix[:, :2])))
    return _pasted(alpha, top, left, float(alpha.sum()) / max(1e-9, patch.area_px * scale))


def _pasted(alpha: Floats, top: int, left: int, inside: float) -> Pasted | None:
    mask = alpha >= INSIDE
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    part = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return Pasted(top + int(rows[0]), left + int(cols[0]), part.shape[0], part.shape[1], part, min(1.0, inside))


def _warped(field: Floats, matrix: Matrix, size: tuple[int, int]) -> Floats:
    """Return a field moved; its matrix speaks of corners of pixels, that of OpenCV of their middles."""
    middles = matrix.copy()
    middles[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return np.asarray(cv2.warpAffine(field, middles, size, flags=cv2.INTER_LINEAR), np.float32)


def _blend(under: Bytes, over: Floats, alpha: Floats) -> None:
    under[...] = cv2.convertScaleAbs(under * (1 - alpha) + over)
