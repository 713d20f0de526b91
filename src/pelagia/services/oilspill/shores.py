"""The coast table: what lies on each stretch of the shore, and when it came."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.state import BEACHED, SpillState
from pelagia.services.oilspill.outlines import line_geojson
from pelagia.services.oilspill.times import utc_text

SHOWN_FROM_MIDDLE = 0.7
"""Of the longer side of the maps, so that a square around them is known, whatever their shape."""
SHOWN_AT_LEAST_M = 20_000.0

Record = dict[str, Any]


def coast_rows(
    shoreline: Shoreline, state: SpillState, start_s: float, impacts: Mapping[int, Mapping[str, Any]]
) -> list[Record]:
    """Return the rows of ``coast``: the stretches that oil reached, the most loaded first.

    Parameters
    ----------
    shoreline
        Of the simulation.
    state
        At its end.
    start_s
        Of the simulation, Unix time, s.
    impacts
        Of an ensemble, by stretch: ``impact_probability`` and what else the table tells of it; empty without one.
    """
    beached, seeped = loads_kg(shoreline, state)
    reached = {int(one) for one in np.flatnonzero(np.isfinite(state.stretch_first_s))}
    rows = []
    for stretch in sorted(reached | set(impacts)):
        first_s = float(state.stretch_first_s[stretch])
        row = _stretch_row(shoreline, stretch)
        length_m = row["length_km"] * 1000.0
        row |= {
            "beached_t": beached[stretch] / 1000.0,
            "seeped_t": seeped[stretch] / 1000.0,
            "load_kg_m": (beached[stretch] + seeped[stretch]) / length_m,
            "first_arrival_utc": utc_text(first_s) if math.isfinite(first_s) else "",
            "first_arrival_h": abs(first_s - start_s) / 3600.0 if math.isfinite(first_s) else None,
        }
        rows.append(row | dict(impacts.get(stretch, {})))
    return sorted(rows, key=lambda row: (-row["load_kg_m"], row["stretch_id"]))


def write_shoreline(shoreline: Shoreline, bounds: tuple[float, float, float, float], path: Path) -> None:
    """Write the shoreline around the maps as GeoJSON lines, for people to see where the oil is.

    Parameters
    ----------
    shoreline
        Of the simulation.
    bounds
        South, north, west, east of the maps, °; the shoreline is told of a square around them, in ``bbox`` of the file.
    path
        The file.
    """
    south, north, west, east = _square(bounds)
    shown = (
        (np.maximum(shoreline.lat_a, shoreline.lat_b) >= south)
        & (np.minimum(shoreline.lat_a, shoreline.lat_b) <= north)
        & (np.maximum(shoreline.lon_a, shoreline.lon_b) >= west)
        & (np.minimum(shoreline.lon_a, shoreline.lon_b) <= east)
    )
    lines = _lines(shoreline, np.flatnonzero(shown))
    features = []
    if lines:
        places = [[[round(lon, 5), round(lat, 5)] for lat, lon in line] for line in lines]
        geometry = {"type": "MultiLineString", "coordinates": places}
        features = [{"type": "Feature", "properties": {"source": shoreline.source}, "geometry": geometry}]
    told = {"type": "FeatureCollection", "bbox": [west, south, east, north], "features": features}
    path.write_text(json.dumps(told), encoding="utf-8")


def _square(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return south, north, west and east of a square around the maps."""
    south, north, west, east = bounds
    lat, lon = (south + north) / 2.0, (west + east) / 2.0
    side = max(north - south, (east - west) * lon_scale(lat))
    half = max(SHOWN_FROM_MIDDLE * side, SHOWN_AT_LEAST_M / METRES_PER_DEGREE)
    return lat - half, lat + half, lon - half / lon_scale(lat), lon + half / lon_scale(lat)


def loads_kg(shoreline: Shoreline, state: SpillState) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the oil on, and in, each stretch, (stretches,) each, kg."""
    on_shore = state.status == BEACHED
    remaining = state.mass_kg * (1.0 - state.evaporated - state.seeped)
    stretch = shoreline.stretch[state.segment[on_shore]]
    beached = np.bincount(stretch, weights=remaining[on_shore], minlength=shoreline.stretches)
    seeped = np.bincount(shoreline.stretch, weights=state.segment_seeped_kg, minlength=shoreline.stretches)
    return beached.astype(np.float64), seeped.astype(np.float64)


def _stretch_row(shoreline: Shoreline, stretch: int) -> Record:
    members = np.flatnonzero(shoreline.stretch == stretch)
    middle = members[len(members) // 2]
    types = np.bincount(shoreline.coast_type[members], weights=shoreline.length_m[members])
    lon = (shoreline.lon_a[middle] + shoreline.lon_b[middle]) / 2.0
    return {
        "stretch_id": f"coast-{stretch:05d}",
        "coast_type": int(types.argmax()),
        "length_km": float(shoreline.length_m[members].sum() / 1000.0),
        "lat": float((shoreline.lat_a[middle] + shoreline.lat_b[middle]) / 2.0),
        "lon": float((lon + 180.0) % 360.0 - 180.0),
        "geometry": line_geojson(_lines(shoreline, members)),
    }


def _lines(shoreline: Shoreline, members: NDArray[np.int64]) -> list[list[tuple[float, float]]]:
    """Join the segments of a stretch where they follow each other."""
    lines: list[list[tuple[float, float]]] = []
    for one in members:
        begin = (float(shoreline.lat_a[one]), float(shoreline.lon_a[one]))
        end = (float(shoreline.lat_b[one]), float(shoreline.lon_b[one]))
        if lines and lines[-1][-1] == begin:
            lines[-1].append(end)
        else:
            lines.append([begin, end])
    return lines
