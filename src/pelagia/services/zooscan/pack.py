"""The objects of one scan cut out of it: what every later step works on, never again the whole picture.

A scan of 360 megapixels holds some two thousand objects that cover a few percent of it. The pack is a Parquet file
with a row an object: its place, its filled mask, and the grey around it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pelagia.core.table import Column, TableWriter
from pelagia.imaging.region import Region

OBJECTS_PER_CHUNK = 256
"""Objects of one step: a few seconds of measuring, separating and naming."""
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


def write_pack(path: Path, regions: Sequence[Region]) -> int:
    """Write the objects of a scan; returns the number of chunks.

    Parameters
    ----------
    path
        Where the pack shall stand.
    regions
        The objects, in the order of their numbers.
    """
    with TableWriter("pack", path, COLUMNS, rows_per_group=OBJECTS_PER_CHUNK) as writer:
        for start in range(0, len(regions), OBJECTS_PER_CHUNK):
            part = regions[start : start + OBJECTS_PER_CHUNK]
            writer.write_records([_record(number, one) for number, one in enumerate(part, start=start + 1)])
    return -(-len(regions) // OBJECTS_PER_CHUNK)


def read_chunk(path: Path, chunk: int) -> Iterator[tuple[int, Region]]:
    """Read the objects of one chunk with their numbers.

    Parameters
    ----------
    path
        The pack.
    chunk
        Its number, from 0.
    """
    with pq.ParquetFile(path) as file:
        for record in file.read_row_group(chunk).to_pylist():
            yield record["number"], _region(record)


def read_objects(path: Path, numbers: Sequence[int]) -> dict[int, Region]:
    """Read some objects by their numbers; reads only the chunks they stand in.

    Parameters
    ----------
    path
        The pack.
    numbers
        Of the objects, from 1; those that are not there are left out.
    """
    wanted = set(numbers)
    found: dict[int, Region] = {}
    for chunk in sorted({(number - 1) // OBJECTS_PER_CHUNK for number in wanted if number > 0}):
        if chunk < pq.read_metadata(path).num_row_groups:
            found.update({number: region for number, region in read_chunk(path, chunk) if number in wanted})
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
