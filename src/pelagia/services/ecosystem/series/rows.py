"""From sums to the rows of the time series: means, shares, rates, their intervals, sun and surroundings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pelagia.core.table import Column
from pelagia.services.ecosystem.columns import TIME_SERIES_COLUMNS
from pelagia.services.ecosystem.series.calendar import MS_PER_S, Bools, Floats, Ints, Place, moment_text
from pelagia.services.ecosystem.series.counted import ByTaxon, Counted
from pelagia.services.ecosystem.series.intervals import rate_interval, share_interval
from pelagia.services.ecosystem.series.sun import HORIZON_DEG, sun_elevation
from pelagia.services.ecosystem.series.surroundings import Surrounding, join

S_PER_H = 3600.0
ROWS_AT_ONCE = 20_000
LONGEST_SUN_S = 6 * S_PER_H
"""The sun is told of bins up to this long; of a longer one its elevation in the middle says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slots:
    """Bins and gaps of one place in order, and which bin of the sums each is (-1: a gap between bins)."""

    place: Place
    start_ms: Ints
    end_ms: Ints
    row: Ints

    def part(self, chosen: slice) -> _Slots:
        return _Slots(
            place=self.place, start_ms=self.start_ms[chosen], end_ms=self.end_ms[chosen], row=self.row[chosen]
        )


