"""Findings about the rows of one table: like ones are counted, not repeated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pelagia.core.result import Issue, Severity


@dataclass(slots=True)
class Tally:
    """The findings about one file; the first value of each kind is kept, and how many objects it touched.

    Parameters
    ----------
    file
        The file they are about.
    """

    file: str
    _found: dict[tuple[str, str], Issue] = field(default_factory=dict)

    def add(
        self,
        code: str,
        message: str,
        *,
        remedy: str,
        value: object = "",
        severity: Severity = "warning",
        objects: int = 1,
    ) -> None:
        """Count a finding; ``message`` is the same for all findings of its kind."""
        known = self._found.get((code, message))
        if known is not None:
            self._found[code, message] = replace(known, objects=known.objects + objects)
            return
        self._found[code, message] = Issue(
            file=self.file,
            code=code,
            message=message,
            remedy=remedy,
            value=str(value)[:200],
            severity=severity,
            objects=objects,
        )

    def take(self, issues: Iterable[Issue]) -> None:
        """Take findings about another file as they are."""
        for issue in issues:
            self._found[issue.file + issue.code, issue.message] = issue

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings in the order in which they first appeared."""
        return tuple(self._found.values())
