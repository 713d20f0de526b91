"""The items of a result with people's edits on top: filtered, a page at a time, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.errors import NotFound
from pelagia.orders.maps.held import ITEM, NEW, Edits, Held
from pelagia.orders.maps.pictures import MapPicture, Record
from pelagia.orders.outputs import output_folder, table_in
from pelagia.orders.revise import as_predicted_folder
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings
from pelagia.services.litter.columns import ITEM_COLUMNS

TABLES_KEPT = 8
STATE = "state"
PENDING = "pending"
SCHEMA = pa.schema(
    [*((column.name, column.type) for column in ITEM_COLUMNS), (STATE, pa.string()), (PENDING, pa.bool_())]
)
PERSON = "person"
SIDES = ("row_px", "col_px", "height_px", "width_px")
MEASURES = ("length_m", "area_m2", "easting_m", "northing_m")
"""What another box makes wrong, until the result is written anew."""
Counting = Literal["counted", "duplicates", "uncounted", "deleted", "all"]
Status = Literal["predicted", "validated"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items are wanted.

    Parameters
    ----------
    name, image_id, area_id
        Only that one, only those of a picture, of an area; empty for all.
    classes
        Only those; empty for all.
    score_from
        Least score; what a person drew has none and is always wanted.
    status
        Only those predicted, or validated.
    counting
        Those that count; that are seen on another picture already; that do not count for another reason; deleted; or
        all of them.
    bounds
        South, west, north, east of what is looked at, °.
    window
        Row, column, height, width of what is looked at, px of the picture.
    """

    name: str = ""
    image_id: str = ""
    area_id: str = ""
    classes: tuple[str, ...] = ()
    score_from: float = 0.0
    status: Status | None = None
    counting: Counting = "counted"
    bounds: Box | None = None
    window: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """How many items there are of a class."""

    item_class: str
    items: int
    predicted: int
    validated: int


def items_now(settings: Settings, job: Job, pictures: Mapping[str, MapPicture], edits: Edits) -> pa.Table:
    """Return the items as they stand: those of the latest result, with the edits made since.

    Returns
    -------
    pyarrow.Table
        The columns of ``items``; ``state``: ``deleted``, ``changed``, ``added`` by a person, or empty; ``pending``:
        whether the figures do not have that yet.
    """
    latest = _read(table_in(output_folder(settings, job), "items").path)
    held = {name: one for name, one in edits.of(ITEM).items() if one.is_pending}
    if not held:
        return latest
    drawn = _drawn_before(latest, held)
    names = pa.array([drawn.get(name, name) for name in held], pa.string())
    now = _by_name(latest, names)
    before = _by_name(_read(table_in(as_predicted_folder(settings, job.id), "items").path), names)
    changed = [
        row
        for name, one in held.items()
        if (row := _changed(name, one, now.get(drawn.get(name, name)), before.get(name), pictures)) is not None
    ]
    others = latest.filter(pc.invert(pc.is_in(latest["object_id"], value_set=names)))
    return pa.concat_tables([others, pa.Table.from_pylist(changed, schema=SCHEMA)])


def chosen(items: pa.Table, wanted: ItemFilter) -> pa.Table:
    """Return the items that are wanted, the surest first; those that a person drew before all others."""
    found = items.filter(pc.fill_null(_fits(items, wanted), False))
    order = pc.sort_indices(pc.fill_null(found["score"], 2.0), sort_keys=[("", "descending")])
    return found.take(order)


def count(items: pa.Table) -> list[ClassCount]:
    """Return how many items there are of each class, those of which there are most first."""
    validated = pc.equal(items["status"], "validated").cast(pa.int64())
    told = pa.table({"item_class": pc.fill_null(items["item_class"], ""), "validated": validated})
    counts = told.group_by("item_class").aggregate([("validated", "count"), ("validated", "sum")]).to_pylist()
    made = [
        ClassCount(
            item_class=one["item_class"],
            items=one["validated_count"],
            predicted=one["validated_count"] - one["validated_sum"],
            validated=one["validated_sum"],
        )
        for one in counts
    ]
    return sorted(made, key=lambda one: (-one.items, one.item_class))


def find_item(items: pa.Table, object_id: str) -> Record:
    """Return an item.

    Raises
    ------
    NotFound
        Where there is none of that name.
    """
    found: list[Record] = items.filter(pc.equal(items["object_id"], object_id)).to_pylist()
    if not found:
        raise NotFound(
            "There is no item of that name in this result",
            value=object_id[:200],
            remedy="Take its name from the list of items.",
        )
    return found[0]


