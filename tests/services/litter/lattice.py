"""Pictures of a plane with items on a lattice: every figure of them can be told beforehand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pelagia.core.result import Issue, Result
from pelagia.core.service import Request
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.rasters.ground import to_lat_lon
from pelagia.services.litter.account import account, write_accounts
from pelagia.services.litter.columns import ITEM_COLUMNS, PICTURE_COLUMNS, TILE_COLUMNS
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.summary import notes, summarise

Record = dict[str, Any]
Place = tuple[int, int]
GSD_CM = 0.4
TILE_PX = 64
TILE_M = 0.256
TILE_M2 = TILE_M**2
CRS = "EPSG:32748"
WEST, NORTH = 700_000.0, 9_310_000.0
SIDE_PX = 10_000
SIDE_M = SIDE_PX * GSD_CM / 100
"""Of a picture, 40 m: 8 cells of 5 m, and 156.25 tiles, so that the last one is a quarter."""


def picture(name: str = "a", *, east: float = 0.0, south: float = 0.0, area: str = "beach", **told: Any) -> Record:
    """Return a row of ``pictures``: 40 m by 40 m, so far east and south of a place on Java."""
    side = GSD_CM / 100
    row: Record = {column.name: None for column in PICTURE_COLUMNS}
    return row | {
        "image_id": name,
        "file": f"{name}.tif",
        "area_id": area,
        "kind": "orthophoto",
        "height_px": SIDE_PX,
        "width_px": SIDE_PX,
        "gsd_cm": GSD_CM,
        "gsd_source": "file",
        "crs": CRS,
        "transform": [side, 0.0, WEST + east, 0.0, -side, NORTH - south],
        "tile_m": TILE_M,
        **told,
    }


def tile_table(
    of: Mapping[str, Any], classes: Mapping[Place, str] | None = None, hidden: Collection[Place] = ()
) -> pa.Table:
    """Return the tiles of a picture: sand, but for the classes named by row and column; hidden ones are left out."""
    tile_px = TILE_PX * GSD_CM / (of["gsd_cm"] or GSD_CM)
    height, width = of["height_px"], of["width_px"]
    shape = (int(np.ceil(height / tile_px)), int(np.ceil(width / tile_px)))
    kept = np.ones(shape, np.bool_)
    for place in hidden:
        kept[place] = False
    named = np.full(shape, "sand", dtype=object)
    for place, name in (classes or {}).items():
        named[place] = name
    rows, cols = np.nonzero(kept)
    tall = np.minimum(tile_px, height - rows * tile_px)
    wide = np.minimum(tile_px, width - cols * tile_px)
    columns: dict[str, Any] = {column.name: pa.nulls(len(rows), column.type) for column in TILE_COLUMNS}
    columns |= {name: [of[name]] * len(rows) for name in ("image_id", "file", "area_id")}
    columns |= {
        "tile_row": rows,
        "tile_col": cols,
        "row_px": rows * tile_px,
        "col_px": cols * tile_px,
        "height_px": tall,
        "width_px": wide,
        "valid_share": np.ones(len(rows)),
        "tile_class": named[rows, cols].tolist(),
        "searched": np.ones(len(rows), np.bool_),
    }
    if of["gsd_cm"] is not None:
        columns["area_m2"] = tall * wide * (of["gsd_cm"] / 100) ** 2
    return pa.table(columns)


def item(of: Mapping[str, Any], number: int, row: float, col: float, **told: Any) -> Record:
    """Return an item with its middle at a pixel, 25 by 50 px: 10 by 20 cm."""
    side = (of["gsd_cm"] or np.nan) / 100
    length, area = (None, None) if of["gsd_cm"] is None else (50 * side, 25 * 50 * side**2)
    blank: Record = {column.name: None for column in ITEM_COLUMNS}
    return blank | {
        "object_id": f"{of['image_id']}_{number}",
        "image_id": of["image_id"],
        "file": of["file"],
        "area_id": of["area_id"],
        "row_px": row - 12.5,
        "col_px": col - 25.0,
        "height_px": 25.0,
        "width_px": 50.0,
        "length_m": length,
        "area_m2": area,
        "score": 0.9,
        "predicted_class": "plastic",
        "item_class": "plastic",
        "status": "predicted",
        "source": "model",
        **told,
    }


def lattice(of: Mapping[str, Any], step_px: int = 1000, **told: Any) -> list[Record]:
    """Return items in the middle of every square of a lattice over a picture."""
    middles = np.arange(step_px / 2, SIDE_PX, step_px).tolist()
    places = [(row, col) for row in middles for col in middles]
    return [item(of, number, row, col, **told) for number, (row, col) in enumerate(places, start=1)]


def drawn(name: str, points: Sequence[tuple[float, float]], *, area: str = "beach", **told: Any) -> Record:
    """Return a line of ``survey`` from points so many metres east and south of the place on Java."""
    east, south = np.array(points, np.float64).T
    latitudes, longitudes = to_lat_lon(CRS, WEST + east, NORTH - south)
    return {
        "transect_id": name,
        "area_id": area,
        "image_id": "",
        "shape": "line",
        "latitudes": latitudes.tolist(),
        "longitudes": longitudes.tolist(),
        "length_m": None,
        "width_m": None,
        "source": "file",
        **told,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an account says, and the table of items as it left it."""

    values: Record
    items: list[Record]

    def rows(self, table: str, **wanted: Any) -> list[Record]:
        """Return the rows of a table that have these values."""
        return [row for row in self.values[table] if all(row[name] == value for name, value in wanted.items())]

    def row(self, table: str, **wanted: Any) -> Record:
        """Return the one row of a table that has these values."""
        (found,) = self.rows(table, **wanted)
        return found


def request_of(**params: Any) -> Request[LitterParams]:
    """Return a request without inputs and models: an account needs none."""
    return Request(service="litter", service_version="1.0.0", inputs={}, params=LitterParams(**params))


def account_for(
    folder: Path,
    pictures: Sequence[Record],
    items: Iterable[Record],
    survey: Sequence[Record] = (),
    *,
    classes: Mapping[str, Mapping[Place, str]] | None = None,
    hidden: Mapping[str, Collection[Place]] | None = None,
    lengths_m: Mapping[str, float] | None = None,
    **params: Any,
) -> Told:
    """Account for pictures whose tiles all show something."""
    folder.mkdir(parents=True, exist_ok=True)
    with TableWriter("tiles", folder / "tiles.parquet", TILE_COLUMNS) as writer:
        for one in pictures:
            name = one["image_id"]
            writer.write(tile_table(one, (classes or {}).get(name), (hidden or {}).get(name, ())))
    found = write_table("items", folder, ITEM_COLUMNS, list(items))
    values = account(request_of(**params), pictures, str(writer.table.path), str(found.path), survey, lengths_m)
    return Told(values=values, items=Table(name="items", path=found.path).read().to_pylist())


def result_of(
    folder: Path, pictures: Sequence[Record], items: Iterable[Record], survey: Sequence[Record] = (), **params: Any
) -> tuple[Request[LitterParams], Result]:
    """Return a request and its result, as a run gives it."""
    request = request_of(**params)
    told = account_for(folder, pictures, items, survey, **params).values
    tables = {name: Table(name=name, path=folder / f"{name}.parquet") for name in ("tiles", "items")}
    tables |= write_accounts(told, (), folder)
    result = Result(
        tables=tables,
        summary=summarise(request, told),
        issues=tuple(Issue(**record) for record in told["issues"]),
        provenance=request.provenance(()),
        notes=notes(request, told),
    )
    return request, result
