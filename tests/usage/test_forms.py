"""A page, a document, a table and data carry the same figures."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import docx
import pytest
from tests.usage.conftest import START, make_report

from pelagia.runtime.runner import Runtime
from pelagia.usage.baseline import BaselineRow
from pelagia.usage.forms import FORMS, MEDIA_TYPES, render
from pelagia.usage.installations import Installation, Project
from pelagia.usage.layout import chart_table, quality, sections
from pelagia.usage.report import Report

Rows = list[list[str]]


class _Tables(HTMLParser):
    """Reads every table of a page: rows of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Rows] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._text is not None:
            self.tables[-1][-1].append("".join(self._text))
            self._text = None


def expected(report: Report) -> list[Rows]:
    tables = [table for section in sections(report) for table in section.tables]
    tables += [*map(chart_table, report.charts), quality(report)]
    return [[list(table.columns), *map(list, table.rows)] for table in tables]


def test_the_page_has_every_table(report: Report) -> None:
    parser = _Tables()
    parser.feed(render(report, "html").decode())
    assert parser.tables == expected(report)


def test_the_document_has_every_table_under_a_heading(report: Report) -> None:
    document = docx.Document(io.BytesIO(render(report, "docx")))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    described = len(report.installations)
    assert len(tables) == len(expected(report)) + described
    for table in expected(report):
        assert table in tables
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name.startswith("Heading")]
    assert headings.count("Metrics") == described and headings[-1] == "Data quality"
    assert len(document.inline_shapes) == len(report.charts) >= 3


def plain(text: str) -> str:
    return text.replace(",", "")


def test_the_table_has_every_figure(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(render(report, "csv").decode())))
    labels = ["M13-M24", "M25-M36", "Total"]
    found = {(row["installation"], row["metric"]): [row[label] for label in labels] for row in rows}
    metrics = [("all installations", row) for row in report.summary]
    metrics += [(part.id, row) for part in report.installations for row in part.metrics]
    for name, row in metrics:
        texts = [cell.text if isinstance(cell.value, tuple) else plain(cell.text) for cell in (*row.values, row.total)]
        assert found[name, row.metric] == texts
    for part in report.installations:
        for country in part.countries:
            assert found[part.id, f"successful uses from {country.name}"] == list(map(str, country.values))
        for way in part.access:
            assert found[part.id, f"{way.name}: runs"] == list(map(str, way.values[2::3]))
    remarks = [row["remark"] for row in rows]
    assert all(finding.text in remarks for finding in report.findings)


def test_the_data_have_every_figure_and_its_text(report: Report) -> None:
    data = json.loads(render(report, "json"))
    assert [period["label"] for period in data["periods"]] == ["M13-M24", "M25-M36"]
    for part, stated in zip(report.installations, data["installations"], strict=True):
        assert stated["id"] == part.id
        for row, written in zip(part.metrics, stated["metrics"], strict=True):
            assert [cell["text"] for cell in (*written["values"], written["total"])] == [
                cell.text for cell in (*row.values, row.total)
            ]
            values = [
                tuple(cell["value"]) if isinstance(cell["value"], list) else cell["value"] for cell in written["values"]
            ]
            assert values == [cell.value for cell in row.values]
    assert len(data["findings"]) == len(report.findings)


@pytest.mark.parametrize("form", FORMS)
def test_equal_reports_are_equal_to_the_byte(report: Report, form: str) -> None:
    assert form in MEDIA_TYPES
    assert render(report, form) == render(report, form)


def test_a_page_asks_nothing_of_the_outside(report: Report) -> None:
    text = render(report, "html").decode()
    assert "<script" not in text and "http://" not in text and "https://" not in text and "style=" not in text
    assert "default-src 'none'" in text and text.count('<svg role="img" aria-label=') == len(report.charts)


def test_what_is_not_known_is_never_drawn_as_nothing(report: Report) -> None:
    (processed,) = [chart for chart in report.charts if chart.title == "How much was processed?"]
    assert processed.kind == "dots" and processed.series[1][1][processed.categories.index("deep")] is None
    page = render(report, "html").decode()
    svg = page[page.index('aria-label="How much') :]
    assert ">N/A</text>" in svg[: svg.index("</svg>")]


def test_a_hostile_name_does_nothing(streamed: Runtime, baseline: tuple[BaselineRow, ...]) -> None:
    name = '$x^2_ $ <script>alert(1)</script>\x0b&amp; "quoted"'
    installation = Installation(id="cell", title=name, task=name)
    project = Project(title=name, project_start=START, installations=(installation,))
    hostile = make_report(streamed, baseline, project)
    page = render(hostile, "html").decode()
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    document = docx.Document(io.BytesIO(render(hostile, "docx")))
    assert document.paragraphs[0].text == name.replace("\x0b", "\N{REPLACEMENT CHARACTER}")
