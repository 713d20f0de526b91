"""A small spill Result whose places and numbers are known: a square of oil that moves east, hour by hour."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pelagia.core.provenance import InputRecord, Provenance
from pelagia.core.result import Artifact, Figure, Result
from pelagia.core.table import write_table
from pelagia.exports.outcome import DatasetInfo, ExportOptions
from pelagia.services.oilspill import columns
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.times import utc_text

START_S = 1_772_344_800.0
"""2026-03-01 06:00 UTC."""
STEP = 0.01
KG_M2 = 0.02
OPTIONS = ExportOptions(created=dt.date(2026, 3, 2), dataset=DatasetInfo(licence="https://spdx.org/licenses/CC-BY-4.0"))

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Spill:
    """What the made-up result holds.

    Parameters
    ----------
    south_lat, west_lon
        Corner of the grid, as the table tells it.
    rows, cols
        Of the grid; the oil covers 2 × 2 cells, one further east every hour.
    hours
        Of the forecast.
    empty
        Hours at which no oil is anywhere on the map.
    backward
        Whether it runs backward in time.
    members
        Of the ensemble; 0 for none.
    has_shore
        Whether there is a shoreline: the southern row is land.
    passes
        Slicks observed later and a fit to them: how many times; the last of more than one is kept from it.
    has_forecast
        Whether there is more than the table of slicks.
    scenes
        Pictures of scenes, each with a slick found in it.
    """

    south_lat: float = 36.0
    west_lon: float = 3.0
    rows: int = 6
    cols: int = 12
    hours: int = 4
    empty: tuple[int, ...] = ()
    backward: bool = False
    members: int = 0
    has_shore: bool = True
    passes: int = 0
    has_forecast: bool = True
    scenes: int = 0

    @property
    def times(self) -> list[str]:
        """Of the maps."""
        sign = -1 if self.backward else 1
        return [utc_text(START_S + sign * 3600.0 * hour) for hour in range(self.hours + 1)]


def make_spill(folder: Path, spill: Spill | None = None) -> Result:
    """Write the tables and files of a made-up spill into ``folder``."""
    made = spill or Spill()
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, tuple[Any, list[Row]]] = {"slicks": (columns.SLICK_COLUMNS, slick_rows(made))}
    if made.has_forecast:
        tables |= forecast_tables(made)
    if made.has_forecast and made.members:
        tables |= ensemble_tables(made)
    if made.has_forecast and made.passes:
        tables |= fit_tables(made)
    artifacts = [_scene(folder, number) for number in range(made.scenes)]
    if made.has_forecast and made.has_shore:
        artifacts.append(_shore(folder, made))
    return Result(
        tables={name: write_table(name, folder, kinds, rows) for name, (kinds, rows) in tables.items()},
        summary=summary(made),
        issues=(),
        provenance=provenance(),
        artifacts=tuple(artifacts),
        notes=("Oil: TEST <b>CRUDE</b>; estimated by relations, not measured: vapour pressure.",),
    )


def forecast_tables(made: Spill) -> dict[str, tuple[Any, list[Row]]]:
    """Return the tables of a forecast."""
    grid = {
        "south_lat": made.south_lat, "west_lon": made.west_lon, "lat_step": STEP, "lon_step": STEP,
        "rows": made.rows, "cols": made.cols, "cell_m": 1112.0, "crs": "EPSG:4326",
    }  # fmt: skip
    tables = {
        "mass_balance": (columns.BALANCE_COLUMNS, [balance_row(made, hour) for hour in range(made.hours + 1)]),
        "grid": (columns.GRID_COLUMNS, [grid]),
        "concentration": (columns.CONCENTRATION_COLUMNS, concentration_rows(made)),
        "trajectories": (columns.TRAJECTORY_COLUMNS, path_rows(made)),
    }
    if made.has_shore:
        tables["coast"] = (columns.COAST_COLUMNS, coast_rows(made))
    return tables


def balance_row(made: Spill, hour: int) -> Row:
    """What is where at an hour: a tenth evaporates in each, the rest floats; in the last hour half of it strands."""
    evaporated = 0.0 if made.backward else 0.1 * hour
    beached = (1.0 - evaporated) / 2.0 if hour == made.hours and made.has_shore and not made.backward else 0.0
    known = hour not in made.empty
    lon = wrapped(made.west_lon + STEP * (hour + 1))
    return {
        "time_utc": made.times[hour], "hours": float(-hour if made.backward else hour), "spilled_t": 40.0,
        **{f"{fate}_fraction": 0.0 for fate in columns.FATES},
        "surface_fraction": 1.0 - evaporated - beached, "evaporated_fraction": evaporated, "beached_fraction": beached,
        "closure_error": 1e-15, "water_fraction": 0.1 * hour, "viscosity_mm2_s": 100.0 + hour, "density_kg_m3": 950.0,
        "emulsion_m3": 50.0, "thickness_um": 20.0, "slick_area_km2": 4.0, "wind_m_s": 5.0, "temperature_c": 15.0,
        "centre_lat": made.south_lat + 3 * STEP if known else None, "centre_lon": lon if known else None,
    }  # fmt: skip


def concentration_rows(made: Spill) -> list[Row]:
    """Four cells of oil, one column further east every hour; in the last hour one of the shore."""
    rows = []
    for hour, time in enumerate(made.times):
        if hour in made.empty:
            continue
        for row in (2, 3):
            for col in (hour, hour + 1):
                rows.append(
                    cell(made, row, col) | {"time_utc": time, "surface_kg_m2": KG_M2, "dispersed_kg_m2": KG_M2 / 4}
                )
        if hour == made.hours and made.has_shore:
            rows.append(cell(made, 1, hour) | {"time_utc": time, "beached_kg": 800.0})
    return [{"surface_kg_m2": 0.0, "dispersed_kg_m2": 0.0, "beached_kg": 0.0} | row for row in rows]


def cell(made: Spill, row: int, col: int) -> Row:
    """A cell with the middle of it."""
    lon = wrapped(made.west_lon + (col + 0.5) * STEP)
    return {"row": row, "col": col, "lat": made.south_lat + (row + 0.5) * STEP, "lon": lon}


def path_rows(made: Spill) -> list[Row]:
    """Two elements that go east, the second from the second hour on."""
    return [
        {
            "element": element, "time_utc": time, "lat": made.south_lat + (2.5 + element) * STEP,
            "lon": wrapped(made.west_lon + (hour + 0.5) * STEP), "depth_m": 0.0,
            "status": "unreleased" if element and not hour else "surface", "source": 0,
        }
        for hour, time in enumerate(made.times)
        for element in (0, 1)
    ]  # fmt: skip


def coast_rows(made: Spill) -> list[Row]:
    """Two stretches; this forecast reaches the first alone, the ensemble also the second."""
    rows = []
    for number in range(2 if made.members else 1):
        lat, lon = made.south_lat + STEP, made.west_lon + STEP * (4 + number)
        row: Row = {
            "stretch_id": f"coast-{number:05d}", "coast_type": 4, "length_km": 1.0, "lat": lat, "lon": wrapped(lon),
            "beached_t": 0.0 if number else 6.0, "seeped_t": 0.0, "load_kg_m": 0.0 if number else 6.0,
            "first_arrival_utc": "" if number else made.times[-1],
            "first_arrival_h": None if number else float(made.hours),
            "geometry": json.dumps({"type": "LineString", "coordinates": [[lon - STEP / 2, lat], [lon, lat]]}),
        }  # fmt: skip
        if made.members:
            row |= {
                "impact_probability": 0.25 if number else 0.75, "impact_low": 0.1, "impact_high": 0.9,
                "arrival_low_h": 2.0, "arrival_high_h": 4.0, "load_high_kg_m": 9.0,
            }  # fmt: skip
        rows.append(row)
    return rows


def ensemble_tables(made: Spill) -> dict[str, tuple[Any, list[Row]]]:
    """Return the tables of an ensemble: half of its members have oil in the cells of the forecast."""
    probable = [
        cell(made, row, col)
        | {"time_utc": time, "probability": 0.5, "surface_kg_m2": KG_M2 / 2, "first_arrival_h": None if time else 1.0}
        for hour, time in ((None, ""), *enumerate(made.times))
        for row in (2, 3)
        for col in (range(made.hours + 2) if hour is None else (hour, hour + 1))
    ]
    fates = [
        {
            "time_utc": time,
            "hours": float(hour),
            "fate": fate,
            "mean": share,
            "low": share / 2,
            "high": min(1.0, 2 * share),
        }
        for hour, time in enumerate(made.times)
        for fate, share in (("surface", 0.5), ("evaporated", 0.3), ("beached", 0.2))
    ]
    members = [
        {
            "member": number, "diffusivity_m2_s": 2.0, "wind_drift_factor": 0.03, "wind_drift_angle_deg": 0.0,
            "start_spread_km": 0.0, "wind_scale": 1.0, "current_scale": 1.0, "start_shift_h": 0.0,
            "centre_lat": made.south_lat + 0.01 * (number % 2),
            "centre_lon": wrapped(made.west_lon) if number else None, "beached_fraction": 0.2,
        }
        for number in range(made.members)
    ]  # fmt: skip
    return {
        "probability": (columns.PROBABILITY_COLUMNS, probable),
        "ensemble_balance": (columns.ENSEMBLE_BALANCE_COLUMNS, fates),
        "members": (columns.MEMBER_COLUMNS, members),
    }


def fit_tables(made: Spill) -> dict[str, tuple[Any, list[Row]]]:
    """Return the tables of a fit of three forecasts."""
    choice = {"diffusivity_m2_s": 3.0, "wind_drift_angle_deg": 5.0, "start_spread_km": 0.5}
    rows = [
        {
            "evaluation": number, "batch": 0, **choice, "wind_drift_factor": 0.02 + 0.005 * number,
            "score": 0.4 + 0.1 * number, "centroid_km": 3.0, "surrogate": 0.5, "surrogate_sd": 0.1,
            "is_best": number == 2,
        }
        for number in range(3)
    ]  # fmt: skip
    draws = [{"draw": number, **choice, "wind_drift_factor": 0.02 + 0.001 * number} for number in range(20)]
    fss = {"persistence": 0.1, "defaults": 0.3, "fitted": 0.7}
    scores = [
        {
            "forecast": forecast, "observed_utc": made.times[1 + number],
            "is_held_out": made.passes > 1 and number == made.passes - 1, "scale_km": scale, "fss": value * scale / 5.0,
            "fss_useful": 0.52, "centroid_km": 4.0 - 3.0 * value,
        }
        for forecast, value in fss.items()
        for number in range(made.passes)
        for scale in (1.0, 5.0)
    ]  # fmt: skip
    return {
        "fit": (columns.FIT_COLUMNS, rows),
        "posterior": (columns.POSTERIOR_COLUMNS, draws),
        "scores": (columns.SCORE_COLUMNS, scores),
    }


def slick_rows(made: Spill) -> list[Row]:
    """A slick at the start, one observed an hour later, those found in scenes: the first without a place."""
    south, west = made.south_lat + 2 * STEP, made.west_lon
    rows = []
    if made.has_forecast:
        rows.append(
            _slick("start-1", "start", made.times[0], square(south, west, 2 * STEP)) | {"mass_source": "assumed"}
        )
        rows += [
            _slick(f"observed-{number + 1}", "observed", made.times[1 + number], square(south, west + STEP, 2 * STEP))
            for number in range(made.passes)
        ]
    for number in range(made.scenes):
        geometry = square(south, west, 2 * STEP) if number else ""
        row = _slick(f"scene-{number}", "detected", made.times[0], geometry)
        nowhere = dict.fromkeys(("lat", "lon", "area_km2", "length_km", "width_km", "perimeter_km"))
        rows.append(row | {"probability": 0.8, "look_alike": "faint"} | ({} if number else nowhere))
    return rows


def square(south: float, west: float, side: float) -> str:
    """The outline of a square, as the tables hold it; it may go on beyond 180°."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _slick(name: str, role: str, time: str, geometry: str) -> Row:
    return {
        "slick_id": name, "object_id": name, "role": role, "file": "slicks/<b>drawn</b>.geojson", "observed_utc": time,
        "area_km2": 4.0, "length_km": 2.2, "width_km": 1.8, "perimeter_km": 8.0, "lat": 36.03, "lon": 3.01,
        "look_alike": "", "age_hint": "", "mass_t": 40.0 if role == "start" else None, "mass_source": "",
        "oil": "TEST CRUDE" if role == "start" else "", "geometry": geometry,
    }  # fmt: skip


