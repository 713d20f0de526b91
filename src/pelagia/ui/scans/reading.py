"""What the pages of scans say, read off the tables of a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pelagia.orders.outputs import table_in, tables_in

Record = Mapping[str, Any]
RANK: Mapping[str, int] = {"bad": 0, "look": 1, "unknown": 2, "ok": 3}
"""Verdicts, those that need a person first."""
WORDS: Mapping[str, str] = {"bad": "wrong", "look": "have a look", "unknown": "not known", "ok": "in order"}
NEEDS_A_PERSON = frozenset({"bad", "look"})
NEEDED_COLUMNS = frozenset({"scan_id", "sample_id", "verdict", "findings"})
SORTS: Mapping[str, Callable[[Record], Any]] = {
    "verdict": lambda scan: (RANK.get(scan["verdict"], 2), -(scan["findings"] or 0)),
    "scan": lambda scan: scan["scan_id"],
    "findings": lambda scan: scan["findings"],
    "organisms": lambda scan: scan["objects"],
    "several": lambda scan: scan["multiples_share"],
    "sample": lambda scan: scan["sample_id"],
    "fraction": lambda scan: scan["fraction_id"],
    "part": lambda scan: scan["sub_part"],
    "volume": lambda scan: scan["volume_m3"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """How a project stands: its verdict, how many scans need a person, how many findings are of itself."""

    name: str
    verdict: str
    scans: int
    needing: int
    findings: int


def has_scans(folder: Path) -> bool:
    """Whether a result is one of scans: it has their table with a verdict for each, their samples and checks."""
    tables = tables_in(folder)
    if not {"scans", "samples", "checks"} <= tables.keys():
        return False
    return {column.name for column in tables["scans"].columns} >= NEEDED_COLUMNS


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a result.

    Raises
    ------
    NotFound
        Where it has none of that name.
    """
    found: list[dict[str, Any]] = table_in(folder, name).read().to_pylist()
    return found


def scans_of(folder: Path) -> list[dict[str, Any]]:
    """Return the scans of a result with what the table shows of their samples."""
    volumes = {sample["sample_id"]: sample["volume_m3"] for sample in rows_of(folder, "samples")}
    return [scan | {"volume_m3": volumes.get(scan["sample_id"])} for scan in rows_of(folder, "scans")]


def needs(scan: Record) -> bool:
    """Whether a scan needs a person."""
    return scan["verdict"] in NEEDS_A_PERSON


def sorted_scans(scans: Iterable[Record], by: str, *, falling: bool) -> list[Record]:
    """Return scans in an order of :data:`SORTS`; what is not known comes last, however it is turned."""
    key = SORTS[by]
    ordered = sorted(scans, key=lambda scan: str(scan["scan_id"]))
    known = [scan for scan in ordered if key(scan) is not None]
    return sorted(known, key=key, reverse=falling) + [scan for scan in ordered if key(scan) is None]


def projects_of(scans: Sequence[Record], checks: Sequence[Record]) -> list[ProjectLine]:
    """Return how the projects of a result stand, those that need a person first."""
    verdicts: dict[str, set[str]] = {}
    findings: Counter[str] = Counter()
    for check in checks:
        verdicts.setdefault(check["project"], set()).add(check["verdict"])
        findings[check["project"]] += check["scope"] == "project" and check["verdict"] in NEEDS_A_PERSON
    lines = [
        ProjectLine(
            name=name,
            verdict=worst(told),
            scans=sum(scan["project"] == name for scan in scans),
            needing=sum(scan["project"] == name and needs(scan) for scan in scans),
            findings=findings[name],
        )
        for name, told in verdicts.items()
    ]
    return sorted(lines, key=lambda line: (RANK[line.verdict], line.name))


def worst(verdicts: Iterable[str]) -> str:
    """Return the verdict that several make together: what is not known proves nothing, and hides nothing."""
    found = set(verdicts)
    return next((verdict for verdict in ("bad", "look", "ok") if verdict in found), "unknown")


def headline(scans: Sequence[Record]) -> str:
    """Say in a sentence how many scans need a person."""
    wrong, unusual = (sum(scan["verdict"] == verdict for scan in scans) for verdict in ("bad", "look"))
    total, needing = len(scans), wrong + unusual
    if not needing:
        return "The scan is in order." if total == 1 else f"All {total} scans are in order; none needs you."
    parts = [f"{wrong} {'is' if wrong == 1 else 'are'} wrong"] if wrong else []
    parts += [f"{unusual} {'wants' if unusual == 1 else 'want'} a look"] if unusual else []
    if total == 1:
        return "The scan needs you: something is wrong." if wrong else "The scan needs you: something wants a look."
    return f"{needing} of {total} scans {'needs' if needing == 1 else 'need'} you: {', '.join(parts)}."
