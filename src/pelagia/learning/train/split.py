"""Which images are trained on and which are kept back: whole groups, classes in proportion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def split_groups(labels: Ints, groups: Sequence[str], shares: Sequence[float], rng: np.random.Generator) -> Ints:
    """Deal whole groups into parts so that each class is shared out as asked.

    Parameters
    ----------
    labels
        (N,) class index of each image.
    groups
        (N,) name of the group (run, sample, near-duplicates) of each image; a group is never cut.
    shares
        The wished share of each part; they sum to 1.
    rng
        Breaks ties between groups of equal size.

    Returns
    -------
    ndarray
        (N,) index of the part of each image.

    Notes
    -----
    Greedy: the largest group first, each to the part where it lowers most (or raises least)
    the sum over parts and classes of (count − wished count)² / class total.
    """
    _, member = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    counts = np.zeros((int(member.max()) + 1, int(labels.max()) + 1))
    np.add.at(counts, (member, labels), 1.0)
    total = np.maximum(counts.sum(axis=0), 1.0)
    wished = np.asarray(shares)[:, None] * total
    filled = np.zeros_like(wished)
    part_of = np.zeros(len(counts), dtype=np.int64)
    order = rng.permutation(len(counts))
    for group in order[np.argsort(-counts[order].sum(axis=1), kind="stable")]:
        size = counts[group]
        rise = ((2 * (filled - wished) + size) * size / total).sum(axis=1)
        part = int(np.argmin(rise))
        part_of[group] = part
        filled[part] += size
    found: Ints = part_of[member]
    return found


def lookalike_groups(
    thumbnails: npt.NDArray[np.uint8], shapes: npt.NDArray[np.int64], *, least_correlation: float = 0.97
) -> list[str]:
    """Group images that look nearly the same, where no run is known to tell neighbours by.

    Parameters
    ----------
    thumbnails
        (N, S, S, 3) uint8 letterboxed images.
    shapes
        (N, 2) rows and columns of the originals, pixels.
    least_correlation
        Pearson correlation of the 24 × 24 grey thumbnails from which two images are one group,
        if their rows and columns also differ by no more than 10 %.

    Returns
    -------
    list of str
        The group of each image, named by its first member; chains of likeness are one group.
    """
    grey = _small_grey(thumbnails)
    log_shape = np.log(np.maximum(shapes, 1))
    parent = np.arange(len(grey))
    for start in range(0, len(grey), 512):
        stop = min(start + 512, len(grey))
        likeness = grey[start:stop] @ grey.T
        for row, col in np.argwhere(likeness >= least_correlation):
            first, second = int(row) + start, int(col)
            if first < second and np.abs(log_shape[first] - log_shape[second]).max() <= np.log(1.1):
                parent[_root(parent, second)] = _root(parent, first)
    return [f"lookalike-{_root(parent, i):06d}" for i in range(len(grey))]


def _small_grey(images: npt.NDArray[np.uint8], side: int = 24) -> npt.NDArray[np.float32]:
    size = images.shape[1]
    edges = np.linspace(0, size, side + 1).astype(int)[:-1]
    small = np.empty((len(images), side * side), np.float32)
    for i, image in enumerate(images):
        plane = image.mean(axis=2, dtype=np.float32)
        plane = np.add.reduceat(np.add.reduceat(plane, edges, axis=0), edges, axis=1)
        plane = plane - plane.mean()
        small[i] = (plane / max(float(np.linalg.norm(plane)), 1e-6)).ravel()
    return small


def _root(parent: npt.NDArray[np.int64], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i
