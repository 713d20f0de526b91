"""A large scan segmented in two overlapping halves, as ZooProcess does it to spare memory: for equal numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region
from pelagia.imaging.rounding import whole
from pelagia.imaging.segmentation import THRESHOLD, Segmentation, segment

# A scan wider and higher than this is halved, px.
WIDTH_LIMIT_PX, HEIGHT_LIMIT_PX = 20_000, 6_500
# Width of each half by that of the scan: they share the fifth in the middle.
HALF_SHARE = 0.6


def find_regions_in_halves(
    vis1: NDArray[np.uint8], *, min_area_px: int, max_area_px: int, threshold: int = THRESHOLD
) -> list[Region]:
    """Return the objects of a scan as ZooProcess finds and numbers them; see :func:`segment_in_halves`."""
    return segment_in_halves(vis1, min_area_px=min_area_px, max_area_px=max_area_px, threshold=threshold).regions


def segment_in_halves(
    vis1: NDArray[np.uint8], *, min_area_px: int, max_area_px: int, threshold: int = THRESHOLD
) -> Segmentation:
    """Find the objects of a scan, half by half where it is large.

    The left 60 % come first, in the order (YStart, XStart), then those that only the right 60 % hold. An object of
    both is known by its first pixel. One that reaches over the shared fifth touches an edge in both halves, and is
    in neither.

    Parameters
    ----------
    vis1, min_area_px, max_area_px, threshold
        As for :func:`pelagia.imaging.segmentation.segment`.
    """
    height, width = vis1.shape
    limits = {"min_area_px": min_area_px, "max_area_px": max_area_px, "threshold": threshold}
    whole = width <= WIDTH_LIMIT_PX or height <= HEIGHT_LIMIT_PX
    if whole:
        return segment(vis1, **limits, open_frame=False)
    share = half_width_px(width)
    left = segment(vis1[:, :share], **limits, open_frame=False)
    right = segment(vis1[:, width - share :], **limits, open_frame=False)
    seen = {(region.row_start, region.col_start) for region in left.regions}
    moved = [dataclasses.replace(region, col=region.col + width - share) for region in right.regions]
    regions = left.regions + [region for region in moved if (region.row_start, region.col_start) not in seen]
    dark = np.mean([_dark_share(half) for half in (left, right)])
    return Segmentation(regions, float(dark / (1 - dark)) if dark < 1 else float("inf"), frame_closed=False)


def half_width_px(width_px: int) -> int:
    """Return the width of each half, px, rounded as ImageJ rounds a rectangle.

    A table of a scan 24,251 px wide has an object that ends at 14,550 in the left half, and one that ends at 14,551
    in the right half only: 14,550.6 became 14,551.
    """
    return whole(width_px * HALF_SHARE)


def _dark_share(half: Segmentation) -> float:
    return half.dark_ratio / (1 + half.dark_ratio)
