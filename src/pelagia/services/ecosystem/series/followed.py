"""Tracks in bins: how many begin in each, and how long animals are in view."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.services.ecosystem.series.boxes import ROWS_AT_ONCE, Taxa
from pelagia.services.ecosystem.series.calendar import Calendar, spread
from pelagia.services.ecosystem.series.tally import Sums

_COLUMNS = ("clip_id", "taxon", "aphia_id", "first_s", "last_s", "in_view_s", "is_deleted")


def tracked_clips(path: Path) -> frozenset[str]:
    """Return the clips of which there are tracks."""
    found: set[str] = set()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=["clip_id"]):
            found.update(pc.unique(batch.column(0)).to_pylist())
    return frozenset(found)


def sum_tracks(path: Path, calendar: Calendar, taxa: Taxa) -> Sums:
    """Return ``tracks`` and ``in_view_s`` by bin and taxon.

    A track counts in the bin it begins in; its time in view is shared among the bins it reaches over.

    Parameters
    ----------
    path
        The table of tracks. Boxes that belong to no track are not in it, and are never counted as one.
    taxa
        Gathers what is met with.
    """
    sums = Sums("tracks", "in_view_s")
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(_COLUMNS)):
            _add(sums, batch, calendar, taxa)
    return sums


def _add(sums: Sums, batch: pa.RecordBatch, calendar: Calendar, taxa: Taxa) -> None:
    kept = batch.filter(pc.invert(pc.fill_null(batch.column("is_deleted"), False)))
    clip = calendar.clips_of(kept.column("clip_id"))
    taxon = taxa.numbers(kept.column("taxon"))
    taxa.note(calendar.place[clip], taxon)
    taxa.note_aphia_ids(taxon, kept.column("aphia_id"))
    first, last = (
        calendar.moment_ms(clip, kept.column(name).to_numpy(zero_copy_only=False)) for name in ("first_s", "last_s")
    )
    in_view_s = pc.fill_null(kept.column("in_view_s"), 0.0).to_numpy(zero_copy_only=False)
    bins = calendar.bins(clip, first)
    index, moment, share = spread(first, last, calendar.bin_ms)
    reached = calendar.bins(clip[index], moment)
    for taxon_or_all in (taxon, np.zeros_like(taxon)):
        sums.add(bins, taxon_or_all, tracks=np.ones(len(bins)))
        sums.add(reached, taxon_or_all[index], in_view_s=in_view_s[index] * share)
