"""Charts as PNG, for documents; drawn by matplotlib without a display or any state of its own."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pelagia.usage.layout import printable
from pelagia.usage.report import Chart

ACCENT, INK = "#0E7C86", "#0B2239"
DOTS_PER_INCH = 200


def chart_png(chart: Chart) -> bytes:
    """Return a chart as a PNG picture.

    Parameters
    ----------
    chart
        What to draw.
    """
    rows = len(chart.categories) * (len(chart.series) if chart.kind == "bars" else 1)
    height = 2.6 if chart.kind == "months" else 0.9 + 0.28 * rows
    figure = Figure(figsize=(6.7, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    {"bars": _bars, "dots": _dots, "months": _months}[chart.kind](axes, chart)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    sink = io.BytesIO()
    # Without the version of matplotlib, so that equal reports have equal bytes.
    figure.savefig(sink, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return sink.getvalue()


def _bars(axes: Any, chart: Chart) -> None:
    count = len(chart.series)
    for number, (name, values) in enumerate(chart.series):
        places = [at + (number - (count - 1) / 2) * 0.36 for at in range(len(values))]
        fill = ACCENT if number == count - 1 else "none"
        bars = axes.barh(places, [value or 0 for value in values], 0.3, color=fill, edgecolor=ACCENT, label=name)
        axes.bar_label(bars, [_number(value) for value in values], padding=3, fontsize=8, color=INK)
    _name_rows(axes, chart)


def _dots(axes: Any, chart: Chart) -> None:
    for number, (name, values) in enumerate(chart.series):
        known = [(value, at) for at, value in enumerate(values) if value is not None]
        fill = ACCENT if number == len(chart.series) - 1 else "none"
        axes.scatter(
            [value for value, _ in known],
            [at for _, at in known],
            s=48 if fill == "none" else 26,
            facecolors=fill,
            edgecolors=ACCENT,
            label=name,
            clip_on=False,
        )
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=0)
    axes.grid(visible=True, axis="x", alpha=0.25)
    _name_rows(axes, chart)


def _name_rows(axes: Any, chart: Chart) -> None:
    axes.set_yticks(range(len(chart.categories)), [_row_name(chart, at) for at in range(len(chart.categories))])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    if len(chart.series) > 1:
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _row_name(chart: Chart, at: int) -> str:
    """Return the name of a row, and of which series its number is not known: a missing dot alone says nothing."""
    missing = [name for name, values in chart.series if values[at] is None]
    name = printable(chart.categories[at]).replace("$", r"\$")
    return name + (f"\n({', '.join(missing)}: N/A)" if missing and chart.kind == "dots" else "")


def _months(axes: Any, chart: Chart) -> None:
    values = chart.series[0][1]
    axes.bar(range(len(values)), [value or 0 for value in values], 0.85, color=ACCENT)
    every = max(1, -(-len(values) // 12))
    axes.set_xticks(range(0, len(values), every), chart.categories[::every])
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=True, axis="y", alpha=0.25)


def _number(value: int | None) -> str:
    return "N/A" if value is None else f"{value:,}"
