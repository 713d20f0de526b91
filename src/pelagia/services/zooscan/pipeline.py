"""ZooScan, from raw scans to organisms per cubic metre: the method.

1. *Inventory*: which scans the inputs hold, with their backgrounds and metadata.
2. *Scans*, one a step: 16 to 8 bits, background taken away, frame found, separation mask applied, objects cut out.
3. *Objects*, in parts: touching organisms separated, all measured, drawn and named.
4. *Counts*: organisms and biovolume per m³, per sample and taxon, with the errors of counting; size spectra.
5. *Checks*: what a quality control of the scan, its sample and its project finds.
6. *Checksums* of all that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Artifact, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.corrections import Corrections, Decision
from pelagia.io.findings import Findings
from pelagia.learning.card import read_card
from pelagia.services.zooscan.checksums import checksum_scan, source_records
from pelagia.services.zooscan.columns import CUT_COLUMNS, SAMPLE_COLUMNS, SCAN_COLUMNS
from pelagia.services.zooscan.counts import COUNT_COLUMNS, SPECTRUM_COLUMNS, count_samples
from pelagia.services.zooscan.inspection import inspect
from pelagia.services.zooscan.inventory import take_inventory
from pelagia.services.zooscan.items import part_items, scan_items
from pelagia.services.zooscan.objects import OBJECT_COLUMNS, work_on_part
from pelagia.services.zooscan.quality import CHECK_COLUMNS, check_scans
from pelagia.services.zooscan.samples import finish_samples, finish_scans, sample_records
from pelagia.services.zooscan.scan import process_scan
from pelagia.services.zooscan.service import ZooScanParams
from pelagia.services.zooscan.summary import notes, summarise

Record = dict[str, Any]


def estimate(request: Request[ZooScanParams], /) -> Estimate:
    """Check every input and say how many scans there are."""
    return inspect(request)


def run(request: Request[ZooScanParams], steps: Steps, /) -> Result:
    """Clean, cut out, separate, measure, name, count, check."""
    inventory = steps.do("inventory", take_inventory, request)
    findings = Findings()
    findings.add_records(inventory["issues"])
    items = scan_items(inventory, request, steps.workdir)
    done = list(steps.map("scan", process_scan, items, units=lambda scan: int(scan["scans"])))
    for scan in done:
        findings.add_records(scan["issues"])
    if not inventory["is_checked_only"] and not any(scan["objects"] for scan in done):
        raise _nothing(findings)
    parts = part_items(inventory, items, request, steps.workdir)
    objects, cuts = _objects(steps, parts)
    findings.add_all(_left_over(inventory["corrections"], request, objects))

    scans = steps.do("scans", finish_scans, inventory["scans"], done, str(objects.path), str(cuts.path))
    samples = steps.do("samples", finish_samples, inventory["samples"], scans)
    counted = steps.do("counts", count_samples, request, scans, samples, str(objects.path))
    checked = steps.do("checks", check_scans, request, scans, samples, str(objects.path))
    findings.add_records([*counted["issues"], *checked["issues"]])
    card = read_card(Path(request.models["classifier"].path))
    tables = {
        "counts": (COUNT_COLUMNS, counted["counts"]),
        "spectrum": (SPECTRUM_COLUMNS, counted["spectrum"]),
        "scans": (SCAN_COLUMNS, checked["scans"]),
        "samples": (SAMPLE_COLUMNS, sample_records(samples)),
        "checks": (CHECK_COLUMNS, checked["checks"]),
    }
    return Result(
        tables={"objects": objects, "cuts": cuts}
        | {name: write_table(name, steps.workdir, *told) for name, told in tables.items()},
        summary=summarise(checked["scans"], samples, counted["counts"], card),
        issues=findings.issues(),
        provenance=request.provenance(source_records(steps.map("checksums", checksum_scan, items))),
        artifacts=tuple(_artifacts(items, done, parts)),
        notes=notes(card, request.params),
    )


def _objects(steps: Steps, parts: Sequence[Record]) -> tuple[Table, Table]:
    """Work on all parts; write ``objects`` and ``cuts`` as they come, in the order of the scans."""
    with (
        TableWriter("objects", steps.workdir / "objects.parquet", OBJECT_COLUMNS) as objects,
        TableWriter("cuts", steps.workdir / "cuts.parquet", CUT_COLUMNS) as cuts,
    ):
        for done in steps.map("objects", work_on_part, parts):
            objects.write(done["objects"])
            cuts.write(done["cuts"])
    return objects.table, cuts.table


def _left_over(decided: Mapping[str, Any], request: Request[ZooScanParams], objects: Table) -> Iterator[Issue]:
    corrections = Corrections(
        file=next(iter(request.inputs.get("corrections", ())), ""),
        decisions={name: Decision(**one) for name, one in decided.items()},
    )
    for batch in objects.batches(["object_id"]):
        for name in batch["object_id"].to_pylist():
            corrections.take(name)
    return corrections.left_over()


def _artifacts(items: Sequence[Record], done: Sequence[Record], parts: Sequence[Record]) -> Iterator[Artifact]:
    for item, scan in zip(items, done, strict=True):
        if scan["scans"] and not item["table"]:
            yield _file("scan", item["picture"], "scans", "image/tiff", f"{item['scan_id']} without its background")
            yield _file(
                "regions",
                item["pack"],
                "regions",
                "application/vnd.apache.parquet",
                f"Objects cut out of {item['scan_id']}",
            )
    for part in parts:
        if Path(part["archive"]).exists():
            yield _file("vignettes", part["archive"], "vignettes", "application/zip", f"Vignettes of {part['scan_id']}")


def _file(role: str, path: str, folder: str, media_type: str, description: str) -> Artifact:
    place = Path(path)
    return Artifact(
        role=role, name=f"{folder}/{place.name}", path=place, media_type=media_type, description=description
    )


def _nothing(findings: Findings) -> NothingUsable:
    issues = findings.issues()
    worst = [issue for issue in issues if issue.severity == "error"]
    first = next(iter((*worst, *issues)), None)
    return NothingUsable(
        "no organism was found" + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=", ".join(sorted({issue.code for issue in issues})) or "no scans found",
        remedy=first.remedy
        if first
        else "Name a ZooProcess project, a raw scan with its backgrounds, or a vis1 image.",
    )
