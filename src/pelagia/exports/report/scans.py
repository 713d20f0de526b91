"""What is said of each scan: its verdict, what was cut on it, and the checks that ask for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.report.net_samples import part_text
from pelagia.exports.report.numbers import many, whole
from pelagia.exports.tables import records

Verdict = Literal["ok", "look", "bad", "unknown"]

VERDICTS: Mapping[Verdict, str] = {
    "bad": "not in order",
    "look": "to be looked at",
    "unknown": "not checked",
    "ok": "in order",
}
"""In words, the gravest first."""
SCANS_AT_MOST = 200
"""More scans than this are left to the table."""
_NEEDS_A_PERSON = ("bad", "look")
_SCAN_COLUMNS = (
    *("scan_id", "sample_id", "fraction_id", "sub_part", "verdict", "objects", "multiples", "cut_objects"),
    *("multiples_share", "findings", "measured_from"),
)
_CHECK_COLUMNS = ("scope", "subject", "code", "verdict", "value", "expected", "message", "remedy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan of the report; ``source`` says so where its objects are not those of its picture."""

    scan_id: str
    source: str
    part: str
    verdict: Verdict
    objects: int | None
    multiples: int | None
    cut_objects: int | None
    findings: int | None

    @property
    def words(self) -> str:
        """The verdict in words."""
        return VERDICTS[self.verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that a check asks a person to look at."""

    subject: str
    message: str
    value: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckKind:
    """What one check found, all together."""

    code: str
    verdict: Verdict
    message: str
    remedy: str
    found: tuple[Checked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """All scans: ``rows`` the gravest verdict first, ``verdicts`` how many there are of each."""

    rows: tuple[Scan, ...]
    left_out: int
    verdicts: tuple[tuple[Verdict, str, int], ...]
    kinds: tuple[CheckKind, ...]
    separation: str

    @property
    def to_look_at(self) -> int:
        """How many scans ask for a person."""
        return sum(number for verdict, _, number in self.verdicts if verdict in _NEEDS_A_PERSON)

    @property
    def needs_you(self) -> bool:
        """Whether anything asks for a person."""
        return bool(self.kinds) or self.to_look_at > 0


def read_scans(result: Result) -> Scans | None:
    """Return what is to be said of the scans of a result; ``None`` where it has none."""
    table, cuts = result.tables.get("scans"), result.tables.get("cuts")
    if table is None or "scan_id" not in {column.name for column in table.columns}:
        return None
    rows = list(records(table, _SCAN_COLUMNS))
    order = list(VERDICTS)
    scans = sorted((_scan(row) for row in rows), key=lambda scan: order.index(scan.verdict))
    numbers = Counter(scan.verdict for scan in scans)
    return Scans(
        rows=tuple(scans[:SCANS_AT_MOST]),
        left_out=max(0, len(scans) - SCANS_AT_MOST),
        verdicts=tuple((verdict, VERDICTS[verdict], numbers[verdict]) for verdict in VERDICTS if numbers[verdict]),
        kinds=_kinds(result.tables.get("checks")),
        separation=_separation(rows, cuts),
    )


def _scan(row: Mapping[str, Any]) -> Scan:
    return Scan(
        scan_id=row["scan_id"],
        source=_SOURCES.get(row["measured_from"], ""),
        part=part_text(row),
        verdict=row["verdict"] if row["verdict"] in VERDICTS else "unknown",
        objects=row["objects"],
        multiples=row["multiples"],
        cut_objects=row["cut_objects"],
        findings=row["findings"],
    )


def _kinds(checks: Table | None) -> tuple[CheckKind, ...]:
    """Return the checks that ask for a person by kind, the gravest first, then the one that found most."""
    groups: dict[tuple[Verdict, str], list[dict[str, Any]]] = {}
    for row in records(checks, _CHECK_COLUMNS) if checks is not None else ():
        if row["verdict"] in _NEEDS_A_PERSON:
            groups.setdefault((row["verdict"], row["code"]), []).append(row)
    kinds = [
        CheckKind(
            code=code,
            verdict=verdict,
            message=own[0]["message"],
            remedy=own[0]["remedy"] or "",
            found=tuple(_checked(row) for row in own),
        )
        for (verdict, code), own in groups.items()
    ]
    return tuple(sorted(kinds, key=lambda kind: (_NEEDS_A_PERSON.index(kind.verdict), -len(kind.found))))


def _checked(row: Mapping[str, Any]) -> Checked:
    scope = "" if row["scope"] == "scan" else f"{row['scope']} "
    return Checked(
        subject=f"{scope}{row['subject']}",
        message=row["message"],
        value=row["value"] or "",
        expected=row["expected"] or "",
    )


def _separation(scans: Sequence[Mapping[str, Any]], cuts: Table | None) -> str:
    """Say how many objects were taken for several organisms, how many were cut, and by whom."""
    if not any(row["objects"] for row in scans):
        return "No object was measured."
    multiples = sum(row["multiples"] or 0 for row in scans)
    cut = sum(row["cut_objects"] or 0 for row in scans)
    still = round(sum((row["multiples_share"] or 0.0) * (row["objects"] or 0) for row in scans))
    if not multiples and not cut:
        return "No object was taken for several organisms that touch, and none was cut."
    drawn = _drawn_by(cuts)
    by = f" ({', '.join(f'{whole(number)} by {who}' for who, number in drawn)})" if drawn else ""
    return (
        f"{many(multiples, 'object was', 'objects were')} taken for several organisms that touch; {whole(cut)}"
        f" {'was' if cut == 1 else 'were'} cut{by}. After that {whole(still)} {'is' if still == 1 else 'are'} still"
        " taken for several."
    )


def _drawn_by(cuts: Table | None) -> list[tuple[str, int]]:
    """Return who drew the lines along which objects were cut: with how many objects."""
    sources: dict[str, set[str]] = {}
    for row in records(cuts, ("object_id", "source", "applied")) if cuts is not None else ():
        if row["applied"]:
            sources.setdefault(row["source"] or "no one known", set()).add(row["object_id"])
    return [(_WHO.get(source, source), len(objects)) for source, objects in sorted(sources.items())]


_SOURCES = {"table": "measured by ZooProcess, its picture is gone", "nothing": "nothing to measure, checked only"}
_WHO = {"model": "the model", "watershed": "watershed", "person": "a person", "mask": "the separation mask"}
