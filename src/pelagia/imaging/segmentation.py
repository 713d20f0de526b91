"""The objects of a scan: what is dark and hangs together, holes filled, off the edges, of the sizes asked for.

The rules are those of ImageJ's particle analyser as ZooProcess calls it: grey of at most 243, eight neighbours, holes
included, objects at an edge left out. What lies in a hole of an object belongs to that object.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region
from pelagia.imaging.rounding import whole
from pelagia.imaging.runs import Runs, find_runs, first_of_each, gaps, label_runs

THRESHOLD = 243  # `upper` of process_install_both_config.txt
MM_PER_INCH = 25.4
LEGACY_PI = 3.1416
# Lines around the whole picture enclose nearly all of it; no organism does.
FRAME_SHARE = 0.5
# So much wider than high is a stripe that the moving lamp left (Tag 3 of ZooProcess), px/px.
STRIPE_RATIO = 40


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """What was found in a scan.

    Parameters
    ----------
    regions
        The objects, in the order (YStart, XStart) of their first pixels.
    dark_ratio
        Dark pixels by light pixels (B/W_ratio of ZooProcess); above 0.25 the background is probably not that of
        the scan.
    frame_closed
        Whether lines around the picture enclosed it all, and were looked through.
    """

    regions: list[Region]
    dark_ratio: float
    frame_closed: bool


def esd_to_area_px(esd_mm: float, dpi: float) -> int:
    """Return the area of a disc of this diameter, px: 631 for 0.3 mm at 2400 dpi.

    Parameters
    ----------
    esd_mm
        Equivalent spherical diameter, mm.
    dpi
        Resolution of the scan, pixels per inch.
    """
    pixel_mm = MM_PER_INCH / dpi
    return whole(LEGACY_PI / 4 * esd_mm**2 / pixel_mm**2)


def is_stripe(region: Region) -> bool:
    """Tell whether an object is so long and flat that it is a stripe of the scanner and no organism."""
    return region.width >= STRIPE_RATIO * region.height


def find_regions(
    vis1: NDArray[np.uint8], *, min_area_px: int, max_area_px: int, threshold: int = THRESHOLD
) -> list[Region]:
    """Return the objects of a scan; see :func:`segment`."""
    return segment(vis1, min_area_px=min_area_px, max_area_px=max_area_px, threshold=threshold).regions


def segment(
    vis1: NDArray[np.uint8],
    *,
    min_area_px: int,
    max_area_px: int,
    threshold: int = THRESHOLD,
    open_frame: bool = True,
) -> Segmentation:
    """Find the objects of a scan.

    Parameters
    ----------
    vis1
        (height, width), the scan without its background, light where nothing is.
    min_area_px, max_area_px
        Areas, holes included, of the smallest and of the largest object, px; both still belong.
    threshold
        Grey, 0 to 255, of the brightest pixel that belongs to an object.
    open_frame
        Whether lines that enclose the whole picture are looked through. Otherwise all that lies within them is a
        part of the frame, as for ImageJ.
    """
    dark = find_runs(vis1, threshold)
    light = gaps(dark)
    dark_px = int(dark.length.sum(dtype=np.int64))
    dark_ratio = dark_px / max(vis1.size - dark_px, 1)
    if not len(dark):
        return Segmentation([], dark_ratio, frame_closed=False)
    tree = _enclosures(dark, light, open_frame=open_frame)
    area_px = _sum(tree.outermost(dark=True), dark.length, tree.count) + _sum(
        tree.outermost(dark=False), light.length, tree.count
    )
    kept = tree.on_its_own & ~tree.at_edge & (area_px >= min_area_px) & (area_px <= max_area_px)
    regions = _cut_out(vis1, dark, light, tree, kept)
    return Segmentation(regions, dark_ratio, tree.frame_closed)


@dataclass(frozen=True, slots=True, eq=False)
class _Enclosures:
    """Who lies within whom. Dark groups are numbered first, the light ones after them."""

    count: int  # of the dark groups
    dark_labels: NDArray[np.int32]
    light_labels: NDArray[np.int32]
    root: NDArray[np.int64]  # (groups,) the outermost dark group around each, or the group itself
    on_its_own: NDArray[np.bool_]  # (dark groups,) true where nothing lies around
    at_edge: NDArray[np.bool_]  # (dark groups,)
    frame_closed: bool

    def outermost(self, *, dark: bool) -> NDArray[np.int64]:
        """(stretches,) the outermost group around each stretch; from `count` on: light, and around everything."""
        return self.root[self.dark_labels] if dark else self.root[self.light_labels + self.count]


def _enclosures(dark: Runs, light: Runs, *, open_frame: bool) -> _Enclosures:
    """Build the tree of objects, holes, objects in holes.

    On the left of the first pixel of a dark group lies the light that surrounds it; on the left of the first pixel
    of a hole lies the dark group that surrounds that. Light hangs together over 4 neighbours where dark does over 8.
    """
    dark_count, dark_labels = label_runs(dark, diagonal=True)
    light_count, light_labels = label_runs(light, diagonal=False)
    at_edge = _any(dark_labels, dark.at_edge, dark_count)
    outside = _any(light_labels, light.at_edge, light_count)

    first = first_of_each(dark_labels, dark_count)
    around_dark = light_labels[first + dark.row[first]]
    first = first_of_each(light_labels, light_count)
    around_light = np.where(outside, 0, dark_labels[np.maximum(first - light.row[first] - 1, 0)])

    frame_closed = False
    if open_frame:
        large = _sum(light_labels, light.length, light_count) > FRAME_SHARE * dark.height * dark.width
        framed = large & ~outside & at_edge[around_light]
        frame_closed = bool(framed.any())
        outside = outside | framed

    itself = np.arange(dark_count + light_count)
    on_its_own = outside[around_dark]
    root = np.concatenate([around_dark + dark_count, around_light])
    root = np.where(np.concatenate([on_its_own, outside]), itself, root)
    while not np.array_equal(further := root[root], root):
        root = further
    return _Enclosures(dark_count, dark_labels, light_labels, root, on_its_own, at_edge, frame_closed)


def _cut_out(
    vis1: NDArray[np.uint8], dark: Runs, light: Runs, tree: _Enclosures, kept: NDArray[np.bool_]
) -> list[Region]:
    kept = np.concatenate([kept, np.zeros(len(tree.root) - tree.count, np.bool_)])
    pieces = []
    for runs, owner in ((dark, tree.outermost(dark=True)), (light, tree.outermost(dark=False))):
        chosen = kept[owner]
        pieces.append(np.stack([owner[chosen], runs.row[chosen], runs.start[chosen], runs.end[chosen]]))
    owner, row, start, end = np.concatenate(pieces, axis=1)
    order = np.argsort(owner, kind="stable")
    bounds = np.flatnonzero(np.diff(owner[order], prepend=-1, append=-1))
    regions = []
    for low, high in itertools.pairwise(bounds):
        own = order[low:high]
        regions.append(_region(vis1, row[own], start[own], end[own]))
    return sorted(regions, key=lambda region: (region.row_start, region.col_start))


def _region(
    vis1: NDArray[np.uint8], row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> Region:
    top, left, bottom, right = int(row.min()), int(start.min()), int(row.max()) + 1, int(end.max())
    steps = np.zeros((bottom - top, right - left + 1), np.int8)
    steps[row - top, start - left] += 1
    steps[row - top, end - left] -= 1
    filled = np.cumsum(steps, axis=1, dtype=np.int8)[:, :-1].astype(np.bool_)
    return Region(top, left, filled, vis1[top:bottom, left:right].copy())


def _sum(labels: NDArray[np.integer], values: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return (count,) the sum of the values under each label; labels from `count` on are left out."""
    sums: NDArray[np.int64] = np.bincount(labels, weights=values, minlength=count)[:count].astype(np.int64)
    return sums


def _any(labels: NDArray[np.integer], flags: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    found = np.zeros(count, np.bool_)
    found[labels[flags]] = True
    return found
