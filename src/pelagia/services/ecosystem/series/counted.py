"""All that is counted of a run, by bin and taxon: effort, boxes and tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np

from pelagia.core.table import Table
from pelagia.services.ecosystem.series.boxes import Boxes, Taxa, read_boxes
from pelagia.services.ecosystem.series.calendar import CLIP_FIELDS, Calendar, Floats, Ints, make_calendar, spread
from pelagia.services.ecosystem.series.followed import sum_tracks, tracked_clips
from pelagia.services.ecosystem.series.frames import Effort, Frames, frame_blocks, measure_effort
from pelagia.services.ecosystem.series.tally import Peaks, Sums
from pelagia.services.ecosystem.service import EcosystemParams

FRAMES_AT_ONCE = 50_000
LOOK_MS = 60_000
"""Frames of the same minute are one look: seconds apart they show the same animals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTaxon:
    """Figures by bin and taxon, sorted by both: row ``i`` is of ``bins[i]`` and ``taxa[i]``."""

    bins: Ints
    taxa: Ints
    figures: dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All sums of a run.

    Parameters
    ----------
    calendar, taxa
        What numbers of bins and of taxa stand for.
    bins
        The bins in which anything was recorded, sorted.
    effort
        (bins,) ``frames``, ``used``, ``recorded_s``, ``usable_s``, ``weight_s``, ``followed_s``, ``followed``,
        ``quality``, ``rated``, ``looks``.
    boxes
        ``individual_s``, ``present_s``, ``validated``.
    peaks
        ``number`` and ``moment_ms`` of the most individuals.
    tracks
        ``tracks``, ``in_view_s``.
    """

    calendar: Calendar
    taxa: Taxa
    bins: Ints
    effort: dict[str, Floats]
    boxes: ByTaxon
    peaks: ByTaxon
    tracks: ByTaxon


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where the tables of a run are; the frames of one clip stand together in theirs."""

    clips: Path
    frames: Path
    detections: Path
    tracks: Path


class _Gathering:
    """Sums that grow frame by frame."""

    def __init__(self, calendar: Calendar, boxes: Boxes) -> None:
        self._calendar = calendar
        self._boxes = boxes
        self._met = np.zeros(len(boxes.frame), dtype=bool)
        self.effort = Sums(
            "frames", "used", "recorded_s", "usable_s", "weight_s", "followed_s", "followed", "quality", "rated"
        )
        self.looks = Sums("looks")
        self.boxes = Sums("individual_s", "present_s", "validated")
        self.peaks = Peaks()

    def add(self, frames: Frames) -> None:
        """Add the frames of some whole clips."""
        entries, rows = self._boxes.of(frames.key)
        self._met[entries] = True
        is_confirmed = np.zeros(len(frames.key), dtype=bool)
        is_confirmed[rows[self._boxes.validated[entries] > 0]] = True
        effort = measure_effort(frames, self._calendar.is_series[frames.clip], is_confirmed)
        moment_ms = self._calendar.moment_ms(frames.clip, frames.time_s)
        bins = self._calendar.bins(frames.clip, moment_ms)
        self._add_effort(frames, effort, bins, moment_ms)
        used = effort.is_used[rows]
        entries, rows = entries[used], rows[used]
        # Some boxes at a time, those of one frame together.
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        cuts = [*starts[::FRAMES_AT_ONCE].tolist(), len(rows)]
        for first, last in pairwise(cuts):
            self._add_boxes(entries[first:last], rows[first:last], effort.shown_s, bins, moment_ms)

    def _add_boxes(self, entries: Ints, rows: Ints, shown_s: Floats, bins: Ints, moment_ms: Ints) -> None:
        """Add the boxes of some frames, by taxon and all together (taxon 0)."""
        number, validated = self._boxes.number[entries], self._boxes.validated[entries]
        taxon = self._boxes.taxon[entries].astype(np.int64)
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        for at, taxa, numbers, confirmed in (
            (rows, taxon, number, validated),
            (
                rows[starts],
                np.zeros(len(starts), dtype=np.int64),
                np.add.reduceat(number, starts),
                np.add.reduceat(validated, starts),
            ),
        ):
            self.peaks.add(bins[at], taxa, numbers.astype(np.int64), moment_ms[at])
            self.boxes.add(
                bins[at],
                taxa,
                individual_s=numbers * shown_s[at],
                present_s=shown_s[at],
                validated=confirmed,
            )

    def _add_effort(self, frames: Frames, effort: Effort, bins: Ints, moment_ms: Ints) -> None:
        rated = np.isfinite(frames.quality)
        untimed = (self._calendar.end_ms <= self._calendar.start_ms) | self._calendar.is_series
        for first in range(0, len(bins), FRAMES_AT_ONCE):
            own = slice(first, first + FRAMES_AT_ONCE)
            followed = self._calendar.is_followed[frames.clip[own]]
            lasting_s = np.maximum(frames.stands_for_s[own], effort.usable_s[own])
            used = effort.is_used[own]
            self.effort.add(
                bins[own],
                np.zeros_like(bins[own]),
                frames=frames.is_screened[own] | frames.is_searched[own],
                used=used,
                recorded_s=lasting_s * untimed[frames.clip[own]],
                usable_s=effort.usable_s[own],
                weight_s=effort.shown_s[own] + effort.empty_s[own],
                followed_s=effort.usable_s[own] * followed,
                followed=followed,
                quality=np.where(rated[own], frames.quality[own], 0.0),
                rated=rated[own],
            )
            minute = moment_ms[own][used] % self._calendar.bin_ms // LOOK_MS
            self.looks.add(bins[own][used], minute, looks=used[used])

    def check(self) -> None:
        """Say so where a box is on a frame that was never met."""
        if not self._met.all():
            raise ValueError(f"{int((~self._met).sum())} groups of boxes are in clips that have no frames")


