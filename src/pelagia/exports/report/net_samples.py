"""What is said of each net sample: how much was filtered, by which net, where, and how much of it was scanned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.core.table import Table
from pelagia.exports.report.facts import Fact, Sample, depth_range, findings_about, moment, position
from pelagia.exports.report.numbers import many, quantity, whole
from pelagia.exports.tables import records

TABLE_LABELS = ("Objects", "Scans", "Volume filtered", "Net", "Depth", "Position")
"""The facts that are set side by side where there are many samples."""

_COLUMNS = (
    *("sample_id", "instrument", "ship", "program", "station", "sampled_at_utc", "latitude", "longitude"),
    *("latitude_end", "longitude_end", "bottom_depth_m", "depth_min_m", "depth_max_m", "volume_m3", "net_type"),
    *("net_mesh_um", "net_surface_m2", "tow_number", "comment", "scans", "objects"),
)


def read_net_samples(table: Table, result: Result, issues: Sequence[Issue]) -> tuple[Sample, ...]:
    """Return the samples of a result whose scans show parts of net hauls."""
    parts = _parts(result.tables.get("scans"))
    return tuple(_sample(row, parts.get(row["sample_id"], ""), issues) for row in records(table, _COLUMNS))


def _sample(row: dict[str, Any], parts: str, issues: Sequence[Issue]) -> Sample:
    return Sample(
        sample_id=row["sample_id"],
        instrument=row["instrument"] or "",
        started=moment(row["sampled_at_utc"]),
        listed=row["objects"] or 0,
        volume_known=row["volume_m3"] is not None,
        volume_source="",
        facts=(*_counted(row, parts), *_haul(row), *_place(row)),
        findings=findings_about(row["sample_id"], issues),
    )


def _counted(row: Mapping[str, Any], parts: str) -> list[Fact]:
    return [
        Fact(label="Objects", value=whole(row["objects"])),
        Fact(label="Scans", value=whole(row["scans"]), remark=parts),
    ]


def _haul(row: Mapping[str, Any]) -> list[Fact]:
    if row["volume_m3"] is None:
        volume = Fact(label="Volume filtered", value="not known", remark="so there is nothing per m³", matters=True)
    else:
        volume = Fact(label="Volume filtered", value=f"{quantity(float(row['volume_m3']), 4)} m³")
    facts = [volume]
    net = [row["net_type"]] if row["net_type"] else []
    if row["net_mesh_um"] is not None:
        net.append(f"{quantity(float(row['net_mesh_um']))} µm")
    if net:
        opening = row["net_surface_m2"]
        remark = f"opening of {quantity(float(opening))} m²" if opening else ""
        facts.append(Fact(label="Net", value=", ".join(net), remark=remark))
    if row["tow_number"] is not None and row["tow_number"] > 1:
        facts.append(Fact(label="Tows", value=f"{row['tow_number']:g}"))
    return facts


def _place(row: Mapping[str, Any]) -> list[Fact]:
    facts = []
    if row["station"]:
        cruise = " · ".join(str(row[name]) for name in ("program", "ship") if row[name])
        facts.append(Fact(label="Station", value=str(row["station"]), remark=cruise))
    where = position(row["latitude"], row["longitude"])
    if where:
        end = position(row["latitude_end"], row["longitude_end"])
        facts.append(Fact(label="Position", value=where, remark=f"to {end}" if end and end != where else ""))
    else:
        facts.append(Fact(label="Position", value="not known", matters=True))
    depth = depth_range(row["depth_min_m"], row["depth_max_m"])
    if depth:
        bottom = row["bottom_depth_m"]
        facts.append(Fact(label="Depth", value=depth, remark=f"sea floor at {bottom:g} m" if bottom else ""))
    return facts


def _parts(scans: Table | None) -> dict[str, str]:
    """Return what part of each sample its scans show: ``d1 1/4, d2 1/16``."""
    found: dict[str, dict[str, None]] = {}
    for row in records(scans, ("sample_id", "fraction_id", "sub_part")) if scans is not None else ():
        found.setdefault(row["sample_id"], {})[part_text(row)] = None
    return {sample: many(len(told), "fraction") + ": " + ", ".join(told) for sample, told in found.items()}


def part_text(scan: Mapping[str, Any]) -> str:
    """Return fraction and part of it that a scan shows: ``tot 1/8``; what is not known is left out."""
    part = f"1/{scan['sub_part']:g}" if scan["sub_part"] else ""
    return " ".join(text for text in (scan["fraction_id"] or "", part) if text)
