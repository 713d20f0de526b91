"""One check of a scan, a sample or a project, and the verdict that many make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pelagia.core.result import Issue

Scope = Literal["scan", "sample", "project"]
Verdict = Literal["ok", "look", "bad", "unknown"]
ORDER: tuple[Verdict, ...] = ("bad", "look", "ok", "unknown")
"""The first of these that occurs is the verdict of all: what is unknown hides nothing, and proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check found.

    Parameters
    ----------
    scope, subject
        What was looked at: a scan, sample or project, and its name.
    code
        A short stable name, such as ``sieve-order``.
    verdict
        ``ok``; ``look``: unusual, a person should decide; ``bad``: wrong; ``unknown``: it could not be told.
    value, expected
        What is there and what should be, as text.
    message, remedy
        As a sentence; the remedy is empty where nothing is to be done.
    """

    scope: Scope
    subject: str
    code: str
    verdict: Verdict
    value: str
    expected: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Objects of one taxon in a scan, and how many of them show several organisms that touch."""

    objects: int
    multiples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What processing a scan gave, for the checks; of the legacy's own results where it was not processed here.

    Parameters
    ----------
    objects
        How many were measured.
    dark_share
        Of the pixels inside the frame (the legacy's B/W ratio).
    is_separated
        Whether touching organisms were looked for, and cut apart where there were any, or a separation mask was used.
    groups
        Objects by taxon.
    """

    objects: int
    dark_share: float | None = None
    is_separated: bool | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)


def verdict_of(checks: Iterable[Check]) -> Verdict:
    """Return the verdict that these checks make together; ``unknown`` where there is none."""
    found = {check.verdict for check in checks}
    return next((verdict for verdict in ORDER if verdict in found), "unknown")


def issue_check(subject: str, code: str, issue: Issue) -> Check:
    """Return the check that a finding of the reading makes: bad where it is an error, else for a person to look at."""
    verdict: Verdict = "bad" if issue.severity == "error" else "look"
    return scan_check(subject, code, verdict, issue.message, value=issue.value, remedy=issue.remedy)


def scan_check(
    subject: str,
    code: str,
    verdict: Verdict,
    message: str,
    *,
    value: object = "",
    expected: str = "",
    remedy: str = "",
    scope: Scope = "scan",
) -> Check:
    """Return a check; numbers are told without needless zeros."""
    told = f"{value:g}" if isinstance(value, float) else str(value)
    return Check(
        scope=scope,
        subject=subject,
        code=code,
        verdict=verdict,
        value=told,
        expected=expected,
        message=message,
        remedy=remedy,
    )
