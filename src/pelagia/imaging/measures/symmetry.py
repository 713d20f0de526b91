"""An object turned onto its long axis: symmetry and thickness as ZooProcess measures them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.frame import framed
from pelagia.imaging.measures.shape import Ellipse, fit_ellipse

Mask = NDArray[np.bool_]
Image = NDArray[np.uint8]

# The canvas is that many times as wide and high as the diagonal of the box.
CANVAS = 1.2
WHITE = 255
# Distance between the columns in which the thickness is taken.
THICKNESS_STEP_MM = 0.1
STRIP_PX = 2**13
# (√2 - 1) / 2: so far beyond an edge the corner of a square comes when it is turned.
FRAME = 0.2072
# A jump of grey between two pixels that counts as an edge.
EDGE_STEP = 100


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Pixels that stay as they are when the turned object is mirrored, as a part of twice its area.

    Parameters
    ----------
    horizontal, vertical
        Mirrored left to right; mirrored upside down (and made binary first). Background counts, hence above 1.
    """

    horizontal: float
    vertical: float


def turn(filled: Mask, mask: Mask) -> Image:
    """Paste an object into the middle of a canvas and turn it by its angle and 180 degrees.

    Parameters
    ----------
    filled, mask
        (height, width): the object with its holes, whose ellipse is taken; without them: what is pasted.

    Returns
    -------
    Square image, uint8: 255 is the object, 0 the rest, its edge interpolated.
    """
    height, width = mask.shape
    ellipse = fit_ellipse(filled)
    side = CANVAS * math.sqrt(width * width + height * height)
    canvas = np.zeros((int(side), int(side)), dtype=np.uint8)
    _paste(canvas, mask, int(side / 2 - ellipse.y), int(side / 2 - ellipse.x))
    return rotate(canvas, _angle(ellipse))


def symmetry(turned: Image, area: int) -> Symmetry:
    """Compare a turned object with its mirror images.

    Parameters
    ----------
    turned
        From `turn`.
    area
        Pixels of the object, holes included.
    """
    _, binary = cv2.threshold(turned, isodata_level(turned) - 1, WHITE, cv2.THRESH_BINARY)
    horizontal = cv2.countNonZero(cv2.compare(turned, cv2.flip(turned, 1), cv2.CMP_EQ))
    vertical = cv2.countNonZero(cv2.compare(turned, cv2.flip(binary, 0), cv2.CMP_EQ))
    return Symmetry(horizontal / 2 / area, vertical / 2 / area)


def thickness_ratio(turned: Image, pixel_mm: float) -> float:
    """Largest thickness of a turned object over its mean thickness.

    Parameters
    ----------
    turned
        From `turn`: the long axis lies along the rows.
    pixel_mm
        Side of a pixel, mm.

    Returns
    -------
    Ratio; 1 where fewer than two columns meet the object.

    Notes
    -----
    The thickness of a column is the distance between its first two jumps of grey by more than 100. The last column
    that has one takes part in neither maximum nor sum, but in the number that the sum is divided by.
    """
    step = max(math.floor(THICKNESS_STEP_MM / pixel_mm), 1)
    columns = turned[:, ::step].astype(np.int16)
    jumps = np.abs(np.diff(columns, axis=0)) > EDGE_STEP
    order = np.cumsum(jumps, axis=0)
    met = jumps.sum(axis=0) >= 2
    if not met.any():
        return 1.0
    first, second = np.argmax(order == 1, axis=0), np.argmax(order == 2, axis=0)
    thickness = (second - first)[met]
    if len(thickness) < 2:
        return 1.0
    return float(thickness[:-1].max() / (int(thickness[:-1].sum()) / len(thickness)))


def _angle(ellipse: Ellipse) -> float:
    """Angle to turn by, degrees, in the digits in which ZooProcess handed it to ImageJ."""
    return round(ellipse.angle + 180.0, 4)


def _paste(canvas: Image, mask: Mask, row: int, col: int) -> None:
    """Write 255 where the mask is, its top left pixel at (row, col); what lies beyond the canvas is lost."""
    top, left = max(-row, 0), max(-col, 0)
    seen = mask[top : canvas.shape[0] - row, left : canvas.shape[1] - col]
    target = canvas[row + top : row + top + seen.shape[0], col + left : col + left + seen.shape[1]]
    target[seen] = WHITE


