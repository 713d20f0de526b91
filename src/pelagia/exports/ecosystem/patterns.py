"""How counts go by hour of the day and by month: means over bins, weighted by effort, with intervals."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pelagia.core.table import Table
from pelagia.exports.ecosystem.deployments import Key, key_of
from pelagia.exports.ecosystem.series_rows import series_rows

LONGEST_HOURLY_S = 3 * 3600.0
"""Bins longer than this say nothing of the hour of the day."""
_Z = 1.959963984540054
_FIELDS = ("bin_start_utc", "bin_s", "site", "camera", "deployment", "taxon", "mean_n", "usable_s", "is_gap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The mean of a taxon over all bins of one hour of the day (0 to 23, UTC), or of one month (``2026-05``).

    Parameters
    ----------
    key
        Site, camera and deployment.
    bins, usable_h
        How many bins, and their usable time: the effort.
    mean, low, high
        Individuals on a usable frame, weighted by effort, with its 95 % interval; ``None`` of a single bin.
    """

    key: Key
    taxon: str
    period: str
    bins: int
    usable_h: float
    mean: float
    low: float | None
    high: float | None


def by_hour(table: Table, taxa: Collection[str] | None = None) -> list[Period]:
    """Return the pattern of the day: by the hour, UTC, in which a bin begins; empty where bins are longer than 3 h.

    Of some taxa or, by default, of all.
    """
    return _pattern(table, taxa, lambda start, bin_s: f"{start.hour:02d}" if bin_s <= LONGEST_HOURLY_S else "")


def by_month(table: Table, taxa: Collection[str] | None = None) -> list[Period]:
    """Return the pattern of the year, by the month in which a bin begins; of some taxa or, by default, of all."""
    return _pattern(table, taxa, lambda start, _: f"{start:%Y-%m}")


def _pattern(
    table: Table, taxa: Collection[str] | None, period_of: Callable[[dt.datetime, float], str]
) -> list[Period]:
    """Return means over the bins of each period.

    Notes
    -----
    The mean is the ratio of individuals times time to time; its standard error that of a ratio over bins (Cochran
    1977, *Sampling Techniques*, section 6.3): bins, not frames, are taken as independent. Bins whose time is unknown
    are left out.
    """
    groups: dict[tuple[Key, str, str], _Sums] = defaultdict(_Sums)
    for row in series_rows(table, _FIELDS, taxa, with_gaps=False):
        if row["mean_n"] is None or not row["usable_s"] or row["bin_start_utc"].startswith("+"):
            continue
        period = period_of(dt.datetime.fromisoformat(row["bin_start_utc"]), row["bin_s"])
        if period:
            groups[key_of(row), row["taxon"], period].add(row["mean_n"], row["usable_s"])
    return [_period(*group, sums) for group, sums in sorted(groups.items())]


@dataclass(slots=True)
class _Sums:
    """Sums over the bins of a period: of weights w and values v."""

    bins: int = 0
    w: float = 0.0
    wv: float = 0.0
    w2: float = 0.0
    w2v: float = 0.0
    w2v2: float = 0.0

    def add(self, value: float, weight: float) -> None:
        self.bins += 1
        self.w += weight
        self.wv += weight * value
        self.w2 += weight**2
        self.w2v += weight**2 * value
        self.w2v2 += (weight * value) ** 2


def _period(key: Key, taxon: str, period: str, sums: _Sums) -> Period:
    mean, number = sums.wv / sums.w, sums.bins
    low = high = None
    if number > 1:
        squares = max(0.0, sums.w2v2 - 2 * mean * sums.w2v + mean**2 * sums.w2)
        half = _Z * math.sqrt(squares * number / (number - 1)) / sums.w
        low, high = max(0.0, mean - half), mean + half
    return Period(
        key=key, taxon=taxon, period=period, bins=number, usable_h=sums.w / 3600, mean=mean, low=low, high=high
    )
