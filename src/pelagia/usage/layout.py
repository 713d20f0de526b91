"""The order in which every form of the report tells its figures: sections, and tables of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pelagia.usage.report import Chart, InstallationReport, MetricRow, Report, Uses

ALL = "all installations"
# What neither XML nor a font has.
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text.

    Parameters
    ----------
    title
        What it tells.
    columns
        Their titles; the first column names the row.
    rows
        Its cells.
    numeric
        Which columns hold figures.
    notes
        What stands below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report, with the block that describes an installation, if it is about one."""

    id: str
    title: str
    description: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def printable(text: str) -> str:
    """Return a text without the control characters that a document cannot hold."""
    return text.translate(CONTROLS)


def facts(report: Report) -> tuple[str, ...]:
    """Return what the report is about, in short lines."""
    periods = [f"{period.label}: {period.first} to {period.last}" for period in report.periods]
    return (*periods, f"project start {report.project_start}", f"made {report.made_at:%Y-%m-%d %H:%M} UTC")


def column_labels(report: Report) -> tuple[str, ...]:
    """Return the titles of the columns of figures: the periods, and all together."""
    return (*(period.label for period in report.periods), "Total")


def sections(report: Report) -> tuple[Section, ...]:
    """Return the parts of the report, the summary first."""
    summary = Table(
        title="All installations together",
        columns=("Metric", *column_labels(report), "How measured"),
        rows=tuple((row.metric, *_texts(row), row.how) for row in report.summary),
        numeric=frozenset(range(1, len(column_labels(report)) + 1)),
        notes=tuple(_notes(report, report.summary)),
    )
    first = Section(id="summary", title="Summary of all installations", description=(), tables=(summary,))
    return (first, *(_section(report, part) for part in report.installations))


def quality(report: Report) -> Table:
    """Return the remarks on the quality of the data."""
    rows = tuple((finding.where or ALL, finding.text) for finding in report.findings)
    return Table(title="Data quality", columns=("Concerns", "What to know"), rows=rows, numeric=frozenset())


def chart_table(chart: Chart) -> Table:
    """Return the numbers of a chart."""
    rows = tuple(
        (name, *("N/A" if values[at] is None else f"{values[at]:,}" for _, values in chart.series))
        for at, name in enumerate(chart.categories)
    )
    columns = ("", *(name for name, _ in chart.series))
    return Table(title=chart.title, columns=columns, rows=rows, numeric=frozenset(range(1, len(columns))))


def access_columns(report: Report) -> tuple[str, ...]:
    """Return the titles of the numbers of a way of access."""
    words = ("requests", "granted", "runs")
    return tuple(f"{label}: {word}" for label in column_labels(report) for word in words)


def _section(report: Report, part: InstallationReport) -> Section:
    labels = column_labels(report)
    metrics = Table(
        title="Metrics",
        columns=("Metric", "Baseline", "How measured", *labels),
        rows=tuple((row.metric, row.baseline, row.how, *_texts(row)) for row in part.metrics),
        numeric=frozenset({1, *range(3, 3 + len(labels))}),
        notes=tuple(_notes(report, part.metrics)),
    )
    tables = [metrics]
    if part.countries:
        tables.append(_uses("Countries, by successful uses", ("Country", *labels), part.countries))
    tables.append(_uses("Ways of access", ("Way", *access_columns(report)), part.access))
    if part.outcomes:
        tables.append(_uses("Counted apart", ("What", *labels), part.outcomes))
    return Section(id=part.id, title=part.title, description=part.description, tables=tuple(tables))


def _uses(title: str, columns: tuple[str, ...], lines: Sequence[Uses]) -> Table:
    rows = tuple((line.name, *(f"{number:,}" for number in line.values)) for line in lines)
    return Table(title=title, columns=columns, rows=rows, numeric=frozenset(range(1, len(columns))))


def _texts(row: MetricRow) -> tuple[str, ...]:
    return tuple(cell.text for cell in (*row.values, row.total))


def _notes(report: Report, rows: Sequence[MetricRow]) -> Iterator[str]:
    """Yield why a figure is not known, or not all of it."""
    for row in rows:
        for label, cell in zip(column_labels(report), (*row.values, row.total), strict=True):
            if cell.why:
                yield f"{row.metric}, {label}: {cell.text} – {cell.why}."
