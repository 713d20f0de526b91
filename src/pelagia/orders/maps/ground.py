"""What the ground of a result is: classes of its tiles, density in cells, survey lines, how many items per 100 m."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pelagia.core.ground import TILE_CLASSES
from pelagia.orders.maps.held import AREA, SURVEY, Edits
from pelagia.orders.maps.pictures import MapPicture, Record, pictures_of
from pelagia.orders.named import call_named
from pelagia.orders.outputs import output_folder, table_in
from pelagia.orders.revise import as_predicted_folder
from pelagia.orders.workbench import Workbench
from pelagia.runtime.jobs import Job
from pelagia.services.litter.columns import ALL

OUTLINES = "pelagia.orders.map_pictures:outlines"
TIMEOUT_SECONDS = 60.0
GRIDS_KEPT = 8
UNKNOWN = "."
HAIR = 1e-6
"""Of a tile: so near to an edge is on it."""
TILES = ("tile_row", "tile_col", "row_px", "col_px", "height_px", "width_px", "tile_class", "searched")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """The classes of the tiles of a picture, or of a part of it.

    Parameters
    ----------
    tile_px
        Side of a tile in pixels of the picture.
    first_row, first_col
        Of the part.
    classes
        A text for each row of tiles: a digit for each tile, its place in :data:`TILE_CLASSES`; a dot where there is
        none.
    searched
        Likewise: 1 where items were looked for.
    """

    tile_px: float
    first_row: int
    first_col: int
    classes: tuple[str, ...]
    searched: tuple[str, ...]


def tile_grid(bench: Workbench, job: Job, image_id: str, window: Box | None, most: int) -> TileGrid:
    """Return the classes of the tiles of a picture.

    Parameters
    ----------
    window
        Row, column, height, width of what is looked at, px; ``None`` for the whole picture.
    most
        The most rows and the most columns of tiles that are returned.
    """
    path = table_in(output_folder(bench.runtime.settings, job), "tiles").path
    stat = path.stat()
    side, classes, searched = _grid(path, image_id, stat.st_mtime_ns, stat.st_size)
    top, left, height, width = window or (0.0, 0.0, float("inf"), float("inf"))
    first_row, first_col = (max(0, math.floor(start / side + HAIR)) for start in (top, left))
    rows = slice(first_row, min(first_row + most, _end(top + height, side, len(classes))))
    cols = slice(first_col, min(first_col + most, _end(left + width, side, len(classes[0]) if classes else 0)))
    return TileGrid(
        tile_px=side,
        first_row=first_row,
        first_col=first_col,
        classes=tuple(line[cols] for line in classes[rows]),
        searched=tuple(line[cols] for line in searched[rows]),
    )


def cells_in(
    bench: Workbench, job: Job, *, area_id: str, image_id: str, bounds: Box | None, most: int
) -> tuple[list[Record], int]:
    """Return the cells of the density map, at most so many, and how many there are.

    Each has its row of the table ``cells`` and ``outline``: its corners, (latitude, longitude) each; where its picture
    lies nowhere, (row, column) in pixels of that.

    Parameters
    ----------
    area_id, image_id
        Only those of an area, of a picture that lies nowhere; empty for all.
    bounds
        South, west, north, east of what is looked at, °.
    """
    path = table_in(output_folder(bench.runtime.settings, job), "cells").path
    rows: list[Record] = pq.read_table(path).to_pylist()
    wanted = [
        one
        for one in rows
        if (not area_id or one["area_id"] == area_id)
        and (not image_id or one["image_id"] == image_id)
        and (bounds is None or _lies_in(one, bounds))
    ]
    shown = wanted[:most]
    lying = [one for one in shown if one["crs"]]
    corners = iter(bench.warm.call(call_named, OUTLINES, lying, timeout_s=TIMEOUT_SECONDS) if lying else [])
    pictures = pictures_of(bench, job)
    outlined = [
        one | {"outline": next(corners) if one["crs"] else _on_picture(one, pictures.get(one["image_id"] or ""))}
        for one in shown
    ]
    return outlined, len(wanted)


def survey_now(bench: Workbench, job: Job, edits: Edits) -> list[Record]:
    """Return the lines and polygons of a survey as they stand: rows of the table ``survey``, and what was drawn since.

    ``pending`` says whether the figures do not have it yet; the length of a line is then ``None``.
    """
    latest = _survey(output_folder(bench.runtime.settings, job))
    filed = _survey(as_predicted_folder(bench.runtime.settings, job.id))
    found = {subject: one | {"pending": False} for subject, one in latest.items()}
    for subject, one in edits.of(SURVEY).items():
        if not one.is_pending:
            continue
        if one.value is None and subject in filed:
            found[subject] = filed[subject] | {"pending": True}
        elif one.value is None or one.value.get("state") == "deleted":
            found.pop(subject, None)
        else:
            found[subject] = _drawn(subject, one.value)
    return list(found.values())


def lengths_now(edits: Edits) -> dict[str, float]:
    """Return the lengths of beach that people told, by area."""
    return {name: float(one.value) for name, one in edits.of(AREA).items() if one.value is not None}


def density_of(bench: Workbench, job: Job) -> list[Record]:
    """Return the table ``density`` of the latest result."""
    rows: list[Record] = table_in(output_folder(bench.runtime.settings, job), "density").read().to_pylist()
    return rows


def whole_areas(density: Iterable[Record]) -> dict[str, Record]:
    """Return the row of all classes together of each whole area, and of all of them (:data:`ALL`)."""
    return {one["area_id"]: one for one in density if not one["transect_id"] and one["item_class"] == ALL}


def _survey(folder: Path) -> dict[str, Record]:
    """Return the lines and polygons of a result by the subjects of their edits."""
    rows: list[Record] = table_in(folder, "survey").read().to_pylist()
    return {f"{one['shape']}:{one['transect_id']}": one for one in rows}


def _drawn(subject: str, value: Mapping[str, Any]) -> Record:
    shape, _, name = subject.partition(":")
    points: Sequence[Sequence[float]] = value["points"]
    return {
        "transect_id": name,
        "area_id": value["area_id"],
        "image_id": value.get("image_id") or "",
        "shape": shape,
        "latitudes": [point[0] for point in points],
        "longitudes": [point[1] for point in points],
        "length_m": value.get("length_m"),
        "width_m": None,
        "source": "person",
        "pending": True,
    }


def _on_picture(cell: Record, picture: MapPicture | None) -> list[list[float]]:
    """Return the corners of a cell of a picture that lies nowhere, px; none where its pixels have no size."""
    gsd_cm = None if picture is None else picture.record["gsd_cm"]
    if not gsd_cm:
        return []
    top, left, side = (value * 100 / gsd_cm for value in (-cell["north_m"], cell["west_m"], cell["cell_m"]))
    return [[top, left], [top, left + side], [top + side, left + side], [top + side, left]]


def _lies_in(cell: Record, bounds: Box) -> bool:
    south, west, north, east = bounds
    latitude, longitude = cell["latitude"], cell["longitude"]
    return latitude is not None and south <= latitude <= north and west <= longitude <= east


def _end(place: float, side: float, tiles: int) -> int:
    return tiles if place == float("inf") else min(tiles, math.ceil(place / side - HAIR))


@lru_cache(maxsize=GRIDS_KEPT)
def _grid(path: Path, image_id: str, _changed_ns: int, _bytes: int) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """Read the tiles of a picture: their side, px, and their classes as :class:`TileGrid` tells them."""
    table = pq.read_table(path, columns=list(TILES), filters=[("image_id", "=", image_id)])
    if not table.num_rows:
        return 1.0, (), ()
    column = {name: table[name].to_pylist() for name in TILES}
    side = _side(column)
    height, width = max(column["tile_row"]) + 1, max(column["tile_col"]) + 1
    classes = [bytearray(UNKNOWN.encode() * width) for _ in range(height)]
    searched = [bytearray(b"0" * width) for _ in range(height)]
    digit = {name: ord(str(number)) for number, name in enumerate(TILE_CLASSES)}
    for row, col, name, looked in zip(
        column["tile_row"], column["tile_col"], column["tile_class"], column["searched"], strict=True
    ):
        if name in digit:
            classes[row][col] = digit[name]
        searched[row][col] = ord("1" if looked else "0")
    return side, tuple(line.decode() for line in classes), tuple(line.decode() for line in searched)


def _side(column: Mapping[str, Sequence[Any]]) -> float:
    """Return the side of a tile: tiles at the right and lower edge are cut off."""
    for index, place in (("tile_row", "row_px"), ("tile_col", "col_px")):
        last = max(range(len(column[index])), key=lambda at: column[index][at])
        if column[index][last]:
            return float(column[place][last] / column[index][last])
    return float(max(*column["height_px"], *column["width_px"]))
