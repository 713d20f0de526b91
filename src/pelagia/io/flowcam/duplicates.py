"""Particles stuck to the flow cell: imaged again and again at the same place, counted once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DISTANCE_PX = np.sqrt(2.0)
RATIO = (0.9, 1.1)
MEMORY_ROWS = 20_000
"""How many rows back a stuck particle is looked for; at most some 0.2 % of particles match one by chance then."""
_CELL_PX = 2
_COLUMN_STRIDE = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What is needed of each particle to know it again; arrays of one length.

    Parameters
    ----------
    particle_id, last_row
        Its number, and the row of the list it was last seen in.
    frame, col_px, row_px
        Where it was seen; -1 where not known.
    area, perimeter, aspect_ratio
        Compared as ratios, so the unit is free. NaN is never a match.
    """

    particle_id: Ints
    last_row: Ints
    frame: Ints
    col_px: Ints
    row_px: Ints
    area: Floats
    perimeter: Floats
    aspect_ratio: Floats

    def __len__(self) -> int:
        return len(self.particle_id)

    def take(self, index: Ints | Bools) -> Sightings:
        """Return some of the sightings."""
        return Sightings(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def no_sightings() -> Sightings:
    """Return an empty memory to start a run with."""
    none, nothing = np.empty(0, np.int64), np.empty(0, np.float64)
    return Sightings(
        particle_id=none,
        last_row=none,
        frame=none,
        col_px=none,
        row_px=none,
        area=nothing,
        perimeter=nothing,
        aspect_ratio=nothing,
    )


def find_duplicates(memory: Sightings, batch: Sightings, memory_rows: int = MEMORY_ROWS) -> tuple[Ints, Sightings]:
    """Find the particles of a batch that repeat one seen before.

    Parameters
    ----------
    memory
        The first sightings carried from earlier batches; :func:`no_sightings` at the start of a run.
    batch
        The next particles of the list, in its order.
    memory_rows
        A first sighting is forgotten once it has not been seen again for so many rows.

    Returns
    -------
    duplicate_of : ndarray of int64
        For each particle of the batch the ``particle_id`` of its first sighting, -1 for those that are new.
    memory : Sightings
        For the next batch.

    Notes
    -----
    The rule of the LEEF project (LEEF.measurement.flowcam): within √2 px of each other, and with area,
    perimeter and aspect ratio within a factor 0.9 to 1.1; here in different frames only, and against the
    first sighting only, so that a chain of small steps does not grow. LEEF drops all of a group, the first is
    kept here. A million particles cover a frame so densely that places agree by chance;
    hence the memory, which spans any usual run whole.
    """
    known = _concatenated(memory, batch)
    first = np.arange(len(known), dtype=np.int64)
    start = len(memory)
    last_seen = known.last_row.copy()
    for earlier, later in _matching_pairs(known, start):
        is_first = first[earlier] == earlier and first[later] == later
        if is_first and known.last_row[later] - last_seen[earlier] <= memory_rows:
            first[later] = earlier
            last_seen[earlier] = known.last_row[later]
    repeated = first != np.arange(len(known))
    duplicate_of = np.where(repeated, known.particle_id[first], -1)[start:]
    kept = ~repeated & (known.frame >= 0)
    if len(known):
        kept &= last_seen >= known.last_row.max() - memory_rows
    return duplicate_of, replace(known, last_row=last_seen).take(kept)


def _concatenated(memory: Sightings, batch: Sightings) -> Sightings:
    return Sightings(
        **{
            field.name: np.concatenate([getattr(memory, field.name), getattr(batch, field.name)])
            for field in fields(Sightings)
        }
    )


def _matching_pairs(known: Sightings, start: int) -> list[tuple[int, int]]:
    """Return index pairs (earlier, later) that satisfy the rule; the later one is of the batch.

    Sorted by the later, then the earlier, so that each particle is placed with its oldest match.
    """
    cells = _cells(known.col_px, known.row_px)
    order = np.argsort(cells, kind="stable")
    sorted_cells = cells[order]
    batch = np.arange(start, len(known), dtype=np.int64)
    batch = batch[known.frame[batch] >= 0]
    found = []
    for cols in (-1, 0, 1):
        for rows in (-1, 0, 1):
            target = cells[batch] + cols * _COLUMN_STRIDE + rows
            low = np.searchsorted(sorted_cells, target, "left")
            high = np.searchsorted(sorted_cells, target, "right")
            later = np.repeat(batch, high - low)
            earlier = order[_ranges(low, high)]
            match = earlier < later
            earlier, later = earlier[match], later[match]
            match = _alike(known, earlier, later)
            found.append(np.stack([earlier[match], later[match]], axis=1))
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    return [(int(earlier), int(later)) for earlier, later in pairs]


def _cells(col_px: Ints, row_px: Ints) -> Ints:
    return np.asarray((col_px // _CELL_PX) * _COLUMN_STRIDE + row_px // _CELL_PX, dtype=np.int64)


def _ranges(low: Ints, high: Ints) -> Ints:
    """Return ``low[0] … high[0]-1, low[1] … high[1]-1, …`` as one array."""
    counts = high - low
    ends = np.cumsum(counts)
    steps = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    return np.asarray(steps + np.repeat(low - (ends - counts), counts), dtype=np.int64)


def _alike(known: Sightings, one: Ints, other: Ints) -> Bools:
    distance2 = (known.col_px[one] - known.col_px[other]) ** 2 + (known.row_px[one] - known.row_px[other]) ** 2
    alike = (distance2 <= 2) & (known.frame[one] != known.frame[other]) & (known.frame[one] >= 0)
    for values in (known.area, known.perimeter, known.aspect_ratio):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = values[other] / values[one]
        alike &= (ratio > RATIO[0]) & (ratio < RATIO[1])
    return np.asarray(alike, dtype=np.bool_)
