"""The quality control of a run: the checks of its projects, with what was measured and corrected in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Column, Table
from pelagia.io.findings import Findings
from pelagia.io.zooscan.metadata import SampleMetadata, ScanMetadata
from pelagia.io.zooscan.scans import Project, Scan
from pelagia.services.zooscan.checks import Group, Measured, check_project
from pelagia.services.zooscan.inventory import SAMPLE_FIELDS, find_scans
from pelagia.services.zooscan.service import ZooScanParams

Record = dict[str, Any]
MADE_BY_CHECKS = frozenset({"quality-control"})
"""Findings that checking makes."""
CHECK_COLUMNS: tuple[Column, ...] = (
    Column(name="project", type=pa.string(), description="The project"),
    Column(name="scope", type=pa.string(), description="What was looked at: scan, sample or project"),
    Column(name="subject", type=pa.string(), description="Its name"),
    Column(name="code", type=pa.string(), description="Which check"),
    Column(name="verdict", type=pa.string(), description="ok; look: a person should; bad: wrong; unknown"),
    Column(name="value", type=pa.string(), description="What is there"),
    Column(name="expected", type=pa.string(), description="What should be"),
    Column(name="message", type=pa.string(), description="As a sentence"),
    Column(name="remedy", type=pa.string(), description="What can be done"),
)
NEEDS_A_PERSON = frozenset({"look", "bad"})


def check_scans(
    request: Request[ZooScanParams],
    scans: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
    objects_path: str,
) -> dict[str, list[Record]]:
    """Check: the step that makes the rows of ``checks``, and gives every scan its verdict.

    Parameters
    ----------
    request
        The request; its inputs are looked at again for what no table holds.
    scans, samples
        Rows of these tables, corrections included.
    objects_path
        The table ``objects``.

    Returns
    -------
    dict
        ``checks``; ``scans``: the rows with ``verdict`` and ``findings``; ``issues``.
    """
    measured = _measured(scans, objects_path)
    by_scan = {scan["scan_id"]: scan for scan in scans}
    by_sample = {sample["sample_id"]: sample for sample in samples}
    verdicts: dict[str, str] = {}
    checks: list[Record] = []
    for project in _projects(request, by_scan, by_sample):
        mine = {one.scan_id: measured[one.scan_id] for one in project.scans if one.scan_id in measured}
        report = check_project(project, mine)
        verdicts |= dict(report.scans)
        checks += [{"project": report.name, **asdict(check)} for check in report.checks]
    wrong = Counter(check["subject"] for check in checks if check["verdict"] in NEEDS_A_PERSON)
    judged = [
        {
            **scan,
            "verdict": verdicts.get(scan["scan_id"], "unknown"),
            "findings": wrong[scan["scan_id"]] + wrong[scan["sample_id"]],
        }
        for scan in scans
    ]
    return {"checks": checks, "scans": judged, "issues": [asdict(issue) for issue in _issues(judged)]}


def _projects(
    request: Request[ZooScanParams], scans: Mapping[str, Mapping[str, Any]], samples: Mapping[str, Mapping[str, Any]]
) -> Iterable[Project]:
    """Return the projects with the scans of this result, as they stand with the corrections."""
    found: dict[tuple[str, str], tuple[Project, list[Scan]]] = {}
    for one in find_scans(request, Findings()):
        if one.scan.scan_id in scans:
            key = (one.project.uri, one.project.root)
            corrected = _corrected(one.scan, scans[one.scan.scan_id], samples[one.scan.sample_id])
            found.setdefault(key, (one.project, []))[1].append(corrected)
    return [replace(project, scans=tuple(mine)) for project, mine in found.values()]


def _corrected(scan: Scan, row: Mapping[str, Any], sample: Mapping[str, Any]) -> Scan:
    """Return a scan with the values of the tables, which may differ from what its files say."""
    metadata = scan.metadata or ScanMetadata(scan_id=scan.scan_id, sample_id=scan.sample_id)
    told = scan.sample or SampleMetadata(sample_id=scan.sample_id)
    written = {
        "fracmin": row["min_mesh_um"],
        "fracsup": row["max_mesh_um"],
        "fracnb": row["sub_part"],
        "scanop": row["operator"],
    }
    return replace(
        scan,
        metadata=replace(
            metadata,
            operator=row["operator"],
            fraction_id=row["fraction_id"],
            mesh_min_um=row["min_mesh_um"],
            mesh_max_um=row["max_mesh_um"],
            sub_part=row["sub_part"],
            sub_method=row["sub_method"],
            observation=row["comment"],
            written={**metadata.written, **_changed(written, metadata)},
        ),
        sample=replace(
            told,
            sampled_at=_moment(sample["sampled_at_utc"]),
            latitude_deg=sample["latitude"],
            longitude_deg=sample["longitude"],
            volume_m3=sample["volume_m3"],
            **{field: sample[column] for column, field in SAMPLE_FIELDS.items()},
        ),
    )


def _changed(written: Mapping[str, Any], metadata: ScanMetadata) -> dict[str, str]:
    """Return the texts of values that were corrected; the others stay as they were written."""
    before = {
        "fracmin": metadata.mesh_min_um,
        "fracsup": metadata.mesh_max_um,
        "fracnb": metadata.sub_part,
        "scanop": metadata.operator,
    }
    return {
        key: f"{value:g}" if isinstance(value, float) else str(value)
        for key, value in written.items()
        if value is not None and value != before[key]
    }


def _measured(scans: Sequence[Mapping[str, Any]], objects_path: str) -> dict[str, Measured]:
    objects: Counter[tuple[str, str]] = Counter()
    multiples: Counter[tuple[str, str]] = Counter()
    for row in Table(name="objects", path=Path(objects_path)).records(
        ["scan_id", "taxon", "piece", "multiple_by_model"]
    ):
        key = (str(row["scan_id"]), str(row["taxon"]))
        objects[key] += 1
        multiples[key] += bool(row["multiple_by_model"]) and row["piece"] is None
    groups: dict[str, dict[str, Group]] = {}
    for (scan_id, taxon), count in sorted(objects.items()):
        groups.setdefault(scan_id, {})[taxon] = Group(objects=count, multiples=multiples[scan_id, taxon])
    return {
        scan["scan_id"]: Measured(
            objects=scan["objects"],
            dark_share=scan["bw_ratio"],
            is_separated=_is_separated(scan),
            groups=groups.get(scan["scan_id"], {}) if scan["measured_from"] == "picture" else {},
        )
        for scan in scans
        if scan["measured_from"] != "nothing"
    }


def _is_separated(scan: Mapping[str, Any]) -> bool | None:
    """Whether touching organisms were looked for; of what ZooProcess measured its own tables say so."""
    if scan["measured_from"] == "table":
        return None
    return scan["separation"] != "none" or bool(scan["separation_mask"])


def _issues(scans: Sequence[Mapping[str, Any]]) -> Iterable[Issue]:
    bad = [scan for scan in scans if scan["verdict"] == "bad"]
    if bad:
        yield Issue(
            file=bad[0]["scan_id"],
            code="quality-control",
            message=f"{len(bad):,} of {len(scans):,} scans do not meet a check of the quality control.",
            value=", ".join(scan["scan_id"] for scan in bad[:5]) + (" …" if len(bad) > 5 else ""),
            remedy="See the table checks; correct the metadata, and scan again where the scan itself is at fault.",
            objects=sum(scan["objects"] for scan in bad),
        )


def _moment(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=None) if value else None
