"""All measures of one object."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.blobs import blob_count, largest_blob
from pelagia.imaging.measures.catalogue import MEASURES
from pelagia.imaging.measures.derived import TAG_LINE, derive, quotient
from pelagia.imaging.measures.fractal import fractal_dimension
from pelagia.imaging.measures.greys import LEVELS, cumulative_greys, grey_contrast, statistics
from pelagia.imaging.measures.outline import crack_steps, feret_diameter, traced_perimeter
from pelagia.imaging.measures.shape import convex_hull, fit_ellipse
from pelagia.imaging.measures.skeleton import skeleton_area
from pelagia.imaging.measures.symmetry import dark_symmetry, symmetry, thickness_ratio, turn
from pelagia.imaging.region import Region

THRESHOLD = 243
WHITE = 255
# A box so much wider than high is taken for a line of the scanner.
LINE_RATIO = 40
TAG_OBJECT = 1.0


def measure(region: Region, *, pixel_mm: float, threshold: int = THRESHOLD) -> dict[str, float]:
    """Measure an object.

    Parameters
    ----------
    region
        The object: 8-connected, at least one pixel, its box tight.
    pixel_mm
        Side of a pixel, mm.
    threshold
        The lightest grey that is object; what is lighter inside it is a hole.

    Returns
    -------
    One number per measure of `MEASURES`, in its order, unrounded. NaN where something has no value: skewness of a
    constant grey, quotients by 0, and what needs the object without holes where nothing is left of it.
    """
    grey, filled = np.ascontiguousarray(region.grey), np.ascontiguousarray(region.filled)
    mask = filled & (grey <= threshold)
    values = _place(region) | _greys(grey, filled) | _shape(filled)
    area, area_exc = float(np.count_nonzero(filled)), float(np.count_nonzero(mask))
    values |= {"area": area, "area_exc": area_exc, "%area": 100.0 * (1.0 - area_exc / area)}
    values |= _cleaned(grey, filled, mask, pixel_mm) if area_exc else _nothing_left()
    values |= derive(values)
    return {column.name: values[column.name] for column in MEASURES}


def _place(region: Region) -> dict[str, float]:
    """Where the box is."""
    line = region.width >= LINE_RATIO * region.height
    return {
        "bx": float(region.col),
        "by": float(region.row),
        "width": float(region.width),
        "height": float(region.height),
        "xstart": float(region.col_start),
        "ystart": float(region.row_start),
        "tag": TAG_LINE if line else TAG_OBJECT,
    }


def _greys(grey: NDArray[np.uint8], filled: NDArray[np.bool_]) -> dict[str, float]:
    """Grey of the object, holes included."""
    weights = np.where(filled, grey, np.uint8(0))
    per_col, per_row = weights.sum(axis=0, dtype=np.int64), weights.sum(axis=1, dtype=np.int64)
    total = float(per_row.sum())
    return statistics(np.bincount(grey[filled], minlength=LEVELS)) | {
        "xm": quotient(float(per_col @ np.arange(len(per_col))), total) + 0.5,
        "ym": quotient(float(per_row @ np.arange(len(per_row))), total) + 0.5,
    }


def _shape(filled: NDArray[np.bool_]) -> dict[str, float]:
    """Ellipse and outline of the object, holes included."""
    ellipse = fit_ellipse(filled)
    perimeter = traced_perimeter(crack_steps(filled))
    return {
        "x": ellipse.x,
        "y": ellipse.y,
        "major": ellipse.major,
        "minor": ellipse.minor,
        "angle": ellipse.angle,
        "perim.": perimeter,
        "circ.": 4.0 * math.pi * np.count_nonzero(filled) / (perimeter * perimeter),
        "feret": feret_diameter(filled),
    }


def _cleaned(
    grey: NDArray[np.uint8], filled: NDArray[np.bool_], mask: NDArray[np.bool_], pixel_mm: float
) -> dict[str, float]:
    """What ZooProcess measures on the object without its holes."""
    cleaned = np.where(mask, grey, np.uint8(WHITE))
    greys = cumulative_greys(cleaned)
    turned = turn(filled, mask)
    whole = symmetry(turned, int(np.count_nonzero(filled)))
    dark = dark_symmetry(*largest_blob(cleaned <= greys.first_dark))
    hull_area, hull_perimeter = convex_hull(mask)
    return {
        "fractal": fractal_dimension(mask),
        "skelarea": float(skeleton_area(mask)),
        "slope": greys.slope,
        "histcum1": float(greys.quartiles[0]),
        "histcum2": float(greys.quartiles[1]),
        "histcum3": float(greys.quartiles[2]),
        "nb1": float(blob_count(cleaned <= greys.quartiles[0])),
        "nb2": float(blob_count(cleaned <= greys.quartiles[1])),
        "symetrieh": whole.horizontal,
        "symetriev": whole.vertical,
        "symetriehc": dark.horizontal,
        "symetrievc": dark.vertical,
        "convperim": float(hull_perimeter),
        "convarea": float(hull_area),
        "fcons": grey_contrast(cleaned, greys),
        "thickr": thickness_ratio(turned, pixel_mm),
    }


def _nothing_left() -> dict[str, float]:
    """The same measures where every pixel is lighter than the threshold: counts are 0, the rest has no value."""
    counts = ("skelarea", "nb1", "nb2", "convperim", "convarea")
    others = ("fractal", "slope", "histcum1", "histcum2", "histcum3", "fcons", "thickr")
    symmetries = ("symetrieh", "symetriev", "symetriehc", "symetrievc")
    return dict.fromkeys(counts, 0.0) | dict.fromkeys(others + symmetries, math.nan)
