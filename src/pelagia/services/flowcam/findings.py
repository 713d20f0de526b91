"""Findings gathered over many particles and many steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Severity
from pelagia.io.findings import finding, gather


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
