"""From a Result to the HTML of its report."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files as package_files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pelagia.core.result import Issue, Result
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.numbers import interval, many, percent, quantity, whole
from pelagia.exports.report.page import read_page

_PACKAGE = "pelagia.exports.report"


def report_html(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> str:
    """Return the report as one HTML page: no script, no request to the outside, the same for equal results.

    Parameters
    ----------
    result
        What the report is about.
    issues
        All findings, those of the exports among them.
    files
        The names of the files in the output folder, to which the report links.
    options
        Date, title and licence.

    Notes
    -----
    The page forbids itself scripts and every address but its own pictures by a Content-Security-Policy, so that
    a name in a foreign file cannot make it do anything.
    """
    page = read_page(result, issues=issues, files=files, options=options)
    style = (package_files(_PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
    template = _environment().get_template("report.html.j2")
    return template.render(page=page, style=style, style_hash=_hash(style)) + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "breakable": _breakable,
        "many": many,
        "percent": percent,
        "quantity": quantity,
        "sentence": _sentence,
        "whole": whole,
    }
    environment.globals |= {"interval": interval}
    return environment


def _breakable(name: str) -> Markup:
    """Let a long name break after ``_``, ``-``, ``/`` and ``.``."""
    text = escape(name)
    for sign in "_-/.":
        text = text.replace(sign, sign + Markup("<wbr>"))
    return text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hash(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
