"""Counts in time as drawings: paths in a box of 1000 by 100, with what stands on the axes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pelagia.exports.report.ecosystem.readings import ALL, CameraSeries, Slot
from pelagia.exports.report.numbers import nice_ceiling

WIDTH, HEIGHT = 1000.0, 100.0
COLUMNS = 500
"""More bins than this are drawn together: the largest MaxN, the mean by effort."""
SAME = 1e-9
"""Values that differ by no more of themselves are one: means of equal values differ in their last digits."""
_TICKS = 6
_STEPS_S = (
    *(60, 300, 600, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600),
    *(86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400),
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDrawing:
    """MaxN as steps and the mean as a line; gaps are marked, and both break there.

    Parameters
    ----------
    name
        The taxon.
    steps, line
        Paths of MaxN (filled) and of the mean.
    gaps
        Begin and width of each, percent.
    top
        The number at the upper edge.
    told
        What it shows, in words.
    """

    name: str
    steps: str
    line: str
    gaps: tuple[tuple[float, float], ...]
    top: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideDrawing:
    """A series measured beside the camera; ``low`` and ``top`` are the edges of its axis."""

    name: str
    unit: str
    line: str
    low: str
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDrawing:
    """All drawings of one camera over one axis of time; ``ticks`` are places in percent with their labels."""

    label: str
    counts: tuple[CountDrawing, ...]
    beside: tuple[BesideDrawing, ...]
    ticks: tuple[tuple[float, str], ...]
    axis: str
    any_gap: bool


def draw_camera(camera: CameraSeries) -> CameraDrawing | None:
    """Return the drawings of a camera; ``None`` where it has no more than one bin."""
    every = camera.slots.get(ALL, [])
    if len(every) < 2:
        return None
    first, last = every[0].start_s, max(slot.end_s for slot in every)
    counts = []
    for name, slots in sorted(camera.slots.items(), key=lambda one: (one[0] != ALL, -_peak(one[1]), one[0])):
        counts.append(_counts("All taxa together" if name == ALL else name, slots, first, last))
    return CameraDrawing(
        label=camera.label,
        counts=tuple(counts),
        beside=tuple(_beside(camera, every, number, first, last) for number in _told_beside(camera, every)),
        ticks=time_ticks(first, last, is_timed=camera.is_timed),
        axis="Time (UTC)" if camera.is_timed else "Time from the start of the clips",
        any_gap=any(slot.is_gap for slot in every),
    )


def _peak(slots: Sequence[Slot]) -> float:
    return max((slot.max_n for slot in slots), default=0.0)


def _counts(name: str, slots: Sequence[Slot], first: float, last: float) -> CountDrawing:
    top = nice_ceiling(_peak(slots))
    drawn = together(slots, first, last)
    steps, line, before = [], [], -math.inf
    for slot in drawn:
        if slot.is_gap:
            continue
        left, right = (WIDTH * (edge - first) / (last - first) for edge in (slot.start_s, slot.end_s))
        if slot.max_n:
            steps.append(f"M{left:.1f} {HEIGHT:g}V{HEIGHT * (1 - slot.max_n / top):.1f}H{right:.1f}V{HEIGHT:g}z")
        level = f"{HEIGHT * (1 - slot.mean_n / top):.1f}"
        is_next = slot.start_s - before < 1e-6 * (last - first)
        line.append(f"V{level}H{right:.1f}" if is_next else f"M{left:.1f} {level}H{right:.1f}")
        before = slot.end_s
    peak, used = _peak(slots), [slot for slot in slots if not slot.is_gap]
    return CountDrawing(
        name=name,
        steps="".join(steps),
        line="".join(line),
        gaps=_gaps(drawn, first, last),
        top=f"{top:g}",
        told=f"MaxN of {name} in {len(used)} bins with footage, at most {peak:g}; {len(slots) - len(used)} gaps",
    )


def _gaps(slots: Iterable[Slot], first: float, last: float) -> tuple[tuple[float, float], ...]:
    """Return the gaps, neighbours as one."""
    found: list[tuple[float, float]] = []
    for slot in slots:
        if slot.is_gap:
            joined = found and found[-1][1] >= slot.start_s
            begin = found.pop()[0] if joined else slot.start_s
            found.append((begin, slot.end_s))
    scale = 100 / (last - first)
    return tuple((round((begin - first) * scale, 2), round((end - begin) * scale, 2)) for begin, end in found)


def together(slots: Sequence[Slot], first: float, last: float) -> list[Slot]:
    """Return slots as they are, or, where there are too many, some of them together."""
    if len(slots) <= COLUMNS:
        return list(slots)
    width = (last - first) / COLUMNS
    columns: dict[int, list[Slot]] = {}
    for slot in slots:
        begin = int((slot.start_s - first) / width)
        end = max(begin, math.ceil((slot.end_s - first) / width) - 1)
        for column in range(begin, min(end, COLUMNS - 1) + 1):
            columns.setdefault(column, []).append(slot)
    return [_joined(own, first + width * column, width) for column, own in sorted(columns.items())]


def _joined(slots: Sequence[Slot], start_s: float, width: float) -> Slot:
    used = [slot for slot in slots if not slot.is_gap]
    effort = sum(slot.usable_s for slot in used)
    return Slot(
        start_s=start_s,
        end_s=start_s + width,
        is_gap=not used,
        max_n=max((slot.max_n for slot in used), default=0.0),
        mean_n=sum(slot.mean_n * slot.usable_s for slot in used) / effort if effort else 0.0,
        usable_s=effort,
        is_day=None,
        beside=tuple(_mean(values) for values in zip(*(slot.beside for slot in slots), strict=True)),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _told_beside(camera: CameraSeries, slots: Sequence[Slot]) -> list[int]:
    return [
        number for number in range(len(camera.beside)) if sum(slot.beside[number] is not None for slot in slots) > 1
    ]


def _beside(camera: CameraSeries, slots: Sequence[Slot], number: int, first: float, last: float) -> BesideDrawing:
    drawn = together(slots, first, last)
    known = [value for slot in drawn if (value := slot.beside[number]) is not None]
    low, top = min(known), max(known)
    is_level = math.isclose(low, top, rel_tol=SAME)
    room = max(abs(top) * 0.01, 0.5) if is_level else (top - low) * 0.08
    low, top = low - room, top + room
    line, is_open = [], False
    for slot in drawn:
        value = slot.beside[number]
        if value is not None:
            place = WIDTH * ((slot.start_s + slot.end_s) / 2 - first) / (last - first)
            level = f"{place:.1f} {HEIGHT * (top - value) / (top - low):.1f}"
            line.append(f"L{level}" if is_open else f"M{level}h0")  # a value between gaps is a dot
        is_open = value is not None
    name, unit = camera.beside[number]
    decimals = max(0, 1 - math.floor(math.log10(top - low)))
    return BesideDrawing(name=name, unit=unit, line="".join(line), low=f"{low:.{decimals}f}", top=f"{top:.{decimals}f}")


def time_ticks(first: float, last: float, *, is_timed: bool) -> tuple[tuple[float, str], ...]:
    """Return places (percent) and labels of round times, some six of them."""
    span = last - first
    step: float | None = next((step for step in _STEPS_S if span / step <= _TICKS), None)
    if step is None and not is_timed:
        step = nice_ceiling(span / _TICKS / 3600) * 3600
    if step is None:
        return tuple((_percent(one, first, last), label) for one, label in _months(first, last))
    moments = [number * step for number in range(math.ceil(first / step), math.floor(last / step) + 1)]
    if not is_timed:
        return tuple((_percent(one, first, last), f"{one / 3600:g} h") for one in moments)
    form = "%-d %b %H:%M" if step < _DAY_S else "%-d %b %Y"
    return tuple(
        (_percent(one, first, last), dt.datetime.fromtimestamp(one, tz=dt.UTC).strftime(form)) for one in moments
    )


def _months(first: float, last: float) -> list[tuple[float, str]]:
    begin, end = (dt.datetime.fromtimestamp(one, tz=dt.UTC) for one in (first, last))
    start, stop = begin.year * 12 + begin.month, end.year * 12 + end.month - 1
    step = next((step for step in _MONTHS if (stop - start + 1) / step <= _TICKS), _MONTHS[-1])
    found = []
    for number in range(math.ceil(start / step) * step, stop + 1, step):
        moment = dt.datetime(number // 12, number % 12 + 1, 1, tzinfo=dt.UTC)
        found.append((moment.timestamp(), f"{moment:%b %Y}"))
    return found


def _percent(moment: float, first: float, last: float) -> float:
    return round(100 * (moment - first) / (last - first), 2)
