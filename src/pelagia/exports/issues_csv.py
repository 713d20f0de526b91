"""``issues.csv``: every finding with its file, value and remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pelagia.core.result import Issue
from pelagia.core.spreadsheet import as_cells

HEADER = ("file", "code", "severity", "objects", "value", "message", "remedy")
_ORDER = {"error": 0, "warning": 1, "note": 2}


def by_severity(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Return the findings with errors first, then warnings, then notes; else in their order."""
    return tuple(sorted(issues, key=lambda issue: _ORDER[issue.severity]))


def issues_csv(issues: Sequence[Issue]) -> bytes:
    """Return the content of ``issues.csv`` (UTF-8, comma, RFC 4180), one line a finding."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for issue in by_severity(issues):
        writer.writerow(as_cells(getattr(issue, name) for name in HEADER))
    return text.getvalue().encode()
