"""Random fields of a given grain: what sand, water and leaves are drawn from, fast enough for millions of pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Shape = tuple[int, int]
Colour = tuple[float, float, float]

# A random byte is made normal by this table: a tenth of the time that normal numbers take.
_NORMAL = np.array([NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256)], np.float32)


@dataclass(frozen=True, slots=True)
class View:
    """How the ground is seen.

    Parameters
    ----------
    gsd_cm
        Ground sampling distance, cm per pixel.
    sun
        Unit vector (row, col) in which shadows fall.
    shadow
        Length of a shadow by the height of what throws it.
    strength
        How dark a shadow is, 0 to 1.
    """

    gsd_cm: float
    sun: tuple[float, float]
    shadow: float
    strength: float

    def px(self, cm: float) -> float:
        """Return a length in pixels."""
        return cm / self.gsd_cm


def draw_view(rng: np.random.Generator, gsd_cm: float) -> View:
    """Draw a position of the sun, or a clouded sky."""
    angle = rng.uniform(0, 2 * math.pi)
    clouded = rng.random() < 0.3
    return View(
        gsd_cm=gsd_cm,
        sun=(math.sin(angle), math.cos(angle)),
        shadow=float(rng.uniform(0.2, 0.5) if clouded else rng.uniform(0.4, 1.8)),
        strength=float(rng.uniform(0.1, 0.3) if clouded else rng.uniform(0.45, 0.75)),
    )


def white(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return normal noise, mean 0, standard deviation 1, of pixel to pixel."""
    flat = np.frombuffer(rng.bytes(math.prod(shape)), np.uint8)
    return np.asarray(cv2.LUT(flat.reshape(1, -1), _NORMAL), np.float32).reshape(shape)


def smooth(rng: np.random.Generator, shape: Shape, cell_px: float, stretch: float = 1.0) -> Floats:
    """Return noise with mean 0 and standard deviation near 1 that changes over so many pixels.

    Cells finer than a pixel are averaged within it, as a camera does.

    Parameters
    ----------
    rng, shape
        Of the noise.
    cell_px
        Size of its cells along rows, px.
    stretch
        Their size along columns by that along rows.
    """
    if max(cell_px, cell_px * stretch) < 1.5:
        return white(rng, shape) * np.float32(min(1.0, cell_px))
    # Cubic between cells, so that their edges are not seen, but at a fraction of the size; from there on linear.
    factor = max(1, int(min(cell_px, cell_px * stretch) / 5))
    small = tuple(math.ceil(side / factor) + 1 for side in shape)
    cells = tuple(max(1.0, cell / factor) for cell in (cell_px, cell_px * stretch))
    grid = tuple(math.ceil(side / cell) + 2 for side, cell in zip(small, cells, strict=True))
    size = tuple(max(side, int(count * cell)) for side, count, cell in zip(small, grid, cells, strict=True))
    how = cv2.INTER_CUBIC if max(cells) > 2.5 else cv2.INTER_LINEAR
    field = cv2.resize(white(rng, grid), size[::-1], interpolation=how)
    top, left = (int(rng.integers(0, whole - side + 1)) for whole, side in zip(size, small, strict=True))
    field = field[top : top + small[0], left : left + small[1]]
    if factor > 1:
        field = cv2.resize(field, (small[1] * factor, small[0] * factor), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(field[: shape[0], : shape[1]])


def fractal(
    rng: np.random.Generator, shape: Shape, coarse_px: float, *, octaves: int = 4, rough: float = 0.6
) -> Floats:
    """Return noise of several scales, each a third of the one above; standard deviation near 1.

    Parameters
    ----------
    rng, shape
        Of the noise.
    coarse_px
        Size of the coarsest cells, px.
    octaves
        How many scales.
    rough
        Weight of a scale by that of the one above.
    """
    weights = [rough**level for level in range(octaves)]
    norm = 1 / math.sqrt(sum(weight**2 for weight in weights))
    total = np.zeros(shape, np.float32)
    for level, weight in enumerate(weights):
        cell = coarse_px / 3**level
        if cell < 0.25 and level:
            break
        total += smooth(rng, shape, cell) * np.float32(weight * norm)
    return total


def relief(height: Floats, view: View) -> Floats:
    """Return how much brighter slopes are that look at the sun: the derivative of a height along the light."""
    row, col = view.sun
    light = np.zeros_like(height)
    light[1:] += (height[1:] - height[:-1]) * np.float32(row)
    light[:, 1:] += (height[:, 1:] - height[:, :-1]) * np.float32(col)
    # Shadows fall along `sun`, so the side that falls off that way is dark.
    return light


def cells(rng: np.random.Generator, shape: Shape, spacing_px: float) -> tuple[NDArray[np.int32], Floats, int]:
    """Divide an area into cells around random points, as pebbles or cracked mud divide it.

    Parameters
    ----------
    rng, shape
        Of the area.
    spacing_px
        Mean distance of the points, px; at least 2.

    Returns
    -------
    labels, depth, count
        (rows, cols) int32: which cell, from 1; (rows, cols) float32: distance to the border of the cell, px; how many.
    """
    spacing = max(2.0, spacing_px)
    rows, cols = (math.ceil(side / spacing) + 1 for side in shape)
    jitter = rng.random((2, rows, cols)).astype(np.float32)
    down = ((np.arange(rows)[:, None] - 0.5 + jitter[0]) * spacing).astype(np.int64).clip(0, shape[0] - 1)
    along = ((np.arange(cols)[None] - 0.5 + jitter[1]) * spacing).astype(np.int64).clip(0, shape[1] - 1)
    free = np.full(shape, 255, np.uint8)
    free[down, along] = 0
    _, labels = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    border = np.full(shape, 255, np.uint8)
    border[1:][labels[1:] != labels[:-1]] = 0
    border[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    depth = cv2.distanceTransform(border, cv2.DIST_L2, 3)
    return np.asarray(labels, np.int32), np.asarray(depth, np.float32), int(labels.max())


def coloured(level: Floats, *stops: Colour) -> Bytes:
    """Paint a field by a ramp of colours.

    Parameters
    ----------
    level
        (rows, cols): 0 is the first colour, 1 the last.
    *stops
        Red, green, blue, 0 to 255, at even distances.
    """
    places = np.linspace(0, 255, len(stops))
    ramp = np.stack([np.interp(np.arange(256), places, [stop[band] for stop in stops]) for band in range(3)], 1)
    index = cv2.convertScaleAbs(np.maximum(level, 0), alpha=255)
    table = np.clip(ramp, 0, 255).astype(np.uint8)[:, None]
    return np.asarray(cv2.applyColorMap(index, table), np.uint8)


def varied(rng: np.random.Generator, colour: Colour, by: float = 12) -> Colour:
    """Return a colour like this one: brighter or darker by a good deal, of another hue by a little."""
    gain = rng.uniform(1 - by / 60, 1 + by / 60)
    red, green, blue = (float(np.clip(part * gain + rng.normal(0, by / 4), 0, 255)) for part in colour)
    return red, green, blue


def shade(colour: Colour, by: float) -> Colour:
    """Return a colour so many times as bright."""
    red, green, blue = (float(np.clip(part * by, 0, 255)) for part in colour)
    return red, green, blue
