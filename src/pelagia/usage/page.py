"""A report as one HTML page: it needs no other file, asks nothing of the outside, and prints on A4."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files as package_files

from jinja2 import Environment, PackageLoader, StrictUndefined

from pelagia.usage.layout import chart_table, facts, quality, sections
from pelagia.usage.report import Report
from pelagia.usage.svg import chart_svg

_PACKAGE = "pelagia.usage"


def render(report: Report) -> bytes:
    """Return a report as an HTML page.

    Parameters
    ----------
    report
        The figures.

    Notes
    -----
    The page forbids itself scripts and every address by a Content-Security-Policy.
    """
    style = (package_files(_PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.get_template("report.html.j2").render(
        report=report,
        facts=facts(report),
        sections=sections(report),
        quality=quality(report),
        charts=[(chart, chart_svg(chart), chart_table(chart)) for chart in report.charts],
        style=style,
        style_hash=f"sha256-{digest}",
    )
    return (text + "\n").encode()
