"""What every frame stands for: whether it is usable, and how much time its number of animals holds for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.services.ecosystem.columns import USABLE
from pelagia.services.ecosystem.series.boxes import frame_keys
from pelagia.services.ecosystem.series.calendar import Bools, Calendar, Floats, Ints
from pelagia.services.ecosystem.series.tally import group_starts

ROWS_AT_ONCE = 65_536
BLOCK_ROWS = 200_000
"""Frames worked on together; a longer clip is still worked on whole."""
LONGEST_STEP = 1.5
"""A searched frame stands for at most this many times the usual step of its clip: then a stretch ends."""
_COLUMNS = ("clip_id", "time_s", "is_screened", "is_searched", "verdict", "stands_for_s", "uiqm")
_UNSAID = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Frames of whole clips, sorted by clip and time; all arrays (N,).

    Parameters
    ----------
    key, clip, time_s
        Clip and time as one number, the clip, time from its start.
    is_screened, is_searched
        What was done with it.
    verdict
        1 usable, 0 not, -1 where it was not screened.
    stands_for_s
        Time a screened frame stands for, else 0.
    quality
        UIQM of screened frames, NaN where unknown.
    """

    key: Ints
    clip: Ints
    time_s: Floats
    is_screened: Bools
    is_searched: Bools
    verdict: Ints
    stands_for_s: Floats
    quality: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What frames count for; all arrays (N,).

    Parameters
    ----------
    is_used
        Whether it is usable. One that was searched and not screened is as usable as the screened frame before it; one
        on which a person validated a box is usable.
    usable_s
        Usable time it adds to the effort.
    shown_s
        Time that the number of boxes on it holds for.
    empty_s
        Time for which no animals are taken to be there, as nothing was of interest and the detector did not look.
    """

    is_used: Bools
    usable_s: Floats
    shown_s: Floats
    empty_s: Floats


def frame_blocks(path: Path, calendar: Calendar) -> Iterator[Frames]:
    """Read the table of frames, whose clips stand together, some whole clips at a time."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(_COLUMNS)):
            waiting.append(_compact(batch, calendar))
            rows += batch.num_rows
            if rows > BLOCK_ROWS:
                table = pa.Table.from_batches(waiting).combine_chunks()
                clip = table.column("clip").to_numpy()
                cut = int(np.flatnonzero(clip != clip[-1])[-1]) + 1 if (clip != clip[-1]).any() else 0
                if cut:
                    yield _sorted(table.slice(0, cut))
                waiting = table.slice(cut).combine_chunks().to_batches()
                rows = table.num_rows - cut if cut else 0
                del table
    if waiting and sum(batch.num_rows for batch in waiting):
        yield _sorted(pa.Table.from_batches(waiting))


def _compact(batch: pa.RecordBatch, calendar: Calendar) -> pa.RecordBatch:
    """Return a piece without texts."""
    said = pc.not_equal(pc.fill_null(batch.column("verdict"), ""), "")
    is_usable = pc.equal(batch.column("verdict"), USABLE)
    arrays = {
        "clip": calendar.clips_of(batch.column("clip_id")).astype(np.int32),
        "time_s": batch.column("time_s"),
        "is_screened": pc.fill_null(batch.column("is_screened"), False),
        "is_searched": pc.fill_null(batch.column("is_searched"), False),
        "verdict": pc.if_else(said, pc.cast(is_usable, pa.int8()), pa.scalar(_UNSAID, pa.int8())),
        "stands_for_s": pc.fill_null(batch.column("stands_for_s"), 0.0),
        "quality": pc.fill_null(batch.column("uiqm"), np.nan),
    }
    return pa.RecordBatch.from_pydict(arrays)


def _sorted(table: pa.Table) -> Frames:
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    clip = columns["clip"].astype(np.int64)
    order = np.lexsort((columns["time_s"], clip))
    clip, time_s = clip[order], columns["time_s"][order]
    is_screened = columns["is_screened"][order]
    return Frames(
        key=frame_keys(clip, time_s),
        clip=clip,
        time_s=time_s,
        is_screened=is_screened,
        is_searched=columns["is_searched"][order],
        verdict=columns["verdict"][order].astype(np.int64),
        stands_for_s=np.where(is_screened, columns["stands_for_s"][order], 0.0),
        quality=np.where(is_screened, columns["quality"][order], np.nan),
    )


