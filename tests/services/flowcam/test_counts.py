"""Counts: every particle is counted once, per mL follows the volume, adjusting undoes known confusions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pelagia.core.service import Request
from pelagia.core.table import Table, TableWriter
from pelagia.learning.naming import DECISION_COLUMNS
from pelagia.services.flowcam.columns import COUNT_COLUMNS, LISTING_COLUMNS
from pelagia.services.flowcam.counts import Counting, CountRules, per_ml_factor, size_labels, tally
from pelagia.services.flowcam.listing import listing_table
from pelagia.services.flowcam.service import FlowCamParams

CLASSES = ("Junk", "Protist")
SAMPLE = {"sample_id": "s", "volume_imaged_ml": 0.5, "dilution": 2.0}


def objects(tmp_path: Path, rows: list[dict[str, Any]]) -> Table:
    columns = (*LISTING_COLUMNS, *DECISION_COLUMNS)
    with TableWriter("objects", tmp_path / "objects.parquet", columns) as writer:
        writer.write_records([{"sample_id": "s", "object_id": str(i), **row} for i, row in enumerate(rows)])
    return writer.table


def rules(confusion: np.ndarray | None = None, **changes: Any) -> CountRules:
    request = Request(service="flowcam", service_version="1", inputs={}, params=FlowCamParams())
    given = {
        "classes": CLASSES,
        "confusion": confusion,
        "size_by": "esd",
        "bounds_um": (2.0, 20.0, 200.0),
        "stuck_duplicates": "count",
        "rng": request.rng,
        **changes,
    }
    return CountRules(**given)


def counts(table: Table, how: CountRules, sample: dict[str, Any] = SAMPLE) -> list[dict[str, Any]]:
    counting = Counting(how, {"s": sample}, {"Protist": {"is_organism": True}})
    return list(counting.records(tally(table, how)))


def predicted(taxon: str, esd_um: float | None = 10.0, **more: Any) -> dict[str, Any]:
    volume = None if esd_um is None else np.pi / 6 * esd_um**3
    return {"taxon": taxon, "status": "predicted", "esd_um": esd_um, "volume_esd_um3": volume, **more}


MIXED = [
    predicted("Protist", 1.0),
    predicted("Protist", 2.0),
    predicted("Protist", 19.99),
    predicted("unknown", 20.0),
    predicted("Junk", 500.0),
    predicted("Junk", None),
    {"taxon": None, "status": "unclassified"},
    {"taxon": "Protist", "status": "validated", "esd_um": 30.0},
]


def test_all_sizes_and_the_size_classes_each_add_up_to_the_list(tmp_path: Path) -> None:
    rows = counts(objects(tmp_path, MIXED), rules())
    whole = sum(row["counted"] for row in rows if row["size_class"] == "all")
    parts = sum(row["counted"] for row in rows if row["size_class"] != "all")
    assert whole == parts == len(MIXED)


def test_a_size_class_holds_its_lower_bound_and_not_its_upper(tmp_path: Path) -> None:
    rows = counts(objects(tmp_path, MIXED), rules())
    found = {(row["taxon"], row["size_class"]): row["counted"] for row in rows if row["status"] == "predicted"}
    assert found["Protist", "< 2 µm"] == 1
    assert found["Protist", "2–20 µm"] == 2
    assert found["unknown", "20–200 µm"] == 1
    assert found["Junk", "≥ 200 µm"] == 1
    assert found["Junk", "not measured"] == 1


def test_per_ml_is_count_times_dilution_over_volume(tmp_path: Path) -> None:
    (row,) = (r for r in counts(objects(tmp_path, [predicted("Protist")] * 3), rules()) if r["size_class"] == "all")
    assert row["per_ml"] == pytest.approx(3 * 2.0 / 0.5)
    assert row["per_ml_low"] == pytest.approx(row["counted_low"] * 4)
    assert row["biovolume_esd_um3_per_ml"] == pytest.approx(3 * np.pi / 6 * 1000 * 4)


def test_without_a_volume_there_are_counts_and_no_counts_per_ml(tmp_path: Path) -> None:
    sample = {"sample_id": "s", "volume_imaged_ml": None, "dilution": None}
    (row, _) = counts(objects(tmp_path, [predicted("Protist")]), rules(), sample)
    assert row["counted"] == 1
    assert "per_ml" not in row
    assert per_ml_factor(sample) is None


def test_known_confusions_are_undone_and_the_total_is_kept(tmp_path: Path) -> None:
    # A fifth of the protists is named junk, junk is always right: 80 named protists were 100.
    confusion = np.array([[1000, 0, 0], [200, 800, 0]])
    table = objects(tmp_path, [predicted("Protist")] * 80 + [predicted("Junk")] * 120)
    rows = {r["taxon"]: r for r in counts(table, rules(confusion)) if r["size_class"] == "all"}
    assert rows["Protist"]["adjusted"] == pytest.approx(100, rel=0.02)
    assert rows["Protist"]["adjusted"] + rows["Junk"]["adjusted"] == pytest.approx(200, rel=1e-6)
    assert rows["Protist"]["adjusted_low"] < 100 < rows["Protist"]["adjusted_high"]
    assert rows["Protist"]["counted"] == 80


def test_validated_particles_are_counted_apart_and_never_adjusted(tmp_path: Path) -> None:
    validated = {"taxon": "Protist", "status": "validated", "esd_um": 10.0}
    confusion = np.array([[90, 10, 0], [10, 90, 0]])
    rows = counts(objects(tmp_path, [validated] * 5 + [predicted("Junk")] * 50), rules(confusion))
    (row,) = (r for r in rows if r["status"] == "validated" and r["size_class"] == "all")
    assert (row["counted"], row["adjusted"]) == (5, None)


def test_stuck_duplicates_are_left_out_only_on_request(tmp_path: Path) -> None:
    table = objects(tmp_path, [predicted("Junk"), predicted("Junk", duplicate_of="0")])
    assert tally(table, rules())["counted"].to_pylist() == [2]
    assert tally(table, rules(stuck_duplicates="leave-out"))["counted"].to_pylist() == [1]


def test_the_same_request_gives_the_same_intervals(tmp_path: Path) -> None:
    confusion = np.array([[90, 10, 5], [10, 90, 5]])
    table = objects(tmp_path, [predicted("Junk")] * 30 + [predicted("Protist")] * 20)
    assert counts(table, rules(confusion)) == counts(table, rules(confusion))


def test_sums_over_many_particles_are_the_same_to_the_last_bit(tmp_path: Path) -> None:
    rows = 1_000_000
    sizes = np.random.default_rng(3).lognormal(2, 1, rows)
    volumes = {"esd_um": sizes, "volume_esd_um3": sizes**3, "volume_abd_um3": sizes**2.5}
    given = {name: pa.array(values) for name, values in volumes.items()}
    taxa = pa.array(["Junk", "Protist"] * (rows // 2))
    listing = listing_table({**given, "taxon": taxa}, {"sample_id": "s"}, rows)
    listing = listing.append_column("status", pa.repeat("predicted", rows))
    columns = (*LISTING_COLUMNS, *(column for column in DECISION_COLUMNS if column.name in {"taxon", "status"}))
    with TableWriter("objects", tmp_path / "objects.parquet", columns) as writer:
        writer.write(listing)
    tallies = [tally(writer.table, rules()) for _ in range(5)]
    assert all(one.equals(tallies[0]) for one in tallies)


def test_every_record_fits_the_table(tmp_path: Path) -> None:
    schema = pa.schema([column.field() for column in COUNT_COLUMNS])
    rows = counts(objects(tmp_path, MIXED), rules(np.array([[9, 1, 0], [1, 9, 0]])))
    assert pa.Table.from_pylist(rows, schema=schema).num_rows == len(rows)
    assert set().union(*rows) <= set(schema.names)


def test_size_labels_cover_every_size() -> None:
    assert [label for label, _, _ in size_labels((2.0, 20.0))] == ["< 2 µm", "2–20 µm", "≥ 20 µm", "not measured"]
