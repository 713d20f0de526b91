"""SHA-256 of everything that was read, so that a result can be traced to its files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pelagia.core.errors import PelagiaError
from pelagia.core.provenance import InputRecord
from pelagia.core.table import Column, TableWriter
from pelagia.io.findings import Findings
from pelagia.io.sources.opening import open_source
from pelagia.io.sources.protocol import Source

FILE_COLUMNS: tuple[Column, ...] = (
    Column(name="source_uri", type=pa.string(), description="The folder, archive or address"),
    Column(name="name", type=pa.string(), description="The file"),
    Column(name="size", type=pa.int64(), description="Size", unit="byte"),
)
"""The files an inventory found: what :func:`checksum_batches` reads."""
FILES_PER_GROUP = 2_000
PIECE_BYTES = 1 << 20
ABSENT = ""
"""Stands for the checksum of a file that could not be read; the finding tells why."""


def list_files(uris: Sequence[str], path: Path, findings: Findings) -> None:
    """Write the table of the files that stand at some places, :data:`FILE_COLUMNS`.

    Parameters
    ----------
    uris
        The places.
    path
        Where the table shall stand.
    findings
        Takes what cannot be used.
    """
    with TableWriter("files", path, FILE_COLUMNS, rows_per_group=FILES_PER_GROUP) as writer:
        for uri in uris:
            source = open_source(uri)
            rows: list[dict[str, object]] = []
            for entry in source.entries():
                rows.append({"source_uri": uri, "name": entry.name, "size": entry.size})
                if len(rows) == FILES_PER_GROUP:
                    writer.write_records(rows)
                    rows = []
            if rows:
                writer.write_records(rows)
            findings.add_all(source.issues())


def checksum_batches(files: Path) -> list[dict[str, Any]]:
    """Return one item a row group of the table of files."""
    return [{"files": str(files), "group": group} for group in range(pq.read_metadata(files).num_row_groups)]


def checksum_files(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``files``: the row group with a column ``sha256`` added."""
    with pq.ParquetFile(item["files"]) as file:
        files = file.read_row_group(item["group"])
    sums = [_sum(row["source_uri"], row["name"]) for row in files.to_pylist()]
    return {"files": files.append_column("sha256", pa.array(sums, pa.string()))}


def sha256_of(source: Source, name: str) -> str:
    """Return the checksum of a file, :data:`ABSENT` where it cannot be read.

    Parameters
    ----------
    source, name
        Where it is, and its name there.
    """
    digest = sha256()
    try:
        # A list of a million particles has half a gigabyte: read in pieces.
        with source.open(name) as stream:
            while piece := stream.read(PIECE_BYTES):
                digest.update(piece)
    except (PelagiaError, OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return ABSENT
    return digest.hexdigest()


def _sum(uri: str, name: str) -> str:
    try:
        return sha256_of(open_source(uri), name)
    except PelagiaError:
        return ABSENT


def source_records(parts: Iterable[Mapping[str, Any]]) -> Iterator[InputRecord]:
    """Sum up the checksums per source.

    Parameters
    ----------
    parts
        The values of :func:`checksum_files`; rows of a source follow each other, sorted by name.
    """
    uri: str | None = None
    lines, count, size, only = sha256(), 0, 0, ABSENT
    for part in parts:
        for row in part["files"].to_pylist():
            if row["source_uri"] != uri and uri is not None:
                yield _record(uri, lines.hexdigest(), count, size, only)
                lines, count, size = sha256(), 0, 0
            uri, only = row["source_uri"], row["sha256"]
            lines.update(f"{row['sha256']}  {row['name']}\n".encode())
            count, size = count + 1, size + row["size"]
    if uri is not None:
        yield _record(uri, lines.hexdigest(), count, size, only)


def _record(uri: str, lines: str, files: int, size: int, only: str) -> InputRecord:
    return InputRecord(uri=uri, files=files, bytes=size, sha256=only if files == 1 else lines)