def _shore(folder: Path, made: Spill) -> Artifact:
    """The shore runs west to east along the first row, with land on its left: to walk west, that is the south."""
    lat, margin = made.south_lat + STEP, 20 * STEP
    west, east = made.west_lon - margin, made.west_lon + made.cols * STEP + margin
    line = [[west, lat], [(west + east) / 2, lat], [east, lat]][::-1]
    told = {
        "type": "FeatureCollection",
        "bbox": [west, made.south_lat - margin, east, made.south_lat + made.rows * STEP + margin],
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "MultiLineString", "coordinates": [line]}}
        ],
    }
    path = folder / "shoreline.geojson"
    path.write_text(json.dumps(told))
    return Artifact(role="shoreline", name=path.name, path=path, media_type="application/geo+json")


def _scene(folder: Path, number: int) -> Artifact:
    path = folder / f"scene-{number}.png"
    cv2.imwrite(str(path), np.full((40, 60, 3), 120, np.uint8))
    return Artifact(
        role="scene", name=f"scenes/scene-{number}.png", path=path, media_type="image/png", description="A scene"
    )  # fmt: skip


def summary(made: Spill) -> Mapping[str, Figure]:
    """Some of the figures of a run."""
    if not made.has_forecast:
        return {"slicks_detected": Figure(value=made.scenes, description="Slicks found in scenes")}
    figures = {
        "spilled_t": Figure(value=40.0, description="Oil spilled", unit="t"),
        "surface_share": Figure(value=0.5, description="Share of the oil at the surface at the end", unit="share"),
        "first_arrival_h": Figure(value=None, description="Hours until the first oil reaches a shore", unit="h"),
        "closure_error": Figure(value=1e-15, description="Largest error of the mass balance", unit="share"),
    }
    if made.members:
        figures["shore_probability"] = Figure(
            value=0.75, description="Probability that oil reaches a shore", unit="share", low=0.3, high=0.95
        )
    return figures


def provenance() -> Provenance:
    """What was run."""
    return Provenance(
        service="oilspill", service_version="1.0.0",
        params=OilspillParams(start="2026-03-01T06:00", hours=4.0, api=30.0).model_dump(mode="json"),
        inputs=(InputRecord(uri="slicks/drawn.geojson", files=1, bytes=900, sha256="0" * 64),), models=(), seed=3,
        versions={"pelagia": "0.1.0", "python": "3.11.0"},
    )  # fmt: skip


def wrapped(lon: float) -> float:
    """The same meridian between -180 and 180."""
    return (lon + 180.0) % 360.0 - 180.0
