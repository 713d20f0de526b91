"""Sums and largest values by key, gathered piece by piece."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pelagia.services.ecosystem.series.calendar import Floats, Ints

Smalls = npt.NDArray[np.int32]

_AT_MOST = 500_000
"""Rows gathered before those of one key are drawn together."""


def group_starts(*keys: Ints | Smalls) -> tuple[Ints, Ints]:
    """Return the order that sorts rows by several keys, and where in it each combination begins."""
    order = np.lexsort(keys[::-1])
    if not len(order):
        return order, order
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = False
    for key in keys:
        ranked = key[order]
        is_new[1:] |= ranked[1:] != ranked[:-1]
    return order, np.flatnonzero(is_new)


class Sums:
    """Sums of several figures by bin and taxon.

    Parameters
    ----------
    names
        The figures.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._pieces: list[tuple[Ints, Ints, list[Floats]]] = []
        self._rows = 0

    def add(self, bins: Ints, taxa: Ints, **figures: npt.ArrayLike) -> None:
        """Add figures, an array of each name (those left out are 0)."""
        if len(bins):
            zeros = np.zeros(len(bins))
            values = [np.asarray(figures.get(name, zeros), dtype=np.float64) for name in self._names]
            self._pieces.append(_summed(bins, taxa, values))
            self._rows += len(self._pieces[-1][0])
        if self._rows > _AT_MOST:
            self._pieces = [self._together()]
            self._rows = min(len(self._pieces[0][0]), _AT_MOST // 2)

    def totals(self) -> tuple[Ints, Ints, dict[str, Floats]]:
        """Return bins, taxa and the sums, sorted by bin and taxon."""
        bins, taxa, values = self._together()
        return bins, taxa, dict(zip(self._names, values, strict=True))

    def _together(self) -> tuple[Ints, Ints, list[Floats]]:
        if not self._pieces:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, [np.zeros(0) for _ in self._names]
        bins = np.concatenate([piece[0] for piece in self._pieces])
        taxa = np.concatenate([piece[1] for piece in self._pieces])
        values = [np.concatenate([piece[2][i] for piece in self._pieces]) for i in range(len(self._names))]
        return _summed(bins, taxa, values)


def _summed(bins: Ints, taxa: Ints, values: list[Floats]) -> tuple[Ints, Ints, list[Floats]]:
    order, starts = group_starts(bins, taxa)
    return (
        bins[order][starts],
        taxa[order][starts],
        [np.add.reduceat(value[order], starts) if len(starts) else value for value in values],
    )


class Peaks:
    """The largest number by bin and taxon, and when it was first reached."""

    def __init__(self) -> None:
        self._pieces: list[tuple[Ints, Ints, Ints, Ints]] = []
        self._rows = 0

    def add(self, bins: Ints, taxa: Ints, numbers: Ints, moment_ms: Ints) -> None:
        """Add numbers, each with its moment."""
        if len(bins):
            self._pieces.append(_highest(bins, taxa, numbers, moment_ms))
            self._rows += len(self._pieces[-1][0])
        if self._rows > _AT_MOST:
            self._pieces = [self.highest()]
            self._rows = min(len(self._pieces[0][0]), _AT_MOST // 2)

    def highest(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return bins, taxa, largest numbers and their moments, sorted by bin and taxon."""
        if not self._pieces:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, empty, empty
        bins, taxa, numbers, moments = (np.concatenate([piece[i] for piece in self._pieces]) for i in range(4))
        return _highest(bins, taxa, numbers, moments)


def _highest(bins: Ints, taxa: Ints, numbers: Ints, moment_ms: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    order = np.lexsort((moment_ms, -numbers, taxa, bins))
    bins, taxa = bins[order], taxa[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (bins[1:] != bins[:-1]) | (taxa[1:] != taxa[:-1])
    return bins[is_new], taxa[is_new], numbers[order][is_new], moment_ms[order][is_new]