def rotate(image: Image, angle: float) -> Image:
    """Turn an image clockwise around its middle with ImageJ's bilinear interpolation.

    Parameters
    ----------
    image
        (side, side), uint8; the background is 0.
    angle
        Degrees, clockwise as seen on the screen.

    Notes
    -----
    The arithmetic of `ByteProcessor.rotate` of ImageJ (public domain) in its order. Only where the object can come
    to lie is anything computed.
    """
    turned = np.zeros_like(image)
    side = image.shape[0]
    if side < 2:  # nothing lies between pixels
        return image.copy()
    middle = (side - 1) / 2.0
    radians = -angle / (180.0 / math.pi)
    cos, sin = math.cos(radians), math.sin(radians)
    rows, cols = _reached(image, cos, sin, middle)
    if rows.size == 0:
        return turned
    around = _Around.of(image)
    strip = max(STRIP_PX // cols.size, 1)  # a strip at a time: what is worked on stays in the cache
    for start in range(0, rows.size, strip):
        lines = rows[start : start + strip]
        from_col = cols[None, :] * cos + (middle * sin - middle * cos - lines * sin + middle)[:, None]
        from_row = cols[None, :] * sin + (-middle * sin - middle * cos + lines * cos + middle)[:, None]
        turned[lines[0] : lines[-1] + 1, cols[0] : cols[-1] + 1] = _sample(around, from_row, from_col)
    return turned


@dataclass(frozen=True, slots=True)
class _Around:
    """A binary image and, for each of its pixels, the least and the most of the square of four that it begins.

    An image whose edge is empty is framed so widely that every position turned into it is a pixel of the frame.
    """

    edge: int
    margin: int
    side: int
    pixels: NDArray[np.uint8]
    least: NDArray[np.uint8]
    most: NDArray[np.uint8]

    @classmethod
    def of(cls, image: Image) -> _Around:
        edge = image.shape[0]
        free = not (image[:2].any() or image[-2:].any() or image[:, :2].any() or image[:, -2:].any())
        margin = int(FRAME * edge) + 2 if free else 0
        pixels = framed(image, margin).ravel()
        side = edge + 2 * margin
        least, most = np.zeros_like(pixels), pixels.copy()
        np.minimum(pixels[:-side], pixels[side:], out=least[:-side])
        np.minimum(least[:-1], least[1:], out=least[:-1])
        np.maximum(pixels[:-side], pixels[side:], out=most[:-side])
        np.maximum(most[:-1], most[1:], out=most[:-1])
        return cls(edge, margin, side, pixels, least, most)


def _sample(around: _Around, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> Image:
    """Read an image between its pixels; beyond its edges it is 0."""
    if around.margin:
        return _interpolate(around, rows, cols)
    side = around.edge
    known = (cols >= -0.01) & (cols < side) & (rows >= -0.01) & (rows < side)
    sampled = _interpolate(around, _within(rows, side), _within(cols, side))
    sampled[~known] = 0
    return sampled


def _within(position: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Move positions into the image, as ImageJ does at its edges."""
    return np.maximum(np.where(position >= side - 1.0, side - 1.001, position), 0.0)


def _reached(image: Image, cos: float, sin: float, middle: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the turned image that the object can reach."""
    side = image.shape[0]
    rows = np.flatnonzero(image.any(axis=1))
    left, right = np.argmax(image[rows] > 0, axis=1), side - 1 - np.argmax(image[rows, ::-1] > 0, axis=1)
    down = np.concatenate([rows, rows]) - middle
    across = np.concatenate([left, right]) - middle
    cols_to, rows_to = cos * across + sin * down + middle, cos * down - sin * across + middle
    return _span(rows_to, side), _span(cols_to, side)


def _span(position: NDArray[np.float64], side: int) -> NDArray[np.intp]:
    """Whole numbers in the image from two before the first to two after the last position."""
    if position.size == 0:
        return np.arange(0)
    return np.arange(max(int(position.min()) - 2, 0), min(int(position.max()) + 4, side))


def _interpolate(around: _Around, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> Image:
    """Bilinear interpolation, rounded half up; computed only where the four pixels differ."""
    row, col = rows.astype(np.intp), cols.astype(np.intp)
    at = (row * around.side + col).ravel() + around.margin * (around.side + 1)
    values = around.least[at]
    edge = np.flatnonzero(values != around.most[at])
    near = at[edge]
    down, across = (rows - row).ravel()[edge], (cols - col).ravel()[edge]
    corners = (around.pixels[near + step].astype(np.float64) for step in (0, 1, around.side, around.side + 1))
    upper_left, upper_right, lower_left, lower_right = corners
    upper = upper_left + across * (upper_right - upper_left)
    lower = lower_left + across * (lower_right - lower_left)
    values[edge] = (upper + down * (lower - upper) + 0.5).astype(np.uint8)
    sampled: Image = values.reshape(rows.shape)
    return sampled


def isodata_level(image: Image) -> int:
    """Threshold between dark and light by ImageJ's iteration, black and white left out.

    Parameters
    ----------
    image
        uint8.

    Returns
    -------
    The level from which on a pixel is light; 128 where at most one level occurs between 0 and 255.

    Notes
    -----
    Ridler and Calvard's method as ImageJ before 1.44 has it (public domain): the level moves up by one until it
    exceeds the mean of the means below and above.
    """
    between = image[(image != 0) & (image != WHITE)]
    histogram = np.bincount(between, minlength=WHITE + 1)
    present = np.flatnonzero(histogram)
    if len(present) < 2:
        return (WHITE + 1) // 2
    low, high = int(present[0]), int(present[-1])
    counts = np.cumsum(histogram)
    sums = np.cumsum(histogram * np.arange(WHITE + 1))
    levels = np.arange(low, max(high - 1, low + 1))
    below = sums[levels] / counts[levels]
    above = (sums[-1] - sums[levels]) / (counts[-1] - counts[levels])
    means = (below + above) / 2.0
    stopped = np.append(levels[:-1] + 2 > means[:-1], True)
    return math.floor(float(means[np.argmax(stopped)]) + 0.5)


def dark_symmetry(filled: Mask, dark: Mask) -> Symmetry:
    """Symmetry of one blob.

    Parameters
    ----------
    filled, dark
        From `blobs.largest_blob`.
    """
    return symmetry(turn(filled, dark), int(np.count_nonzero(filled)))
