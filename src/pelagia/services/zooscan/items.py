"""What the steps of a ZooScan run are given: an item a scan, an item a part of its objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.service import Request
from pelagia.imaging.segmentation import esd_to_area_px
from pelagia.services.zooscan.names import stem_of
from pelagia.services.zooscan.pack import PARTS
from pelagia.services.zooscan.service import ZooScanParams

Record = dict[str, Any]


def scan_items(inventory: Mapping[str, Any], request: Request[ZooScanParams], workdir: Path) -> list[Record]:
    """Return what :func:`pelagia.services.zooscan.scan.process_scan` is given, for every scan of the inventory."""
    params = request.params
    same = {
        "threshold": params.threshold,
        "min_esd_mm": params.min_esd_mm,
        "max_esd_mm": params.max_esd_mm,
        "compatibility": params.compatibility,
        "bottom_crop_px": params.bottom_crop_px,
        "scratch": str(workdir),
    }
    return [
        {**scan["files"], "scan_id": scan["scan_id"], **same}
        | {
            "sep": scan["files"]["sep"] if params.project_masks else "",
            "pack": str(workdir / "regions" / f"{stem_of(scan['scan_id'])}.parquet"),
            "picture": str(workdir / "scans" / f"{stem_of(scan['scan_id'])}.tif"),
        }
        for scan in measured_scans(inventory)
    ]


def measured_scans(inventory: Mapping[str, Any]) -> list[Record]:
    """Return the scans of an inventory that have something to measure."""
    return [scan for scan in inventory["scans"] if scan["files"]]


def part_items(
    inventory: Mapping[str, Any], items: Sequence[Record], request: Request[ZooScanParams], workdir: Path
) -> list[Record]:
    """Return what :func:`pelagia.services.zooscan.objects.work_on_part` is given, for every part of every scan."""
    samples = {sample["sample_id"]: sample for sample in inventory["samples"]}
    parts: list[Record] = []
    for scan, item in zip(measured_scans(inventory), items, strict=True):
        for part in range(PARTS):
            name = f"{stem_of(scan['scan_id'])}-{part + 1}.zip"
            parts.append(
                object_item(request, scan["row"], samples[scan["sample_id"]], item["pack"], inventory["corrections"])
                | {
                    "table": scan["files"]["table"],
                    "place": scan["files"]["place"],
                    "part": part,
                    "archive": str(workdir / "vignettes" / name),
                    "archive_name": f"vignettes/{name}",
                }
            )
    return parts


def object_item(
    request: Request[ZooScanParams],
    scan: Mapping[str, Any],
    sample: Mapping[str, Any],
    pack: str,
    corrections: Mapping[str, Any],
) -> Record:
    """Return what the objects of a scan need to be separated, measured, drawn and named."""
    mine = f"{scan['scan_id']}_"
    params, dpi = request.params, scan["dpi"]
    return {
        "scan_id": scan["scan_id"],
        "sample_id": scan["sample_id"],
        "pack": pack,
        "dpi": dpi,
        "threshold": params.threshold,
        "min_area_px": esd_to_area_px(params.min_esd_mm, dpi),
        "compatibility": params.compatibility,
        "separation": scan["separation"],
        "multiple_from": params.multiple_from,
        **{role: model.path for role, model in request.models.items()},
        "top_k": params.top_k,
        "max_error": params.max_error,
        "latitude": sample["latitude"],
        "longitude": sample["longitude"],
        "corrections": {name: one for name, one in corrections.items() if name.startswith(mine)},
    }