def _fits(items: pa.Table, wanted: ItemFilter) -> pa.ChunkedArray:
    deleted = pc.equal(items[STATE], "deleted")
    duplicate = pc.not_equal(pc.fill_null(items["duplicate_of"], ""), "")
    kept = pc.invert(deleted)
    fits = {
        "counted": pc.and_(kept, items["is_counted"]),
        "duplicates": pc.and_(kept, duplicate),
        "uncounted": pc.and_(kept, pc.and_(pc.invert(items["is_counted"]), pc.invert(duplicate))),
        "deleted": deleted,
        "all": pc.or_(kept, deleted),
    }[wanted.counting]
    equal = {"object_id": wanted.name, "image_id": wanted.image_id, "area_id": wanted.area_id, "status": wanted.status}
    for column, value in equal.items():
        if value:
            fits = pc.and_(fits, pc.equal(items[column], value))
    if wanted.classes:
        fits = pc.and_(fits, pc.is_in(items["item_class"], value_set=pa.array(wanted.classes, pa.string())))
    if wanted.score_from > 0:
        fits = pc.and_(fits, pc.greater_equal(pc.fill_null(items["score"], 1.0), wanted.score_from))
    if wanted.bounds is not None:
        south, west, north, east = wanted.bounds
        fits = pc.and_(fits, _within(items["latitude"], south, north))
        fits = pc.and_(fits, _within(items["longitude"], west, east))
    if wanted.window is not None:
        row, col, height, width = wanted.window
        fits = pc.and_(fits, _overlaps(items["row_px"], items["height_px"], row, row + height))
        fits = pc.and_(fits, _overlaps(items["col_px"], items["width_px"], col, col + width))
    return fits


def _within(values: pa.ChunkedArray, low: float, high: float) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _overlaps(starts: pa.ChunkedArray, sizes: pa.ChunkedArray, low: float, high: float) -> pa.ChunkedArray:
    return pc.and_(pc.less_equal(starts, high), pc.greater_equal(pc.add(starts, sizes), low))


def _drawn_before(latest: pa.Table, held: Mapping[str, Held]) -> dict[str, str]:
    """Return the names that added items have in the result, by those they were added under."""
    wanted = {name: one.written for name, one in held.items() if name.startswith(NEW) and one.written is not None}
    if not wanted:
        return {}
    rows: list[Record] = latest.filter(pc.equal(latest["source"], PERSON)).to_pylist()
    found = {}
    for name, value in wanted.items():
        box = value.get("box")
        near = [row for row in rows if row["image_id"] == value.get("image_id") and _is_at(row, box)]
        if near:
            found[name] = str(near[0]["object_id"])
            rows.remove(near[0])
    return found


def _is_at(row: Record, box: Sequence[float] | None) -> bool:
    return box is not None and all(abs(row[side] - value) < 1 for side, value in zip(SIDES, box, strict=True))


def _changed(
    name: str, held: Held, now: Record | None, before: Record | None, pictures: Mapping[str, MapPicture]
) -> Record | None:
    """Return an item as an edit that the figures do not have makes it, ``None`` where there is none any more."""
    edit, value = held.made.edit, held.value
    if value is None:
        # What was added is no more; what was added and then corrected under its name in the result is as it was.
        row = before if before is not None or name.startswith(NEW) else now
        return row and row | {PENDING: True}
    who = {"status": "validated", "validated_by": edit.by, "validated_at": edit.at, PENDING: True}
    row = now or before
    if value["state"] == "deleted":
        return row and row | {**who, STATE: "deleted", "is_deleted": True, "is_counted": False}
    if value["state"] == "added":
        row = {
            **{"object_id": name, "image_id": value["image_id"], "source": PERSON, "is_counted": True},
            **_of_picture(pictures.get(value["image_id"])),
        }
    if row is None:
        return None
    fresh = {"item_class": value.get("item_class") or row["item_class"], "is_deleted": False, **who}
    fresh[STATE] = "added" if row["source"] == PERSON else "changed"
    if row.get("is_deleted"):
        fresh["is_counted"] = True
    if fresh["item_class"] != row.get("item_class"):
        fresh |= dict.fromkeys(("material", "plq_class", "j_code", "ospar_code"))
    return row | fresh | _boxed(row, value.get("box"), pictures)


def _boxed(row: Record, box: Sequence[float] | None, pictures: Mapping[str, MapPicture]) -> Record:
    """Return what another box changes of an item."""
    if box is None or [row.get(side) for side in SIDES] == list(box):
        return {}
    made: Record = {**dict(zip(SIDES, box, strict=True)), **dict.fromkeys(MEASURES), "source_uri": None}
    picture = pictures.get(row["image_id"])
    if picture is not None and picture.lattice is not None:
        middle = picture.lattice.at(box[0] + box[2] / 2, box[1] + box[3] / 2)
        made |= {"latitude": middle[0], "longitude": middle[1]}
    return made


def _of_picture(picture: MapPicture | None) -> Record:
    return {} if picture is None else {name: picture.record[name] for name in ("file", "area_id", "crs")}


def _by_name(items: pa.Table, names: pa.Array) -> dict[str, Record]:
    rows: list[Record] = items.filter(pc.is_in(items["object_id"], value_set=names)).to_pylist()
    return {row["object_id"]: row for row in rows}


def _read(path: Path) -> pa.Table:
    stat = path.stat()
    return _items(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=TABLES_KEPT)
def _items(path: Path, _changed_ns: int, _bytes: int, _file: int) -> pa.Table:
    """Read the items of a table; kept as long as the file is the same."""
    items = pq.read_table(path)
    deleted = pc.fill_null(items["is_deleted"], False)
    added = pc.equal(pc.fill_null(items["source"], ""), PERSON)
    state = pc.if_else(deleted, "deleted", pc.if_else(added, "added", ""))
    items = items.append_column(STATE, state)
    items = items.append_column(PENDING, pa.array([False] * items.num_rows, pa.bool_()))
    return items.select(SCHEMA.names).cast(SCHEMA)
