"""A small flowcam Result made on the spot: tables, collages and findings, all of them known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.core.table import Column, TableWriter

OBJECT_COLUMNS = (
    Column(name="object_id", type=pa.string(), description="Name of the object"),
    Column(name="sample_id", type=pa.string(), description="Name of the sample"),
    Column(name="source_uri", type=pa.string(), description="Where its files stand"),
    Column(name="source_file", type=pa.string(), description="Collage or image file"),
    Column(name="box_col_px", type=pa.int32(), description="Left edge in the collage", unit="px"),
    Column(name="box_row_px", type=pa.int32(), description="Upper edge in the collage", unit="px"),
    Column(name="box_width_px", type=pa.int32(), description="Width in the collage", unit="px"),
    Column(name="box_height_px", type=pa.int32(), description="Height in the collage", unit="px"),
    Column(name="acquired_at_utc", type=pa.timestamp("us", tz="UTC"), description="When it was seen"),
    Column(name="duplicate_of", type=pa.string(), description="The first image of a stuck particle"),
    Column(name="pixel_size_um", type=pa.float64(), description="Size of a pixel", unit="µm"),
    Column(name="abd_um", type=pa.float64(), description="Area-based diameter", unit="µm"),
    Column(name="esd_um", type=pa.float64(), description="Equivalent spherical diameter", unit="µm"),
    Column(name="taxon", type=pa.string(), description="Validated, else predicted taxon"),
    Column(name="status", type=pa.string(), description="predicted, validated or unclassified"),
    Column(name="predicted_taxon", type=pa.string(), description="Taxon by the model"),
    Column(name="confidence", type=pa.float32(), description="Calibrated probability of the first choice"),
    Column(name="is_unknown", type=pa.bool_(), description="Whether the model would not say"),
    Column(name="top_taxa", type=pa.list_(pa.string()), description="The first choices"),
    Column(name="top_probabilities", type=pa.list_(pa.float32()), description="Their probabilities"),
    Column(name="problem", type=pa.string(), description="Finding, where it was not classified"),
)

_NUMBERS = (
    ("counted_low", ""), ("counted_high", ""), ("adjusted", ""), ("adjusted_low", ""), ("adjusted_high", ""),
    ("per_ml", "1/mL"), ("per_ml_low", "1/mL"), ("per_ml_high", "1/mL"),
    ("per_ml_adjusted", "1/mL"), ("per_ml_adjusted_low", "1/mL"), ("per_ml_adjusted_high", "1/mL"),
    ("biovolume_abd_um3_per_ml", "µm³/mL"), ("volume_imaged_ml", "mL"), ("dilution", ""),
)  # fmt: skip
COUNT_COLUMNS = (
    Column(name="sample_id", type=pa.string(), description="Name of the sample"),
    Column(name="taxon", type=pa.string(), description="Taxon"),
    Column(name="scientific_name", type=pa.string(), description="Accepted name"),
    Column(name="size_class", type=pa.string(), description="Size class"),
    Column(name="status", type=pa.string(), description="predicted or validated"),
    Column(name="counted", type=pa.int64(), description="Images counted"),
    *(Column(name=name, type=pa.float64(), description=name, unit=unit) for name, unit in _NUMBERS),
)
SAMPLE_COLUMNS = (
    Column(name="sample_id", type=pa.string(), description="Name of the sample"),
    Column(name="instrument", type=pa.string(), description="Instrument"),
    Column(name="mode", type=pa.string(), description="How images were triggered"),
    Column(name="started_at_utc", type=pa.timestamp("us", tz="UTC"), description="Start of the run"),
    Column(name="volume_imaged_ml", type=pa.float64(), description="Volume imaged", unit="mL"),
    Column(name="volume_source", type=pa.string(), description="How the volume was obtained"),
    Column(name="dilution", type=pa.float64(), description="Dilution factor"),
    Column(name="pixel_size_um", type=pa.float64(), description="Size of a pixel", unit="µm"),
    Column(name="listed", type=pa.int64(), description="Particles listed"),
    Column(name="classified", type=pa.int64(), description="Particles classified"),
    Column(name="unclassified", type=pa.int64(), description="Particles not classified"),
    Column(name="stuck_duplicates", type=pa.int64(), description="Repeated images of stuck particles"),
)

VOLUME_SOURCE = "frames × capture region × flow cell depth × VolumeCF"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the made-up runs hold."""

    taxa: Sequence[str] = ("Protist", "Junk", "Missed")
    samples: int = 1
    particles: int = 24
    volume_ml: float | None = 0.0174
    pixel_size_um: float | None = 0.5
    validated_every: int = 7
    issues: tuple[Issue, ...] = ()
    summary: Mapping[str, Figure] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def make_result(folder: Path, recipe: Recipe | None = None) -> Result:
    """Write the tables and collages of a made-up result into ``folder``."""
    made = recipe or Recipe()
    objects = [row for number in range(made.samples) for row in _objects(folder, number, made)]
    tables = {
        "objects": _table(folder, "objects", OBJECT_COLUMNS, objects),
        "counts": _table(folder, "counts", COUNT_COLUMNS, _counts(objects, made)),
        "samples": _table(folder, "samples", SAMPLE_COLUMNS, [_sample(number, made) for number in range(made.samples)]),
    }
    summary = {
        "particles_listed": Figure(value=len(objects), description="Particles listed"),
        "particles_per_ml": Figure(
            value=12.5, unit="1/mL", low=10.25, high=15.0, description="Particles per millilitre"
        ),
        **made.summary,
    }
    return Result(
        tables=tables, summary=summary, issues=made.issues, provenance=make_provenance(folder), notes=made.notes
    )


