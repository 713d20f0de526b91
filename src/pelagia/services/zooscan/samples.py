"""The tables ``scans`` and ``samples``: what is known of each, and what was found on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pelagia.core.table import Table
from pelagia.services.zooscan.columns import SCAN_COLUMNS

Record = dict[str, Any]
EMPTY = dict.fromkeys(column.name for column in SCAN_COLUMNS)


def finish_scans(
    scans: Sequence[Mapping[str, Any]], done: Sequence[Mapping[str, Any]], objects: str, cuts: str
) -> list[Record]:
    """Return the rows of ``scans``, also of those that nothing could be measured on.

    Parameters
    ----------
    scans
        Of the inventory: ``scan_id`` and ``row``.
    done
        Of :func:`pelagia.services.zooscan.scan.process_scan`, in the same order, of those with something to measure.
    objects, cuts
        The tables.
    """
    results = iter(done)
    used = []
    for scan in scans:
        result = next(results) if scan["files"] else None
        figures = result["figures"] if result else {}
        source = scan["row"]["measured_from"] if result and result["scans"] else "nothing"
        used.append({**EMPTY, **scan["row"], **figures, "measured_from": source})
    return tally_scans(used, objects, cuts)


def tally_scans(scans: Sequence[Mapping[str, Any]], objects: str, cuts: str) -> list[Record]:
    """Count on every scan its organisms, the objects that were several, and those that were cut."""
    organisms: Counter[str] = Counter()
    multiples: dict[str, set[int]] = {}
    whole: Counter[str] = Counter()
    for row in Table(name="objects", path=Path(objects)).records(["scan_id", "number", "piece", "multiple_by_model"]):
        name = str(row["scan_id"])
        organisms[name] += 1
        if row["multiple_by_model"]:
            multiples.setdefault(name, set()).add(int(str(row["number"])))
            whole[name] += row["piece"] is None
    divided: dict[str, set[int]] = {}
    for row in Table(name="cuts", path=Path(cuts)).records(["scan_id", "number", "applied"]):
        if row["applied"]:
            divided.setdefault(str(row["scan_id"]), set()).add(int(str(row["number"])))
    return [
        {
            **scan,
            "objects": organisms[scan["scan_id"]],
            "multiples": len(multiples.get(scan["scan_id"], ())),
            "cut_objects": len(divided.get(scan["scan_id"], ())),
            "multiples_share": whole[scan["scan_id"]] / organisms[scan["scan_id"]]
            if organisms[scan["scan_id"]]
            else None,
        }
        for scan in scans
    ]


def finish_samples(samples: Sequence[Mapping[str, Any]], scans: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return the rows of ``samples`` that a scan was made of, with their scans and organisms counted."""
    counted: dict[str, list[int]] = {}
    for scan in scans:
        counted.setdefault(scan["sample_id"], []).append(scan["objects"])
    return [
        {**sample, "scans": len(counted[sample["sample_id"]]), "objects": sum(counted[sample["sample_id"]])}
        for sample in samples
        if sample["sample_id"] in counted
    ]


def sample_records(samples: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return the samples with their times as times; in the value of a step they are ISO 8601 text."""
    return [{**sample, "sampled_at_utc": _moment(sample.get("sampled_at_utc"))} for sample in samples]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
