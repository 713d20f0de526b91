"""Slicks of a scene as records: measured on the ellipsoid, with what speaks against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.imaging.scenes.joining import Spot
from pelagia.imaging.scenes.wind import wind_from_backscatter
from pelagia.io.scenes.facts import RADAR, Scene
from pelagia.io.scenes.placing import incidence_at, lat_lon_at
from pelagia.io.slicks.outlines import slick_figures
from pelagia.services.oilspill.detecting_land import Land, scene_land
from pelagia.services.oilspill.given import DETECTED
from pelagia.services.oilspill.outlines import outline_geojson

CALM_M_S, STRONG_M_S = 2.0, 12.0
"""Below, the sea itself is dark; above, oil is hardly seen on radar (Brekke and Solberg 2005,
doi:10.1016/j.rse.2004.11.015)."""
FAINT_DB = 2.0
NEAR_LAND_M = 1_000.0
ROUND = 0.6
"""4 π area / perimeter² from which a shape is taken as round: 1 of a circle."""
THIN, LONG = 10.0, 3.0
"""Length by width: of oil just let out by a ship under way; of oil drawn out by wind or current."""
SHARP_DB = 4.0

Record = dict[str, Any]
Rings = tuple[NDArray[np.float64], ...]


def slick_rows(scene: Scene, spots: Sequence[Spot], workdir: Path, *, min_area_km2: float) -> list[Record]:
    """Return the records of the slicks of a scene.

    Parameters
    ----------
    scene, spots
        What was found, the largest first.
    workdir
        Holds the cut of the shoreline.
    min_area_km2
        Smaller ones are left out.

    Returns
    -------
    list of dict
        As of :func:`pelagia.services.oilspill.given.slick_record`, with ``probability``, ``contrast_db``,
        ``look_alike``, ``age_hint``, and ``outline_px``, the rings of (col, row) to be drawn. Without a place they
        have no outline on the Earth, no area and no position.
    """
    land = scene_land(scene, workdir)
    time_s = _unix_s(scene.observed_utc)
    rows: list[Record] = []
    for spot in spots:
        placed = _placed(scene, spot, land) if scene.is_georeferenced else _nowhere(spot)
        if scene.is_georeferenced and placed["area_km2"] < min_area_km2:
            continue
        rows.append(
            {
                "slick_id": f"{scene.name[:100]}-{len(rows) + 1}",
                "role": DETECTED,
                "file": scene.file,
                "time_s": time_s,
                "probability": spot.probability,
                "contrast_db": spot.contrast if scene.kind in RADAR and math.isfinite(spot.contrast) else None,
                **dict.fromkeys(("mass_t", "volume_m3", "api")),
                "oil": "",
                "outline_px": [shapely.get_coordinates(ring).tolist() for ring in _rings(spot.outline)],
                **placed,
            }
        )
    return rows


def _placed(scene: Scene, spot: Spot, land: Land) -> Record:
    rings = tuple(_on_earth(scene, ring) for ring in _rings(spot.outline))
    figures = slick_figures(rings)
    col, row = (float(value) for value in shapely.get_coordinates(spot.outline.centroid)[0])
    lat, lon = (float(value) for value in lat_lon_at(scene, row, col))
    lengths = {name: getattr(figures, f"{name}_km") for name in ("length", "width", "perimeter")}
    shape = figures.area_km2, lengths["length"] / max(lengths["width"], 1e-9), lengths["perimeter"]
    return {
        "lat": lat,
        "lon": (lon + 180) % 360 - 180,
        "area_km2": figures.area_km2,
        **{f"{name}_km": value for name, value in lengths.items()},
        "rings": [ring.tolist() for ring in rings],
        "geometry": outline_geojson(rings, lat, lon),
        "look_alike": ", ".join(_doubts(scene, spot, shape, land, rings, (row, col))),
        "age_hint": _age_hint(scene, spot, shape[1]),
    }


def _nowhere(spot: Spot) -> Record:
    names = ("lat", "lon", "area_km2", "length_km", "width_km", "perimeter_km")
    doubts = ["faint"] if 0 < spot.contrast < FAINT_DB else []
    return {**dict.fromkeys(names), "rings": [], "geometry": "", "look_alike": ", ".join(doubts), "age_hint": ""}


def _doubts(
    scene: Scene,
    spot: Spot,
    shape: tuple[float, float, float],
    land: Land,
    rings: Rings,
    middle: tuple[float, float],
) -> list[str]:
    """Say what speaks for something else than oil."""
    area_km2, elongation, perimeter_km = shape
    doubts = []
    wind = _wind_m_s(scene, spot, middle)
    if wind is not None and wind < CALM_M_S:
        doubts.append("low-wind")
    if wind is not None and wind > STRONG_M_S:
        doubts.append("strong-wind")
    if land.is_near(rings[0][:, 0], rings[0][:, 1], NEAR_LAND_M):
        doubts.append("near-land")
    if elongation < LONG and 4 * math.pi * area_km2 / max(perimeter_km, 1e-9) ** 2 > ROUND:
        doubts.append("round")
    if scene.kind in RADAR and spot.contrast < FAINT_DB:
        doubts.append("faint")
    return doubts


def _wind_m_s(scene: Scene, spot: Spot, middle: tuple[float, float]) -> float | None:
    """Return the wind over the sea around a slick, ``None`` where the scene cannot tell it."""
    incidence = incidence_at(scene, *middle)
    if scene.kind != "sentinel-1" or scene.polarisations[0] != "VV" or incidence is None:
        return None
    return wind_from_backscatter(spot.surroundings, float(incidence)) if math.isfinite(spot.surroundings) else None


def _age_hint(scene: Scene, spot: Spot, elongation: float) -> str:
    """Return what the shape says of the age: thin and sharp is fresh, wide and faint is old."""
    is_sharp = scene.kind not in RADAR or spot.contrast >= SHARP_DB
    if elongation >= THIN and is_sharp:
        return "fresh"
    return "hours" if elongation >= LONG else "a day or more"


def _rings(outline: shapely.Polygon) -> list[shapely.LinearRing]:
    return [outline.exterior, *outline.interiors]


def _on_earth(scene: Scene, ring: shapely.LinearRing) -> NDArray[np.float64]:
    """Return a ring as (n, 2) of lat, lon, closed."""
    points = shapely.get_coordinates(ring)
    return np.column_stack(lat_lon_at(scene, points[:, 1], points[:, 0]))


def _unix_s(utc: str) -> float | None:
    return datetime.fromisoformat(utc).timestamp() if utc else None
