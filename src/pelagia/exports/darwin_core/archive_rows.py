"""What every archive is written with: rows of its files, its fingerprint, what its description lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from zipfile import ZipFile

from pelagia.core.result import Issue, Result
from pelagia.exports.archive import zip_entry
from pelagia.exports.darwin_core import descriptor
from pelagia.exports.outcome import DatasetInfo

ARCHIVE_NAME = "darwin-core.zip"


def write_rows(archive: ZipFile, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write one file of the archive, row by row."""
    with archive.open(zip_entry(name), "w") as file:
        file.write(("\t".join((descriptor.LINK_COLUMN, *columns)) + "\n").encode())
        for row in rows:
            cells = [_cell(row.get(column)) for column in ("eventID", *columns)]
            file.write(("\t".join(cells) + "\n").encode())


def _cell(value: object) -> str:
    # The fields are not quoted, so that what would end one cannot stand in it.
    return "" if value is None else " ".join(str(value).split())


def fingerprint(result: Result) -> str:
    """Return a text that is the same whenever the result is."""
    record = json.dumps(result.provenance.to_json(), sort_keys=True, default=str)
    return sha256(record.encode()).hexdigest()


def about_description(dataset: DatasetInfo) -> Iterator[Issue]:
    """Tell what a publisher has to say of a data set and has not."""
    missing = missing_description(dataset)
    if missing:
        yield Issue(
            file="",
            code="dataset-description-incomplete",
            message=f"The description of the data set lacks what OBIS and GBIF ask for: {', '.join(missing)}.",
            remedy="Give them in the data set description (a JSON file).",
            value=", ".join(missing),
            severity="note",
        )


def missing_description(dataset: DatasetInfo) -> tuple[str, ...]:
    """Name what a publisher has to say of a data set and has not."""
    asked = ("title", "abstract", "institution_code", "creator_name", "creator_email", "licence", "country_code")
    return tuple(name for name in asked if not getattr(dataset, name))
