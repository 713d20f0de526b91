"""Which items count, and in which part of the ground each lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pelagia.core.table import Table, TableWriter
from pelagia.io.rasters.ground import Floats
from pelagia.services.litter.codes import codes_of
from pelagia.services.litter.columns import ITEM_COLUMNS
from pelagia.services.litter.frames import Layout
from pelagia.services.litter.parts import Parts
from pelagia.services.litter.transects import OUTSIDE, Surveyed

UNNAMED = "unnamed"
"""The class of what nothing is known of."""
CODE_COLUMNS = ("material", "plq_class", "j_code", "ospar_code")
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The items that count, one element each.

    Parameters
    ----------
    picture, transect, part
        Number of the picture, of the row of the survey (-1 for none), of the part of the ground (-1 for none).
    item_class
        Index into ``classes``.
    litter_m2
        Ground that its box covers; NaN where unknown.
    is_validated
        Whether a person decided on it.
    classes
        The classes that occur, in order.
    found
        (pictures,) all items found on each picture that nobody deleted, those that do not count among them.
    """

    picture: Ints
    transect: Ints
    part: Ints
    item_class: Ints
    litter_m2: Floats
    is_validated: Mask
    classes: tuple[str, ...]
    found: Ints


def count_items(
    path: Path, layout: Layout, surveyed: Sequence[Surveyed], parts: Parts, *, min_length_m: float
) -> Counted:
    """Write the table ``items`` anew with ``is_counted`` and the codes of the classes, and return what counts.

    Parameters
    ----------
    path
        The table, written in its place; of ``is_counted`` nothing is read.
    layout, surveyed, parts
        Where pictures and survey lie, and the parts of the ground.
    min_length_m
        Shorter items do not count.
    """
    gathered: list[tuple[NDArray[np.generic], ...]] = []
    classes: dict[str, int] = {}
    found = np.zeros(len(layout.sheets), np.int64)
    with TableWriter("items", path, ITEM_COLUMNS) as writer:
        for batch in Table(name="items", path=path).batches():
            rows = pa.Table.from_batches([batch])
            seen = _Seen.of(rows, layout, surveyed)
            counts = _may_count(rows, min_length_m) & (seen.transect != OUTSIDE)
            is_deleted = _flags(rows["is_deleted"])
            np.add.at(found, seen.picture, ~is_deleted)
            gathered.append(_counted(rows, seen, counts, parts, classes))
            rows = _replaced(rows, "is_deleted", pa.array(is_deleted))
            writer.write(_with_codes(_replaced(rows, "is_counted", pa.array(counts))))
    return _together(gathered, classes, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Where the items of a piece of the table lie: picture, frame, transect, and their middles in the frame."""

    picture: Ints
    frame: Ints
    transect: Ints
    x: Floats
    y: Floats

    @classmethod
    def of(cls, rows: pa.Table, layout: Layout, surveyed: Sequence[Surveyed]) -> _Seen:
        names = rows["image_id"].combine_chunks().dictionary_encode()
        codes = np.asarray(names.indices, np.int64)
        sheets = [layout.sheets[name] for name in names.dictionary.to_pylist()]
        middle = [_floats(rows[a]) + _floats(rows[b]) / 2 for a, b in (("row_px", "height_px"), ("col_px", "width_px"))]
        x, y = np.zeros(len(codes)), np.zeros(len(codes))
        transect = np.zeros(len(codes), np.int64)
        for mine, number in _groups(codes):
            sheet = sheets[number]
            x[mine], y[mine] = sheet.to_frame(middle[0][mine], middle[1][mine])
            transect[mine] = surveyed[sheet.frame].assign(x[mine], y[mine])
        return cls(
            picture=np.array([sheet.number for sheet in sheets], np.int64)[codes],
            frame=np.array([sheet.frame for sheet in sheets], np.int64)[codes],
            transect=transect,
            x=x,
            y=y,
        )


def _groups(codes: Ints) -> Iterator[tuple[Ints, int]]:
    """Yield the places of each code, and the code."""
    order = np.argsort(codes, kind="stable")
    values, starts = np.unique(codes[order], return_index=True)
    if len(values):
        yield from zip(np.split(order, starts[1:]), values.tolist(), strict=True)


def _may_count(rows: pa.Table, min_length_m: float) -> Mask:
    """Return which items are no duplicates, not deleted and long enough; an unknown length is long enough."""
    is_again = pc.not_equal(pc.fill_null(rows["duplicate_of"], ""), "").to_numpy()
    # The hair's breadth keeps what is as long as the limit, whatever arithmetic made of it.
    is_short = _floats(rows["length_m"]) < min_length_m * (1 - 1e-9)
    return np.asarray(~is_again & ~_flags(rows["is_deleted"]) & ~is_short, np.bool_)


def _counted(
    rows: pa.Table, seen: _Seen, counts: Mask, parts: Parts, classes: dict[str, int]
) -> tuple[NDArray[np.generic], ...]:
    part = np.full(rows.num_rows, -1, np.int64)
    for mine, frame in _groups(seen.frame):
        kept = mine[counts[mine]]
        part[kept] = parts.find(frame, seen.transect[kept], seen.x[kept], seen.y[kept])
    names = pc.fill_null(rows["item_class"], UNNAMED).combine_chunks().dictionary_encode()
    numbers = [classes.setdefault(name, len(classes)) for name in names.dictionary.to_pylist()]
    named = np.array(numbers, np.int64)[np.asarray(names.indices, np.int64)]
    validated = pc.equal(pc.fill_null(rows["status"], ""), "validated").to_numpy()
    columns = (seen.picture, seen.transect, part, named, _floats(rows["area_m2"]), validated)
    return tuple(column[counts] for column in columns)


def _together(gathered: Sequence[tuple[NDArray[np.generic], ...]], classes: dict[str, int], found: Ints) -> Counted:
    empty = tuple(np.zeros(0, kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.float64, np.bool_))
    picture, transect, part, named, litter_m2, validated = (
        np.concatenate(column) for column in zip(empty, *gathered, strict=True)
    )
    order = sorted(classes)
    place = np.zeros(max(1, len(classes)), np.int64)
    for new, name in enumerate(order):
        place[classes[name]] = new
    return Counted(
        picture=picture,
        transect=transect,
        part=part,
        item_class=place[named],
        litter_m2=litter_m2,
        is_validated=validated,
        classes=tuple(order),
        found=found,
    )


def _with_codes(rows: pa.Table) -> pa.Table:
    """Return rows with the material and the codes that belong to their classes."""
    names = rows["item_class"].combine_chunks().dictionary_encode()
    codes = [codes_of(name) for name in names.dictionary.to_pylist()]
    for column in CODE_COLUMNS:
        values = pa.array([getattr(one, column) for one in codes], pa.string())
        rows = _replaced(rows, column, values.take(names.indices))
    return rows


def _replaced(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, values)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _flags(column: pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(column, False).to_numpy(), np.bool_)
