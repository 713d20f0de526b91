"""A FlowCam result with people's decisions in it: the same images and predictions, new names, new counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Issue, Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.corrections import Corrections
from pelagia.io.corrections import Decision as Correction
from pelagia.io.findings import gather
from pelagia.learning.card import CardClass, ModelCard, read_card
from pelagia.services.flowcam.columns import COUNT_COLUMNS, SAMPLE_COLUMNS
from pelagia.services.flowcam.counts import count_samples
from pelagia.services.flowcam.listing import with_decisions
from pelagia.services.flowcam.samples import finish_samples
from pelagia.services.flowcam.service import FlowCamParams
from pelagia.services.flowcam.summary import summarise

COUNTED_ANEW = frozenset({"adjusted-counts-unstable"})
"""Findings that the counting makes: those of the first counting give way to those of this one."""
DECISIONS = "the decisions made in the gallery"


def revise(
    request: Request[FlowCamParams],
    result: Result,
    decisions: Mapping[str, Decision],
    workdir: Path,
    /,
    edits: Sequence[Edit] = (),
) -> Result:
    """Write the decisions into ``objects``, then count again.

    The tables are those that a run with the same decisions as its corrections gives. FlowCam has no editor, and so no
    edits.
    """
    corrections = Corrections(
        file=DECISIONS,
        decisions={
            name: Correction(taxon=one.label, validated_by=one.by, validated_at=one.at)
            for name, one in decisions.items()
        },
    )
    card = read_card(Path(request.models["classifier"].path))
    objects = _decided(result.tables["objects"], corrections, card, workdir)
    samples = finish_samples(_records(result.tables["samples"]), str(objects.path))
    counted = count_samples(request, samples, str(objects.path))
    tables = {
        "objects": objects,
        "counts": write_table("counts", workdir, COUNT_COLUMNS, counted["counts"]),
        "samples": write_table("samples", workdir, SAMPLE_COLUMNS, samples),
    }
    return Result(
        tables={**result.tables, **tables},
        summary=summarise(samples, counted["counts"], card),
        issues=gather(_issues(result, counted["issues"], corrections)),
        provenance=result.provenance,
        artifacts=result.artifacts,
        notes=result.notes,
    )


def _decided(objects: Table, corrections: Corrections, card: ModelCard, workdir: Path) -> Table:
    taxa = {one.name: one for one in card.classes}
    wanted = pa.array(list(corrections.decisions), pa.string())
    with TableWriter("objects", workdir / "objects.parquet", objects.columns) as writer:
        for batch in objects.batches():
            rows = pa.Table.from_batches([batch])
            touched = pc.is_in(rows["object_id"], value_set=wanted)
            writer.write(_settled(rows, touched, corrections, taxa) if pc.any(touched).as_py() else rows)
    return writer.table


def _settled(
    rows: pa.Table, touched: pa.ChunkedArray, corrections: Corrections, taxa: Mapping[str, CardClass]
) -> pa.Table:
    """Let the decisions hold where there are some: taxon, status and the names that go with the taxon."""
    rows = with_decisions(rows, corrections)
    known = [taxa.get(taxon) for taxon in rows["validated_taxon"].to_pylist()]
    decided = {
        "taxon": rows["validated_taxon"],
        "status": pa.chunked_array([pa.repeat("validated", rows.num_rows)]),
        "scientific_name": pa.chunked_array([[one.scientific_name if one else None for one in known]], pa.string()),
        "aphia_id": pa.chunked_array([[one.aphia_id if one else None for one in known]], pa.int64()),
    }
    for name, values in decided.items():
        chosen = pc.if_else(touched.combine_chunks(), values.combine_chunks(), rows[name].combine_chunks())
        rows = rows.set_column(rows.column_names.index(name), name, chosen)
    return rows


def _issues(result: Result, counted: Sequence[Mapping[str, Any]], corrections: Corrections) -> Iterator[Issue]:
    yield from (issue for issue in result.issues if issue.code not in COUNTED_ANEW)
    yield from (Issue(**record) for record in counted)
    yield from corrections.left_over()


def _records(table: Table) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = table.read().to_pylist()
    return records
