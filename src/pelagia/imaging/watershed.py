"""The floor of separation: a watershed on the distance to the edge of an object cuts where the object is narrow.

Also the general form that a model's maps go through: hills of a height map, joined where the pass between them is high.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.cuts import Cut
from pelagia.imaging.region import Region
from pelagia.imaging.seams import find_seams

Height = NDArray[np.float32]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Joins = Callable[[float, float], bool]

HALF = ((0, 1), (1, -1), (1, 0), (1, 1))  # each pair of neighbours once
NEIGHBOURS = HALF + tuple((-row, -col) for row, col in HALF)
NEVER = np.float32(-np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Which hills of the distance are one: those with little between them.

    Parameters
    ----------
    least_rise_px
        A hill that rises less than this above the pass to a higher one belongs to that (h-maxima), px.
    widest_neck
        So does one whose pass is higher than this share of its own height; 1 leaves the rule out.
    """

    least_rise_px: float
    widest_neck: float

    def joins(self, peak: float, saddle: float) -> bool:
        """Tell whether a hill is a part of its higher neighbour."""
        return peak - saddle < self.least_rise_px or saddle > self.widest_neck * peak


# The tolerance of ImageJ's Watershed: what is meant by a plain distance-transform watershed.
PLAIN = Suppression(least_rise_px=0.5, widest_neck=1.0)
# Chosen on merges of single organisms, at most 5 % of singles cut; see the card of zooscan-separator.
FLOOR = Suppression(least_rise_px=4.0, widest_neck=0.5)


def watershed_cuts(region: Region, suppression: Suppression = FLOOR, *, min_area_px: int = 0) -> list[Cut]:
    """Return the cuts that a watershed on the distance to the edge proposes.

    Parameters
    ----------
    region
        The object.
    suppression
        Which hills are one; :data:`PLAIN` cuts most.
    min_area_px
        Parts smaller than this are not cut off, px.
    """
    distance = distance_to_edge(region.filled)
    labels = hills(distance, region.filled, suppression.joins, min_area_px=min_area_px)
    seams = find_seams(labels, smooth_px=0.75)
    return [
        Cut(points=tuple((row + region.row, col + region.col) for row, col in seam.points), source="watershed")
        for seam in seams
    ]


def distance_to_edge(mask: Mask) -> Height:
    """Return (height, width) the Euclidean distance of each pixel to the nearest one outside, px."""
    padded = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)[1:-1, 1:-1]


def hills(height: Height, mask: Mask, joins: Joins, *, min_area_px: int = 0) -> Labels:
    """Divide a mask into the hills of a height map.

    Parameters
    ----------
    height
        (height, width), of any unit.
    mask
        The same shape; nothing outside belongs to a hill.
    joins
        Given the height of the lower of two neighbouring hills and of the pass between them: whether they are one.
        Passes are asked for from the highest on, so that hills have grown before a lower pass is reached.
    min_area_px
        A smaller hill joins the neighbour with the highest pass, whatever the rule says, px.

    Returns
    -------
    ndarray
        (height, width) int32: 0 outside, the hills from 1 on in reading order.
    """
    labels = _climb(height, mask)
    count = int(labels.max(initial=0))
    peak = np.full(count + 1, NEVER)
    np.maximum.at(peak, labels[mask], height[mask])
    area = np.bincount(labels[mask], minlength=count + 1)
    groups = _Groups(peak.tolist(), area.tolist())
    passes = _passes(height, labels)
    for first, second, saddle in passes:
        if groups.apart(first, second) and joins(groups.lower_peak(first, second), saddle):
            groups.join(first, second)
    for first, second, _ in passes:
        if groups.apart(first, second) and groups.smaller_area(first, second) < min_area_px:
            groups.join(first, second)
    joined = np.array([groups.root(label) for label in range(count + 1)])
    numbers = np.unique(joined, return_inverse=True)[1].astype(np.int32)
    divided: Labels = numbers[labels]
    return divided


class _Groups:
    """Hills that were joined: each group has the height of its highest and the area of all."""

    def __init__(self, peak: list[float], area: list[int]) -> None:
        self.peak, self.area = peak, area
        self.parent = list(range(len(peak)))

    def root(self, label: int) -> int:
        while self.parent[label] != label:
            self.parent[label] = label = self.parent[self.parent[label]]
        return label

    def apart(self, first: int, second: int) -> bool:
        return self.root(first) != self.root(second)

    def lower_peak(self, first: int, second: int) -> float:
        return min(self.peak[self.root(first)], self.peak[self.root(second)])

    def smaller_area(self, first: int, second: int) -> int:
        return min(self.area[self.root(first)], self.area[self.root(second)])

    def join(self, first: int, second: int) -> None:
        low, high = sorted((self.root(first), self.root(second)))
        self.parent[high] = low
        self.peak[low] = max(self.peak[low], self.peak[high])
        self.area[low] += self.area[high]


def _climb(height: Height, mask: Mask) -> Labels:
    """Label each pixel of the mask by the summit that the steepest way up leads to."""
    rows, cols = mask.shape
    wide = cols + 2
    up = np.pad(np.where(mask, height, NEVER), 1, constant_values=NEVER)
    place = np.arange(up.size).reshape(up.shape)
    best, best_place = up[1:-1, 1:-1].copy(), place[1:-1, 1:-1].copy()
    for row, col in NEIGHBOURS:
        other = up[1 + row : 1 + row + rows, 1 + col : 1 + col + cols]
        other_place = place[1:-1, 1:-1] + row * wide + col
        # Of equal heights the later place is the higher one: every step leads up, and none in a circle.
        higher = (other > best) | ((other == best) & (other_place > best_place))
        best, best_place = np.where(higher, other, best), np.where(higher, other_place, best_place)
    target = place.copy()
    target[1:-1, 1:-1] = best_place
    flat = target.ravel()
    while not np.array_equal(further := flat[flat], flat):
        flat = further
    summits = flat.reshape(up.shape)[1:-1, 1:-1]
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = np.unique(summits[mask], return_inverse=True)[1] + 1
    return labels


def _passes(height: Height, labels: Labels) -> list[tuple[int, int, float]]:
    """Return neighbouring hills with the height of the highest way between them, the highest first."""
    pairs, saddles = [], []
    for row, col in HALF:
        here, there = _shifted(row, col)
        one, other = labels[here], labels[there]
        meet = (one != other) & (one > 0) & (other > 0)
        pairs.append(np.sort(np.stack([one[meet], other[meet]], axis=1), axis=1))
        saddles.append(np.minimum(height[here][meet], height[there][meet]))
    pair, saddle = np.concatenate(pairs).astype(np.int64), np.concatenate(saddles)
    key = pair[:, 0] * (int(labels.max(initial=0)) + 1) + pair[:, 1]
    order = np.lexsort((key, -saddle))
    first = np.sort(np.unique(key[order], return_index=True)[1])
    chosen = order[first]
    return [(int(a), int(b), float(s)) for (a, b), s in zip(pair[chosen], saddle[chosen], strict=True)]


def _shifted(row: int, col: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the slices of all pixels that have a neighbour there, and of those neighbours."""
    here = (slice(None, -row or None), slice(max(-col, 0), -col if col > 0 else None))
    there = (slice(row, None), slice(max(col, 0), col if col < 0 else None))
    return here, there
