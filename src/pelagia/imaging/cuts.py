"""Cut lines: an object of touching organisms becomes several, as a person with a white pen would do it.

The line is drawn in white on the pixels of this one object, and what is left of it is segmented again. Whatever lies
next to the object is never touched. Places are those of pixel centres: (0, 0) is the middle of the first pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import THRESHOLD, segment

Mask = NDArray[np.bool_]
Source = Literal["model", "watershed", "person"]

LINE_PX = 3  # what ZooProcess draws by hand; two rows of pixels are the least that eight neighbours do not bridge
WHITE = 255
FIXED_POINT_BITS = 4  # OpenCV draws to a sixteenth of a pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A line along which an object shall be divided.

    Parameters
    ----------
    points
        Of the polyline, (row, col) each, pixels of the scan. One point alone is a dot.
    source
        Who drew it.
    score
        How sure a model is of it, 0 to 1; none where nobody estimated it.
    """

    points: tuple[tuple[float, float], ...]
    source: Source
    score: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """What cut lines did to an object.

    Parameters
    ----------
    pieces
        The objects there are now, in the order (YStart, XStart); the very object itself where nothing was divided.
    dropped_px
        Areas, holes included, of the pieces too small to be an object, px, in the same order.
    line_px
        Pixels of the object that the lines made white; 0 where nothing was divided.
    """

    pieces: list[Region]
    dropped_px: tuple[int, ...]
    line_px: int

    @property
    def divided(self) -> bool:
        """Whether the lines separated anything."""
        return self.line_px > 0


def apply_cuts(
    region: Region,
    cuts: Sequence[Cut],
    *,
    min_area_px: int,
    threshold: int = THRESHOLD,
    line_px: int = LINE_PX,
) -> list[Region]:
    """Return the objects that the cuts make of one; see :func:`divide`."""
    return divide(region, cuts, min_area_px=min_area_px, threshold=threshold, line_px=line_px).pieces


def divide(
    region: Region,
    cuts: Sequence[Cut],
    *,
    min_area_px: int,
    threshold: int = THRESHOLD,
    line_px: int = LINE_PX,
) -> Division:
    """Divide an object along cut lines.

    Parameters
    ----------
    region
        The object.
    cuts
        Lines, all drawn before anything is segmented: two may divide what one alone does not (a ring).
    min_area_px
        Area, holes included, of the smallest piece that is an object, px.
    threshold
        Grey, 0 to 255, of the brightest pixel that belongs to an object.
    line_px
        Width of the line, px, at least 2.
    """
    return divide_along(region, line_mask(region, cuts, line_px=line_px), min_area_px=min_area_px, threshold=threshold)


def divide_by_mask(
    region: Region, separation: NDArray[np.uint8], *, min_area_px: int, threshold: int = THRESHOLD
) -> Division:
    """Divide an object by a separation mask of the whole scan, such as ZooProcess keeps in ``_sep.gif``.

    Parameters
    ----------
    region
        The object.
    separation
        (height, width) of the scan; anything but 0 is a line, as thick as it was drawn.
    min_area_px, threshold
        As for :func:`divide`.
    """
    box = separation[region.row : region.row + region.height, region.col : region.col + region.width]
    lines = np.zeros(region.filled.shape, np.bool_)  # a mask may be smaller than the scan it was made for
    lines[: box.shape[0], : box.shape[1]] = box != 0
    return divide_along(region, lines & region.filled, min_area_px=min_area_px, threshold=threshold)


def line_mask(region: Region, cuts: Sequence[Cut], *, line_px: int = LINE_PX) -> Mask:
    """Return (height, width) of the object's box: where the cuts make this object white, and nothing else.

    Parameters
    ----------
    region
        The object.
    cuts
        Lines; what of them lies outside the object has no effect.
    line_px
        Width of the line, px, at least 2.
    """
    drawn = np.zeros(region.filled.shape, np.uint8)
    scale = 1 << FIXED_POINT_BITS
    for cut in cuts:
        points = np.asarray(cut.points, np.float64).reshape(-1, 2) - (region.row, region.col)
        fixed = np.rint(points[:, ::-1] * scale).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(drawn, [fixed], False, 1, thickness=line_px, shift=FIXED_POINT_BITS)
    mask: Mask = (drawn > 0) & region.filled
    return mask


def divide_along(region: Region, lines: Mask, *, min_area_px: int, threshold: int = THRESHOLD) -> Division:
    """Divide an object along lines that were drawn already.

    Parameters
    ----------
    region
        The object.
    lines
        (height, width) of its box; only those on the object count.
    min_area_px, threshold
        As for :func:`divide`.

    Notes
    -----
    An object that still hangs together is given back itself, no pixel of it changed: a line that ends within the
    object, or beside it, leaves no trace.
    """
    lines = lines & region.filled
    if not lines.any():
        return Division([region], (), 0)
    alone = np.pad(np.where(region.filled & ~lines, region.grey, WHITE).astype(np.uint8), 1, constant_values=WHITE)
    found = segment(alone, min_area_px=1, max_area_px=alone.size, threshold=threshold, open_frame=False).regions
    if len(found) < 2:
        return Division([region], (), 0)
    grey = np.where(lines, WHITE, region.grey).astype(np.uint8)
    areas = [int(piece.filled.sum()) for piece in found]
    pieces = [_piece(region, grey, piece) for piece, area in zip(found, areas, strict=True) if area >= min_area_px]
    return Division(pieces, tuple(area for area in areas if area < min_area_px), int(lines.sum()))


def _piece(region: Region, grey: NDArray[np.uint8], piece: Region) -> Region:
    """Return a piece, found in the padded box of an object, as an object of the scan."""
    top, left = piece.row - 1, piece.col - 1
    box = grey[top : top + piece.height, left : left + piece.width].copy()
    return Region(region.row + top, region.col + left, piece.filled, box)