def make_provenance(folder: Path) -> Provenance:
    """Return a provenance with one input, one model and two packages."""
    return Provenance(
        service="flowcam",
        service_version="1.0.0",
        params={"max_error": 0.05, "size_classes_um": [20, 55], "model": None},
        inputs=(InputRecord(uri=folder.name, files=2, bytes=1234, sha256="a" * 64),),
        models=(ModelRecord(role="classifier", name="flowcam-protist", version="1.0.0", sha256="b" * 64),),
        seed=0,
        versions={"python": "3.11.2", "pelagia": "1.0.0", "numpy": "2.1.0"},
    )


def sample_name(number: int) -> str:
    """Return the name of a made-up sample."""
    return f"run-{number + 1:02d}"


def _objects(folder: Path, number: int, made: Recipe) -> list[dict[str, object]]:
    sample = sample_name(number)
    sizes = [6 + 3 * (index % 9) for index in range(made.particles)]
    boxes = _write_collage(folder / f"{sample}_000001.png", sizes)
    rows = []
    for index, (size, (row, col)) in enumerate(zip(sizes, boxes, strict=True)):
        taxon = made.taxa[index % len(made.taxa)]
        second = made.taxa[(index + 1) % len(made.taxa)]
        confidence = 0.5 + 0.49 * ((index * 7) % 11) / 10
        validated = made.validated_every > 0 and index % made.validated_every == 3
        rows.append(
            {
                "object_id": f"{sample}_{index + 1}",
                "sample_id": sample,
                "source_uri": str(folder),
                "source_file": f"{sample}_000001.png",
                "box_col_px": col, "box_row_px": row, "box_width_px": size, "box_height_px": size,
                "acquired_at_utc": datetime(2024, 4, 8, 8, 14, index % 60, tzinfo=UTC),
                "pixel_size_um": made.pixel_size_um,
                "abd_um": size * made.pixel_size_um if made.pixel_size_um else None,
                "esd_um": size * made.pixel_size_um * 1.1 if made.pixel_size_um else None,
                "taxon": taxon,
                "status": "validated" if validated else "predicted",
                "predicted_taxon": taxon,
                "confidence": confidence,
                "is_unknown": False,
                "top_taxa": [taxon, second],
                "top_probabilities": [confidence, 1 - confidence],
            }
        )  # fmt: skip
    return rows


def _write_collage(path: Path, sizes: Sequence[int]) -> list[tuple[int, int]]:
    columns, cell = 10, 40
    height = cell * max(1, -(-len(sizes) // columns))
    page = np.full((height, cell * columns, 3), 190, np.uint8)
    boxes = []
    for index, size in enumerate(sizes):
        row, col = cell * (index // columns), cell * (index % columns)
        cv2.circle(page, (col + size // 2, row + size // 2), max(1, size // 2 - 1), (60, 90, 70), -1)
        boxes.append((row, col))
    cv2.imwrite(str(path), page)
    return boxes


def _counts(objects: Sequence[Mapping[str, object]], made: Recipe) -> list[dict[str, object]]:
    keys = sorted({(str(row["sample_id"]), str(row["taxon"]), str(row["status"])) for row in objects})
    rows = []
    for sample, taxon, status in keys:
        n = sum((row["sample_id"], row["taxon"], row["status"]) == (sample, taxon, status) for row in objects)
        row: dict[str, object] = {"sample_id": sample, "taxon": taxon, "size_class": "all", "status": status}
        row |= {"counted": n, "counted_low": 0.7 * n, "counted_high": 1.4 * n, "volume_imaged_ml": made.volume_ml}
        if status == "predicted":
            row |= {"adjusted": 0.9 * n, "adjusted_low": 0.6 * n, "adjusted_high": 1.5 * n}
        if made.volume_ml:
            row |= _per_ml(row, made.volume_ml)
        rows.append(row)
    return rows


def _per_ml(row: Mapping[str, object], volume_ml: float) -> dict[str, object]:
    names = {
        "per_ml": "counted", "per_ml_low": "counted_low", "per_ml_high": "counted_high", "per_ml_adjusted": "adjusted",
        "per_ml_adjusted_low": "adjusted_low", "per_ml_adjusted_high": "adjusted_high",
    }  # fmt: skip
    found = {new: row[old] / volume_ml for new, old in names.items() if old in row}  # type: ignore[operator]
    return {**found, "biovolume_abd_um3_per_ml": 1234.5, "dilution": 1.0}


def _sample(number: int, made: Recipe) -> dict[str, object]:
    return {
        "sample_id": sample_name(number),
        "instrument": "FlowCam",
        "mode": "AutoImage",
        "started_at_utc": datetime(2024, 4, 8, 8, 14, tzinfo=UTC),
        "volume_imaged_ml": made.volume_ml,
        "volume_source": VOLUME_SOURCE if made.volume_ml else "unknown: there is no context file",
        "dilution": 1.0,
        "pixel_size_um": made.pixel_size_um,
        "listed": made.particles,
        "classified": made.particles,
        "unclassified": 0,
        "stuck_duplicates": 0,
    }


def _table(folder: Path, name: str, columns: Sequence[Column], rows: Sequence[dict[str, object]]):
    with TableWriter(name, folder / "tables" / f"{name}.parquet", columns) as writer:
        writer.write_records(rows)
    return writer.table
