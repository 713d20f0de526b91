"""Findings by how grave they are and of which kind, so that a hundred of one kind read as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pelagia.core.result import Issue, Severity

_TITLES: tuple[tuple[Severity, str], ...] = (
    ("error", "Could not be processed"),
    ("warning", "Processed, but have a look"),
    ("note", "Good to know"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Findings of one code."""

    code: str
    issues: tuple[Issue, ...]
    objects: int
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings of one severity."""

    severity: Severity
    title: str
    kinds: tuple[Kind, ...]
    number: int


def group_findings(issues: Sequence[Issue]) -> tuple[Group, ...]:
    """Return the groups that are not empty, the gravest first, in each the kind that cost most objects first."""
    groups = []
    for severity, title in _TITLES:
        own = [issue for issue in issues if issue.severity == severity]
        if own:
            groups.append(Group(severity=severity, title=title, kinds=_kinds(own), number=len(own)))
    return tuple(groups)


def _kinds(issues: Sequence[Issue]) -> tuple[Kind, ...]:
    kinds = []
    for code in dict.fromkeys(issue.code for issue in issues):
        own = tuple(issue for issue in issues if issue.code == code)
        remedies = tuple(dict.fromkeys(issue.remedy for issue in own))
        kinds.append(Kind(code=code, issues=own, objects=sum(issue.objects for issue in own), remedies=remedies))
    return tuple(sorted(kinds, key=lambda kind: -kind.objects))
