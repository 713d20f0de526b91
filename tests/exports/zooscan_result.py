"""A small zooscan Result whose numbers are known: two samples, three scans, vignettes in archives of the result."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image
from tests.exports.publishable import write_table

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Artifact, Result

TEXT, REAL, WHOLE, MOMENT = pa.string(), pa.float64(), pa.int64(), pa.timestamp("us", tz="UTC")
OBJECT_TYPES: Mapping[str, pa.DataType] = {
    "object_id": TEXT, "scan_id": TEXT, "sample_id": TEXT, "source_uri": TEXT, "source_file": TEXT,
    "box_col_px": pa.int32(), "box_row_px": pa.int32(), "box_width_px": pa.int32(), "box_height_px": pa.int32(),
    "area": REAL, "mean": REAL, "perim.": REAL, "%area": REAL, "xstart": REAL, "area_exc": REAL, "major": REAL,
    "minor": REAL, "symetrieh": REAL, "thickR": REAL, "esd": REAL, "is_multiple": pa.bool_(), "pieces": pa.int32(),
    "taxon": TEXT, "status": TEXT, "predicted_taxon": TEXT, "confidence": pa.float32(), "top_taxa": pa.list_(TEXT),
    "scientific_name": TEXT, "aphia_id": WHOLE, "validated_by": TEXT, "validated_at": TEXT,
}  # fmt: skip
SCAN_TYPES: Mapping[str, pa.DataType] = {
    "scan_id": TEXT, "sample_id": TEXT, "fraction_id": TEXT, "dpi": WHOLE, "pixel_size_mm": REAL, "sub_part": REAL,
    "sub_method": TEXT, "min_mesh_um": REAL, "max_mesh_um": REAL, "operator": TEXT, "scanned_at": TEXT,
    "grey_low": WHOLE, "grey_high": WHOLE, "grey_median": REAL, "background": TEXT, "threshold": WHOLE,
    "min_esd_mm": REAL, "bw_ratio": REAL,
}  # fmt: skip
SAMPLE_TYPES: Mapping[str, pa.DataType] = {
    "sample_id": TEXT, "latitude": REAL, "longitude": REAL, "latitude_end": REAL, "longitude_end": REAL,
    "depth_min_m": REAL, "depth_max_m": REAL, "sampled_at_utc": MOMENT, "station": TEXT, "net_type": TEXT,
    "net_mesh_um": REAL, "net_surface_m2": REAL, "volume_m3": REAL, "comment": TEXT, "bottom_depth_m": REAL,
    "scan_operator": TEXT,
}  # fmt: skip


def object_row(scan: str, number: int, **told: Any) -> dict[str, Any]:
    """One object with its vignette in the archive of its scan."""
    return {
        "object_id": f"{scan}_{number}", "scan_id": scan, "sample_id": scan.rsplit("_", 2)[0],
        "source_uri": f"result:vignettes/{scan}.zip", "source_file": f"{number}.png", "area": 1000.0 + number,
        "mean": 200.125, "perim.": 150.5, "%area": 0.78, "xstart": 17.0, "area_exc": 990.0, "major": 40.0,
        "minor": 32.0, "symetrieh": 2.023, "thickR": 2.5, "esd": 35.682, "is_multiple": False, "pieces": 1,
        "taxon": "Copepoda", "status": "predicted", "predicted_taxon": "Copepoda", "confidence": 0.75,
        "top_taxa": ["Copepoda", "detritus"], **told,
    }  # fmt: skip


def scan_row(scan: str, **told: Any) -> dict[str, Any]:
    """One scan of a quarter of its sample."""
    return {
        "scan_id": scan, "sample_id": scan.rsplit("_", 2)[0], "fraction_id": scan.rsplit("_", 2)[1], "dpi": 2400,
        "pixel_size_mm": 25.4 / 2400, "sub_part": 4.0, "sub_method": "motoda", "min_mesh_um": 300.0,
        "max_mesh_um": 2000.0, "operator": "anna", "scanned_at": "2025-01-21T12:51", "grey_low": 599,
        "grey_high": 50043, "grey_median": 43516.45, "background": "20250121_1031_background_large_manual.tif",
        "threshold": 243, "min_esd_mm": 0.3, "bw_ratio": 0.0868, **told,
    }  # fmt: skip


def sample_row(sample: str, **told: Any) -> dict[str, Any]:
    """One net haul of 203.5 m³."""
    return {
        "sample_id": sample, "latitude": 47.846, "longitude": -15.437, "latitude_end": 47.819,
        "longitude_end": -15.4918, "depth_min_m": 312.0, "depth_max_m": 419.0,
        "sampled_at_utc": datetime(2023, 6, 26, 8, 28, tzinfo=UTC), "station": "46", "net_type": "bioness",
        "net_mesh_um": 500.0, "volume_m3": 203.5, "comment": "œufs – net torn", "bottom_depth_m": None,
        "scan_operator": "anna", **told,
    }  # fmt: skip


def default_objects() -> list[dict[str, Any]]:
    """Six objects of three scans, one validated, one unknown, one whose measures are not all finite."""
    by_person = {"status": "validated", "validated_by": "Ada Lovelace", "validated_at": "2026-01-02T10:11:12Z"}
    return [
        object_row("net1_d1_1", 1, mean=float("nan")),
        object_row("net1_d1_1", 2, **by_person),
        object_row("net1_d1_1", 3, taxon="unknown", symetrieh=float("inf"), thickR=None, is_multiple=True),
        object_row("net1_d2_1", 1),
        object_row("net2_tot_1", 1, source_file="1.jpg"),
        object_row("net2_tot_1", 2, source_file=None),
    ]


def make_scans(
    folder: Path,
    *,
    objects: Sequence[dict[str, Any]] | None = None,
    scans: Sequence[dict[str, Any]] | None = None,
    samples: Sequence[dict[str, Any]] | None = None,
) -> Result:
    """Three scans of two samples; any table can be given instead."""
    objects = default_objects() if objects is None else objects
    if scans is None:
        scans = [scan_row(name) for name in ("net1_d1_1", "net1_d2_1", "net2_tot_1")]
    samples = [sample_row("net1"), sample_row("net2")] if samples is None else samples
    tables = {
        "objects": write_table(folder, "objects", OBJECT_TYPES, list(objects)),
        "scans": write_table(folder, "scans", SCAN_TYPES, list(scans)),
        "samples": write_table(folder, "samples", SAMPLE_TYPES, list(samples)),
    }
    artifacts = tuple(_vignettes(folder, scan["scan_id"], objects) for scan in scans)
    return Result(tables=tables, summary={}, issues=(), provenance=provenance(), artifacts=artifacts)


def vignette(number: int, kind: str) -> bytes:
    """A vignette whose grey says whose it is."""
    data = io.BytesIO()
    Image.new("L", (9, 7), 100 + number).save(data, {"jpg": "JPEG", "png": "PNG"}[kind])
    return data.getvalue()


def _vignettes(folder: Path, scan: str, objects: Sequence[Mapping[str, Any]]) -> Artifact:
    name = f"vignettes/{scan}.zip"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for one in objects:
            if one["scan_id"] == scan and one["source_file"]:
                number, _, kind = one["source_file"].rpartition(".")
                archive.writestr(one["source_file"], vignette(int(number), kind))
    return Artifact(role="vignettes", name=name, path=path, media_type="application/zip")


def provenance() -> Provenance:
    """Who made it."""
    return Provenance(
        service="zooscan",
        service_version="1.0.0",
        params={},
        inputs=(InputRecord(uri="Zooscan_test", files=1, bytes=1, sha256="a" * 64),),
        models=(ModelRecord(role="classifier", name="zooscan-plankton", version="1.0.0", sha256="b" * 64),),
        seed=0,
        versions={"pelagia": "0.9.0"},
    )
