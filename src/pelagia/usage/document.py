"""A report as a document for a word processor: real headings and tables, charts as pictures."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from pelagia.usage.layout import Table, chart_table, facts, printable, quality, sections
from pelagia.usage.pictures import chart_png
from pelagia.usage.report import Chart, Report

TABLE_STYLE = "Light Grid Accent 1"


def render(report: Report) -> bytes:
    """Return a report as a DOCX file.

    Parameters
    ----------
    report
        The figures.
    """
    document = docx.Document()
    _set_page(document)
    _set_properties(document, report)
    document.add_heading(printable(report.title), 0)
    for fact in facts(report):
        document.add_paragraph(fact)
    for section in sections(report):
        document.add_heading(printable(section.title), 1)
        if section.description:
            _add_description(document, section.description)
        for table in section.tables:
            document.add_heading(table.title, 2)
            _add_table(document, table)
    if report.charts:
        document.add_heading("Charts", 1)
    for chart in report.charts:
        _add_chart(document, chart)
    document.add_heading("Data quality", 1)
    document.add_paragraph(
        "What is not known is N/A, never 0. “≥” stands before a figure of which some part is not known."
    )
    _add_table(document, quality(report))
    sink = io.BytesIO()
    document.save(sink)
    return _without_times(sink)


def _without_times(archive: io.BytesIO) -> bytes:
    """Return a DOCX file whose parts do not tell when they were packed, so that equal reports have equal bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(zipfile.ZipInfo(part.filename), source.read(part), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _set_page(document: Any) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(page, side, Cm(1.8))
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10)


def _set_properties(document: Any, report: Report) -> None:
    made = report.made_at.replace(tzinfo=None)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = printable(report.title)[:255], "Pelagia", ""
    properties.created = properties.modified = made


def _add_description(document: Any, description: tuple[tuple[str, str], ...]) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, text in description:
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(label).bold = True
        cells[1].paragraphs[0].add_run(printable(text))


def _add_table(document: Any, data: Table) -> None:
    table = document.add_table(rows=1, cols=len(data.columns), style=TABLE_STYLE)
    _repeat_on_each_page(table.rows[0])
    for row in (data.columns, *data.rows):
        cells = table.rows[0].cells if row is data.columns else table.add_row().cells
        for at, text in enumerate(row):
            paragraph = cells[at].paragraphs[0]
            paragraph.add_run(printable(text)).font.size = Pt(8.5)
            if at in data.numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for note in data.notes:
        document.add_paragraph().add_run(printable(note)).font.size = Pt(8.5)


def _repeat_on_each_page(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _add_chart(document: Any, chart: Chart) -> None:
    document.add_heading(chart.title, 2)
    document.add_paragraph(chart.unit + (", logarithmic scale" if chart.kind == "dots" else ""))
    picture = document.add_picture(io.BytesIO(chart_png(chart)), width=Cm(17))
    picture._inline.docPr.set("descr", f"{chart.title} The numbers stand in the table below.")
    _add_table(document, chart_table(chart))
