"""The mass balance as stacked areas with its table, and what an ensemble says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.oilspill.fates import FATE_COLOURS, FATE_NAMES
from pelagia.exports.oilspill.frames import all_rows
from pelagia.exports.report.numbers import percent

WIDTH, HEIGHT = 1000.0, 100.0
LEAST_SHOWN = 0.0005
"""Of the oil: a fate that never has more of it is not drawn."""
LINES_AT_MOST = 8
TICKS = 6
HOUR_STEPS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 72, 120, 240, 480)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A fate: its name and colour, the path of its area, and its share at the end; with an ensemble its range."""

    fate: str
    name: str
    colour: str
    path: str
    share: str
    mean: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChart:
    """The stacked areas, from bottom to top; ``ticks`` are places in percent with their hours."""

    areas: tuple[Area, ...]
    ticks: tuple[tuple[float, str], ...]
    told: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    has_ensemble: bool


def read_balance(result: Result) -> list[Row]:
    """Return the rows of the mass balance in order; none without a forecast."""
    return [dict(row) for row in all_rows(result.tables["mass_balance"])] if "mass_balance" in result.tables else []


def draw_balance(result: Result, balance: Sequence[Row]) -> BalanceChart | None:
    """Return the chart of a mass balance, ``None`` of fewer than two times.

    Parameters
    ----------
    result
        Of an ensemble with ``ensemble_balance``.
    balance
        Rows of the mass balance.
    """
    if len(balance) < 2:
        return None
    first, last = balance[0]["hours"], balance[-1]["hours"]
    across = [WIDTH * (row["hours"] - first) / (last - first) for row in balance]
    ranges = _ranges(result, balance[-1]["time_utc"])
    lower = [0.0] * len(balance)
    areas = []
    for fate in fates_of(balance):
        upper = [low + row[f"{fate}_fraction"] for low, row in zip(lower, balance, strict=True)]
        mean, low_high = ranges.get(fate, ("", ""))
        areas.append(
            Area(
                fate=fate,
                name=FATE_NAMES[fate],
                colour=FATE_COLOURS[fate],
                path=_area(across, lower, upper),
                share=percent(balance[-1][f"{fate}_fraction"]),
                mean=mean,
                range=low_high,
            )
        )
        lower = upper
    told = ", ".join(f"{area.share} {area.name}" for area in areas)
    return BalanceChart(
        areas=tuple(areas),
        ticks=_ticks(first, last),
        told=f"Where the oil is in time. At the end: {told}",
        rows=tuple(_some(balance)),
        columns=tuple(area.fate for area in areas),
        has_ensemble=bool(ranges),
    )


def fates_of(balance: Sequence[Row]) -> list[str]:
    """Return the fates that any oil has at any time, from the bottom of the chart to its top."""
    return [fate for fate in FATE_COLOURS if any(row[f"{fate}_fraction"] > LEAST_SHOWN for row in balance)]


def _some(balance: Sequence[Row]) -> list[Row]:
    """Return few rows, evenly spaced, the first and the last among them."""
    last = len(balance) - 1
    lines = min(LINES_AT_MOST, len(balance))
    return [balance[round(number * last / (lines - 1))] for number in range(lines)]


def _area(across: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> str:
    there = [f"{x:.1f} {HEIGHT * (1 - share):.2f}" for x, share in zip(across, upper, strict=True)]
    back = [f"{x:.1f} {HEIGHT * (1 - share):.2f}" for x, share in zip(across, lower, strict=True)]
    return f"M{'L'.join([*there, *reversed(back)])}z"


def _ticks(first: float, last: float) -> tuple[tuple[float, str], ...]:
    span = abs(last - first)
    step = next((step for step in HOUR_STEPS if span / step <= TICKS), span / TICKS)
    numbers = range(int(span / step + 1e-9) + 1)
    return tuple((round(100.0 * number * step / span, 2), f"{number * step:g}") for number in numbers)


def _ranges(result: Result, time_utc: str) -> dict[str, tuple[str, str]]:
    """Return mean and range of each fate at the end, as the members have it."""
    if "ensemble_balance" not in result.tables:
        return {}
    return {
        row["fate"]: (percent(row["mean"]), f"{percent(row['low'])} to {percent(row['high'])}")
        for row in all_rows(result.tables["ensemble_balance"])
        if row["time_utc"] == time_utc
    }
