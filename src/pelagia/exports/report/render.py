"""From a Result to the HTML of its report."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files as package_files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pelagia.core.result import Issue, Result
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.numbers import interval, many, percent, quantity, whole

_PACKAGE = "pelagia.exports.report"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of report: the module that gathers its page, its template and its styles."""

    module: str
    template: str
    styles: tuple[str, ...]


_SAMPLES = _Kind(module=f"{_PACKAGE}.page", template="report.html.j2", styles=("report.css",))
_SURVEY = _Kind(module=f"{_PACKAGE}.litter.page", template="litter.html.j2", styles=("report.css", "litter.css"))
_SURVEY_TABLES = frozenset({"pictures", "tiles", "items", "density", "cells", "survey"})
_CONSENSUS = _Kind(module=f"{_PACKAGE}.citizen.page", template="citizen.html.j2", styles=("report.css", "citizen.css"))
_CONSENSUS_TABLES = frozenset({"marks", "boxes", "annotators", "images", "split"})
_FOOTAGE = _Kind(
    module=f"{_PACKAGE}.ecosystem.page", template="ecosystem.html.j2", styles=("report.css", "ecosystem.css")
)
_FOOTAGE_TABLES = frozenset({"clips", "frames", "detections", "tracks", "time_series"})
_SPILL = _Kind(module=f"{_PACKAGE}.oilspill.page", template="oilspill.html.j2", styles=("report.css", "oilspill.css"))
_SPILL_TABLES = frozenset({"slicks"})
_KINDS = (
    (_SURVEY_TABLES, _SURVEY),
    (_CONSENSUS_TABLES, _CONSENSUS),
    (_FOOTAGE_TABLES, _FOOTAGE),
    (_SPILL_TABLES, _SPILL),
)


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
    tables = set(result.tables)
    kind = next((kind for needed, kind in _KINDS if tables >= needed), _SAMPLES)
    # Maps take libraries of their own, which no other report has to load.
    page = import_module(kind.module).read_page(result, issues=issues, files=files, options=options)
    templates = package_files(_PACKAGE) / "templates"
    style = "".join((templates / name).read_text(encoding="utf-8") for name in kind.styles)
    template = _environment().get_template(kind.template)
    return template.render(page=page, style=style, style_hash=_hash(style)) + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "breakable": _breakable,
        "many": many,
        "options": _options,
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


def _options(text: str) -> Markup:
    """Keep options such as ``--length-m`` on one line."""
    kept = Markup('<span class="option">{}</span>')
    parts = re.split(r"(--[a-z][a-z0-9-]*)", text)
    return Markup().join(kept.format(part) if part.startswith("--") else escape(part) for part in parts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hash(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
