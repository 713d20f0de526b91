"""Sums over the members of an ensemble by time and cell: only of cells that some member reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL_BITS = 24
"""Rows and columns lie between -8 and 8 million."""
_HALF, _MASK = 1 << (CELL_BITS - 1), (1 << CELL_BITS) - 1
NAMES = ("key", "members", "first", "surface_kg")

Keys = NDArray[np.int64]


def pack(time: int, row: NDArray[Any], col: NDArray[Any]) -> Keys:
    """Return one number for each time, row and column."""
    place = ((row.astype(np.int64) + _HALF) << CELL_BITS) | (col.astype(np.int64) + _HALF)
    return place | (np.int64(time) << (2 * CELL_BITS))


def place_of(key: Keys) -> Keys:
    """Return the part of a key that is the same at all times."""
    return key & ((1 << (2 * CELL_BITS)) - 1)


def unpack(key: Keys) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return times, rows and columns."""
    row = ((key >> CELL_BITS) & _MASK) - _HALF
    col = (key & _MASK) - _HALF
    return (key >> (2 * CELL_BITS)).astype(np.int32), row.astype(np.int32), col.astype(np.int32)


@dataclass
class CellSums:
    """Adds up members, one after the other; takes room for the cells that are reached, not for members.

    Parameters
    ----------
    key
        (C,) int64, increasing, see :func:`pack`.
    members
        (C,) int32, how many have oil there.
    first
        (C,) int32, how many have it there for the first time.
    surface_kg
        (C,) float64, oil of all together.
    """

    key: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    members: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    first: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    surface_kg: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _own: list[tuple[Keys, NDArray[np.float64]]] = field(default_factory=list)

    def begin_member(self) -> None:
        """Begin with another member."""
        self._end_member()

    def add(self, time: int, row: NDArray[Any], col: NDArray[Any], surface_kg: NDArray[np.float64]) -> None:
        """Add the cells of the present member at a time; its times follow each other.

        Parameters
        ----------
        time
            Number of the map.
        row, col
            (C,) each cell once.
        surface_kg
            (C,).
        """
        self._own.append((pack(time, row, col), surface_kg))

    def merge(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Add what another process has added up."""
        self._end_member()
        self._merge(*(arrays[name] for name in NAMES))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the sums, to be stored or sent."""
        self._end_member()
        return {name: getattr(self, name) for name in NAMES}

    def _end_member(self) -> None:
        """Put a member to the others, all its times at once: each time alone would sort all cells so far again."""
        if self._own:
            key = np.concatenate([one for one, _ in self._own])
            surface_kg = np.concatenate([kg for _, kg in self._own])
            first = np.zeros(len(key), dtype=np.int32)
            first[np.unique(place_of(key), return_index=True)[1]] = 1
            self._own = []
            self._merge(key, np.ones(len(key), dtype=np.int32), first, surface_kg)

    def _merge(self, key: Keys, members: NDArray[Any], first: NDArray[Any], surface_kg: NDArray[np.float64]) -> None:
        """Add rows, of which each key is there once."""
        keys, where = np.unique(np.concatenate([self.key, key]), return_inverse=True)
        old, new = where[: len(self.key)], where[len(self.key) :]
        for name, values in (("members", members), ("first", first), ("surface_kg", surface_kg)):
            mine = getattr(self, name)
            sums = np.zeros(len(keys), dtype=mine.dtype)
            sums[old] = mine
            sums[new] += values
            setattr(self, name, sums)
        self.key = keys
