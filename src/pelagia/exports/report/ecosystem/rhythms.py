"""The pattern of the day and of the year as drawings: means by effort with intervals, night shaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pelagia.core.table import Table
from pelagia.exports.ecosystem.patterns import Period, by_hour, by_month
from pelagia.exports.report.ecosystem.readings import ALL, CameraSeries
from pelagia.exports.report.numbers import interval, nice_ceiling, quantity

HOURS = 24
LEAST_HOURS = 6
"""The pattern of a day is drawn from so many different hours on."""
LEAST_DAYS = 60
"""That of a year where the series is longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The mean of one period; heights are percent of the drawing, 0 at the bottom."""

    left: float
    width: float
    height: float
    low: float | None
    high: float | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmDrawing:
    """The bars of one taxon."""

    name: str
    bars: tuple[Bar, ...]
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A pattern of one camera.

    Parameters
    ----------
    nights
        Begin and width of the hours in which the sun is down in most bins, percent.
    ticks
        Places in percent with their labels.
    """

    label: str
    drawings: tuple[RhythmDrawing, ...]
    nights: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, str], ...]


def days(table: Table, cameras: Sequence[CameraSeries]) -> tuple[Rhythm, ...]:
    """Return the pattern of the day of each camera that recorded at enough different hours."""
    periods = [f"{hour:02d}" for hour in range(HOURS)]
    ticks = tuple((round(100 * hour / HOURS, 2), f"{hour:02d}:00") for hour in range(0, HOURS, 3))
    found = []
    for camera, own in _by_camera(by_hour(table, _taxa(cameras)), cameras):
        if len({one.period for one in own}) >= LEAST_HOURS:
            found.append(_rhythm(camera, own, periods, ticks, nights(camera)))
    return tuple(found)


def years(table: Table, cameras: Sequence[CameraSeries]) -> tuple[Rhythm, ...]:
    """Return the pattern of the year of each camera whose series is long enough."""
    found = []
    for camera, own in _by_camera(by_month(table, _taxa(cameras)), cameras):
        slots = camera.slots.get(ALL, [])
        if slots and slots[-1].end_s - slots[0].start_s > LEAST_DAYS * 86_400:
            periods = _months(own)
            every = max(1, -(-len(periods) // 8))
            ticks = tuple(
                (round(100 * (place + 0.5) / len(periods), 2), name)
                for place, name in list(enumerate(periods))[::every]
            )
            found.append(_rhythm(camera, own, periods, ticks, ()))
    return tuple(found)


def _taxa(cameras: Sequence[CameraSeries]) -> set[str]:
    return {taxon for camera in cameras for taxon in camera.slots}


def _by_camera(periods: Sequence[Period], cameras: Sequence[CameraSeries]) -> list[tuple[CameraSeries, list[Period]]]:
    found = []
    for camera in cameras:
        own = [one for one in periods if one.key == camera.key and one.taxon in camera.slots]
        if camera.is_timed and own:
            found.append((camera, own))
    return found


def _months(periods: Sequence[Period]) -> list[str]:
    """Return all months from the first to the last, also those of which there is nothing."""
    names = sorted({one.period for one in periods})
    first, last = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (names[0], names[-1]))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _rhythm(
    camera: CameraSeries,
    periods: Sequence[Period],
    names: Sequence[str],
    ticks: tuple[tuple[float, str], ...],
    dark: tuple[tuple[float, float], ...],
) -> Rhythm:
    taxa: dict[str, dict[str, Period]] = {}
    for one in periods:
        taxa.setdefault(one.taxon, {})[one.period] = one
    ordered = sorted(taxa, key=lambda name: (name != ALL, -max(one.mean for one in taxa[name].values()), name))
    return Rhythm(
        label=camera.label,
        drawings=tuple(_drawing(name, taxa[name], names) for name in ordered),
        nights=dark,
        ticks=ticks,
    )


def _drawing(taxon: str, periods: Mapping[str, Period], names: Sequence[str]) -> RhythmDrawing:
    top = nice_ceiling(max(one.mean if one.high is None else one.high for one in periods.values()))
    step = 100 / len(names)
    bars = []
    for place, name in enumerate(names):
        one = periods.get(name)
        if one is not None:
            bars.append(
                Bar(
                    left=round(step * (place + 0.1), 2),
                    width=round(step * 0.8, 2),
                    height=_percent(one.mean, top),
                    low=None if one.low is None else _percent(one.low, top),
                    high=None if one.high is None else _percent(one.high, top),
                    told=_told(one),
                )
            )
    return RhythmDrawing(name="All taxa together" if taxon == ALL else taxon, bars=tuple(bars), top=f"{top:g}")


def _told(one: Period) -> str:
    span = f" ({interval(one.low, one.high)})" if one.high is not None else ""
    when = f"{one.period}:00" if len(one.period) == 2 else one.period
    return f"{when} UTC: {quantity(one.mean)}{span}, {one.bins} bins, {quantity(one.usable_h)} h"


def _percent(value: float, top: float) -> float:
    return round(100 * value / top, 2)


def nights(camera: CameraSeries) -> tuple[tuple[float, float], ...]:
    """Return the hours (UTC) in which the sun is down in most bins, neighbours as one."""
    votes: Counter[int] = Counter()
    for slot in camera.slots.get(ALL, []):
        if slot.is_day is not None:
            votes[int(slot.start_s // 3600) % HOURS] += -1 if slot.is_day else 1
    dark = [hour for hour in range(HOURS) if votes[hour] > 0]
    spans: list[tuple[int, int]] = []
    for hour in dark:
        begin = spans.pop()[0] if spans and spans[-1][1] == hour else hour
        spans.append((begin, hour + 1))
    return tuple((round(100 * begin / HOURS, 2), round(100 * (end - begin) / HOURS, 2)) for begin, end in spans)
