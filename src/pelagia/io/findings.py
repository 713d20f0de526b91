"""Findings: from an error that stopped one file to a line of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

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


class Findings:
    """Findings, merged where file, code and value agree, with the number of objects added up."""

    def __init__(self, issues: Iterable[Issue] = ()) -> None:
        self._merged: dict[tuple[str, str, str], Issue] = {}
        self.add_all(issues)

    def add_all(self, issues: Iterable[Issue]) -> None:
        """Take further findings."""
        for issue in issues:
            self.add(issue)

    def add(self, issue: Issue) -> None:
        """Take one more finding."""
        key = (issue.code, issue.file, issue.value)
        known = self._merged.get(key)
        self._merged[key] = issue if known is None else replace(known, objects=known.objects + issue.objects)

    def add_error(self, error: PelagiaError, *, objects: int = 1, severity: Severity = "error") -> None:
        """Take an error as a finding that cost ``objects`` particles."""
        self.add(finding(error, objects=objects, severity=severity))

    def add_records(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take findings that travelled through a step as dictionaries."""
        for record in records:
            self.add(Issue(**record))

    def records(self) -> list[dict[str, Any]]:
        """Return all findings as dictionaries, for the value of a step."""
        return [asdict(issue) for issue in self._merged.values()]

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings by code and file; those that many files share are told once, with their number."""
        return gather(self._merged[key] for key in sorted(self._merged))
