"""Findings: from an error that stopped one file to a line of the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Severity


def finding(error: PelagiaError, *, severity: Severity = "error", objects: int = 0) -> Issue:
    """Return the finding that an error about one file makes.

    Parameters
    ----------
    error
        What was raised.
    severity
        ``error`` where the file could not be processed.
    objects
        How many objects were lost or touched by it.
    """
    return Issue(
        file=error.file,
        code=error.code,
        message=error.what,
        remedy=error.remedy,
        value=error.value,
        severity=severity,
        objects=objects,
    )


def gather(issues: Iterable[Issue], above: int = 20) -> tuple[Issue, ...]:
    """Merge findings that many files share, so that a report stays readable.

    Parameters
    ----------
    issues
        Findings in order.
    above
        Codes found in more files than this are told once, with the count and the first file.

    Returns
    -------
    tuple of Issue
        In the order of their first appearance; ``objects`` are summed, so none is lost.
    """
    groups: dict[tuple[str, Severity], list[Issue]] = {}
    for issue in issues:
        groups.setdefault((issue.code, issue.severity), []).append(issue)
    merged: list[Issue] = []
    for group in groups.values():
        merged.extend(group if len(group) <= above else [_merged(group)])
    return tuple(merged)


def _merged(group: list[Issue]) -> Issue:
    first = group[0]
    return replace(
        first,
        message=f"{first.message} (and likewise in {len(group) - 1:,} further files)",
        objects=sum(issue.objects for issue in group),
    )
