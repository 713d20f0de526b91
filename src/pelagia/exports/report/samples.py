"""What is said of each sample: how much was seen, of how much water, at which scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.report.basis import FILTERED, basis_of
from pelagia.exports.report.facts import Fact, Sample, depth_range, findings_about, moment, position
from pelagia.exports.report.net_samples import read_net_samples
from pelagia.exports.report.numbers import percent, quantity, whole
from pelagia.exports.tables import records

TABLE_LABELS = ("Particles listed", "Classified", "Volume imaged", "Dilution", "Calibration")
"""The facts that are set side by side where there are many samples."""

_COLUMNS = (
    *("sample_id", "instrument", "software_version", "serial_number", "magnification", "mode", "started_at_utc"),
    *("latitude", "longitude", "depth_min_m", "depth_max_m", "volume_imaged_ml", "volume_source"),
    *("volume_processed_ml", "efficiency", "dilution", "pixel_size_um", "listed", "classified", "unclassified"),
    *("deleted_by_operator", "merged_fragments", "stuck_duplicates"),
)


def read_samples(result: Result, issues: Sequence[Issue]) -> tuple[Sample, ...]:
    """Return the samples of a result; none where it has no such table."""
    table = result.tables.get("samples")
    if table is None or "sample_id" not in {column.name for column in table.columns}:
        return ()
    if basis_of(result) is FILTERED:
        return read_net_samples(table, result, issues)
    return tuple(_sample(row, issues) for row in records(table, _COLUMNS))


def _sample(row: dict[str, Any], issues: Sequence[Issue]) -> Sample:
    name = row["sample_id"]
    return Sample(
        sample_id=name,
        instrument=row["instrument"] or "",
        started=moment(row["started_at_utc"]),
        listed=row["listed"] or 0,
        volume_known=row["volume_imaged_ml"] is not None,
        volume_source=row["volume_source"] or "",
        facts=(*_particles(row), *_water(row), *_circumstances(row)),
        findings=findings_about(name, issues),
    )


def _particles(row: dict[str, Any]) -> list[Fact]:
    listed, classified = row["listed"], row["classified"]
    share = f"{percent(classified / listed)} of those listed" if listed and classified is not None else ""
    facts = [
        Fact(label="Particles listed", value=whole(listed)),
        Fact(label="Classified", value=whole(classified), remark=share),
    ]
    for column, label, matters in (
        ("unclassified", "Without a usable image", True),
        ("stuck_duplicates", "Repeated images of stuck particles", False),
        ("merged_fragments", "Merged from fragments", False),
        ("deleted_by_operator", "Deleted by the operator", False),
    ):
        if row[column]:
            facts.append(Fact(label=label, value=whole(row[column]), matters=matters))
    return facts


def _water(row: dict[str, Any]) -> list[Fact]:
    if row["volume_imaged_ml"] is None:
        why = row["volume_source"] or "the input does not tell it"
        volume = Fact(
            label="Volume imaged", value="not known", remark=f"{why}; so there is nothing per mL", matters=True
        )
    else:
        value = f"{quantity(row['volume_imaged_ml'], 4)} mL"
        volume = Fact(label="Volume imaged", value=value, remark=row["volume_source"] or "")
    facts = [volume]
    if row["volume_processed_ml"] is not None:
        efficiency = f"{percent(row['efficiency'])} of it imaged" if row["efficiency"] is not None else ""
        facts.append(Fact(label="Sample used", value=f"{quantity(row['volume_processed_ml'])} mL", remark=efficiency))
    if row["dilution"] is not None:
        facts.append(Fact(label="Dilution", value="none" if row["dilution"] == 1 else f"{row['dilution']:g} ×"))
    return facts


def _circumstances(row: dict[str, Any]) -> list[Fact]:
    size = row["pixel_size_um"]
    known = f"{quantity(float(size), 4)} µm per pixel" if size else "not known"
    scale = Fact(label="Calibration", value=known, remark="" if size else "so sizes are not in µm", matters=not size)
    facts = [scale]
    where = position(row["latitude"], row["longitude"])
    if where:
        facts.append(Fact(label="Position", value=where))
    depth = depth_range(row["depth_min_m"], row["depth_max_m"])
    if depth:
        facts.append(Fact(label="Depth", value=depth))
    camera = [quantity(row["magnification"])] if row["magnification"] else []
    camera += [row["mode"]] if row["mode"] else []
    if camera:
        facts.append(Fact(label="Camera", value=", ".join(camera)))
    return facts
