"""The whole way from a raw scan and its backgrounds to vis1, the picture that all objects are cut out of."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.background import combine_backgrounds, remove_background
from pelagia.imaging.grey import OD_RANGE, RATIO, GreyRange, filter_parts, grey_range, to_8_bit
from pelagia.imaging.limits import GREY_RATIO, FrameLimits, find_limits
from pelagia.imaging.strips import ByteRows, Rows, over_strips


@dataclass(frozen=True, slots=True)
class GreySettings:
    """How greys are chosen and the frame is found; as in lut.txt and in the configuration of the process."""

    odrange: float = OD_RANGE
    ratio: float = RATIO
    grey_ratio: float = GREY_RATIO
    median_filter: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Vis1:
    """A scan without its background, and what was found out on the way.

    Parameters
    ----------
    image
        (height, width), uint8.
    grey
        Of the raw scan.
    limits
        Of its frame.
    """

    image: NDArray[np.uint8]
    grey: GreyRange
    limits: FrameLimits


def make_background(first_16: Rows, second_16: Rows, settings: GreySettings | None = None) -> NDArray[np.uint8]:
    """Return the combined background of two empty scans, (height, width), 8 bits, turned.

    Parameters
    ----------
    first_16, second_16
        (height, width), uint16, as they come from the scanner.
    settings
        Of the project.
    """
    settings = settings or GreySettings()
    ranges = [grey_range(image, odrange=settings.odrange, ratio=settings.ratio) for image in (first_16, second_16)]
    return combine_backgrounds(to_8_bit(first_16, ranges[0]), to_8_bit(second_16, ranges[1]))


def make_vis1(
    scan_16: Rows,
    background_8: NDArray[np.uint8],
    *,
    dpi: float,
    background_dpi: float,
    settings: GreySettings | None = None,
) -> Vis1:
    """Return a raw scan without its background.

    Parameters
    ----------
    scan_16
        (height, width), uint16, as it comes from the scanner.
    background_8
        The combined background, 8 bits, turned.
    dpi, background_dpi
        Resolutions, pixels per inch.
    settings
        Of the project.
    """
    settings = settings or GreySettings()
    grey = grey_range(scan_16, odrange=settings.odrange, ratio=settings.ratio)
    parts = filter_parts(scan_16.shape[1], dpi) if settings.median_filter else 0
    scan_8 = to_8_bit(scan_16, grey, filter_parts=parts)
    limits = find_limits(scan_8, dpi, grey_ratio=settings.grey_ratio)
    image = remove_background(scan_8, background_8, limits, dpi=dpi, background_dpi=background_dpi, out=scan_8)
    return Vis1(image, grey, limits)


def add_lines(vis1: NDArray[np.uint8], lines: ByteRows, *, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Return vis1 with the lines of a separation mask in it: white where the mask is 255.

    Parameters
    ----------
    vis1
        (height, width).
    lines
        (height, width), added; what exceeds vis1 is left out. An array, or what gives rows when asked for them.
    out
        Where to put the result, of vis1's shape; may be vis1 itself.
    """
    lined = vis1.copy() if out is None else out
    height, width = (min(sizes) for sizes in zip(vis1.shape, lines.shape, strict=True))

    def add(start: int, stop: int) -> None:
        lined[start:stop, :width] = cv2.add(vis1[start:stop, :width], lines[start:stop][:, :width])

    for _ in over_strips(add, height):
        pass
    return lined
