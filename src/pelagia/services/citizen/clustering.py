"""Which marks are of one animal: near each other, of one size, and never two of one person.

References
----------
Average linkage: Sokal and Michener (1958), *Univ. Kansas Sci. Bull.* 38, 1409. Distances of joined groups are updated
after Lance and Williams (1967), doi:10.1093/comjnl/9.4.373.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pelagia.services.citizen.shapes import Bools, Boxes, Floats

Ints = NDArray[np.intp]

CLICK_PX = 10.0
"""Nobody clicks more accurately: an animal counts as at least so wide when distances are told in bodies."""
THINNEST = 0.25
"""A body counts as at least so wide, as a share of its length."""
SIZE_WEIGHT = 0.5
OTHER_SPECIES = 1.5
"""Marks under different names have to agree by so much better."""
SAME_MARK = 0.35
"""A person's own marks of one species nearer than this, in parts of the limit, are the same mark made again."""


def distances(boxes: Boxes, species: Ints) -> Floats:
    """Return how far every two marks are apart, in sizes of the body.

    Parameters
    ----------
    boxes
        (n,) of one image.
    species
        (n,) numbers.

    Returns
    -------
    ndarray
        (n, n).

    Notes
    -----
    Δrow over the mean height, Δcolumn over the mean width, and half the logarithm of the ratio of the sizes, added up
    as squares. Of a mark that is a point only its place is compared, in sizes of the other. Two boxes of one size whose
    overlap is IoU along one axis are (1 − IoU)/(1 + IoU) apart: 0.5 is an IoU of 0.33.
    """
    top, left, bottom, right = boxes.edges.T
    height, width = bottom - top, right - left
    longer = np.maximum(np.maximum(height, width) * THINNEST, CLICK_PX)
    height, width = np.maximum(height, longer), np.maximum(width, longer)
    sized = boxes.has_size
    rows = _mean_size(height, sized)
    cols = _mean_size(width, sized)
    middle_row, middle_col = (top + bottom) / 2, (left + right) / 2
    extent = np.log(height * width) / 2
    both = sized[:, None] & sized[None, :]
    of_size = np.where(both, SIZE_WEIGHT * (extent[:, None] - extent[None, :]), 0.0)
    squares = (
        ((middle_row[:, None] - middle_row[None, :]) / rows) ** 2
        + ((middle_col[:, None] - middle_col[None, :]) / cols) ** 2
        + of_size**2
    )
    apart: Floats = np.sqrt(squares) * np.where(species[:, None] == species[None, :], 1.0, OTHER_SPECIES)
    return apart


def _mean_size(size: Floats, sized: Bools) -> Floats:
    """Return the mean of both sizes; of a point and something else the size of that."""
    weight = np.where(sized, 1.0, 1e-9)
    total = weight[:, None] + weight[None, :]
    mean: Floats = (size * weight)[:, None] / total + (size * weight)[None, :] / total
    return mean


def repeated(apart: Floats, annotators: Ints, species: Ints, limit: float) -> Ints:
    """Return for every mark which earlier mark of the same person it repeats; −1 for none.

    Parameters
    ----------
    apart
        (n, n) distances.
    annotators, species
        (n,) numbers.
    limit
        Of the distance of two marks of one animal.
    """
    same = (
        (annotators[:, None] == annotators[None, :])
        & (species[:, None] == species[None, :])
        & (apart <= SAME_MARK * limit)
    )
    first = np.full(len(annotators), -1, np.intp)
    for later, earlier in np.argwhere(np.tril(same, -1)):
        if first[later] < 0 and first[earlier] < 0:
            first[later] = earlier
    return first


def cluster(apart: Floats, annotators: Ints, limit: float) -> Ints:
    """Put marks together that are of one animal.

    Parameters
    ----------
    apart
        (n, n) distances.
    annotators
        (n,) numbers; two marks of one person are never put together.
    limit
        No two marks of a group are further apart, so that a chain of neighbours is not one animal.

    Returns
    -------
    ndarray
        (n,) number of the group of each mark, from 0, in the order of the first mark of each.
    """
    number = len(annotators)
    groups = np.zeros(number, np.intp)
    may = (apart <= limit) & (annotators[:, None] != annotators[None, :])
    near = coo_array(may)
    count, pieces = connected_components(near, directed=False)
    if count == number:
        return np.arange(number, dtype=np.intp)
    taken = 0
    for piece in range(count):
        members = np.flatnonzero(pieces == piece)
        if len(members) == 1:
            groups[members] = taken
            taken += 1
            continue
        own = _agglomerate(apart[np.ix_(members, members)], annotators[members], limit)
        groups[members] = taken + own
        taken += int(own.max()) + 1
    _, firsts, numbers = np.unique(groups, return_index=True, return_inverse=True)
    renumbered: Ints = np.argsort(np.argsort(firsts))[numbers]
    return renumbered


def _agglomerate(apart: Floats, annotators: Ints, limit: float) -> Ints:
    """Join the two nearest groups (by mean distance) until none may be joined."""
    number = len(annotators)
    mean = apart.astype(np.float64, copy=True)
    mean[(apart > limit) | (annotators[:, None] == annotators[None, :])] = np.inf
    # A pair that must not be joined stays apart for ever, in whatever groups its marks are: infinity survives the mean.
    sizes = np.ones(number)
    group = np.arange(number, dtype=np.intp)
    nearest = mean.argmin(axis=1)
    least = mean[np.arange(number), nearest]
    while True:
        one = int(least.argmin())
        if not np.isfinite(least[one]):
            break
        other = int(nearest[one])
        one, other = min(one, other), max(one, other)
        joined = (mean[one] * sizes[one] + mean[other] * sizes[other]) / (sizes[one] + sizes[other])
        sizes[one] += sizes[other]
        group[group == other] = one
        joined[one] = np.inf
        mean[one], mean[:, one] = joined, joined
        mean[other], mean[:, other] = np.inf, np.inf
        for stale in np.flatnonzero((nearest == one) | (nearest == other) | (joined < least)):
            nearest[stale] = mean[stale].argmin()
            least[stale] = mean[stale, nearest[stale]]
        for row in (one, other):
            nearest[row] = mean[row].argmin()
            least[row] = mean[row, nearest[row]]
    _, numbers = np.unique(group, return_inverse=True)
    result: Ints = numbers
    return result
