"""A small result whose numbers are known, as the exporters of publications take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Figure, Result
from pelagia.core.table import Column, Table, TableWriter
from pelagia.exports.outcome import DatasetInfo, ExportOptions, SampleInfo

CREATED = date(2026, 3, 4)
STARTED = datetime(2024, 5, 17, 8, 14, tzinfo=UTC)
BOX = 12

TEXT, REAL, WHOLE = pa.string(), pa.float64(), pa.int64()
MOMENT = pa.timestamp("us", tz="UTC")
OBJECT_TYPES: Mapping[str, pa.DataType] = {
    "object_id": TEXT, "sample_id": TEXT, "source_uri": TEXT, "source_file": TEXT,
    "box_col_px": pa.int32(), "box_row_px": pa.int32(), "box_width_px": pa.int32(), "box_height_px": pa.int32(),
    "particle_id": WHOLE, "image_uuid": TEXT, "acquired_at_utc": MOMENT, "ppc": pa.int32(), "duplicate_of": TEXT,
    "pixel_size_um": REAL, "abd_um": REAL, "esd_um": REAL, "taxon": TEXT, "status": TEXT, "predicted_taxon": TEXT,
    "confidence": pa.float32(), "is_unknown": pa.bool_(), "top_taxa": pa.list_(TEXT),
    "top_probabilities": pa.list_(pa.float32()), "given_label": TEXT, "aphia_id": WHOLE, "scientific_name": TEXT,
    "validated_by": TEXT, "validated_at": TEXT, "latitude": REAL, "longitude": REAL, "problem": TEXT,
    "lst_edge_gradient": REAL,
}  # fmt: skip
COUNT_TYPES: Mapping[str, pa.DataType] = {
    "sample_id": TEXT, "taxon": TEXT, "scientific_name": TEXT, "aphia_id": WHOLE, "is_organism": pa.bool_(),
    "size_class": TEXT, "size_low_um": REAL, "size_high_um": REAL, "status": TEXT, "counted": WHOLE,
    "counted_low": REAL, "counted_high": REAL, "per_ml": REAL, "per_ml_low": REAL, "per_ml_high": REAL,
    "per_ml_adjusted": REAL, "per_ml_adjusted_low": REAL, "per_ml_adjusted_high": REAL,
    "biovolume_abd_um3_per_ml": REAL,
}  # fmt: skip
SAMPLE_TYPES: Mapping[str, pa.DataType] = {
    "sample_id": TEXT, "source_uri": TEXT, "instrument": TEXT, "software_version": TEXT, "magnification": TEXT,
    "serial_number": TEXT, "mode": TEXT, "started_at_utc": MOMENT, "ended_at_utc": MOMENT, "latitude": REAL,
    "longitude": REAL, "depth_min_m": REAL, "depth_max_m": REAL, "volume_imaged_ml": REAL, "volume_source": TEXT,
    "volume_processed_ml": REAL, "efficiency": REAL, "dilution": REAL, "pixel_size_um": REAL,
}  # fmt: skip

FULL_DATASET = DatasetInfo(
    title="Phytoplankton of the test basin",
    abstract="Whole-water samples of a basin that does not exist.",
    dataset_id="https://doi.org/10.0000/basin",
    dataset_name="basin",
    institution_code="INST",
    organisation="Institute of Basins",
    creator_name="Ada Maria Lovelace",
    creator_email="ada@example.org",
    licence="https://creativecommons.org/licenses/by/4.0/legalcode",
    country_code="BE",
    water_body="Test Basin",
    keywords=("phytoplankton", "FlowCam"),
    sampling_protocol="Niskin bottle, whole water",
    sampling_instrument="Niskin bottle",
    samples={
        "S1": SampleInfo(sampled_at="2024-05-17T07:30Z", water_volume_l=10, concentrate_volume_ml=100),
        "S2": SampleInfo(sampled_at="2024-05-18"),
    },
)


def object_row(sample: str, number: int, **told: Any) -> dict[str, Any]:
    """One particle in the sample's collage; boxes stand side by side."""
    return {
        "object_id": f"{sample}_{number}", "sample_id": sample, "source_file": f"{sample}_000001.png",
        "box_col_px": BOX * ((number - 1) % 10), "box_row_px": BOX * ((number - 1) // 10),
        "box_width_px": BOX, "box_height_px": BOX, "particle_id": number, "acquired_at_utc": STARTED, "ppc": 1,
        "pixel_size_um": 0.5, "abd_um": 10.0 + number, "esd_um": 11.0 + number, "taxon": "Chaetoceros",
        "status": "predicted", "predicted_taxon": "Chaetoceros", "confidence": 0.75, "is_unknown": False,
        "top_taxa": ["Chaetoceros", "Junk"], "top_probabilities": [0.75, 0.25], "lst_edge_gradient": 42.5, **told,
    }  # fmt: skip


def count_row(sample: str, taxon: str, counted: int, **told: Any) -> dict[str, Any]:
    """One row of ``counts``; 0.02 mL imaged, 1000 µm³ an image."""
    return {
        "sample_id": sample, "taxon": taxon, "is_organism": True, "size_class": "all", "status": "predicted",
        "counted": counted, "counted_low": counted * 0.5, "counted_high": counted * 2.0, "per_ml": counted / 0.02,
        "per_ml_low": counted * 0.5 / 0.02, "per_ml_high": counted * 2.0 / 0.02,
        "biovolume_abd_um3_per_ml": counted * 1000 / 0.02, **told,
    }  # fmt: skip


def sample_row(sample: str, **told: Any) -> dict[str, Any]:
    """One run of 0.02 mL at a place in the North Sea."""
    return {
        "sample_id": sample, "instrument": "FlowCam", "software_version": "4.19.3", "magnification": "10X",
        "serial_number": "6000", "mode": "AutoImage", "started_at_utc": STARTED, "latitude": 51.25, "longitude": 2.5,
        "depth_min_m": 0.0, "depth_max_m": 3.0, "volume_imaged_ml": 0.02, "volume_source": "frames × region × depth",
        "volume_processed_ml": 0.1, "efficiency": 0.2, "dilution": 1.0, "pixel_size_um": 0.5, **told,
    }  # fmt: skip


def write_table(folder: Path, name: str, types: Mapping[str, pa.DataType], rows: Sequence[dict[str, Any]]) -> Table:
    columns = [Column(name=key, type=type_, description=key) for key, type_ in types.items()]
    with TableWriter(name, folder / f"{name}.parquet", columns) as writer:
        writer.write_records([{key: row.get(key) for key in types} for row in rows])
    return writer.table


def write_collage(folder: Path, sample: str) -> None:
    """A collage whose vignette ``n`` is filled with the grey value ``n``."""
    page = np.zeros((BOX * 5, BOX * 10, 3), np.uint8)
    for number in range(1, 51):
        row, col = BOX * ((number - 1) // 10), BOX * ((number - 1) % 10)
        page[row : row + BOX, col : col + BOX] = number
    cv2.imwrite(str(folder / f"{sample}_000001.png"), page)


def make_publishable(
    folder: Path,
    *,
    objects: Sequence[dict[str, Any]] | None = None,
    counts: Sequence[dict[str, Any]] | None = None,
    samples: Sequence[dict[str, Any]] | None = None,
) -> Result:
    """Two samples of known counts; any table can be given instead."""
    for sample in ("S1", "S2"):
        write_collage(folder, sample)
    rows = default_objects() if objects is None else list(objects)
    rows = [{"source_uri": str(folder), **row} for row in rows]
    tables = {
        "objects": write_table(folder, "objects", OBJECT_TYPES, rows),
        "counts": write_table(folder, "counts", COUNT_TYPES, default_counts() if counts is None else counts),
        "samples": write_table(
            folder, "samples", SAMPLE_TYPES, [sample_row("S1"), sample_row("S2")] if samples is None else samples
        ),
    }
    accuracy = Figure(value=0.91, low=0.88, high=0.94, description="Accuracy on held-out images")
    return Result(tables=tables, summary={"model_accuracy": accuracy}, issues=(), provenance=provenance())


def provenance() -> Provenance:
    return Provenance(
        service="flowcam",
        service_version="1.0.0",
        params={},
        inputs=(InputRecord(uri="run", files=1, bytes=1, sha256="a" * 64),),
        models=(ModelRecord(role="classifier", name="flowcam-protist", version="1.0.0", sha256="b" * 64),),
        seed=0,
        versions={"pelagia": "0.9.0"},
    )


def default_objects() -> list[dict[str, Any]]:
    by_person = {"status": "validated", "validated_by": "Ada Lovelace", "validated_at": "2026-01-02T10:11:12Z"}
    return [
        object_row("S1", 1),
        object_row("S1", 2),
        object_row("S1", 3, **by_person),
        object_row("S1", 4, taxon="Protist", predicted_taxon="Protist"),
        object_row("S1", 5, taxon="Junk", predicted_taxon="Junk"),
        object_row("S1", 6, taxon="unknown", is_unknown=True, confidence=0.3),
        object_row("S2", 1),
        object_row("S2", 2, taxon=None, status="unclassified", source_file=None, problem="collage-missing"),
    ]


def default_counts() -> list[dict[str, Any]]:
    known = {"scientific_name": "Chaetoceros", "aphia_id": 148985}
    adjusted = {"per_ml_adjusted": 80.0, "per_ml_adjusted_low": 30.0, "per_ml_adjusted_high": 160.0}
    return [
        count_row("S1", "Chaetoceros", 2, **known, **adjusted),
        count_row("S1", "Chaetoceros", 2, **known, size_class="2–20 µm"),
        count_row("S1", "Chaetoceros", 1, **known, status="validated"),
        count_row("S1", "Protist", 1),
        count_row("S1", "Junk", 1, is_organism=False),
        count_row("S1", "unknown", 1, is_organism=None),
        count_row("S2", "Chaetoceros", 1, **known),
        count_row("S2", "Protist", 0),
    ]


def options(**told: Any) -> ExportOptions:
    return ExportOptions(created=CREATED, **{"dataset": FULL_DATASET, **told})
