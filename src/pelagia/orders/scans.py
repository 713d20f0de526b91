"""The scans of a result, to be looked at and corrected: pictures, objects on them, lines that cut touching ones.

What is shown is the latest result. The lines that a model proposed are those of the result as the machine gave it,
whatever revision is shown; the lines that people drew are the edits kept beside the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.errors import NotFound
from pelagia.orders.outputs import file_in, output_folder, table_in
from pelagia.orders.revise import as_predicted_folder
from pelagia.runtime.edits import Made
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings
from pelagia.services.zooscan.names import pack_name, picture_name

CUTS = "cuts"
TABLES_KEPT = 8
SCANS_COLUMNS = ("scan_id", "sample_id", "verdict", "findings", "objects", "multiples", "cut_objects")
OBJECT_COLUMNS = (
    "object_id", "scan_id", "number", "piece", "row_px", "col_px", "height_px", "width_px", "taxon", "status",
    "multiple_score", "multiple_by_model", "cut_from", "cut_by", "pixel_size_um", "esd_um", "area", "major", "minor",
)  # fmt: skip
Order = Literal["score", "scan"]
Record = dict[str, Any]
Line = list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A scan of a result.

    Parameters
    ----------
    record
        Its row of the table ``scans``.
    folder
        The output folder.
    """

    record: Mapping[str, Any]
    folder: Path

    @property
    def scan_id(self) -> str:
        """Its name."""
        return str(self.record["scan_id"])

    @property
    def pack(self) -> Path:
        """The objects cut out of it."""
        return file_in(self.folder, pack_name(self.scan_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An object that is, or may be, several organisms that touch.

    Parameters
    ----------
    name, scan_id, number
        The whole object.
    box
        Row, column, height, width in pixels of the scan; of a cut object, around its pieces.
    score
        The model's probability that it is several organisms.
    is_multiple
        Whether the model took it for several.
    proposed
        The lines the machine drew.
    applied
        Whether these cut it.
    drawn
        The lines a person wants instead; ``None`` where nobody has looked, empty where it shall stay whole.
    by, at
        That person, and when.
    """

    name: str
    scan_id: str
    number: int
    box: tuple[int, int, int, int]
    score: float | None
    is_multiple: bool
    proposed: tuple[Line, ...]
    applied: bool
    drawn: tuple[Line, ...] | None
    by: str
    at: str


def list_scans(settings: Settings, job: Job) -> list[Record]:
    """Return the scans of a result, a few facts on each.

    Raises
    ------
    NotFound
        Where it has none.
    """
    path = _scans(output_folder(settings, job))
    records: list[Record] = pq.read_table(path, columns=list(SCANS_COLUMNS)).to_pylist()
    return records


def find_scan(settings: Settings, job: Job, scan_id: str) -> Scan:
    """Return a scan of a result.

    Raises
    ------
    NotFound
        Where it has none of that name.
    """
    folder = output_folder(settings, job)
    found = pq.read_table(_scans(folder), filters=[("scan_id", "=", scan_id)]).to_pylist()
    if not found:
        raise _no_scan(scan_id)
    return Scan(record=found[0], folder=folder)


def picture_of(settings: Settings, job: Job, scan_id: str) -> Path:
    """Return the picture of a scan, in its sizes.

    Raises
    ------
    NotFound
        Where there is none.
    """
    try:
        return file_in(output_folder(settings, job), picture_name(scan_id))
    except NotFound as error:
        if error.code == "gone":
            raise
        raise _no_scan(scan_id) from error


def objects_on(scan: Scan) -> list[Record]:
    """Return the objects of a scan as the latest result has them: :data:`OBJECT_COLUMNS`, in its order."""
    rows: list[Record] = _objects(scan.folder, scan.scan_id).to_pylist()
    return rows


def in_window(objects: Iterable[Record], row: int, col: int, height: int, width: int) -> list[Record]:
    """Return those objects whose box touches a window of the scan, px."""
    return [
        one
        for one in objects
        if one["row_px"] < row + height
        and one["col_px"] < col + width
        and one["row_px"] + one["height_px"] > row
        and one["col_px"] + one["width_px"] > col
    ]


def lines_in_result(scan: Scan, numbers: Iterable[int]) -> dict[int, list[Line]]:
    """Return the lines along which some objects of a scan were cut in the latest result, by their numbers."""
    wanted = set(numbers)
    found: dict[int, list[Line]] = {}
    filters = [("scan_id", "=", scan.scan_id), ("applied", "=", True)]
    rows = pq.read_table(table_in(scan.folder, CUTS).path, columns=["number", "points_px"], filters=filters)
    for one in rows.to_pylist():
        if one["number"] in wanted:
            found.setdefault(one["number"], []).append(one["points_px"])
    return found


def candidates(
    settings: Settings, job: Job, made: Sequence[Made], *, scan_id: str | None = None, name: str | None = None
) -> list[Candidate]:
    """Return the objects that are, or may be, several organisms, as they stand in the list of objects.

    Parameters
    ----------
    made
        All edits of the result.
    scan_id
        Only those of this scan.
    name
        Only this object, whatever it is taken for.
    """
    output_folder(settings, job)  # what was deleted is told as that
    folder = as_predicted_folder(settings, job.id)
    held = _held(made)
    lines = _proposed(folder, scan_id)
    table = _objects(folder, scan_id)
    whole = pc.coalesce(table["cut_from"], table["object_id"])
    if name is not None:
        chosen = pc.equal(whole, name)
    else:
        named = pa.array([*lines, *held], pa.string())
        chosen = pc.or_(pc.fill_null(table["multiple_by_model"], False), pc.is_in(whole, value_set=named))
    by_name: dict[str, list[Record]] = {}
    for one in table.filter(chosen).to_pylist():
        by_name.setdefault(one["cut_from"] or one["object_id"], []).append(one)
    return [_candidate(name, rows, lines.get(name, []), held.get(name)) for name, rows in by_name.items()]


def in_order(found: Sequence[Candidate], order: Order) -> list[Candidate]:
    """Return candidates as they shall be looked at: the surest of being several first, or scan by scan."""
    if order == "scan":
        return list(found)
    return sorted(found, key=lambda one: -1.0 if one.score is None else one.score, reverse=True)


def find_candidate(settings: Settings, job: Job, name: str) -> tuple[Scan, int]:
    """Return the scan of a whole object and its number there.

    Raises
    ------
    NotFound
        Where there is no such object.
    """
    scan_id, _, number = name.rpartition("_")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            raise _no_scan(scan_id)
        return find_scan(settings, job, scan_id), int(number)
    except NotFound as error:
        if error.code == "gone":
            raise
        raise no_object(name) from error


def no_object(name: str) -> NotFound:
    """Return the error for an object that is not there."""
    return NotFound(
        "There is no such object in this result", value=name[:200], remedy="Take its name from the list of objects."
    )


def _scans(folder: Path) -> Path:
    path = table_in(folder, "scans").path
    if not set(SCANS_COLUMNS) <= set(pq.read_schema(path).names):
        raise NotFound("This result has no scans", value=path.name, remedy="See its tables and files.")
    return path


def _objects(folder: Path, scan_id: str | None) -> pa.Table:
    path = table_in(folder, "objects").path
    stat = path.stat()
    return _read(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino), scan_id)


@lru_cache(maxsize=TABLES_KEPT)
def _read(path: Path, _identity: tuple[int, int, int], scan_id: str | None) -> pa.Table:
    """Read the objects of a table, or of one scan; kept as long as the file is the same."""
    filters = None if scan_id is None else [("scan_id", "=", scan_id)]
    return pq.read_table(path, columns=list(OBJECT_COLUMNS), filters=filters)


def _proposed(folder: Path, scan_id: str | None) -> dict[str, list[Record]]:
    filters = None if scan_id is None else [("scan_id", "=", scan_id)]
    path = table_in(folder, CUTS).path
    found: dict[str, list[Record]] = {}
    for one in pq.read_table(path, columns=["object_id", "points_px", "applied"], filters=filters).to_pylist():
        found.setdefault(one["object_id"], []).append(one)
    return found


def _held(made: Sequence[Made]) -> dict[str, Made]:
    """Return the edits of lines that hold, by object."""
    held = {one.edit.subject: one for one in made if one.edit.kind == CUTS}
    return {name: one for name, one in held.items() if one.edit.value is not None}


def _candidate(name: str, rows: Sequence[Record], lines: Sequence[Record], made: Made | None) -> Candidate:
    top, left = (min(one[side] for one in rows) for side in ("row_px", "col_px"))
    bottom = max(one["row_px"] + one["height_px"] for one in rows)
    right = max(one["col_px"] + one["width_px"] for one in rows)
    return Candidate(
        name=name,
        scan_id=rows[0]["scan_id"],
        number=rows[0]["number"],
        box=(top, left, bottom - top, right - left),
        score=rows[0]["multiple_score"],
        is_multiple=bool(rows[0]["multiple_by_model"]),
        proposed=tuple(one["points_px"] for one in lines),
        applied=any(one["applied"] for one in lines),
        drawn=None if made is None else tuple(made.edit.value),
        by="" if made is None else made.edit.by,
        at="" if made is None else made.edit.at,
    )


def _no_scan(scan_id: str) -> NotFound:
    return NotFound(
        "There is no such scan in this result", value=scan_id[:200], remedy="Take its name from the list of scans."
    )
