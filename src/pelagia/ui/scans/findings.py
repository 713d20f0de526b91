"""What the checks of a result found, by scan, sample and project, and where each can be put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pelagia.ui.scans.reading import NEEDS_A_PERSON, RANK, worst

Record = Mapping[str, Any]
SCOPES = ("project", "sample", "scan")
FIELD_OF: Mapping[str, tuple[str, str]] = {
    "sieve-order": ("scan", "min_mesh_um"),
    "sieve-same": ("scan", "min_mesh_um"),
    "sieve-chain": ("scan", "min_mesh_um"),
    "sub-part": ("scan", "sub_part"),
    "sub-part-varies": ("scan", "sub_part"),
    "sub-part-order": ("scan", "sub_part"),
    "object-count": ("scan", "sub_part"),
    "volume": ("sample", "volume_m3"),
    "position": ("sample", "latitude"),
    "tow-length": ("sample", "longitude_end"),
    "longitude-sign": ("sample", "longitude"),
    "depths": ("sample", "depth_max_m"),
    "sampled-at": ("sample", "sampled_at_utc"),
}
"""Check → the field that it is about: of a scan or a sample, and its column."""
SPELT: Sequence[tuple[str, str]] = (("scan", "operator"), ("scan", "sub_method"), ("sample", "net_type"))
"""Names that the check of the spelling compares."""
TOUCHING = frozenset({"multiples", "multiples-of-group", "separation-mask", "separation-included"})
"""Checks of how organisms that touch were separated."""
SEEN = frozenset({"dark-share", "frame", "scan-size", "object-count"})
"""Checks whose reason is seen on the scan itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, with links to where it can be put right: (words, address)."""

    check: Record
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The checks of one scan, sample or project: those that need a person, and the others."""

    scope: str
    subject: str
    verdict: str
    findings: tuple[Finding, ...]
    others: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The scans and samples of a result, to find the one a check is about."""

    here: str
    scans: Sequence[Record]
    samples: Sequence[Record]
    labels: Mapping[tuple[str, str], str]

    def links(self, check: Record) -> tuple[tuple[str, str], ...]:
        """Return where a finding can be put right."""
        links = [link] if (link := self._field(check)) else []
        mine = self.scans_of(check)
        if check["scope"] == "scan" and mine:
            name = quote(str(mine[0]["scan_id"]), safe="")
            if check["code"] in TOUCHING:
                links.append(("Separate what touches", f"{self.here}/{name}/separate"))
            if check["code"] in SEEN:
                links.append(("Look at the scan", f"{self.here}/{name}/view"))
        return tuple(links)

    def scans_of(self, check: Record) -> list[Record]:
        """Return the scans a check is about."""
        scope, subject = check["scope"], str(check["subject"])
        if scope == "project":
            return [scan for scan in self.scans if scan["project"] == check["project"]]
        if scope == "scan":
            return [scan for scan in self.scans if scan["scan_id"] == subject]
        exact = [scan for scan in self.scans if scan["sample_id"] == subject]
        # Fractions of one sample may be told under what their names have in common.
        return exact or [scan for scan in self.scans if str(scan["scan_id"]).startswith(f"{subject}_")]

    def _field(self, check: Record) -> tuple[str, str] | None:
        if check["code"] == "spelling":
            return self._spelt(str(check["value"]))
        if check["code"] not in FIELD_OF:
            return None
        kind, field = FIELD_OF[check["code"]]
        mine = self.scans_of(check)
        return self._link(kind, str(mine[0][f"{kind}_id"]), field) if mine else None

    def _spelt(self, value: str) -> tuple[str, str] | None:
        """Find where the first of the names stands that are hardly different."""
        first = value.partition(" / ")[0]
        for kind, field in SPELT:
            for row in self.scans if kind == "scan" else self.samples:
                if row[field] == first:
                    return self._link(kind, str(row[f"{kind}_id"]), field)
        return None

    def _link(self, kind: str, name: str, field: str) -> tuple[str, str]:
        asked = urlencode({"subject": f"{kind}:{name}", "field": field})
        return f"Correct: {self.labels[kind, field]}", f"{self.here}/metadata?{asked}"


def group_checks(checks: Iterable[Record], rows: Rows) -> list[Group]:
    """Return the checks by what they are about; projects, then samples, then scans, each those first that need you."""
    told: dict[tuple[str, str], list[Record]] = {}
    for check in checks:
        told.setdefault((check["scope"], check["subject"]), []).append(check)
    groups = [_group(scope, subject, mine, rows) for (scope, subject), mine in told.items()]
    return sorted(groups, key=lambda group: (SCOPES.index(group.scope), RANK[group.verdict], group.subject))


def _group(scope: str, subject: str, checks: Sequence[Record], rows: Rows) -> Group:
    ordered = sorted(checks, key=lambda check: RANK[check["verdict"]])
    return Group(
        scope=scope,
        subject=subject,
        verdict=worst(check["verdict"] for check in checks),
        findings=tuple(
            Finding(check=check, links=rows.links(check)) for check in ordered if check["verdict"] in NEEDS_A_PERSON
        ),
        others=tuple(check for check in ordered if check["verdict"] not in NEEDS_A_PERSON),
    )
