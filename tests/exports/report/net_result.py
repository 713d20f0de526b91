"""A result of scanned net samples whose numbers are known: counts, spectra, verdicts and cuts, with vignettes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.exports.publishable import write_table
from tests.exports.zooscan_result import OBJECT_TYPES, make_scans, object_row, sample_row, scan_row

from pelagia.core.result import Result

TEXT, REAL, WHOLE, YES_NO = pa.string(), pa.float64(), pa.int64(), pa.bool_()
ENDS = ("", "_low", "_high")
COUNT_TYPES = {
    "sample_id": TEXT, "taxon": TEXT, "scientific_name": TEXT, "is_organism": YES_NO, "status": TEXT, "counted": WHOLE,
    "counted_low": REAL, "counted_high": REAL, **{f"per_m3{end}": REAL for end in ENDS},
    "biovolume_ellipsoid_mm3": REAL, **{f"biovolume_ellipsoid_mm3_per_m3{end}": REAL for end in ENDS},
}  # fmt: skip
SPECTRUM_TYPES = {
    "sample_id": TEXT, "taxon": TEXT, "volume_as": TEXT, "low_mm3": REAL, "high_mm3": REAL, "counted": WHOLE,
    **{f"nbss_per_m3{end}": REAL for end in ENDS}, "is_complete": YES_NO,
}  # fmt: skip
CHECK_TYPES = dict.fromkeys(
    ("project", "scope", "subject", "code", "verdict", "value", "expected", "message", "remedy"), TEXT
)
CUT_TYPES = {"object_id": TEXT, "source": TEXT, "applied": YES_NO}
SAMPLE_TYPES = {
    "sample_id": TEXT, "instrument": TEXT, "station": TEXT, "program": TEXT, "latitude": REAL, "longitude": REAL,
    "latitude_end": REAL, "longitude_end": REAL, "depth_min_m": REAL, "depth_max_m": REAL, "bottom_depth_m": REAL,
    "sampled_at_utc": pa.timestamp("us", tz="UTC"), "volume_m3": REAL, "net_type": TEXT, "net_mesh_um": REAL,
    "net_surface_m2": REAL, "scans": WHOLE, "objects": WHOLE,
}  # fmt: skip
SCAN_TYPES = {
    "scan_id": TEXT, "sample_id": TEXT, "fraction_id": TEXT, "sub_part": REAL, "verdict": TEXT, "findings": WHOLE,
    "objects": WHOLE, "multiples": WHOLE, "cut_objects": WHOLE, "multiples_share": REAL, "min_esd_mm": REAL,
}  # fmt: skip
TAXA = ("Copepoda", "Copepoda", "Chaetognatha", "detritus")
CLASSES = 5


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the made-up samples hold."""

    samples: int = 1
    objects: int = 40
    volume_m3: float | None = 10.0
    verdicts: Sequence[str] = ("look",)
    empty_class: int | None = None


def make_net_result(folder: Path, recipe: Recipe | None = None) -> Result:
    """Write tables and vignettes of made-up net samples, a scan each, into ``folder``."""
    made = recipe or Recipe()
    names = [f"net{number + 1}" for number in range(made.samples)]
    objects = [row for name in names for row in _objects(name, made)]
    # A vignette of a scan fills a file of its own: there are no boxes in it.
    types = {name: kind for name, kind in OBJECT_TYPES.items() if not name.startswith("box_")}
    types |= {"pixel_size_um": REAL, "esd_um": REAL, "top_probabilities": pa.list_(pa.float32())}
    folder.mkdir(parents=True, exist_ok=True)
    scans = [_scan(name, number, made) for number, name in enumerate(names)]
    result = make_scans(folder, objects=objects, scans=scans, samples=[sample_row(name) for name in names])
    rows: dict[str, tuple[Mapping[str, pa.DataType], list[dict[str, Any]]]] = {
        "objects": (types, objects),
        "counts": (COUNT_TYPES, [row for name in names for row in _counts(name, made)]),
        "spectrum": (SPECTRUM_TYPES, [row for name in names for row in _spectra(name, made)]),
        "scans": (SCAN_TYPES, scans),
        "samples": (SAMPLE_TYPES, [_sample(name, made) for name in names]),
        "checks": (CHECK_TYPES, [check_row(scan["scan_id"], scan["verdict"]) for scan in scans]),
        "cuts": (CUT_TYPES, [cut_row(f"{names[0]}_tot_1_1"), cut_row(f"{names[0]}_tot_1_2", applied=False)]),
    }
    (folder / "made").mkdir(exist_ok=True)
    tables = {name: write_table(folder / "made", name, kinds, told) for name, (kinds, told) in rows.items()}
    return replace(result, tables=tables)


