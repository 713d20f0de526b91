"""The metadata of a result as it stands with people's corrections, and the trail of these."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.result import Issue
from pelagia.core.spreadsheet import as_cells
from pelagia.core.table import Table
from pelagia.runtime.edits import Made
from pelagia.services.zooscan.metadata_edits import (
    KIND,
    LONGEST_TEXT,
    SAMPLE,
    SAMPLE_FIELDS,
    SCAN,
    SCAN_FIELDS,
    Field,
    apply_metadata,
    field_of,
)

TRAIL_HEADER = ("number", "who", "when", "about", "field", "old", "new", "why")
NO_VALUE, TOO_LONG = "?", "x" * (LONGEST_TEXT + 1)
"""What no number or moment can be, and no text: a field refuses it, and says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value: as it stands, and as the files have it; texts, empty where it is not known."""

    field: Field
    value: str
    filed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sample or scan: the subject of its edits, its name, what it belongs to."""

    subject: str
    name: str
    part_of: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """All samples or all scans; ``takes`` says of each field what it refuses, and what it takes instead."""

    kind: str
    title: str
    fields: tuple[Field, ...]
    takes: Mapping[str, tuple[str, str]]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the trail."""

    number: int
    by: str
    at: str
    subject: str
    field: Field
    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a person changed in one go, for one reason; ``mine``: who asks may take it back."""

    first: int
    last: int
    by: str
    at: datetime
    why: str
    mine: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The metadata with all corrections made so far."""

    grids: tuple[Grid, Grid]
    changes: tuple[Change, ...]


def standing_of(tables: Mapping[str, Table], made: Sequence[Made]) -> Standing:
    """Return the metadata of a result with the corrections of it.

    Parameters
    ----------
    tables
        Of the result as the machine gave it.
    made
        All edits of it; those of other kinds, or of what is not there, are passed over.
    """
    filed = {name: _records(tables[name]) for name in ("scans", "samples")}
    subjects = {f"{SCAN}{row['scan_id']}" for row in filed["scans"]}
    subjects |= {f"{SAMPLE}{row['sample_id']}" for row in filed["samples"]}
    told = [
        one
        for one in made
        if one.edit.kind == KIND and one.edit.subject in subjects and field_of(one.edit.subject, one.edit.field)
    ]
    issues: list[Issue] = []
    scans, samples, changes = apply_metadata((one.edit for one in told), filed["scans"], filed["samples"], issues)
    return Standing(
        grids=(
            _grid("sample", "Samples", SAMPLE_FIELDS, samples, filed["samples"]),
            _grid("scan", "Scans", SCAN_FIELDS, scans, filed["scans"]),
        ),
        changes=tuple(_change(one, change) for one, change in zip(told, changes, strict=True)),
    )


def batches_of(changes: Sequence[Change], made: Sequence[Made], key: str) -> list[Batch]:
    """Return the trail in portions as they were saved, the latest first; ``key`` is that of who asks."""
    by_number = {one.id: one for one in made}
    portions: dict[tuple[str, datetime, str], list[Change]] = {}
    for change in changes:
        one = by_number[change.number]
        portions.setdefault((one.annotator.key, one.at, change.why), []).append(change)
    return [
        Batch(
            first=mine[0].number,
            last=mine[-1].number,
            by=mine[0].by,
            at=at.replace(tzinfo=at.tzinfo or UTC),
            why=why,
            mine=who == key,
            changes=tuple(mine),
        )
        for (who, at, why), mine in reversed(portions.items())
    ]


def trail_csv(changes: Iterable[Change]) -> bytes:
    """Return the trail as a file: who, when, what, old, new, why."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TRAIL_HEADER)
    for one in changes:
        cells = (one.number, one.by, one.at, one.subject, one.field.name, one.old, one.new, one.why)
        writer.writerow(as_cells(cells))
    return text.getvalue().encode()


def as_text(value: object) -> str:
    """Return a value as the form shows it, and takes it back."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if moment.second else "%Y-%m-%dT%H:%MZ")
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _grid(
    kind: str,
    title: str,
    fields: tuple[Field, ...],
    rows: Sequence[Mapping[str, Any]],
    filed: Sequence[Mapping[str, Any]],
) -> Grid:
    return Grid(
        kind=kind,
        title=title,
        fields=fields,
        takes={field.name: _takes(field) for field in fields},
        rows=tuple(
            Row(
                subject=f"{kind}:{row[f'{kind}_id']}",
                name=str(row[f"{kind}_id"]),
                part_of=str(row["sample_id" if kind == "scan" else "project"] or ""),
                cells=tuple(
                    Cell(field=field, value=as_text(row[field.name]), filed=as_text(before[field.name]))
                    for field in fields
                ),
            )
            for row, before in zip(rows, filed, strict=True)
        ),
    )


def _takes(field: Field) -> tuple[str, str]:
    """Return how a field refuses a value: what is wrong, and the remedy."""
    try:
        field.parse(TOO_LONG if field.kind == "text" else NO_VALUE)
    except BadParameter as error:
        return error.what, error.remedy
    raise ValueError(f"the field {field.name} takes anything")


def _change(made: Made, change: Mapping[str, Any]) -> Change:
    field = field_of(change["subject"], change["field"])
    if field is None:
        raise ValueError(f"there is no field {change['field']}")
    told = {name: str(change[name]) for name in ("by", "at", "subject", "old", "new", "why")}
    return Change(number=made.id, field=field, **told)


def _records(table: Table) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = table.read().to_pylist()
    return records
