"""The objects of a result made ready for browsing: what a gallery asks of each, in one file mapped into memory.

The table ``objects`` has everything on each object, row group by row group; a gallery wants a few facts on all of them
at once, sorted and filtered, and then a page of rows anywhere in the table. The index holds these facts as plain
columns: a million objects are about 100 MB on disk, next to nothing in memory, and a filter over all of them takes
milliseconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FORMAT = 1
CODED = ("taxon", "predicted_taxon", "sample_id", "source_uri", "source_file", "problem")
"""Texts that repeat: stored as numbers, the texts once."""
NUMBERS: Mapping[str, pa.DataType] = {
    "box_col_px": pa.int32(),
    "box_row_px": pa.int32(),
    "box_width_px": pa.int32(),
    "box_height_px": pa.int32(),
    "pixel_size_um": pa.float32(),
    "size_um": pa.float32(),
    "confidence": pa.float32(),
    "time_us": pa.int64(),
    "status": pa.int8(),
}
SIZES = ("esd_um", "abd_um")
PREDICTED, VALIDATED, UNKNOWN, UNCLASSIFIED = range(4)
STATUSES = ("predicted", "validated", "unknown", "unclassified")
"""What may be said of an object: named by the model, named by a person, declined by the model, without an image."""
NEEDED = ("object_id", "sample_id", "source_uri", "source_file", "taxon", "status")
NO_NUMBER = -1
NO_TIME = np.iinfo(np.int64).min


def can_browse(columns: Sequence[str]) -> bool:
    """Whether a table ``objects`` with these columns can be shown as a gallery."""
    return set(NEEDED) <= set(columns)


@dataclass(frozen=True)
class ObjectIndex:
    """The index of one table; its columns are views of the file.

    Parameters
    ----------
    table
        One batch of the columns of this module.
    names
        Column of :data:`CODED` → its texts, in the order of their numbers.
    parquet
        The table it was made of.
    own
        Where the files of the result itself are (:func:`pelagia.core.result.own_files`).
    """

    table: pa.Table
    names: Mapping[str, tuple[str, ...]]
    parquet: Path
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many objects there are."""
        return int(self.table.num_rows)

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """Return a column; texts as numbers into :attr:`names`, :data:`NO_NUMBER` where there is none."""
        values: npt.NDArray[Any] = self.table.column(name).chunk(0).to_numpy(zero_copy_only=True)
        return values

    def text(self, name: str, row: int) -> str | None:
        """Return one text."""
        code = int(self.numbers(name)[row])
        return None if code == NO_NUMBER else self.names[name][code]

    def object_id(self, row: int) -> str:
        """Return the name of an object."""
        found: str = self.table.column("object_id").chunk(0)[row].as_py()
        return found

    def find(self, object_ids: Sequence[str]) -> dict[str, int]:
        """Return the rows of objects by their names; those that are not there are left out."""
        wanted = pa.array(list(object_ids), pa.string())
        where = pc.index_in(self.table.column("object_id").chunk(0), value_set=wanted)
        rows = np.flatnonzero(where.is_valid().to_numpy(zero_copy_only=False))
        chosen = where.take(pa.array(rows)).to_pylist()
        return {object_ids[index]: int(row) for index, row in zip(chosen, rows, strict=True)}

    @cached_property
    def has_boxes(self) -> bool:
        """Whether objects are parts of larger images."""
        return bool((self.numbers("box_col_px") >= 0).any())

    def place(self, row: int) -> dict[str, Any]:
        """Return where the image of an object stands, with :data:`pelagia.io.cutting.PLACE_COLUMNS`."""
        boxes = {name: int(self.numbers(name)[row]) for name in NUMBERS if name.startswith("box_")}
        is_whole_file = boxes["box_col_px"] == NO_NUMBER
        return {
            "source_uri": self.own.get(uri := self.text("source_uri", row) or "", uri) or None,
            "source_file": self.text("source_file", row),
            **(dict.fromkeys(boxes) if is_whole_file else boxes),
        }

    def neighbours(self, row: int) -> npt.NDArray[np.int64]:
        """Return the rows whose images stand in the same file, this one among them."""
        same = self.numbers("source_file") == self.numbers("source_file")[row]
        return np.flatnonzero(same & (self.numbers("source_uri") == self.numbers("source_uri")[row]))

    def record(self, row: int) -> dict[str, Any]:
        """Return everything the table has on one object; reads one row group."""
        with pq.ParquetFile(self.parquet) as file:
            first = 0
            for group in range(file.num_row_groups):
                there = file.metadata.row_group(group).num_rows
                if row < first + there:
                    record: dict[str, Any] = file.read_row_group(group).slice(row - first, 1).to_pylist()[0]
                    return record
                first += there
        raise IndexError(row)