def row_tables(
    counted: Counted, around: Sequence[Surrounding], *, model_name: str, score_from: float
) -> Iterator[pa.Table]:
    """Yield the time series piece by piece: by place, bin, and taxon, all together first."""
    schema = pa.schema([column.field() for column in series_columns(around)])
    order = sorted(range(len(counted.calendar.places)), key=lambda number: _rank(counted.calendar.places[number]))
    for number in order:
        slots = _slots(counted, number)
        taxa = _taxa_of(counted, number)
        at_once = max(1, ROWS_AT_ONCE // len(taxa))
        for first in range(0, len(slots.start_ms), at_once):
            part = slots.part(slice(first, first + at_once))
            arrays = _columns(counted, part, taxa, around)
            rows = len(part.row) * len(taxa)
            arrays |= {"score_from": pa.repeat(score_from, rows), "model": pa.repeat(model_name, rows)}
            yield pa.Table.from_pydict({name: arrays[name] for name in schema.names}, schema=schema)


def _rank(place: Place) -> tuple[str, str, str, bool]:
    return place.site, place.camera, place.deployment, not place.is_timed


def _slots(counted: Counted, number: int) -> _Slots:
    """Return the bins of a place; what lies between two that are not neighbours is one gap."""
    calendar, bin_ms = counted.calendar, counted.calendar.bin_ms
    place, begin = calendar.opened(counted.bins)
    rows = np.flatnonzero(place == number)
    start = begin[rows]
    before = np.flatnonzero(np.diff(start) > bin_ms) + 1
    starts = np.insert(start, before, start[before - 1] + bin_ms)
    ends = np.insert(start + bin_ms, before, start[before])
    return _Slots(
        place=calendar.places[number], start_ms=starts, end_ms=ends, row=np.insert(rows, before, np.int64(-1))
    )


def _taxa_of(counted: Counted, number: int) -> Ints:
    """Return 0 (all together), then the taxa that the camera saw at all in this run, by name."""
    own = counted.calendar.places[number]
    camera = {
        other
        for other, place in enumerate(counted.calendar.places)
        if (place.site, place.camera) == (own.site, own.camera)
    }
    seen = {taxon for place, taxon in counted.taxa.seen_at if place in camera}
    return np.array([0, *sorted(seen, key=lambda taxon: counted.taxa.names[taxon])], dtype=np.int64)


def _columns(
    counted: Counted, slots: _Slots, taxa: Ints, around: Sequence[Surrounding]
) -> dict[str, pa.Array | pa.ChunkedArray]:
    effort = {name: _of_bins(values, slots.row) for name, values in counted.effort.items()}
    is_gap = (effort["used"] == 0).astype(bool)
    return {
        **_of_slots(slots, effort, is_gap, len(taxa)),
        **_of_surroundings(slots, around, len(taxa), counted.calendar.bin_ms),
        **_of_taxa(counted, slots, taxa),
        **_of_boxes(counted, slots, taxa, effort, is_gap),
        **_of_tracks(counted, slots, taxa, effort, is_gap),
    }


def _of_bins(values: Floats, rows: Ints) -> Floats:
    return np.where(rows >= 0, values[np.maximum(rows, 0)], 0.0)


def _of_slots(slots: _Slots, effort: dict[str, Floats], is_gap: Bools, times: int) -> dict[str, pa.Array]:
    place = slots.place
    middle_s = (slots.start_ms + slots.end_ms) / 2 / MS_PER_S
    sun = np.full(len(middle_s), np.nan)
    if place.is_timed and place.latitude is not None and place.longitude is not None:
        sun = sun_elevation(middle_s, place.latitude, place.longitude)
    sun[slots.end_ms - slots.start_ms > LONGEST_SUN_S * MS_PER_S] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        quality = effort["quality"] / effort["rated"]
    each = {
        "bin_start_utc": _texts(slots.start_ms, place.is_timed),
        "bin_end_utc": _texts(slots.end_ms, place.is_timed),
        "bin_s": pa.array((slots.end_ms - slots.start_ms) / MS_PER_S),
        "site": pa.array([place.site] * len(slots.row)),
        "camera": pa.array([place.camera] * len(slots.row)),
        "deployment": pa.array([place.deployment] * len(slots.row)),
        "n_frames": _whole(effort["frames"]),
        "n_frames_used": _whole(effort["used"]),
        "recorded_s": pa.array(effort["recorded_s"]),
        "usable_s": pa.array(effort["usable_s"]),
        "quality": _known(quality),
        "is_gap": pa.array(is_gap),
        "sun_elevation_deg": _known(sun),
        "is_day": pa.array(sun > HORIZON_DEG, mask=np.isnan(sun)),
    }
    return {name: _repeated(values, times) for name, values in each.items()}


def _of_surroundings(
    slots: _Slots, around: Sequence[Surrounding], times: int, bin_ms: int
) -> dict[str, pa.Array | pa.ChunkedArray]:
    start_s, end_s = slots.start_ms / MS_PER_S, slots.end_ms / MS_PER_S
    found = {}
    for series in around:
        values = join(series, start_s, end_s, bin_ms / MS_PER_S / 2)
        if not slots.place.is_timed:
            values = np.full(len(start_s), np.nan)
        found[series.column.name] = _repeated(_known(values), times)
    return found


def _of_taxa(counted: Counted, slots: _Slots, taxa: Ints) -> dict[str, pa.Array]:
    names = pa.array([counted.taxa.names[taxon] for taxon in taxa.tolist()])
    ids = pa.array([counted.taxa.aphia_ids.get(taxon) for taxon in taxa.tolist()], pa.int64())
    each = pa.array(np.tile(np.arange(len(taxa)), len(slots.row)))
    return {"taxon": names.take(each), "aphia_id": ids.take(each)}


def _of_boxes(
    counted: Counted, slots: _Slots, taxa: Ints, effort: dict[str, Floats], is_gap: Bools
) -> dict[str, pa.Array]:
    boxes = _grid(counted, counted.boxes, slots, taxa)
    peaks = _grid(counted, counted.peaks, slots, taxa)
    weight = effort["weight_s"][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_n, share = boxes["individual_s"] / weight, boxes["present_s"] / weight
    low, high = share_interval(share, effort["looks"][:, None])
    gaps = np.repeat(is_gap, len(taxa))
    number = peaks["number"].ravel()
    moment = [
        moment_text(moment_ms, is_timed=slots.place.is_timed) if seen else None
        for moment_ms, seen in zip(peaks["moment_ms"].ravel().astype(np.int64).tolist(), number > 0, strict=True)
    ]
    return {
        "max_n": _whole(number, gaps),
        "max_n_utc": pa.array(moment, pa.string()),
        "mean_n": _known(mean_n.ravel(), gaps),
        "occupancy": _known(share.ravel(), gaps),
        "occupancy_low": _known(low.ravel(), gaps),
        "occupancy_high": _known(high.ravel(), gaps),
        "validated": _whole(boxes["validated"].ravel()),
    }


def _of_tracks(
    counted: Counted, slots: _Slots, taxa: Ints, effort: dict[str, Floats], is_gap: Bools
) -> dict[str, pa.Array]:
    tracks = _grid(counted, counted.tracks, slots, taxa)
    hours = np.repeat(effort["followed_s"] / S_PER_H, len(taxa))
    number = tracks["tracks"].ravel()
    unknown = np.repeat(is_gap | (effort["followed"] == 0), len(taxa))
    low, high = rate_interval(number, hours)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(hours > 0, number / hours, np.nan)
    return {
        "in_view_s": _known(tracks["in_view_s"].ravel(), unknown),
        "tracks": _whole(number, unknown),
        "tracks_per_h": _known(rate, unknown),
        "tracks_per_h_low": _known(low, unknown),
        "tracks_per_h_high": _known(high, unknown),
    }


def _grid(counted: Counted, sparse: ByTaxon, slots: _Slots, taxa: Ints) -> dict[str, Floats]:
    """Return (slots, taxa) of each figure; 0 where there is none."""
    grids = {name: np.zeros((len(slots.row), len(taxa))) for name in sparse.figures}
    own = np.flatnonzero(slots.row >= 0)
    if not len(own):
        return grids
    bins = counted.bins[slots.row[own]]
    first, last = np.searchsorted(sparse.bins, [bins[0], bins[-1] + 1])
    found, taxon = sparse.bins[first:last], sparse.taxa[first:last]
    at = np.minimum(np.searchsorted(bins, found), len(bins) - 1)
    is_here = bins[at] == found
    column = np.zeros(len(counted.taxa.names), dtype=np.int64)
    column[taxa] = np.arange(len(taxa))
    for name, values in sparse.figures.items():
        grids[name][own[at[is_here]], column[taxon[is_here]]] = values[first:last][is_here]
    return grids


def _repeated(values: pa.Array, times: int) -> pa.Array:
    return values.take(pa.array(np.repeat(np.arange(len(values)), times)))


def _texts(moment_ms: Ints, is_timed: bool) -> pa.Array:
    return pa.array([moment_text(moment, is_timed=is_timed) for moment in moment_ms.tolist()], pa.string())


def _whole(values: Floats, unknown: Bools | None = None) -> pa.Array:
    return pa.array(np.rint(values).astype(np.int64), mask=unknown)


def _known(values: Floats, unknown: Bools | None = None) -> pa.Array:
    missing = np.isnan(values)
    return pa.array(values, mask=missing if unknown is None else missing | unknown)


def series_columns(around: Sequence[Surrounding]) -> tuple[Column, ...]:
    """Return the columns of the time series."""
    return (*TIME_SERIES_COLUMNS, *(one.column for one in around))
