"""Where and when a spill is forecast, for the crate of a result (schema.org: GeoShape, temporalCoverage)."""

from __future__ import annotations

from typing import Any

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import map_times, read_grid

PLACE, BOX = "#area", "#area-box"

Entity = dict[str, Any]


def coverage(result: Result) -> tuple[Entity, tuple[Entity, ...]]:
    """Return what the data set tells of place and time, and the entities it names; nothing without a forecast.

    Parameters
    ----------
    result
        Of any service.
    """
    if not {"grid", "mass_balance", "concentration"} <= set(result.tables):
        return {}, ()
    grid, times = read_grid(result), map_times(result)
    north = grid.south_lat + grid.rows * grid.lat_step
    east = (grid.west_lon + grid.cols * grid.lon_step + 180.0) % 360.0 - 180.0
    # Of the map from its western to its eastern edge; the eastern is the smaller number across the 180° meridian.
    box = f"{grid.south_lat:.5f} {grid.west_lon:.5f} {north:.5f} {east:.5f}"
    told = {"temporalCoverage": f"{min(times)}/{max(times)}", "spatialCoverage": {"@id": PLACE}}
    place = {"@id": PLACE, "@type": "Place", "name": "Area of the maps", "geo": {"@id": BOX}}
    return told, (place, {"@id": BOX, "@type": "GeoShape", "box": box})
