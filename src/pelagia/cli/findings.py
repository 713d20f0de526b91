"""Findings on the terminal: how many of each kind, and the worst of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from pelagia.cli.words import count, sentence
from pelagia.core.result import Issue, Severity

MOST_SHOWN = 5
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def tell_issues(issues: Sequence[Issue], *, all_in: str = "") -> None:
    """Say what was found; nothing where there is nothing.

    Parameters
    ----------
    issues
        The findings; only the worst are shown.
    all_in
        The file that has all of them.
    """
    if not issues:
        return
    counts = Counter(issue.severity for issue in issues)
    told = ", ".join(count(counts[one], one, f"{one}s") for one in SEVERITIES if counts[one])
    click.echo(f"  Findings: {told}")
    for issue in sorted(issues, key=lambda issue: SEVERITIES.index(issue.severity))[:MOST_SHOWN]:
        where = f"{issue.file}: " if issue.file else ""
        click.echo(f"    {issue.severity}: {where}{sentence(issue.message)} {sentence(issue.remedy)}")
    if len(issues) > MOST_SHOWN:
        click.echo(f"    … and {len(issues) - MOST_SHOWN} more" + (f"; all are in {all_in}" if all_in else ""))
