"""FlowCam, from a raw run to published counts: the method.

1. *Inventory*: what the inputs hold; every particle of every list, with its sizes recomputed, in a listing.
2. *Classification*, in chunks: particles cut from their collages, named with calibrated probabilities or declined.
3. *Counts*: per sample, taxon and size class, per mL of sample, with the errors of counting and of the classifier.
4. *Checksums* of all that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import checksum_batches, checksum_files, source_records
from pelagia.learning.card import read_card
from pelagia.learning.naming import DECISION_COLUMNS
from pelagia.services.flowcam.classify import classify_chunk
from pelagia.services.flowcam.columns import COUNT_COLUMNS, SAMPLE_COLUMNS
from pelagia.services.flowcam.counts import count_samples
from pelagia.services.flowcam.inspection import inspect
from pelagia.services.flowcam.inventory import take_inventory
from pelagia.services.flowcam.model_findings import check_model
from pelagia.services.flowcam.samples import finish_samples, sample_records
from pelagia.services.flowcam.service import FlowCamParams
from pelagia.services.flowcam.summary import model_notes, summarise

Inventory = Mapping[str, Any]
Record = dict[str, Any]


def estimate(request: Request[FlowCamParams], /) -> Estimate:
    """Check every input and say how many images there are."""
    return inspect(request)


def run(request: Request[FlowCamParams], steps: Steps, /) -> Result:
    """List, classify, count."""
    inventory = steps.do("inventory", take_inventory, request, str(steps.workdir))
    findings = Findings()
    findings.add_records(inventory["issues"])
    if not inventory["chunks"]:
        raise _nothing(findings)
    objects = _classify(request, steps, inventory, findings)

    samples = steps.do("samples", finish_samples, inventory["samples"], str(objects.path))
    card = read_card(Path(request.models["classifier"].path))
    findings.add_all(check_model(card, samples))
    counted = steps.do("counts", count_samples, request, samples, str(objects.path))
    findings.add_records(counted["issues"])
    return Result(
        tables={
            "objects": objects,
            "counts": write_table("counts", steps.workdir, COUNT_COLUMNS, counted["counts"]),
            "samples": write_table("samples", steps.workdir, SAMPLE_COLUMNS, sample_records(samples)),
        },
        summary=summarise(samples, counted["counts"], card),
        issues=findings.issues(),
        provenance=request.provenance(_checksums(steps, inventory)),
        notes=model_notes(card),
    )


def _classify(request: Request[FlowCamParams], steps: Steps, inventory: Inventory, findings: Findings) -> Table:
    """Classify all chunks; write ``objects`` as they come, in the order of the lists."""
    listing = Path(inventory["listing"])
    items = [
        {
            "listing": str(listing),
            "group": group,
            "model": request.models["classifier"].path,
            "top_k": request.params.top_k,
            "max_error": request.params.max_error,
        }
        for group in range(inventory["chunks"])
    ]
    columns = (*Table(name="listing", path=listing).columns, *DECISION_COLUMNS)
    with TableWriter("objects", steps.workdir / "objects.parquet", columns) as objects:
        for part in steps.map("classify", classify_chunk, items, units=lambda part: int(part["images"])):
            objects.write(part["objects"])
            findings.add_records(part["issues"])
    return objects.table


def _nothing(findings: Findings) -> NothingUsable:
    issues = findings.issues()
    worst = [issue for issue in issues if issue.severity == "error"]
    first = next(iter((*worst, *issues)), None)
    return NothingUsable(
        "the input holds no particle" + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=", ".join(sorted({issue.code for issue in issues})) or "no particles found",
        remedy=first.remedy if first else "Name a run folder, a folder of images, a zip or an EcoTaxa bundle.",
    )


def _checksums(steps: Steps, inventory: Inventory) -> list[InputRecord]:
    batches = checksum_batches(Path(inventory["files"]))
    return list(source_records(steps.map("checksums", checksum_files, batches)))
