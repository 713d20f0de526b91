"""The mass balance as stacked areas: where the oil is, time after time; every area with its name and share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from markupsafe import Markup

from pelagia.exports.oilspill.fates import FATE_COLOURS, FATE_NAMES
from pelagia.exports.report.numbers import percent, quantity
from pelagia.orders.spills.balance import Balance
from pelagia.ui.results.drawing import csv_of, svg_of

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 44, 500, 12, 284
NAMES_AT = RIGHT + 42
LINE = 34
LEAST_SHOWN = 0.0005
HOUR_STEPS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 72, 120, 240, 480)


def draw_balance(balance: Balance) -> Markup:
    """Draw the mass balance of a run.

    Parameters
    ----------
    balance
        With a time at least.
    """
    hours = [float(row["hours"]) for row in balance.rows]
    first, last = hours[0], hours[-1]
    span = (last - first) or 1.0
    across = [LEFT + (hour - first) / span * (RIGHT - LEFT) for hour in hours]
    fates = [fate for fate in FATE_COLOURS if fate in balance.fates]
    lower = [0.0] * len(hours)
    areas, ends = [], []
    for fate in fates:
        upper = [low + (row[f"{fate}_fraction"] or 0.0) for low, row in zip(lower, balance.rows, strict=True)]
        told = f"{FATE_NAMES[fate]}: {percent(upper[-1] - lower[-1])} at the end"
        areas.append(
            Markup('<path class="fate" fill="{}" d="{}"><title>{}</title></path>').format(
                FATE_COLOURS[fate], _area(across, lower, upper), told
            )
        )
        ends.append((fate, (lower[-1] + upper[-1]) / 2, upper[-1] - lower[-1]))
        lower = upper
    plot = Markup('<g data-plot="" data-left="{}" data-right="{}" data-top="{}" data-bottom="{}">{}</g>').format(
        LEFT, RIGHT, TOP, BOTTOM, Markup("").join(areas)
    )
    parts = [_shares(), plot, _times(balance, first, span), _named(ends, balance)]
    return svg_of(WIDTH, HEIGHT, f"Where {quantity(balance.spilled_t)} t of oil are, in time", parts)


def balance_csv(balance: Balance) -> bytes:
    """Return the numbers behind the chart."""
    names = [f"{fate}_fraction" for fate in FATE_COLOURS if fate in balance.fates]
    lines: list[Sequence[object]] = [("time_utc", "hours", "spilled_t", *names)]
    lines += [(row["time_utc"], row["hours"], row["spilled_t"], *(row[name] for name in names)) for row in balance.rows]
    return csv_of(lines)


def _area(across: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> str:
    there = [f"{x:.1f} {_down(share):.1f}" for x, share in zip(across, upper, strict=True)]
    back = [f"{x:.1f} {_down(share):.1f}" for x, share in zip(across, lower, strict=True)]
    return f"M{'L'.join([*there, *reversed(back)])}z"


def _down(share: float) -> float:
    return BOTTOM - min(1.0, max(0.0, share)) * (BOTTOM - TOP)


def _shares() -> Markup:
    """Draw the axis of shares."""
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
            '<text class="soft" x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>'
        ).format(LEFT, RIGHT, _down(share), LEFT - 6, _down(share) + 4, percent(share))
        for share in (0, 0.25, 0.5, 0.75, 1.0)
    )


def _times(balance: Balance, first: float, span: float) -> Markup:
    """Draw the axis of time: hours since the start, and what the clock says then (UTC)."""
    step = next((one for one in HOUR_STEPS if abs(span) / one <= 5), HOUR_STEPS[-1])
    start = dt.datetime.fromisoformat(str(balance.rows[0]["time_utc"])) - dt.timedelta(hours=first)
    parts = []
    for number in range(int(abs(span) / step + 1e-6) + 1):
        hour = first + (number * step if span > 0 else -number * step)
        x = LEFT + (hour - first) / span * (RIGHT - LEFT)
        clock = start + dt.timedelta(hours=hour)
        parts.append(
            Markup(
                '<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
                '<text x="{0:.1f}" y="{3}" text-anchor="middle">{4:+g} h</text>'
                '<text class="soft" x="{0:.1f}" y="{5}" text-anchor="middle">{6}</text>'
            ).format(x, BOTTOM, BOTTOM + 5, BOTTOM + 20, hour, BOTTOM + 38, f"{clock:%d %b %H:%M}".lstrip("0"))
        )
    return Markup("").join(parts)


def _named(ends: Sequence[tuple[str, float, float]], balance: Balance) -> Markup:
    """Write the names beside the areas, with what each has at the end, parted so that they do not touch."""
    shown = [one for one in ends if one[2] >= LEAST_SHOWN]
    places = _parted([_down(middle) for _, middle, _ in shown])
    parts = []
    for (fate, middle, share), y in zip(shown, places, strict=True):
        told = f"{percent(share)}, {quantity(share * balance.spilled_t)} t"
        if fate in balance.spread:
            _, low, high = balance.spread[fate]
            told = f"{told} ({percent(low)} to {percent(high)})"
        parts.append(
            Markup(
                '<path class="axis" fill="none" d="M{0} {1:.1f}L{2} {3:.1f}"/>'
                '<rect x="{2}" y="{4:.1f}" width="12" height="12" fill="{5}"/>'
                '<text x="{6}" y="{7:.1f}">{8}</text><text class="soft" x="{6}" y="{9:.1f}">{10}</text>'
            ).format(
                *(RIGHT + 2, _down(middle), NAMES_AT - 16, y, y - 6, FATE_COLOURS[fate], NAMES_AT + 2, y + 1),
                *(FATE_NAMES[fate], y + 15, told),
            )
        )
    return Markup("").join(parts)


def _parted(wanted: Sequence[float]) -> list[float]:
    """Move places apart, from the bottom upwards, and back into the chart where that led out of it."""
    found: list[float] = []
    for place in wanted:
        found.append(place if not found else min(place, found[-1] - LINE))
    least = TOP + 8.0
    for at in range(len(found) - 1, -1, -1):
        found[at] = max(found[at], least)
        least = found[at] + LINE
    return found