def measure_effort(frames: Frames, is_series: Bools, is_confirmed: Bools) -> Effort:
    """Say what frames count for.

    Parameters
    ----------
    frames
        Of whole clips.
    is_series
        (N,) whether it is a still of a series.
    is_confirmed
        (N,) whether a person validated a box on it.

    Notes
    -----
    A still stands for the time of its own. Of a film a searched frame stands for the time until the next searched one
    (at the end of a stretch: the usual step of the clip); what such stretches leave of the time a screened frame
    stands for is taken to show no animals.
    """
    if (is_series & frames.is_screened).all():
        return _of_stills(frames, is_confirmed)
    host, has_host = _screened_before(frames)
    judged = np.where(has_host, frames.verdict[host], 1)
    is_used = (np.where(frames.verdict == _UNSAID, judged, frames.verdict) == 1) | is_confirmed
    is_still = is_series & frames.is_screened
    step_s = _steps(frames)
    alone = np.isnan(step_s)
    step_s[alone] = np.where(has_host, frames.stands_for_s[host], 0.0)[alone]
    shown_s = np.where(frames.is_searched, np.where(is_still, frames.stands_for_s, step_s), 0.0)
    left_s = np.maximum(frames.stands_for_s - _covered(frames, step_s), 0.0)
    empty_s = np.where(is_still, np.where(frames.is_searched, 0.0, frames.stands_for_s), left_s)
    empty_s[~frames.is_screened] = 0.0
    return Effort(
        is_used=is_used,
        usable_s=np.where(is_used, np.where(has_host, frames.stands_for_s, shown_s), 0.0),
        shown_s=np.where(is_used, shown_s, 0.0),
        empty_s=np.where(is_used, empty_s, 0.0),
    )


def _of_stills(frames: Frames, is_confirmed: Bools) -> Effort:
    """Say what the stills of series count for: a series may have millions of them."""
    is_used = (frames.verdict == 1) | is_confirmed
    usable_s = np.where(is_used, frames.stands_for_s, 0.0)
    return Effort(
        is_used=is_used,
        usable_s=usable_s,
        shown_s=np.where(frames.is_searched, usable_s, 0.0),
        empty_s=np.where(frames.is_searched, 0.0, usable_s),
    )


def _screened_before(frames: Frames) -> tuple[Ints, Bools]:
    """Return of each frame the screened one at or before it in its clip (else the first after), and whether any is."""
    rows = np.arange(len(frames.clip))
    before = np.maximum.accumulate(np.where(frames.is_screened, rows, -1))
    after = np.minimum.accumulate(np.where(frames.is_screened, rows, len(rows))[::-1])[::-1]
    is_before = (before >= 0) & (frames.clip[np.maximum(before, 0)] == frames.clip)
    inside = np.minimum(after, len(rows) - 1)
    is_after = (after < len(rows)) & (frames.clip[inside] == frames.clip)
    return np.where(is_before, before, inside), is_before | is_after


def _steps(frames: Frames) -> Floats:
    """Return how long each searched frame stands for; NaN where it is the only one of its clip."""
    rows = np.flatnonzero(frames.is_searched)
    clip, time_s = frames.clip[rows], frames.time_s[rows]
    step_s = np.full(len(frames.clip), np.nan)
    if not len(rows):
        return step_s
    until = np.append(np.diff(time_s), np.nan)
    until[np.append(np.diff(clip) != 0, True)] = np.nan
    usual = _medians(clip, until)
    step_s[rows] = np.fmin(until, LONGEST_STEP * usual)
    is_last = np.isnan(until)
    is_long = until > LONGEST_STEP * usual
    step_s[rows[is_last | is_long]] = usual[is_last | is_long]
    return step_s


def _medians(group: Ints, values: Floats) -> Floats:
    """Return for each row the (lower) median of its group's values; NaN of a group without any."""
    known = ~np.isnan(values)
    order, starts = group_starts(group)
    numbers = np.zeros(len(group), dtype=np.int64)
    numbers[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    sizes = np.bincount(numbers[known], minlength=len(starts))
    ranked = values[known][np.lexsort((values[known], numbers[known]))]
    middle = np.cumsum(sizes) - sizes + np.maximum(sizes - 1, 0) // 2
    medians = np.full(len(starts), np.nan)
    medians[sizes > 0] = ranked[middle[sizes > 0]]
    return medians[numbers]


def _covered(frames: Frames, step_s: Floats) -> Floats:
    """Return of each frame how much of the time it stands for is covered by searched frames."""
    rows = np.flatnonzero(frames.is_searched)
    if not len(rows):
        return np.zeros(len(frames.clip))
    # Clips are laid one after another, far enough apart that no frame reaches into the next.
    far = float(frames.time_s.max() + frames.stands_for_s.max() + np.nan_to_num(step_s).max()) + 1.0
    clip = np.cumsum(np.append(0, np.diff(frames.clip) != 0))
    begin = clip * far + frames.time_s
    starts, lengths = begin[rows], step_s[rows]
    total = np.append(0.0, np.cumsum(lengths))

    def up_to(moment: Floats) -> Floats:
        last = np.searchsorted(starts, moment, side="right") - 1
        inside = np.clip(moment - starts[np.maximum(last, 0)], 0.0, lengths[np.maximum(last, 0)])
        return np.where(last >= 0, total[np.maximum(last, 0)] + inside, 0.0)

    return up_to(begin + frames.stands_for_s) - up_to(begin)
