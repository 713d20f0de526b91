"""From a Result to the HTML of its report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pelagia.core.result import Issue, Result
from pelagia.exports.outcome import ExportOptions


def report_html(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> str:
    """Return the report as one HTML page without scripts or outside requests."""
    figures = "".join(
        f"<tr><th scope=row>{escape(figure.description)}</th>"
        f"<td>{escape(str(figure.value))} {escape(figure.unit)}</td></tr>"
        for figure in result.summary.values()
    )
    findings = "".join(
        f"<li>{escape(issue.file)}: {escape(issue.message, quote=True)} {escape(issue.remedy)}</li>" for issue in issues
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Pelagia report</title>"
        f"<h1>Report</h1><table>{figures}</table><h2>Findings</h2><ul>{findings}</ul>"
    )