def check_row(subject: str, verdict: str = "look", **told: Any) -> dict[str, Any]:
    """What a check found on a scan."""
    return {
        "project": "p", "scope": "scan", "subject": subject, "code": "object-count", "verdict": verdict, "value": "40",
        "expected": "1000 … 2500", "message": "Few objects.", "remedy": "Scan another split.", **told,
    }  # fmt: skip


def cut_row(name: str, *, source: str = "watershed", applied: bool = True) -> dict[str, Any]:
    """A line on an object."""
    return {"object_id": name, "source": source, "applied": applied}


def spectrum_rows(sample: str, taxon: str, nbss: Sequence[float | None], **told: Any) -> list[dict[str, Any]]:
    """Octaves from 1/64 mm³ on; the first is not complete."""
    return [
        {
            "sample_id": sample, "taxon": taxon, "volume_as": "ellipsoid", "low_mm3": 2.0 ** (number - 6),
            "high_mm3": 2.0 ** (number - 5), "counted": 8 if value else 0, "nbss_per_m3": value,
            "nbss_per_m3_low": None if value is None else 0.5 * value,
            "nbss_per_m3_high": None if value is None else 2 * value or 3.0, "is_complete": number > 0, **told,
        }
        for number, value in enumerate(nbss)
    ]  # fmt: skip


def _objects(sample: str, made: Recipe) -> list[dict[str, Any]]:
    return [
        object_row(
            f"{sample}_tot_1", number, taxon=TAXA[number % len(TAXA)], pixel_size_um=25400 / 2400,
            esd_um=400.0 + 50 * (number % 9), status="validated" if number % 8 == 1 else "predicted",
        )
        for number in range(1, made.objects + 1)
    ]  # fmt: skip


def _counts(sample: str, made: Recipe) -> list[dict[str, Any]]:
    rows = []
    for taxon in dict.fromkeys(TAXA):
        counted = TAXA.count(taxon) * made.objects // len(TAXA)
        row: dict[str, Any] = {
            "sample_id": sample, "taxon": taxon, "is_organism": taxon != "detritus", "status": "predicted",
            "counted": counted, "counted_low": 0.7 * counted, "counted_high": 1.4 * counted,
            "biovolume_ellipsoid_mm3": 0.25 * counted,
        }  # fmt: skip
        if made.volume_m3:
            each = 8 / made.volume_m3
            row |= {"per_m3": counted * each, "per_m3_low": 0.7 * counted * each, "per_m3_high": 1.4 * counted * each}
            row |= {
                f"biovolume_ellipsoid_mm3_per_m3{end}": 0.25 * row[f"per_m3{end}"] for end in ENDS
            }  # as if all were of one size
        rows.append(row)
    return rows


def _spectra(sample: str, made: Recipe) -> list[dict[str, Any]]:
    told = [None if made.volume_m3 is None else 100 * 2.0**-number for number in range(CLASSES)]
    if made.empty_class is not None:
        told[made.empty_class] = 0.0
    return [
        *spectrum_rows(sample, "all organisms", told),
        *spectrum_rows(sample, "all organisms", told, volume_as="sphere"),
        *(row for taxon in dict.fromkeys(TAXA) for row in spectrum_rows(sample, taxon, told[1:3])),
    ]


def _scan(sample: str, number: int, made: Recipe) -> dict[str, Any]:
    return {
        **scan_row(f"{sample}_tot_1", sub_part=8.0), "verdict": made.verdicts[number % len(made.verdicts)],
        "findings": 1, "objects": made.objects, "multiples": 4, "cut_objects": 1, "multiples_share": 3 / made.objects,
    }  # fmt: skip


def _sample(name: str, made: Recipe) -> dict[str, Any]:
    return {
        **sample_row(name), "instrument": "ZooScan", "volume_m3": made.volume_m3, "scans": 1, "objects": made.objects,
        "net_surface_m2": 0.25, "program": "drawn",
    }  # fmt: skip
