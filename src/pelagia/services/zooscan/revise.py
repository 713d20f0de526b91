"""A ZooScan result with what people changed: cut lines, metadata, names. Counts, spectra and checks follow.

Only objects whose lines were changed are cut, measured, drawn and named anew; everything else is taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.findings import gather
from pelagia.learning.card import CardClass, read_card
from pelagia.services.zooscan.columns import CUT_COLUMNS, SAMPLE_COLUMNS, SCAN_COLUMNS
from pelagia.services.zooscan.counts import COUNT_COLUMNS, SPECTRUM_COLUMNS, count_samples
from pelagia.services.zooscan.metadata_edits import EDIT_COLUMNS, apply_metadata
from pelagia.services.zooscan.objects import OBJECT_COLUMNS
from pelagia.services.zooscan.quality import CHECK_COLUMNS, MADE_BY_CHECKS, check_scans
from pelagia.services.zooscan.redraw import Anew, cut_again, no_object, read_redrawn
from pelagia.services.zooscan.samples import finish_samples, tally_scans
from pelagia.services.zooscan.service import ZooScanParams
from pelagia.services.zooscan.summary import summarise

Record = dict[str, Any]
COUNTED_ANEW = frozenset(
    {"volume-unknown", "sub-part-unknown", "fraction-incomplete", "scan-unmeasured", *MADE_BY_CHECKS}
)
"""Findings of counting and checking: those of the first time give way to those of this one."""


def revise(
    request: Request[ZooScanParams],
    result: Result,
    decisions: Mapping[str, Decision],
    workdir: Path,
    /,
    edits: Sequence[Edit] = (),
) -> Result:
    """Apply lines, then metadata, then names; count and check again."""
    issues: list[Issue] = []
    redrawn = read_redrawn(edits)
    scans, samples, changes = apply_metadata(
        edits, _records(result.tables["scans"]), _records(result.tables["samples"]), issues
    )
    anew = cut_again(request, result, redrawn, (scans, samples), workdir)
    issues += [no_object(name) for name in anew.missing]
    card = read_card(Path(request.models["classifier"].path))
    taxa = {one.name: one for one in card.classes}
    objects = _objects(result.tables["objects"], anew.rows, decisions, taxa, samples, workdir)
    issues += _left_over(decisions, objects)
    all_cuts = _cuts(result.tables["cuts"], anew, workdir)
    scans = tally_scans(scans, str(objects.path), str(all_cuts.path))
    samples = finish_samples(samples, scans)
    counted = count_samples(request, scans, samples, str(objects.path))
    checked = check_scans(request, scans, samples, str(objects.path))
    made = {
        "counts": (COUNT_COLUMNS, counted["counts"]),
        "spectrum": (SPECTRUM_COLUMNS, counted["spectrum"]),
        "scans": (SCAN_COLUMNS, checked["scans"]),
        "samples": (SAMPLE_COLUMNS, samples),
        "checks": (CHECK_COLUMNS, checked["checks"]),
    }
    if changes:
        made["edits"] = (EDIT_COLUMNS, changes)
    issues += [Issue(**record) for record in (*counted["issues"], *checked["issues"])]
    return Result(
        tables={**result.tables, "objects": objects, "cuts": all_cuts}
        | {name: write_table(name, workdir, *told) for name, told in made.items()},
        summary=summarise(checked["scans"], samples, counted["counts"], card),
        issues=gather([*(issue for issue in result.issues if issue.code not in COUNTED_ANEW), *issues]),
        provenance=result.provenance,
        artifacts=(*result.artifacts, *anew.archives),
        notes=result.notes,
    )


def _objects(
    before: Table,
    again: Mapping[str, Sequence[Record]],
    decisions: Mapping[str, Decision],
    taxa: Mapping[str, CardClass],
    samples: Sequence[Record],
    workdir: Path,
) -> Table:
    """Write ``objects``: the old rows, in their place the new ones of what was redrawn, names and places on top."""
    places = {sample["sample_id"]: (sample["latitude"], sample["longitude"]) for sample in samples}
    with TableWriter("objects", workdir / "objects.parquet", OBJECT_COLUMNS) as writer:
        done: set[str] = set()
        for batch in before.batches():
            rows = list(_rows(batch.to_pylist(), again, done))
            for row in rows:
                row["latitude"], row["longitude"] = places.get(row["sample_id"], (None, None))
                if row["object_id"] in decisions:
                    row.update(_decided(decisions[row["object_id"]], taxa))
            writer.write_records(rows)
    return writer.table


def _rows(records: Iterable[Record], again: Mapping[str, Sequence[Record]], done: set[str]) -> Iterator[Record]:
    for record in records:
        name = f"{record['scan_id']}_{record['number']}"
        if name not in again:
            yield record
        elif name not in done:
            done.add(name)
            yield from again[name]


def _decided(decision: Decision, taxa: Mapping[str, CardClass]) -> Record:
    known = taxa.get(decision.label)
    return {
        "validated_taxon": decision.label,
        "validated_by": decision.by,
        "validated_at": decision.at,
        "taxon": decision.label,
        "status": "validated",
        "scientific_name": known.scientific_name if known else None,
        "aphia_id": known.aphia_id if known else None,
    }


def _cuts(before: Table, anew: Anew, workdir: Path) -> Table:
    with TableWriter("cuts", workdir / "cuts.parquet", CUT_COLUMNS) as writer:
        for batch in before.batches():
            writer.write_records([row for row in batch.to_pylist() if row["object_id"] not in anew.rows])
        writer.write_records(anew.cuts)
    return writer.table


def _left_over(decisions: Mapping[str, Decision], objects: Table) -> Iterator[Issue]:
    missing = set(decisions)
    for batch in objects.batches(["object_id"]):
        missing -= set(batch["object_id"].to_pylist())
    if missing:
        yield Issue(
            file="the decisions made in the gallery",
            code="correction-without-object",
            message=f"{len(missing):,} decisions name objects that there are no longer: they were cut, or joined again",
            value=", ".join(sorted(missing)[:5]) + (" …" if len(missing) > 5 else ""),
            remedy="Name the pieces in the gallery.",
            objects=len(missing),
        )


def _records(table: Table) -> list[Record]:
    records: list[Record] = table.read().to_pylist()
    return records
