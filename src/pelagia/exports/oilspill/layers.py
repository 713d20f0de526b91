"""The layers of a map of a spill: slicks, oil by thickness and time, coast, paths."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from rasterio.features import shapes
from rasterio.transform import Affine

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import Grid, all_rows, is_too_large, maps, read_grid

Row = dict[str, Any]

USUAL_DENSITY_KG_M3 = 900.0
"""To tell thickness from mass; the classes are decades, so that it hardly matters."""
THICKNESS_UM = (0.04, 0.3, 5.0, 50.0, 200.0)
"""Lower bounds of the classes of the Bonn Agreement Oil Appearance Code, µm."""
APPEARANCES = ("sheen", "rainbow", "metallic", "discontinuous true colour", "true colour")


def slick_layer(result: Result) -> list[Row]:
    """Return the slicks with their figures; ``geometry`` is of shapely."""
    return [_shaped(row) for row in all_rows(result.tables["slicks"])]


def coast_layer(result: Result) -> list[Row]:
    """Return the stretches of coast that oil reaches."""
    return [_shaped(row) for row in all_rows(result.tables["coast"])] if "coast" in result.tables else []


def path_layer(result: Result) -> list[Row]:
    """Return the paths of elements as lines."""
    if "trajectories" not in result.tables:
        return []
    by_element: dict[int, list[Row]] = defaultdict(list)
    for row in all_rows(result.tables["trajectories"]):
        if row["status"] != "unreleased":
            by_element[row["element"]].append(row)
    return [
        {
            "element": element,
            "first_utc": rows[0]["time_utc"],
            "last_utc": rows[-1]["time_utc"],
            "last_status": rows[-1]["status"],
            "geometry": shapely.LineString([(row["lon"], row["lat"]) for row in rows]),
        }
        for element, rows in sorted(by_element.items())
        if len(rows) > 1 and _is_whole(rows)
    ]


def oil_layer(result: Result) -> Iterator[tuple[str, list[Row]]]:
    """Yield for each time the outlines of the oil at the surface, a row for each class of thickness.

    Notes
    -----
    A class holds all oil at least that thick, so that outlines lie in each other. Thickness is mass by area and
    density, the mean of a cell: within a cell oil lies thicker and thinner (Bonn Agreement 2017).
    """
    if "concentration" not in result.tables:
        return
    grid = read_grid(result)
    if is_too_large(grid):
        return
    for time, dense in maps(result.tables["concentration"], grid, ("surface_kg_m2",)):
        thickness_um = dense["surface_kg_m2"] / USUAL_DENSITY_KG_M3 * 1e6
        rows = []
        for least, name in zip(THICKNESS_UM, APPEARANCES, strict=True):
            geometry = outline(thickness_um >= least, grid)
            if geometry is not None:
                rows.append({"time_utc": time, "appearance": name, "thickness_from_um": least, "geometry": geometry})
        yield time, rows


def outline(where: np.ndarray, grid: Grid) -> shapely.Geometry | None:
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
    return shapely.MultiPolygon(polygons) if len(polygons) > 1 else polygons[0]


def _shaped(row: Row) -> Row:
    return {**row, "geometry": shapely.from_geojson(row["geometry"]) if row["geometry"] else None}


def _is_whole(rows: list[Row]) -> bool:
    """Whether a path does not cross the 180° meridian, where a line would go round the Earth."""
    lons = [row["lon"] for row in rows]
    return bool(max(lons) - min(lons) < 180.0)


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
