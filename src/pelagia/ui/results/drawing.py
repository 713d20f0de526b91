"""Charts as SVG: drawn here, inside a page and as a file of their own; and the same numbers as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from pelagia.core.spreadsheet import as_cells
from pelagia.exports.report.basis import IMAGED
from pelagia.exports.report.count_rows import CountRow, Estimate
from pelagia.exports.report.counting import Bar, BarChart
from pelagia.exports.report.numbers import interval, many
from pelagia.exports.report.spectrum import Panel, Spectrum

WIDTH = 760
NAMES = 208
NUMBERS = 150
BAR_HEIGHT = 32
THICK = 14
PANEL_WIDTH, PANEL_HEIGHT, PANEL_GAP = 356, 150, 24
MARGIN = 12
LONGEST_NAME = 27
SHAPES = {"predicted": "○", "validated": "■"}

STYLE = """
text{font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;fill:#0b2239}
.soft{fill:#43596f;font-size:12.5px}.strong{font-weight:600}.valid{fill:#1b6b43}
.grid{stroke:#d9e2ea}.axis{stroke:#72869a}.whisker{stroke:#0b2239;stroke-width:1.5}
.bar{fill:#0e7c86}.bar.other{fill:#9ccbcf}.bar.unnamed{fill:#c3ced8}.bar.validated{fill:#1b6b43}
.plain{fill:#fff;stroke:#0b2239;stroke-width:1.3}
.link{stroke:#9ccbcf;stroke-width:1.5;fill:none}.dot{fill:#0e7c86;stroke:#0e7c86;stroke-width:1.5}
.dot.incomplete{fill:#fff}.bound{stroke:#72869a;stroke-width:1.5;fill:none}
"""
"""Of a chart that stands alone; inside a page its style sheet says the same in light and dark."""


def composition(chart: BarChart) -> Markup:
    """Draw what was found in a sample: a bar for each name, with its 95 % interval.

    Parameters
    ----------
    chart
        Positions in percent of the width of the bars.
    """
    height = BAR_HEIGHT * len(chart.bars) + 34
    span = WIDTH - NAMES - NUMBERS - 16
    parts = [_grid(chart.ticks, NAMES, span, height - 30)]
    parts += [_row(bar, BAR_HEIGHT * at, span, chart.unit) for at, bar in enumerate(chart.bars)]
    parts.append(_ticks(chart.ticks, NAMES, span, height - 12))
    label = f"{chart.unit} by name" + (f", {chart.sample_id}" if chart.sample_id else "")
    return svg_of(WIDTH, height, label, parts)


def _row(bar: Bar, top: float, span: float, unit: str) -> Markup:
    middle, row = top + BAR_HEIGHT / 2, bar.row
    is_validated = row.status == "validated"
    kind = "validated" if is_validated else row.kind
    name = row.taxon if len(row.taxon) <= LONGEST_NAME else f"{row.taxon[: LONGEST_NAME - 1]}…"
    told = f"{row.taxon}, {row.status}: {bar.value} {unit}"
    parts = [
        Markup("<g><title>{}</title>").format(told),
        Markup('<text x="0" y="{:.1f}">{}</text>').format(middle - 1, name),
        Markup('<text class="soft{}" x="0" y="{:.1f}">{} {}</text>').format(
            " valid" if is_validated else "", middle + 13, SHAPES.get(row.status, "–"), row.status
        ),
        Markup('<rect class="bar {}" x="{}" y="{:.1f}" width="{:.1f}" height="{}"/>').format(
            kind, NAMES, middle - THICK / 2, max(0.5, span * bar.width / 100), THICK
        ),
    ]
    if bar.low is not None and bar.high is not None:
        low, high = (NAMES + span * end / 100 for end in (bar.low, bar.high))
        path = f"M{low:.1f} {middle - 4:.1f}v8M{low:.1f} {middle:.1f}H{high:.1f}M{high:.1f} {middle - 4:.1f}v8"
        parts.append(Markup('<path class="whisker" d="{}"/>').format(path))
    if bar.unadjusted is not None:
        at = NAMES + span * bar.unadjusted / 100
        parts.append(Markup('<path class="plain" d="M{:.1f} {:.1f}l5 5-5 5-5-5z"/>').format(at, middle - 5))
    told_range = interval(bar.interval.low, bar.interval.high)
    parts.append(
        Markup('<text class="strong" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            WIDTH, middle - 1, bar.value
        )
    )
    parts.append(
        Markup('<text class="soft" x="{}" y="{:.1f}" text-anchor="end">{}</text></g>').format(
            WIDTH, middle + 13, told_range
        )
    )
    return Markup("").join(parts)


def spectrum(drawn: Spectrum) -> Markup:
    """Draw how large the objects are: a histogram of all, then of the main names."""
    lines = -(-len(drawn.panels) // 2)
    height = lines * (PANEL_HEIGHT + PANEL_GAP)
    parts = []
    for at, panel in enumerate(drawn.panels):
        left = MARGIN + (at % 2) * (PANEL_WIDTH + PANEL_GAP)
        top = (at // 2) * (PANEL_HEIGHT + PANEL_GAP)
        parts.append(_panel(panel, drawn, left, top))
    return svg_of(WIDTH, height, f"{drawn.thing.capitalize()}s by {drawn.diameter}", parts)


def _panel(panel: Panel, drawn: Spectrum, left: float, top: float) -> Markup:
    floor, tall = top + PANEL_HEIGHT - 22, PANEL_HEIGHT - 64
    parts = [
        Markup('<text class="strong" x="{}" y="{}">{}</text>').format(left, top + 14, panel.name),
        Markup('<text class="soft" x="{}" y="{}" text-anchor="end">{}</text>').format(
            left + PANEL_WIDTH, top + 14, many(panel.particles, drawn.thing)
        ),
        Markup('<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(
            left, left + PANEL_WIDTH, floor - tall
        ),
        Markup('<text class="soft" x="{}" y="{}">{}</text>').format(left, floor - tall - 4, panel.highest),
    ]
    width = PANEL_WIDTH * drawn.step / 100
    for place, share, told in panel.bars:
        high = tall * share / 100
        parts.append(
            Markup(
                '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
            ).format(left + PANEL_WIDTH * place / 100 + 0.5, floor - high, max(1, width - 1), high, told)
        )
    parts.append(
        Markup('<line class="axis" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>').format(left, left + PANEL_WIDTH, floor)
    )
    for place, label in drawn.ticks:
        at = left + PANEL_WIDTH * place / 100
        parts.append(
            Markup('<text class="soft" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(at, floor + 16, label)
        )
    return Markup("").join(parts)


def alone(svg: Markup, title: str) -> bytes:
    """Return a chart as a file of its own: on white, with its style and a title."""
    head, _, body = str(svg).partition(">")
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f"{head}><title>{escape(title)}</title><style>{STYLE}</style>{ground}{body}\n".encode()


def composition_csv(rows: Iterable[CountRow]) -> bytes:
    """Return the numbers behind the charts of what was found."""
    rows = tuple(rows)
    header = ("sample", "name", "scientific_name", "status")
    names = (rows[0].basis if rows else IMAGED).estimates
    lines: list[Sequence[object]] = [(*header, *(f"{name}{end}" for name in names for end in ("", "_low", "_high")))]
    for row in rows:
        values = [value for one in _estimates(row) for value in (one.value, one.low, one.high)]
        lines.append((row.sample_id, row.taxon, row.scientific_name, row.status, *values))
    return csv_of(lines)


def _estimates(row: CountRow) -> tuple[Estimate, ...]:
    """Return the figures of a row in the order of the estimates of its basis."""
    if row.basis.per_volume_adjusted:
        return (row.counted, row.adjusted, row.per_volume, row.per_volume_adjusted)
    return (row.counted, row.per_volume)


def spectrum_csv(drawn: Spectrum) -> bytes:
    """Return the numbers behind the histograms: name, range of the diameter, particles."""
    lines: list[Sequence[object]] = [("name", "diameter_range", f"{drawn.thing}s")]
    for panel in drawn.panels:
        for _, _, told in panel.bars:
            size, _, number = told.rpartition(": ")
            lines.append((panel.name, size, number.replace("\u202f", "")))
    return csv_of(lines)


def csv_of(lines: Iterable[Sequence[object]]) -> bytes:
    """Return lines of cells as CSV (UTF-8)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(as_cells, lines))
    return text.getvalue().encode()


def svg_of(width: float, height: float, label: str, parts: Iterable[Markup]) -> Markup:
    """Return a drawing of this size that says what it is."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(width, height, label, Markup("").join(parts))


def _grid(ticks: Iterable[tuple[float, str]], left: float, span: float, height: float) -> Markup:
    return Markup("").join(
        Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(
            left + span * place / 100, height
        )
        for place, _ in ticks
    )


def _ticks(ticks: Iterable[tuple[float, str]], left: float, span: float, baseline: float) -> Markup:
    return Markup("").join(
        Markup('<text class="soft" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            left + span * place / 100, baseline, label
        )
        for place, label in ticks
    )
