"""How many boxes of each taxon every frame has: those that count, without names, for millions of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.services.ecosystem.columns import ALL, UNKNOWN
from pelagia.services.ecosystem.series.calendar import SPAN, Bools, Calendar, Ints, milliseconds
from pelagia.services.ecosystem.series.tally import group_starts

Smalls = npt.NDArray[np.int32]

ROWS_AT_ONCE = 65_536
_COLUMNS = ("clip_id", "time_s", "taxon", "aphia_id", "score", "status", "is_deleted")


@dataclass(slots=True)
class Taxa:
    """The taxa met with, numbered; 0 stands for all together."""

    names: list[str] = field(default_factory=lambda: [ALL])
    aphia_ids: dict[int, int] = field(default_factory=dict)
    seen_at: set[tuple[int, int]] = field(default_factory=set)
    """(place, taxon) of what was seen where."""

    def numbers(self, names: pa.Array) -> Ints:
        """Return the numbers of taxa by their names; an empty one is unknown."""
        encoded = pc.fill_null(names, UNKNOWN).dictionary_encode()
        codes = np.array([self._number(name or UNKNOWN) for name in encoded.dictionary.to_pylist()], dtype=np.int64)
        positions = encoded.indices.to_numpy(zero_copy_only=False)
        return codes[positions] if len(positions) else np.zeros(0, dtype=np.int64)

    def note(self, places: Ints, taxa: Ints) -> None:
        """Note what was seen where."""
        order, starts = group_starts(places, taxa)
        first = order[starts]
        self.seen_at.update(zip(places[first].tolist(), taxa[first].tolist(), strict=True))

    def note_aphia_ids(self, taxa: Ints, ids: pa.Array) -> None:
        """Note the AphiaIDs that stand beside names."""
        known = pc.is_valid(ids).to_numpy(zero_copy_only=False)
        numbers, first = np.unique(taxa[known], return_index=True)
        values = ids.drop_null().to_numpy(zero_copy_only=False)[first]
        for number, value in zip(numbers.tolist(), values.tolist(), strict=True):
            self.aphia_ids.setdefault(number, value)

    def add_known(self, ids: Mapping[str, int | None]) -> None:
        """Take the AphiaIDs of names that no box brought with it."""
        for number, name in enumerate(self.names):
            known = ids.get(name)
            if known is not None:
                self.aphia_ids.setdefault(number, known)

    def _number(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """Boxes counted by frame and taxon, sorted by both.

    Parameters
    ----------
    frame
        (N,) clip and time of the frame, as :func:`frame_keys` gives them.
    taxon, number, validated
        (N,) int32: the taxon, how many of it, and how many of these a person validated.
    """

    frame: Ints
    taxon: Smalls
    number: Smalls
    validated: Smalls

    def of(self, frames: Ints) -> tuple[Ints, Ints]:
        """Return which entries lie on sorted frames (of whole clips), and of each the frame it is on.

        Raises
        ------
        ValueError
            Where a box is on a frame that there is not.
        """
        clips = np.unique(frames // SPAN)
        first, last = np.searchsorted(self.frame, [clips[0] * SPAN, (clips[-1] + 1) * SPAN])
        entries = first + np.flatnonzero(np.isin(self.frame[first:last] // SPAN, clips))
        wanted = self.frame[entries]
        rows = np.searchsorted(frames, wanted)
        lost = frames[np.minimum(rows, len(frames) - 1)] != wanted
        if lost.any():
            raise ValueError(f"There is no frame at {wanted[lost][0] % SPAN} ms of the clip a box is in")
        return entries, rows


def frame_keys(clip: Ints, time_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Ints:
    """Return clip and time of frames as one number each."""
    return clip * SPAN + milliseconds(time_s)


def read_boxes(path: Path, calendar: Calendar, taxa: Taxa, score_from: float) -> Boxes:
    """Count the boxes of each frame.

    Parameters
    ----------
    path
        The table of detections, in any order.
    taxa
        Gathers what is met with.
    score_from
        A box counts from this score on, or where a person drew or validated it; one that a person deleted does not.
    """
    pieces = [_counted(batch, calendar, taxa, score_from) for batch in _batches(path)]
    frame = np.concatenate([np.zeros(0, dtype=np.int64), *(piece[0] for piece in pieces)])
    taxon, validated = (np.concatenate([np.zeros(0, dtype=np.int32), *(piece[i] for piece in pieces)]) for i in (1, 2))
    pieces.clear()
    order, starts = group_starts(frame, taxon)
    first = order[starts]
    return Boxes(
        frame=frame[first],
        taxon=taxon[first],
        number=np.diff(np.append(starts, len(order))).astype(np.int32),
        validated=np.add.reduceat(validated[order], starts) if len(starts) else validated,
    )


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(_COLUMNS))


def _counted(batch: pa.RecordBatch, calendar: Calendar, taxa: Taxa, score_from: float) -> tuple[Ints, Smalls, Smalls]:
    is_validated = pc.fill_null(pc.equal(batch.column("status"), "validated"), False)
    is_sure = pc.fill_null(pc.greater_equal(batch.column("score"), score_from), True)
    is_kept = pc.invert(pc.fill_null(batch.column("is_deleted"), False))
    counted = batch.filter(pc.and_(is_kept, pc.or_(is_sure, is_validated)))
    clip = calendar.clips_of(counted.column("clip_id"))
    taxon = taxa.numbers(counted.column("taxon"))
    taxa.note(calendar.place[clip], taxon)
    taxa.note_aphia_ids(taxon, counted.column("aphia_id"))
    validated: Bools = pc.fill_null(pc.equal(counted.column("status"), "validated"), False).to_numpy(
        zero_copy_only=False
    )
    time_s = counted.column("time_s").to_numpy(zero_copy_only=False)
    return frame_keys(clip, time_s), taxon.astype(np.int32), validated.astype(np.int32)
