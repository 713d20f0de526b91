"""From the 16 bits of a scanner to the 8 bits that everything else is measured in, and to the orientation of vis1.

Scans and backgrounds are each brought to the same greys by their own median, as by the macro Zooscan_convert of
ZooProcess. Both are worked through in strips: a scan of 360 megapixels is never in memory as a whole in 16 bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, BadParameter
from pelagia.imaging.rounding import whole
from pelagia.imaging.strips import ROWS, Rows, over_strips

OD_RANGE = 1.8  # optical density between the darkest and the brightest grey
RATIO = 1.15  # brightest grey kept by the median
LEVELS = 65_536
# The part of the raw image whose median counts, by its size: without the frame.
MARGIN_X, MARGIN_Y, INNER_X, INNER_Y = 0.03, 0.05, 0.94, 0.93
STRIPS = 20
# OpenCV counts in single precision, exact up to here.
MOST_COUNTED_PX = 2**24
LARGE_WIDTH_PX = 14_000  # of a raw image: from here on the frame is the large one
FULL_DPI = 2400


@dataclass(frozen=True, slots=True)
class GreyRange:
    """The grey levels of a 16-bit image that become 0 and 255.

    Parameters
    ----------
    median
        Mean of the medians of its strips, 0 to 65,535.
    low, high
        Levels, 0 to 65,536.
    """

    median: float
    low: int
    high: int


def grey_range(image_16: Rows, *, odrange: float = OD_RANGE, ratio: float = RATIO) -> GreyRange:
    """Find the greys of a raw image by its median.

    Parameters
    ----------
    image_16
        (height, width), uint16, as it comes from the scanner.
    odrange, ratio
        Of lut.txt: optical density, and brightest grey by the median.

    Notes
    -----
    high = floor(median · ratio), at most 65,536; low = floor(median / (10^odrange · ratio)).
    A median of 54,921 gives 756 and 63,159.
    """
    height, width = image_16.shape
    step = math.floor(height * INNER_Y / STRIPS)
    left, inner = whole(width * MARGIN_X), whole(width * INNER_X)
    if step < 1 or inner < 1:
        raise BadInput(
            "The image is too small to tell its greys",
            value=f"{width} × {height} pixels",
            remedy="Use the raw image of a whole scan",
            code="image-too-small",
        )
    top, tops = height * MARGIN_Y, []
    while top < height * INNER_Y + step:
        tops.append(whole(top))
        top += step
    medians = over_strips(
        lambda first, _: _median(image_16, tops[first], min(tops[first] + step, height), left, left + inner),
        len(tops),
        rows=1,
    )
    median = sum(medians) / len(tops)
    high = min(LEVELS, math.floor(median * ratio))
    low = max(0, math.floor(median / (10**odrange * ratio)))
    if high <= low:
        raise BadInput(
            "The image is black",
            value=f"median {median:.0f} of 65,535",
            remedy="Scan again, and look whether the lamp was on",
            code="image-black",
        )
    return GreyRange(median, low, high)


def _median(image_16: Rows, start: int, stop: int, left: int, right: int) -> int:
    """Return the first grey that, with all darker ones, has more than half of the pixels."""
    counts = np.zeros(LEVELS, np.int64)
    rows = max(1, min(ROWS, MOST_COUNTED_PX // (right - left)))
    for first in range(start, stop, rows):
        part = np.ascontiguousarray(image_16[first : min(first + rows, stop)], np.uint16)
        counts += cv2.calcHist([part[:, left:right]], [0], None, [LEVELS], [0, LEVELS]).ravel().astype(np.int64)
    cumulated = np.cumsum(counts)
    return int(np.searchsorted(cumulated, cumulated[-1] / 2, side="right"))


def to_8_bit(image_16: Rows, grey: GreyRange, *, filter_parts: int = 0) -> NDArray[np.uint8]:
    """Bring a raw image to 8 bits, turned by 90° to the right and flipped upside down as vis1 is.

    Parameters
    ----------
    image_16
        (height, width), uint16, as it comes from the scanner.
    grey
        Which levels become 0 and 255.
    filter_parts
        In how many parts from top to bottom a median filter of 3 × 3 pixels is run, 0 for none; see
        :func:`filter_parts`.

    Returns
    -------
    (width, height), uint8.
    """
    height, width = image_16.shape
    table = _table(grey)
    turned = np.empty((width, height), np.uint8)
    part = height // filter_parts if filter_parts else 0
    cuts = [index * part for index in range(filter_parts)] + [height]

    def convert(start: int, stop: int) -> None:
        if not filter_parts:
            grey_8 = table[image_16[start:stop]]
            turned[:, height - stop : height - start] = cv2.flip(cv2.transpose(grey_8), -1)
            return
        inner = [cut for cut in cuts if start < cut < stop]
        for first, last in zip([start, *inner], [*inner, stop], strict=True):
            low = max(cut for cut in cuts if cut <= first)
            high = min(cut for cut in cuts if cut >= last)
            above, below = max(first - 1, low), min(last + 1, high)
            smooth = cv2.medianBlur(table[image_16[above:below]], 3)[first - above : last - above]
            turned[:, height - last : height - first] = cv2.flip(cv2.transpose(smooth), -1)

    for _ in over_strips(convert, height):
        pass
    return turned


def _table(grey: GreyRange) -> NDArray[np.uint8]:
    """Return (65536,) the 8-bit grey of every level, as ImageJ 1.41 computes it."""
    scale = 256 / (min(grey.high, LEVELS - 1) - grey.low + 1)
    above = np.maximum(np.arange(LEVELS) - grey.low, 0)
    return np.minimum((above * scale + 0.5).astype(np.int64), 255).astype(np.uint8)


def filter_parts(width_px: int, dpi: float) -> int:
    """Return in how many parts ZooProcess filters a raw image: 1 below 2400 dpi, 3 of a narrow frame, 6 of a large."""
    if dpi < FULL_DPI:
        return 1
    return 3 if width_px <= LARGE_WIDTH_PX else 6


def refuse_unknown_options(
    *,
    gamma: float = 1,
    filter_radius_px: float | None = None,
    reduced_dpi: float = FULL_DPI,
    shape: tuple[int, ...],
    dpi: float,
) -> None:
    """Refuse what lut.txt may ask for and no original shows the result of.

    Parameters
    ----------
    gamma
        Exponent; only 1 is known.
    filter_radius_px
        Radius of the median filter, None for none; only 1 is known.
    reduced_dpi
        Resolution that large scans at 2400 dpi are reduced to; only none, 2400, is known.
    shape, dpi
        Of the raw image.
    """
    if gamma != 1:
        raise BadParameter(
            "A gamma correction is not supported",
            value=f"gamma {gamma:g} in lut.txt",
            remedy="Set it to 1",
            code="lut-gamma",
        )
    if filter_radius_px not in (None, 1):
        raise BadParameter(
            "A median filter of this radius is not supported",
            value=f"{filter_radius_px:g} in lut.txt",
            remedy="Set it to 1, or the filter to no",
            code="lut-median-filter",
        )
    if reduced_dpi == FULL_DPI / 2 and dpi == FULL_DPI and shape[1] > LARGE_WIDTH_PX:
        raise BadParameter(
            "The reduction of large scans to 1200 dpi is not supported",
            value=f"{reduced_dpi:g} in lut.txt",
            remedy="Set it to 2400, and the scan is processed as it is",
            code="lut-reduction",
        )
