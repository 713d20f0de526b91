"""The two tables a person may add to a folder of images: what the classes are, what is known of each image."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.sources import open_source
from pelagia.learning.card import CardClass

CLASS_COLUMNS = ("name", "scientific_name", "aphia_id", "is_organism", "remark")
METADATA_COLUMNS = ("name", "pixel_size_um", "month", "latitude", "longitude", "depth_m", "group")
YES, NO = frozenset({"", "1", "true", "yes"}), frozenset({"0", "false", "no"})


def read_class_table(uri: str) -> tuple[CardClass, ...]:
    """Read the class table, a CSV with the columns of :data:`CLASS_COLUMNS`; only ``name`` is needed.

    Raises
    ------
    BadInput
        With the line, where a value cannot be.
    """
    found = []
    for number, row in enumerate(_rows(uri, CLASS_COLUMNS), start=2):
        try:
            found.append(_class(row))
        except (ValueError, ValidationError) as error:
            raise BadInput(
                f"line {number} of the class table cannot be read",
                value=", ".join(row.values()),
                remedy="aphia_id is a positive whole number or empty, is_organism true or false, name is not empty.",
                file=uri,
                code="class-table-invalid",
            ) from error
    names = [c.name for c in found]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(
                "the class table names a class twice",
                value=name,
                remedy="Keep one line per class.",
                file=uri,
                code="class-table-invalid",
            )
    return tuple(found)


def _class(row: Mapping[str, str]) -> CardClass:
    organism = row.get("is_organism", "").strip().lower()
    if organism not in YES | NO:
        raise ValueError(organism)
    aphia_id = row.get("aphia_id", "").strip()
    return CardClass(
        name=row["name"].strip(),
        scientific_name=row.get("scientific_name", "").strip() or None,
        aphia_id=int(aphia_id) if aphia_id else None,
        is_organism=organism in YES,
        remark=row.get("remark", "").strip(),
    )


def describe_classes(names: Sequence[str], table: Sequence[CardClass]) -> tuple[tuple[CardClass, ...], list[Issue]]:
    """Return what the card says of the classes; what the table does not tell stays empty.

    Returns
    -------
    tuple of CardClass
        In the order of ``names``.
    list of Issue
        Organisms without an AphiaID: they are never guessed.
    """
    known = {c.name: c for c in table}
    classes = tuple(known.get(name) or CardClass(name=name) for name in names)
    return classes, [_without_aphia(c.name) for c in classes if c.is_organism and c.aphia_id is None]


def read_metadata(uri: str) -> dict[str, dict[str, str]]:
    """Read the metadata table, a CSV with the columns of :data:`METADATA_COLUMNS`: image name → its row."""
    return {row["name"].strip().replace("\\", "/"): row for row in _rows(uri, METADATA_COLUMNS)}


def _rows(uri: str, columns: Sequence[str]) -> list[dict[str, str]]:
    source = open_source(uri)
    entry = next(iter(source.entries()))
    try:
        text = source.read(entry.name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "the table is not UTF-8 text", remedy="Save it as CSV, UTF-8.", file=uri, code="table-unreadable"
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    found = list(reader.fieldnames or ())
    if "name" not in found or set(found) - set(columns):
        raise BadInput(
            "the columns of the table are not as expected",
            value=", ".join(found),
            remedy=f"Use a comma-separated table with the column name and, if known, {', '.join(columns[1:])}.",
            file=uri,
            code="table-columns",
        )
    return [{key: value or "" for key, value in row.items() if key is not None} for row in reader]


def _without_aphia(name: str) -> Issue:
    return Issue(
        file=name,
        code="class-without-aphiaid",
        message=f"No AphiaID is known for the class {name}",
        remedy="Add it to the class table (marinespecies.org); it is never guessed.",
        severity="note",
    )
