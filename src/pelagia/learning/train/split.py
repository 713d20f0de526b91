"""Which images are trained on and which are kept back: whole groups, classes in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import NothingUsable

Ints = npt.NDArray[np.int64]

LEAST_GROUPS = 5  # with fewer, one group more to decide when to stop would cost the training too much


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One training: which rows it learns from, which tell it when to stop, which it never sees.

    Parameters
    ----------
    name
        ``main``, ``fold-1``, …, ``final``.
    train, validation, heldout
        Rows of the store.
    """

    name: str
    train: Ints
    validation: Ints
    heldout: Ints


def deal_folds(
    labels: Ints,
    groups: Sequence[str],
    *,
    folds: int,
    heldout: float,
    validation: float,
    rng: np.random.Generator,
) -> dict[str, Fold]:
    """Deal the images into training, validation and held-out parts, for one training or several.

    Parameters
    ----------
    labels
        (N,) class index, −1 for rows that are not used.
    groups
        (N,) group of each row.
    folds
        1: one fold ``main`` with the share ``heldout`` kept back. k ≥ 2: ``fold-1`` … ``fold-k``, each
        keeping back one k-th, and ``final``, which trains on all.
    heldout, validation
        Shares: of all, and of what is not held out.
    rng
        The source of chance.

    Notes
    -----
    Held-out parts are whole groups. Validation parts are whole groups too, where at least
    :data:`LEAST_GROUPS` are left to choose from, else single images; they only decide when to stop.
    """
    rows = np.flatnonzero(labels >= 0)
    names = np.asarray(groups, dtype=object)[rows].astype(str)
    found = len(np.unique(names))
    if found < max(2, folds):
        raise NothingUsable(
            "there are fewer groups of images than parts to keep back",
            value=f"{found} groups, {max(2, folds)} parts",
            remedy="Choose fewer folds, or another way to tell groups (group_from).",
        )
    shares = [1 / folds] * folds if folds > 1 else [heldout, 1 - heldout]
    part = split_groups(labels[rows], names.tolist(), shares, rng)
    kept_back = {"main": part == 0} if folds == 1 else {f"fold-{k + 1}": part == k for k in range(folds)}
    dealt = {}
    for name, held in kept_back.items():
        rest = rows[~held]
        own = np.where(len(np.unique(names[~held])) >= LEAST_GROUPS, names[~held], rest.astype(str))
        stops = split_groups(labels[rest], own.tolist(), [validation, 1 - validation], rng) == 0
        dealt[name] = Fold(name=name, train=rest[~stops], validation=rest[stops], heldout=rows[held])
    if folds > 1:
        nothing = np.zeros(0, dtype=np.int64)
        dealt["final"] = Fold(name="final", train=rows, validation=nothing, heldout=nothing)
    return dealt


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
    store: npt.NDArray[np.uint8], shapes: Ints, rows: Ints, *, least_correlation: float = 0.97
) -> list[str]:
    """Group images that look nearly the same, where no run is known to tell neighbours by.

    Parameters
    ----------
    store
        (M, S, S, 3) uint8 letterboxed images.
    shapes
        (M, 2) rows and columns of the originals, pixels.
    rows
        (N,) which of them to group.
    least_correlation
        Pearson correlation of the 24 × 24 grey thumbnails from which two images are one group,
        if their rows and columns also differ by no more than 10 %.

    Returns
    -------
    list of str
        The group of each image, named by its first member; chains of likeness are one group.
    """
    grey = _small_grey(store, rows)
    log_shape = np.log(np.maximum(shapes[rows], 1))
    parent = np.arange(len(grey))
    for start in range(0, len(grey), 512):
        stop = min(start + 512, len(grey))
        likeness = grey[start:stop] @ grey.T
        for row, col in np.argwhere(likeness >= least_correlation):
            first, second = int(row) + start, int(col)
            if first < second and np.abs(log_shape[first] - log_shape[second]).max() <= np.log(1.1):
                parent[_root(parent, second)] = _root(parent, first)
    return [f"lookalike-{_root(parent, i):06d}" for i in range(len(grey))]


def _small_grey(store: npt.NDArray[np.uint8], rows: Ints, side: int = 24) -> npt.NDArray[np.float32]:
    size = store.shape[1]
    edges = np.linspace(0, size, side + 1).astype(int)[:-1]
    small = np.empty((len(rows), side * side), np.float32)
    for i, row in enumerate(rows):
        plane = store[row].mean(axis=2, dtype=np.float32)
        plane = np.add.reduceat(np.add.reduceat(plane, edges, axis=0), edges, axis=1)
        plane = plane - plane.mean()
        small[i] = (plane / max(float(np.linalg.norm(plane)), 1e-6)).ravel()
    return small


def _root(parent: npt.NDArray[np.int64], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i
