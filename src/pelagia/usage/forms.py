"""The forms a report is given out in: a page, a document, a table, data; all from the same figures."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Literal, cast, get_args

from pelagia.core.spreadsheet import as_cells
from pelagia.usage.layout import ALL, access_columns, column_labels
from pelagia.usage.report import Cell, MetricRow, Report, Uses

Form = Literal["html", "docx", "csv", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
MEDIA_TYPES: dict[Form, str] = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def render(report: Report, form: Form) -> bytes:
    """Return a report in a form.

    Parameters
    ----------
    report
        The figures.
    form
        Which: ``html``, ``docx``, ``csv`` or ``json``.
    """
    if form == "csv":
        return report_csv(report).encode()
    if form == "json":
        return report_json(report).encode()
    # Only who wants a page or a document loads what draws it.
    module = importlib.import_module({"html": "pelagia.usage.page", "docx": "pelagia.usage.document"}[form])
    return cast("bytes", module.render(report))


def report_csv(report: Report) -> str:
    """Return a report as one table: figures without separators, ``N/A`` where there is none."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(("installation", "metric", "baseline", *column_labels(report), "how measured", "remark"))
    writer.writerows(map(as_cells, _lines(report)))
    return sink.getvalue()


def _lines(report: Report) -> Iterator[tuple[str, ...]]:
    nothing = ("",) * len(column_labels(report))
    for row in report.summary:
        yield (ALL, *_metric(row))
    for part in report.installations:
        for label, text in part.description:
            yield (part.id, label, "", *nothing, "", text)
        for row in part.metrics:
            yield (part.id, *_metric(row))
        for country in part.countries:
            yield (part.id, f"successful uses from {country.name}", "", *map(str, country.values), "", "")
        for way in part.access:
            for word, values in _ways(report, way):
                yield (part.id, f"{way.name}: {word}", "", *values, "", "")
        for line in part.outcomes:
            yield (part.id, line.name, "", *map(str, line.values), "", "")
    for finding in report.findings:
        installation, _, metric = finding.where.partition(", ")
        yield (installation or ALL, ", ".join(filter(None, ("data quality", metric))), "", *nothing, "", finding.text)


def _metric(row: MetricRow) -> tuple[str, ...]:
    cells = (*row.values, row.total)
    remarks = dict.fromkeys(cell.why for cell in cells if cell.why)
    return (row.metric, row.baseline.replace(",", ""), *map(_plain, cells), row.how, "; ".join(remarks))


def _plain(cell: Cell) -> str:
    return cell.text.replace(",", "") if isinstance(cell.value, int) else cell.text


def _ways(report: Report, way: Uses) -> Iterator[tuple[str, tuple[str, ...]]]:
    titles = [title.partition(": ")[2] for title in access_columns(report)[:3]]
    for at, title in enumerate(titles):
        yield title, tuple(map(str, way.values[at::3]))


def report_json(report: Report) -> str:
    """Return a report as data: its typed figures, each with the text that the other forms show."""
    data = asdict(report)
    for period, stated in zip(report.periods, data["periods"], strict=True):
        stated["label"] = period.label
    _put_texts(data, report)
    return json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n"


def _put_texts(data: dict[str, object], report: Report) -> None:
    rows = [*report.summary, *(row for part in report.installations for row in part.metrics)]
    summary = cast("list[dict[str, object]]", data["summary"])
    parts = cast("list[dict[str, list[dict[str, object]]]]", data["installations"])
    for row, stated in zip(rows, [*summary, *(one for part in parts for one in part["metrics"])], strict=True):
        cells = [*cast("list[dict[str, object]]", stated["values"]), cast("dict[str, object]", stated["total"])]
        for cell, written in zip((*row.values, row.total), cells, strict=True):
            written["text"] = cell.text