def open_index(parquet: Path, path: Path, own: Mapping[str, str] | None = None) -> ObjectIndex | None:
    """Open the index of a table; ``None`` where there is none yet, or the table has changed."""
    try:
        source = pa.memory_map(str(path), "r")
        table = pa.ipc.open_file(source).read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    told = json.loads((table.schema.metadata or {}).get(b"pelagia", b"{}"))
    if told.get("made_of") != _identity(parquet):
        return None
    names = {name: tuple(texts) for name, texts in told["names"].items()}
    return ObjectIndex(table=table, names=names, parquet=parquet, own=own or {})


def build_index(parquet: str, path: str) -> None:
    """Make the index of a table; it appears under its name only when complete.

    Parameters
    ----------
    parquet
        The table ``objects``.
    path
        Where the index shall stand.
    """
    columns, names = _columns(pq.ParquetFile(parquet))
    told = {"made_of": _identity(Path(parquet)), "names": names}
    table = pa.table(columns).replace_schema_metadata({"pelagia": json.dumps(told)}).combine_chunks()
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with pa.ipc.new_file(str(partial), table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, table.num_rows))
    partial.replace(target)


def _identity(parquet: Path) -> list[int]:
    stat = parquet.stat()
    return [FORMAT, stat.st_size, stat.st_mtime_ns]


def _columns(file: pq.ParquetFile) -> tuple[dict[str, pa.Array], dict[str, list[str]]]:
    present = set(file.schema_arrow.names)
    wanted = [*CODED, *NUMBERS, *SIZES, "object_id", "acquired_at_utc", "is_unknown"]
    table = file.read([name for name in wanted if name in present])
    columns: dict[str, pa.Array] = {"object_id": _one(table["object_id"].cast(pa.string()))}
    names: dict[str, list[str]] = {}
    for name in CODED:
        texts = _one(_column(table, name, pa.string())).dictionary_encode()
        columns[name] = pc.fill_null(texts.indices, NO_NUMBER).cast(pa.int32())
        names[name] = texts.dictionary.to_pylist()
    for name in ("box_col_px", "box_row_px", "box_width_px", "box_height_px"):
        columns[name] = _one(pc.fill_null(_column(table, name, pa.int32()), NO_NUMBER))
    for name in ("pixel_size_um", "confidence"):
        columns[name] = _floats(_column(table, name, pa.float32()))
    columns["size_um"] = _floats(pc.coalesce(*(_column(table, name, pa.float32()) for name in SIZES)))
    times = _column(table, "acquired_at_utc", pa.timestamp("us", tz="UTC")).cast(pa.int64())
    columns["time_us"] = _one(pc.fill_null(times, NO_TIME))
    columns["status"] = _statuses(table)
    return columns, names


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    return table[name].cast(kind) if name in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, kind)])


def _floats(values: pa.ChunkedArray) -> pa.Array:
    return _one(pc.fill_null(values, float("nan")))


def _statuses(table: pa.Table) -> pa.Array:
    """Return the status of each object as a number into :data:`STATUSES`."""
    status, taxon = table["status"], table["taxon"]
    codes = pc.if_else(pc.equal(status, "validated"), VALIDATED, PREDICTED)
    declined = pc.and_(pc.equal(status, "predicted"), pc.fill_null(pc.equal(taxon, "unknown"), False))
    codes = pc.if_else(declined, UNKNOWN, codes)
    without = pc.or_(pc.equal(status, "unclassified"), pc.is_null(taxon))
    return _one(pc.fill_null(pc.if_else(without, UNCLASSIFIED, codes), UNCLASSIFIED).cast(pa.int8()))


def _one(values: pa.ChunkedArray) -> pa.Array:
    """Return one array without pieces."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
