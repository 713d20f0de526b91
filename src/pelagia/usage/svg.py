"""Charts as SVG: no style sheet, no script, readable in light and dark, beside the table of their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup, escape

from pelagia.usage.report import Chart

WIDTH, LABEL_WIDTH, COLUMN_WIDTH = 760, 210, 92
BAR, ROW_GAP, TOP = 14, 12, 30
ACCENT = "#0E7C86"
# The first of two series is drawn open, the last one full, so that colour is not what tells them apart.
OPEN = f'fill="none" stroke="{ACCENT}" stroke-width="1.5"'
GRID = 'stroke="currentColor" stroke-opacity=".18"'
FULL = f'fill="{ACCENT}" stroke="{ACCENT}" stroke-width="1.5"'


def chart_svg(chart: Chart) -> Markup:
    """Return a chart as an SVG element.

    Parameters
    ----------
    chart
        What to draw.
    """
    body, height = _months(chart) if chart.kind == "months" else _rows(chart)
    label = escape(f"{chart.title} {chart.unit}; the numbers stand in the table beside")
    # The parts are made of numbers and of text escaped by _text.
    return Markup(  # noqa: S704
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {height}" width="100%" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="currentColor">{"".join(body)}</svg>'
    )


def _rows(chart: Chart) -> tuple[list[str], int]:
    """Draw one row per category: bars or dots, and the numbers in columns at the right."""
    left, right = LABEL_WIDTH, WIDTH - COLUMN_WIDTH * len(chart.series) - 12
    scale = _Scale(chart, left, right)
    row_height = (BAR + 3) * len(chart.series) + ROW_GAP if chart.kind == "bars" else BAR + ROW_GAP
    height = TOP + row_height * len(chart.categories) + 22
    found = [*_titles(chart), *_axis(scale, TOP, height - 22)]
    for at, name in enumerate(chart.categories):
        top = TOP + at * row_height
        middle = top + (row_height - ROW_GAP) / 2 + 4
        found.append(_text(0, middle, _short(name)))
        for number, (_, values) in enumerate(chart.series):
            found += _mark(chart, scale, values[at], number, top)
            place = WIDTH - COLUMN_WIDTH * (len(chart.series) - 1 - number)
            found.append(_text(place, middle, _number(values[at]), "end"))
    return found, height


def _titles(chart: Chart) -> Iterator[str]:
    if len(chart.series) == 1:
        return
    for number, (name, _) in enumerate(chart.series):
        place = WIDTH - COLUMN_WIDTH * (len(chart.series) - 1 - number)
        yield f'<rect x="{place - COLUMN_WIDTH + 8}" y="4" width="10" height="10" {_look(number, chart)}/>'
        yield _text(place, 14, name, "end")


def _mark(chart: Chart, scale: _Scale, value: int | None, number: int, top: float) -> Iterator[str]:
    if value is None:
        return
    if chart.kind == "bars":
        y = top + number * (BAR + 3)
        width = max(scale.place(value) - scale.left, 0)
        yield f'<rect x="{scale.left}" y="{y}" width="{width:.1f}" height="{BAR}" {_look(number, chart)}/>'
    else:
        radius = 7 if number == 0 and len(chart.series) > 1 else 5
        yield f'<circle cx="{scale.place(value):.1f}" cy="{top + BAR / 2}" r="{radius}" {_look(number, chart)}/>'


def _look(number: int, chart: Chart) -> str:
    return FULL if number == len(chart.series) - 1 else OPEN


class _Scale:
    """From a number to a place: linear from 0, or logarithmic with a place of its own for 0."""

    def __init__(self, chart: Chart, left: float, right: float) -> None:
        numbers = [value for _, values in chart.series for value in values if value is not None]
        self.left, self.right = left, right
        self._is_log = chart.kind == "dots"
        self.most = max([1, *numbers])
        self._decades = max(1, math.ceil(math.log10(self.most)))
        self.top = 10**self._decades if self._is_log else _round_up(self.most)

    def place(self, value: float) -> float:
        width = self.right - self.left
        if not self._is_log:
            return self.left + width * value / self.top
        if value <= 0:
            return self.left
        return self.left + width * (1 + math.log10(value)) / (1 + self._decades)

    @property
    def ticks(self) -> list[int]:
        if self._is_log:
            return [0, *(10**decade for decade in range(self._decades + 1))]
        return [0, self.top // 2, self.top] if self.top > 1 else [0, 1]


def _axis(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    for value in scale.ticks:
        x = scale.place(value)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 6}" y2="{bottom}" {GRID}/>'
        yield _text(x, bottom + 16, _compact(value), "middle", faint=True)


def _months(chart: Chart) -> tuple[list[str], int]:
    """Draw one bar a month; a month that is not part of the report stays empty."""
    left, right, top, bottom = 60, WIDTH - 4, 16, 190
    values = chart.series[0][1]
    most = _round_up(max([1, *(value for value in values if value is not None)]))
    step = (right - left) / max(len(values), 1)
    found = []
    for tick in (0, most // 2, most) if most > 1 else (0, 1):
        y = bottom - (bottom - top) * tick / most
        found.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" {GRID}/>')
        found.append(_text(left - 8, y + 4, _compact(tick), "end", faint=True))
    every = max(1, math.ceil(len(values) / 12))
    for at, (name, value) in enumerate(zip(chart.categories, values, strict=True)):
        x = left + at * step
        if value:
            height = (bottom - top) * value / most
            found.append(
                f'<rect x="{x + 1:.1f}" y="{bottom - height:.1f}" width="{max(step - 2, 1):.1f}" '
                f'height="{height:.1f}" fill="{ACCENT}"/>'
            )
        if at % every == 0:
            found.append(_text(x + step / 2, bottom + 18, name, "middle", faint=True))
    return found, bottom + 28


def _round_up(value: int) -> int:
    """Return 1, 2, 5, 10, 20, 50 …: the next such number that is not smaller."""
    unit = int("1" + "0" * (len(str(value)) - 1))
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= value)


def _compact(value: int) -> str:
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return str(value)


def _number(value: int | None) -> str:
    return "N/A" if value is None else f"{value:,}"


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(x: float, y: float, text: str, anchor: str = "start", *, faint: bool = False) -> str:
    look = ' font-size="12" fill-opacity=".72"' if faint else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{look}>{escape(text)}</text>'
