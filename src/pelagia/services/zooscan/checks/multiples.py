"""Checks of how many objects still show several organisms that touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pelagia.services.zooscan.checks.check import Check, Group, Measured, Scope, scan_check

MAX_SHARE = 0.20
MAX_SHARE_OF_GROUP = 0.15
LEAST_OBJECTS = 20
"""Below this a share of multiples says nothing of a group."""


def check_multiples(project: str, measured: Mapping[str, Measured]) -> Iterator[Check]:
    """Check that less than 20 % of all objects, and less than 15 % of each taxon, are multiples.

    Parameters
    ----------
    project
        Its name.
    measured
        What processing gave, by scan.
    """
    for scan_id, result in measured.items():
        if result.groups:
            yield _share(scan_id, "multiples", result.groups.values(), MAX_SHARE, "scan", "objects")
    totals: dict[str, Group] = defaultdict(lambda: Group(objects=0))
    for result in measured.values():
        for name, group in result.groups.items():
            known = totals[name]
            totals[name] = Group(objects=known.objects + group.objects, multiples=known.multiples + group.multiples)
    if not totals:
        return
    yield _share(project, "multiples", totals.values(), MAX_SHARE, "project", "objects")
    for name, group in sorted(totals.items()):
        if group.objects >= LEAST_OBJECTS:
            yield _share(project, "multiples-of-group", [group], MAX_SHARE_OF_GROUP, "project", name)


def _share(subject: str, code: str, groups: Iterable[Group], most: float, scope: Scope, what: str) -> Check:
    told = list(groups)
    objects, multiples = sum(one.objects for one in told), sum(one.multiples for one in told)
    share = multiples / objects if objects else 0.0
    is_fine = share < most
    return scan_check(
        subject,
        code,
        "ok" if is_fine else "look",
        f"Few {what} show several organisms." if is_fine else f"Many {what} show several organisms that touch.",
        value=f"{share:.1%} ({multiples} of {objects})",
        expected=f"less than {most:.0%}",
        remedy="" if is_fine else "Separate them, or scan a smaller split.",
        scope=scope,
    )
