"""The layers of a map of a spill: slicks, oil by thickness and time, coast, paths."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.transform import Affine

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.oilspill.colours import film_um
from pelagia.exports.oilspill.frames import Grid, all_rows, is_too_large, maps, read_grid
from pelagia.exports.oilspill.geometry import near, placed

Row = dict[str, Any]

THICKNESS_UM = (0.04, 0.3, 5.0, 50.0, 200.0)
"""Lower bounds of the classes of the Bonn Agreement Oil Appearance Code, µm."""
APPEARANCES = ("sheen", "rainbow", "metallic", "discontinuous true colour", "true colour")
DECIMALS = 6
"""About 0.1 m."""


def slick_layer(result: Result) -> list[Row]:
    """Return the slicks with their figures; ``geometry`` is of shapely."""
    return [_shaped(row) for row in all_rows(result.tables["slicks"])]


def coast_layer(result: Result) -> list[Row]:
    """Return the stretches of coast that oil reaches."""
    return [_shaped(row) for row in all_rows(result.tables["coast"])] if "coast" in result.tables else []


def path_layer(result: Result) -> list[Row]:
    """Return the paths of elements as lines, from where they are released on."""
    return _paths(result.tables["trajectories"]) if "trajectories" in result.tables else []


def _paths(table: Table) -> list[Row]:
    names = ("element", "time_utc", "lat", "lon", "status")
    columns = pq.read_table(table.path, columns=list(names))
    told = columns.filter(pc.not_equal(columns["status"], "unreleased"))
    element, times, statuses = (told[name].to_numpy(zero_copy_only=False) for name in ("element", "time_utc", "status"))
    points = np.column_stack([told["lon"].to_numpy(), told["lat"].to_numpy()]).astype(np.float64)
    order = np.argsort(element, kind="stable")
    numbers, starts = np.unique(element[order], return_index=True)
    rows: list[Row] = []
    for number, part in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        if len(part) > 1:
            line = shapely.LineString(np.round(near(points[part], points[part[0], 0]), DECIMALS))
            first, last = part[0], part[-1]
            rows.append(
                {
                    "element": number,
                    "first_utc": str(times[first]),
                    "last_utc": str(times[last]),
                    "last_status": str(statuses[last]),
                    "geometry": placed(line),
                }
            )
    return rows


def oil_layer(result: Result, times: Container[str]) -> Iterator[tuple[str, list[Row]]]:
    """Yield for each time the outlines of the oil at the surface, a row for each class of thickness.

    Parameters
    ----------
    result
        With or without a forecast.
    times
        Those that are outlined.

    Notes
    -----
    A class holds all oil at least that thick, so that outlines lie in each other. Thickness is mass by area and
    density, the mean of a cell: within a cell oil lies thicker and thinner (Bonn Agreement 2017). Maps of too many
    cells to be dense have no outlines.
    """
    if "concentration" not in result.tables:
        return
    grid = read_grid(result)
    if is_too_large(grid):
        return
    for time, dense in maps(result.tables["concentration"], grid, ("surface_kg_m2",), times):
        thickness_um = dense["surface_kg_m2"] * film_um(1.0)
        rows = []
        for least, name in zip(THICKNESS_UM, APPEARANCES, strict=True):
            geometry = outline(thickness_um >= least, grid)
            if geometry is not None:
                rows.append({"time_utc": time, "appearance": name, "thickness_from_um": least, "geometry": geometry})
        yield time, rows


def outline(where: NDArray[np.bool_], grid: Grid) -> shapely.Geometry | None:
    """Return the outline of some cells, ``None`` where there are none.

    Parameters
    ----------
    where
        (rows, cols) bool, row 0 in the south.
    grid
        Of the map.
    """
    if not where.any():
        return None
    mask = np.ascontiguousarray(where[::-1]).astype(np.uint8)
    polygons = [
        shapely.Polygon(shape["coordinates"][0], shape["coordinates"][1:])
        for shape, value in shapes(mask, mask=mask.astype(bool), transform=Affine(*grid.north_up))
        if value
    ]
    return placed(shapely.MultiPolygon(polygons) if len(polygons) > 1 else polygons[0])


def _shaped(row: Row) -> Row:
    return {**row, "geometry": placed(shapely.from_geojson(row["geometry"])) if row["geometry"] else None}


def feature(row: Row) -> dict[str, Any]:
    """Return a row as a GeoJSON feature.

    Parameters
    ----------
    row
        With ``geometry`` of shapely.
    """
    geometry = row["geometry"]
    return {
        "type": "Feature",
        "properties": {name: value for name, value in row.items() if name != "geometry"},
        "geometry": None if geometry is None else json.loads(shapely.to_geojson(geometry)),
    }
