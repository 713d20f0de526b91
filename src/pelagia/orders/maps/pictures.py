"""The pictures of a result and where they lie."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow.parquet as pq

from pelagia.core.errors import NotFound
from pelagia.orders.named import call_named
from pelagia.orders.outputs import file_in, output_folder, table_in, tables_in
from pelagia.orders.workbench import Workbench
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings

LATTICES = "pelagia.orders.map_pictures:lattices"
NEEDED_TABLES = {"pictures", "items"}
NEEDED_COLUMNS = {"image_id", "area_id", "height_px", "width_px", "crs", "transform", "view", "view_scale"}
TIMEOUT_SECONDS = 60.0
RESULTS_KEPT = 16
Record = dict[str, Any]
Identity = tuple[Path, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Where the points of a picture lie; straight between its nodes.

    Parameters
    ----------
    rows, cols
        Of the nodes, px.
    latitudes, longitudes
        Of each node, (row, column), °.
    """

    rows: Sequence[float]
    cols: Sequence[float]
    latitudes: Sequence[Sequence[float]]
    longitudes: Sequence[Sequence[float]]

    def at(self, row: float, col: float) -> tuple[float, float]:
        """Return latitude and longitude of a point, px."""
        upper, down = _between(self.rows, row)
        left, right = _between(self.cols, col)
        return _mean(self.latitudes, upper, left, down, right), _mean(self.longitudes, upper, left, down, right)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPicture:
    """A picture of a result.

    Parameters
    ----------
    record
        Its row of the table ``pictures``.
    lattice
        Where it lies; ``None`` where that is nowhere.
    """

    record: Mapping[str, Any]
    lattice: Lattice | None

    @property
    def image_id(self) -> str:
        """Its name."""
        return str(self.record["image_id"])


_kept: OrderedDict[Identity, dict[str, MapPicture]] = OrderedDict()
_keeping = Lock()


def has_map(folder: Path) -> bool:
    """Whether a result is one of pictures of the ground with items on them."""
    tables = tables_in(folder)
    if not tables.keys() >= NEEDED_TABLES:
        return False
    return {column.name for column in tables["pictures"].columns} >= NEEDED_COLUMNS


def pictures_of(bench: Workbench, job: Job) -> dict[str, MapPicture]:
    """Return the pictures of a result by their names, in its order.

    Raises
    ------
    NotFound
        Where it has none.
    """
    folder = output_folder(bench.runtime.settings, job)
    if not has_map(folder):
        raise NotFound("This result has no map", value=job.service, remedy="See its tables and files.")
    path = table_in(folder, "pictures").path
    stat = path.stat()
    key = path, stat.st_mtime_ns, stat.st_size, stat.st_ino
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = _read(bench, path)
    with _keeping:
        _kept[key] = made
        while len(_kept) > RESULTS_KEPT:
            _kept.popitem(last=False)
    return made


def find_picture(bench: Workbench, job: Job, image_id: str) -> MapPicture:
    """Return a picture of a result.

    Raises
    ------
    NotFound
        Where it has none of that name.
    """
    found = pictures_of(bench, job).get(image_id)
    if found is None:
        raise NotFound(
            "There is no picture of that name in this result",
            value=image_id[:200],
            remedy="Take its name from the list of pictures.",
        )
    return found


def view_of(settings: Settings, job: Job, picture: MapPicture) -> Path:
    """Return the view of a picture.

    Raises
    ------
    NotFound
        Where there is none.
    """
    name = picture.record["view"]
    if not name:
        raise NotFound(
            "This picture has no view to be shown", value=picture.image_id, remedy="The findings of the run say why."
        )
    return file_in(output_folder(settings, job), str(name))


def _read(bench: Workbench, path: Path) -> dict[str, MapPicture]:
    records: list[Record] = pq.read_table(path).to_pylist()
    found = bench.warm.call(call_named, LATTICES, records, timeout_s=TIMEOUT_SECONDS)
    return {
        str(one["image_id"]): MapPicture(record=one, lattice=None if told is None else Lattice(**told))
        for one, told in zip(records, found, strict=True)
    }


def _between(nodes: Sequence[float], value: float) -> tuple[int, float]:
    """Return the node before a value, and how far it is to the next one; beyond the ends the line goes on."""
    at = min(max(bisect_right(nodes, value) - 1, 0), len(nodes) - 2)
    return at, (value - nodes[at]) / (nodes[at + 1] - nodes[at])


def _mean(values: Sequence[Sequence[float]], row: int, col: int, down: float, right: float) -> float:
    upper = values[row][col] * (1 - right) + values[row][col + 1] * right
    lower = values[row + 1][col] * (1 - right) + values[row + 1][col + 1] * right
    return upper * (1 - down) + lower * down
