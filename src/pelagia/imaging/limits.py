"""Where the frame of a scan ends and the water begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.imaging.rounding import whole

GREY_RATIO = 0.9  # `greytaux`: a slab darker than this share of the water's grey is frame; 0.01 finds none
STEPS_PER_INCH = 240
REFERENCE_STEPS = 10  # thickness of the slab that tells the water's grey
MULTIPLE_PX = 8  # scans are cropped to a multiple of this


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """Where the water begins and ends, px.

    Parameters
    ----------
    left, right, top, bottom
        Columns and rows of vis1; an edge of the image where no frame was found.
    not_found
        The sides on which nothing dark was found.
    """

    left: int
    right: int
    top: int
    bottom: int
    not_found: tuple[str, ...] = ()


def cropped(scan_8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the scan without what exceeds a multiple of 8 pixels on the right and at the bottom (a view)."""
    height, width = scan_8.shape
    return scan_8[: height - height % MULTIPLE_PX, : width - width % MULTIPLE_PX]


def find_limits(scan_8: NDArray[np.uint8], dpi: float, *, grey_ratio: float = GREY_RATIO) -> FrameLimits:
    """Walk from the water outwards on all four sides until it gets dark.

    Parameters
    ----------
    scan_8
        (height, width), 8-bit scan, turned.
    dpi
        Its resolution, pixels per inch.
    grey_ratio
        How much darker than the water the frame is, share of its grey.
    """
    scan_8 = cropped(scan_8)
    height, width = scan_8.shape
    step = whole(dpi / STEPS_PER_INCH)
    if step < 1 or min(height, width) < 2 * REFERENCE_STEPS * step:
        raise BadInput(
            "The scan is too small to hold a frame",
            value=f"{width} × {height} pixels at {dpi:g} dpi",
            remedy="Check the resolution, and that the scan is whole",
            code="image-too-small",
        )

    def across(first: float, share: float) -> Callable[[float, float], float]:
        rows = slice(whole(first), whole(first) + whole(share))
        return lambda at, thick: _mean(scan_8[rows, whole(at) : whole(at) + whole(thick)])

    def down(first: float, share: float) -> Callable[[float, float], float]:
        cols = slice(whole(first), whole(first) + whole(share))
        return lambda at, thick: _mean(scan_8[whole(at) : whole(at) + whole(thick), cols])

    walks = {
        "right": (across(height / 4, height * 0.25), max(width * 0.75, width - dpi / 2), step, width),
        "left": (across(height * 0.375, height * 0.25), width * 0.05, -step, 0),
        "bottom": (down(width / 6, width * 0.15), height * 0.95, step, height),
        "top": (down(width * 0.25, width * 0.2), height * 0.05, -step, 0),
    }
    found = {side: _walk(*walk, grey_ratio=grey_ratio) for side, walk in walks.items()}
    places = {side: walks[side][3] if place is None else place for side, place in found.items()}
    return FrameLimits(**places, not_found=tuple(side for side, place in found.items() if place is None))


def _walk(mean: Callable[[float, float], float], start: float, step: int, end: int, *, grey_ratio: float) -> int | None:
    """Return one step before the first dark slab, None where there is none on the way to the edge."""
    dark = whole(mean(start, REFERENCE_STEPS * abs(step)) * grey_ratio)
    at = start
    while at <= end if step > 0 else at >= end:
        if mean(at, abs(step)) < dark:
            return whole(at - step)
        at += step
    return None


def _mean(slab: NDArray[np.uint8]) -> float:
    """Return the mean to four decimals, as the table of ImageJ has it; of nothing, as bright as can be."""
    return round(float(slab.mean()), 4) if slab.size else 255.0