def count(
    paths: Paths,
    params: EcosystemParams,
    *,
    score_from: float,
    classes: Mapping[str, int | None] = MappingProxyType({}),
) -> Counted:
    """Count a run by bin and taxon; see :func:`pelagia.services.ecosystem.series.write_time_series`."""
    clips = Table(name="clips", path=paths.clips).records(CLIP_FIELDS)
    calendar = make_calendar(clips, params, tracked_clips(paths.tracks))
    taxa = Taxa()
    gathering = _Gathering(calendar, read_boxes(paths.detections, calendar, taxa, score_from))
    for frames in frame_blocks(paths.frames, calendar):
        gathering.add(frames)
    gathering.check()
    _add_recorded(gathering.effort, calendar)
    tracks = _by_taxon(sum_tracks(paths.tracks, calendar, taxa))
    taxa.add_known(classes)
    bins, _, effort = gathering.effort.totals()
    look_bins = gathering.looks.totals()[0]
    effort["looks"] = np.bincount(np.searchsorted(bins, look_bins), minlength=len(bins)).astype(np.float64)
    peak_bins, peak_taxa, number, moment_ms = gathering.peaks.highest()
    return Counted(
        calendar=calendar,
        taxa=taxa,
        bins=bins,
        effort=effort,
        boxes=_by_taxon(gathering.boxes),
        peaks=ByTaxon(
            bins=peak_bins,
            taxa=peak_taxa,
            figures={"number": number.astype(np.float64), "moment_ms": moment_ms.astype(np.float64)},
        ),
        tracks=tracks,
    )


def _add_recorded(effort: Sums, calendar: Calendar) -> None:
    """Add the time that films last to the bins they reach over; a series lasts as long as its pictures stand for."""
    films = np.flatnonzero(~calendar.is_series & (calendar.end_ms > calendar.start_ms))
    start, end = calendar.start_ms[films], calendar.end_ms[films]
    index, moment, share = spread(start, end, calendar.bin_ms)
    bins = calendar.bins(films[index], moment)
    effort.add(bins, np.zeros_like(bins), recorded_s=share * (end - start)[index] / 1000)


def _by_taxon(sums: Sums) -> ByTaxon:
    bins, taxa, figures = sums.totals()
    return ByTaxon(bins=bins, taxa=taxa, figures=figures)
