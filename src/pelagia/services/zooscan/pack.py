"""The objects of one scan cut out of it: what every later step works on, never again the whole picture.

A scan of 360 megapixels holds some two thousand objects that cover a few percent of it. The pack is a Parquet file
with a row an object: its place, its filled mask, and the grey around it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pelagia.core.table import Column, TableWriter
from pelagia.imaging.region import Region

PARTS = 8
"""Of one scan, each a step: some 200 objects, a few seconds of separating, measuring and naming."""
ROWS_PER_GROUP = 64
LEVEL = 1
"""Of zlib: higher ones take several times as long for a tenth less."""

COLUMNS: tuple[Column, ...] = (
    Column(name="number", type=pa.int32(), description="Number of the object in its scan, from 1"),
    Column(name="row", type=pa.int32(), description="Top edge of its box", unit="px"),
    Column(name="col", type=pa.int32(), description="Left edge of its box", unit="px"),
    Column(name="height", type=pa.int32(), description="Height of its box", unit="px"),
    Column(name="width", type=pa.int32(), description="Width of its box", unit="px"),
    Column(name="filled", type=pa.binary(), description="Filled mask: bits in reading order, deflated"),
    Column(name="grey", type=pa.binary(), description="Grey of the box: bytes in reading order, deflated"),
)


def write_pack(path: Path, regions: Sequence[Region]) -> None:
    """Write the objects of a scan.

    Parameters
    ----------
    path
        Where the pack shall stand.
    regions
        The objects, in the order of their numbers.
    """
    with TableWriter("pack", path, COLUMNS, rows_per_group=ROWS_PER_GROUP) as writer:
        for start in range(0, len(regions), ROWS_PER_GROUP):
            group = regions[start : start + ROWS_PER_GROUP]
            writer.write_records([_record(number, one) for number, one in enumerate(group, start=start + 1)])


def read_part(path: Path, part: int) -> list[tuple[int, Region]]:
    """Read one of the :data:`PARTS` of a pack: its objects with their numbers.

    Parameters
    ----------
    path
        The pack.
    part
        From 0; where there are few objects some parts have none.
    """
    rows = pq.read_metadata(path).num_rows
    numbers = range(rows * part // PARTS + 1, rows * (part + 1) // PARTS + 1)
    return sorted(read_objects(path, numbers).items())


def read_objects(path: Path, numbers: Iterable[int]) -> dict[int, Region]:
    """Read some objects by their numbers; reads only the row groups they stand in.

    Parameters
    ----------
    path
        The pack.
    numbers
        Of the objects, from 1; those that are not there are left out.
    """
    wanted = set(numbers)
    found: dict[int, Region] = {}
    with pq.ParquetFile(path) as file:
        for group in sorted({(number - 1) // ROWS_PER_GROUP for number in wanted}):
            if 0 <= group < file.num_row_groups:
                records = file.read_row_group(group).to_pylist()
                found |= {one["number"]: _region(one) for one in records if one["number"] in wanted}
    return found


def _record(number: int, region: Region) -> dict[str, object]:
    return {
        "number": number,
        "row": region.row,
        "col": region.col,
        "height": region.height,
        "width": region.width,
        "filled": zlib.compress(np.packbits(region.filled).tobytes(), LEVEL),
        "grey": zlib.compress(np.ascontiguousarray(region.grey).tobytes(), LEVEL),
    }


def _region(record: Mapping[str, Any]) -> Region:
    shape = (record["height"], record["width"])
    bits = np.frombuffer(zlib.decompress(record["filled"]), np.uint8)
    filled = np.unpackbits(bits, count=shape[0] * shape[1]).astype(np.bool_).reshape(shape)
    grey = np.frombuffer(zlib.decompress(record["grey"]), np.uint8).reshape(shape)
    return Region(row=record["row"], col=record["col"], filled=filled, grey=grey)
