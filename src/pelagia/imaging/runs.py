"""Dark stretches of an image, row by row, and which of them hang together.

A scan is almost empty: its objects are a few hundred thousand stretches of dark pixels. Everything that segmentation
needs to know follows from these; no label image is made, and cost and memory grow with the stretches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from pelagia.imaging.strips import over_strips

Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Stretches of pixels in reading order: row by row, from left to right, apart from each other.

    Parameters
    ----------
    height, width
        Of the image, px.
    row, start, end
        (stretches,) each: the row, the first column, the column after the last.
    """

    height: int
    width: int
    row: Integers
    start: Integers
    end: Integers

    def __len__(self) -> int:
        return len(self.row)

    @property
    def length(self) -> Integers:
        """(stretches,) pixels in each."""
        lengths: Integers = self.end - self.start
        return lengths

    @property
    def at_edge(self) -> NDArray[np.bool_]:
        """(stretches,) true for those that touch an edge of the image."""
        edge: NDArray[np.bool_] = (self.start == 0) | (self.end == self.width)
        edge |= (self.row == 0) | (self.row == self.height - 1)
        return edge


def find_runs(image: NDArray[np.uint8], threshold: int) -> Runs:
    """Return the stretches of pixels that are at most as bright as the threshold.

    Parameters
    ----------
    image
        (height, width).
    threshold
        Grey, 0 to 255; itself still dark.
    """
    height, width = image.shape

    def changes(first: int, last: int) -> NDArray[np.int64]:
        # A light column left and right: every row begins and ends light, so that changes come in pairs.
        dark = np.zeros((last - first, width + 2), np.bool_)
        np.less_equal(image[first:last], threshold, out=dark[:, 1:-1])
        places: NDArray[np.int64] = np.flatnonzero(dark[:, 1:] != dark[:, :-1]) + first * (width + 1)
        return places

    found = np.concatenate([np.zeros(0, np.int64), *over_strips(changes, height)])
    row, start = np.divmod(found[::2], width + 1)
    end = found[1::2] - row * (width + 1)
    return Runs(height, width, row.astype(np.int32), start.astype(np.int32), end.astype(np.int32))


def gaps(runs: Runs) -> Runs:
    """Return what lies between the stretches: per row one more than it has stretches, at its edges also empty ones.

    The gap on the left of stretch i is gap `i + runs.row[i]`, the one on its right the next.
    """
    count = len(runs) + runs.height
    start, end = np.zeros(count, np.int32), np.full(count, runs.width, np.int32)
    left = np.arange(len(runs)) + runs.row
    end[left], start[left + 1] = runs.start, runs.end
    in_row = np.bincount(runs.row, minlength=runs.height) + 1
    row = np.repeat(np.arange(runs.height, dtype=np.int32), in_row)
    return Runs(runs.height, runs.width, row, start, end)


def label_runs(runs: Runs, *, diagonal: bool) -> tuple[int, Integers]:
    """Tell which stretches hang together.

    Parameters
    ----------
    runs
        Of one image; empty ones touch nothing.
    diagonal
        Whether pixels that meet at a corner touch (8 neighbours) or not (4 neighbours).

    Returns
    -------
    count, labels
        How many groups there are, and (stretches,) the number of the group of each, from 0.
    """
    reach = int(diagonal)
    stride = runs.width + 2
    place = runs.row.astype(np.int64) * stride
    starts, ends = place + runs.start, place + runs.end
    # Those of the next row that end behind this one's start and start before its end, both sorted.
    first = np.searchsorted(ends, starts + (stride - reach), side="right")
    after = np.searchsorted(starts, ends + (stride + reach), side="left")
    touching = np.maximum(after - first, 0)
    behind = np.concatenate([[0], np.cumsum(touching)])
    neighbour = np.arange(behind[-1]) + np.repeat(first - behind[:-1], touching)
    graph = csr_matrix((np.ones(len(neighbour), np.int8), neighbour, behind), shape=(len(runs), len(runs)))
    count, labels = connected_components(graph, directed=False)
    return int(count), labels


def first_of_each(labels: Integers, count: int) -> NDArray[np.int64]:
    """Return (count,) the first stretch of every group, in reading order."""
    first = np.zeros(count, np.int64)
    first[labels[::-1]] = np.arange(len(labels))[::-1]
    return first
