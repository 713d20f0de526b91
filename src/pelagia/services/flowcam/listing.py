"""The listing: every particle of every source in one form, before anything is classified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.corrections import Corrections
from pelagia.io.flowcam import FlowCamRun, collage_file
from pelagia.services.flowcam.columns import LISTING_COLUMNS

MISSING_COLLAGE = "collage-missing"
SAME_NAME = (
    "image_uuid",
    "box_col_px",
    "box_row_px",
    "box_width_px",
    "box_height_px",
    "particle_id",
    "acquired_at_utc",
    "acquired_at_local",
    "ppc",
    "size_mismatch",
    "pixel_size_um",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a quick look at a place finds: particles, images at hand, facts worth telling, findings."""

    listed: int
    images: int
    facts: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass(slots=True)
class Naming:
    """Gives every object an identifier that is unique in the result.

    A particle number used twice, or two images of one name, get a second part; the first keeps its name.
    """

    taken: set[str] = field(default_factory=set)

    def name(self, wanted: str, otherwise: str) -> str:
        """Return ``wanted``, or ``wanted-otherwise`` where that is taken."""
        name = wanted
        if name in self.taken:
            name = f"{wanted}-{otherwise}"
        self.taken.add(name)
        return name


def run_listing(
    batch: pa.Table, run: FlowCamRun, place: Mapping[str, Any], labels: Mapping[int, str], naming: Naming
) -> pa.Table:
    """Bring a batch of a run's particles into the form of the listing.

    Parameters
    ----------
    batch
        Columns of :data:`pelagia.io.flowcam.PARTICLE_COLUMNS`, then ``lst_*``.
    run
        The run.
    place
        Values that are the same for all rows: ``sample_id``, ``source_uri``, ``latitude``, ``longitude``,
        ``depth_m``.
    labels
        Particle number → class given in VisualSpreadsheet.
    naming
        Remembers the names given so far.
    """
    sample = str(place["sample_id"])
    numbers = batch["particle_id"].to_pylist()
    rows = batch["list_row"].to_pylist()
    names = [naming.name(f"{sample}_{number}", f"row{row}") for number, row in zip(numbers, rows, strict=True)]
    repeats = [None if one is None else f"{sample}_{one}" for one in batch["duplicate_of"].to_pylist()]
    found = {name: collage_file(run.files, name) for name in pc.unique(batch["collage"]).to_pylist() if name}
    collages = batch["collage"].to_pylist()
    files = [found.get(name) for name in collages]
    taken = {
        "object_id": pa.array(names, pa.string()),
        "duplicate_of": pa.array(repeats, pa.string()),
        # The name in the list stays, so that a finding and a later reader know which collage is missing.
        "source_file": pa.array([file or name for file, name in zip(files, collages, strict=True)], pa.string()),
        "problem": pa.array([None if file else MISSING_COLLAGE for file in files], pa.string()),
        "given_label": pa.array([labels.get(number) for number in numbers], pa.string()),
        **{name: batch[name] for name in SAME_NAME},
        **{name: batch[name] for name in batch.column_names if name.startswith("lst_")},
        **{name: batch[name] for name in batch.column_names if name.endswith(("_um", "_um2", "_um3"))},
        **{name: batch[name] for name in SHAPES},
    }
    return listing_table(taken, place, batch.num_rows)


SHAPES = (
    "compactness",
    "circularity",
    "elongation",
    "aspect_ratio",
    "convexity",
    "transparency",
    "straightness",
    "curl",
)


def listing_table(taken: Mapping[str, Any], place: Mapping[str, Any], rows: int) -> pa.Table:
    """Return a table with all columns of the listing: those given, those of the place, the others empty.

    Parameters
    ----------
    taken
        Column name → values; names beyond the listing's stay behind them, in order.
    place
        Column name → one value for all rows.
    rows
        How many.
    """
    columns: dict[str, Any] = {}
    for column in LISTING_COLUMNS:
        if column.name in taken:
            columns[column.name] = pc.cast(taken[column.name], column.type)
        else:
            columns[column.name] = pa.repeat(pa.scalar(place.get(column.name), column.type), rows)
    known = set(columns)
    columns.update({name: values for name, values in taken.items() if name not in known})
    return pa.table(columns)


def with_decisions(listing: pa.Table, corrections: Corrections) -> pa.Table:
    """Write a person's decisions into the listing."""
    if not corrections.decisions:
        return listing
    decisions = [corrections.take(name) for name in listing["object_id"].to_pylist()]
    for name, attribute in (
        ("validated_taxon", "taxon"),
        ("validated_by", "validated_by"),
        ("validated_at", "validated_at"),
    ):
        kept = listing[name].to_pylist()
        values = [old if new is None else getattr(new, attribute) for old, new in zip(kept, decisions, strict=True)]
        listing = listing.set_column(listing.column_names.index(name), name, pa.array(values, pa.string()))
    return listing


def missing_collages(listing: pa.Table) -> Iterator[Issue]:
    """Return one finding a collage that a batch of the listing names and no file is."""
    lost = listing.filter(pc.equal(listing["problem"], MISSING_COLLAGE))
    for row in lost["source_file"].value_counts().to_pylist():
        yield missing_collage(row["values"], row["counts"])


def missing_collage(name: str, particles: int) -> Issue:
    """Return the finding for a collage that a list names and no file is."""
    return Issue(
        file=name or "(no collage named)",
        code=MISSING_COLLAGE,
        message="the collage that holds these particles is missing; they are listed, and not classified",
        remedy="Copy it from the instrument's computer beside the list, and run again.",
        severity="error",
        objects=particles,
    )


def union_columns(tables: Iterable[Sequence[Column]]) -> tuple[Column, ...]:
    """Return the listing's columns, then all further ones of the sources; text where sources disagree on the type."""
    further: dict[str, Column] = {}
    for columns in tables:
        for column in columns:
            known = further.setdefault(column.name, column)
            if known.type != column.type:
                further[column.name] = Column(
                    name=column.name, type=pa.string(), unit=known.unit, description=known.description
                )
    fixed = {column.name for column in LISTING_COLUMNS}
    return (*LISTING_COLUMNS, *(column for name, column in further.items() if name not in fixed))


def fill(table: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Return the table with all of these columns, empty where it has none, in their order."""
    arrays = []
    for column in columns:
        if column.name in table.column_names:
            arrays.append(pc.cast(table[column.name], column.type))
        else:
            arrays.append(pa.nulls(table.num_rows, column.type))
    return pa.table(arrays, schema=pa.schema([column.field() for column in columns]))
