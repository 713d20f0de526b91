"""A finished run of an oil spill as the server keeps it: tables of a slick that drifts north-east onto a coast."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.core.service import Request
from pelagia.core.table import Column, Table, write_table
from pelagia.orders.result_folder import write_result_folder
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import NewJob, claim_job, create_job, finish_job
from pelagia.runtime.result_file import write_result
from pelagia.runtime.runner import Runtime
from pelagia.services.oilspill import columns
from pelagia.services.oilspill.service import SERVICE

ROOT = Path(__file__).resolve().parents[2]
START = dt.datetime(2008, 8, 6, 9, 51, tzinfo=dt.UTC)
SOUTH, WEST, STEP = 37.0, 5.0, 0.01
ROWS = COLS = 160
TIMES = 13
SPILLED_T = 240.0
MEMBERS = 20
STRETCHES = 12
CELL_M2 = (STEP * 111_195) ** 2 * math.cos(math.radians(37.8))


def install_oilspill(packages: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the service an installed one, for processes started meanwhile as well."""
    info = packages / "oilspill_here-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: oilspill-here\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pelagia.services]\noilspill = pelagia.services.oilspill.service:SERVICE\n")
    patch.syspath_prepend(str(packages))
    patch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{ROOT}")


def time_at(hour: int) -> str:
    """Return a time of the run as tables have it."""
    return (START + dt.timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def shares_at(hour: int) -> dict[str, float]:
    """Return where the oil is; the shares sum to one."""
    evaporated = 0.35 * (1 - math.exp(-hour / 4))
    dispersed = 0.006 * hour
    beached = 0.02 * max(0, hour - 8)
    seeped = beached / 4
    told = {"evaporated": evaporated, "dispersed": dispersed, "beached": beached, "seeped": seeped}
    return {fate: told.get(fate, 0.0) for fate in columns.FATES} | {"surface": 1 - sum(told.values())}


def centre_at(hour: int) -> tuple[float, float]:
    """Return row and column of the middle of the slick."""
    return 50.0 + 4.0 * hour, 40.0 + 5.0 * hour


def concentration_rows(times: int = TIMES) -> Iterator[dict[str, Any]]:
    """Yield the cells of all times: a round slick that grows."""
    for hour in range(times):
        row0, col0 = centre_at(hour)
        spread = 3.0 + 0.5 * hour
        reach = int(3 * spread)
        surface_kg = shares_at(hour)["surface"] * SPILLED_T * 1000
        for row in range(int(row0) - reach, int(row0) + reach + 1):
            for col in range(int(col0) - reach, int(col0) + reach + 1):
                part = math.exp(-((row - row0) ** 2 + (col - col0) ** 2) / (2 * spread**2)) / (2 * math.pi * spread**2)
                on_shore = hour > 8 and row + col == int(row0 + col0) + 2 * reach - 4
                yield {
                    "time_utc": time_at(hour),
                    **place_of(row, col),
                    "surface_kg_m2": part * surface_kg / CELL_M2,
                    "dispersed_kg_m2": part * surface_kg / CELL_M2 * 0.02 if hour else 0.0,
                    "beached_kg": 500.0 if on_shore else 0.0,
                }


def place_of(row: int, col: int) -> dict[str, Any]:
    """Return the columns that say where a cell is."""
    return {"row": row, "col": col, "lat": SOUTH + (row + 0.5) * STEP, "lon": WEST + (col + 0.5) * STEP}


def probability_rows() -> Iterator[dict[str, Any]]:
    """Yield the cells of the ensemble: of every third time, and of the whole run."""
    for hour in range(0, TIMES, 3):
        row0, col0 = centre_at(hour)
        spread = 4.0 + 1.0 * hour
        reach = int(2.5 * spread)
        for row in range(int(row0) - reach, int(row0) + reach + 1, 1):
            for col in range(int(col0) - reach, int(col0) + reach + 1, 1):
                share = math.exp(-((row - row0) ** 2 + (col - col0) ** 2) / (2 * spread**2))
                told = max(1, round(share * MEMBERS)) / MEMBERS
                yield {
                    "time_utc": time_at(hour),
                    **place_of(row, col),
                    "probability": told,
                    "surface_kg_m2": told * 1e-3,
                }
    for row in range(40, 120):
        for col in range(30, 130):
            share = max(0.05, math.exp(-(((row - 40) - 0.8 * (col - 30)) ** 2) / 400))
            yield {
                "time_utc": "",
                **place_of(row, col),
                "probability": share,
                "surface_kg_m2": share * 1e-3,
                "first_arrival_h": (col - 30) / 8,
            }


def balance_rows() -> Iterator[dict[str, Any]]:
    """Yield the mass balance."""
    for hour in range(TIMES):
        shares = shares_at(hour)
        row0, col0 = centre_at(hour)
        yield {
            **{"time_utc": time_at(hour), "hours": float(hour), "spilled_t": SPILLED_T},
            **{f"{fate}_fraction": share for fate, share in shares.items()},
            **{"closure_error": 2e-16 * hour, "water_fraction": 0.05 * hour, "viscosity_mm2_s": 600.0 + 700 * hour},
            **{"density_kg_m3": 950.0, "emulsion_m3": 250.0, "thickness_um": 80.0, "slick_area_km2": 3.0 + hour},
            **{"wind_m_s": 6.0, "temperature_c": 24.0},
            **{"centre_lat": SOUTH + row0 * STEP, "centre_lon": WEST + col0 * STEP},
        }


def coast_rows(*, with_ensemble: bool = True) -> Iterator[dict[str, Any]]:
    """Yield stretches of coast; the last two have seen no oil."""
    for number in range(STRETCHES):
        lat, lon = 37.9 + 0.009 * number, 6.4 - 0.004 * number
        hit = number < STRETCHES - 2
        line = [[lon + 0.001 * at, lat + 0.009 * at / 4] for at in range(5)]
        told: dict[str, Any] = {
            **{"stretch_id": f"c{number:04d}", "coast_type": 1 + number % 9, "length_km": 1.0, "lat": lat, "lon": lon},
            **{"beached_t": 1.5 - 0.1 * number if hit else 0.0, "seeped_t": 0.2 if hit else 0.0},
            "load_kg_m": 1.7 - 0.1 * number if hit else 0.0,
            "first_arrival_utc": time_at(8 + number % 4) if hit else None,
            "first_arrival_h": 8.0 + number % 4 if hit else None,
            "geometry": json.dumps({"type": "LineString", "coordinates": line}),
        }
        if with_ensemble:
            share = 0.9 - 0.08 * number if hit else 0.0
            told |= {
                "impact_probability": share,
                "impact_low": max(0, share - 0.15),
                "impact_high": min(1, share + 0.1),
            }
            if hit:
                told |= {"arrival_low_h": 6.0, "arrival_high_h": 12.0, "load_high_kg_m": 3.0}
        yield told


def slick_rows() -> Iterator[dict[str, Any]]:
    """Yield a slick at the start, one seen later, and one detected."""
    for role, hour, shift in (("start", 0, 0.0), ("observed", 12, 0.05), ("detected", 0, 0.01)):
        row0, col0 = centre_at(hour)
        lat, lon = SOUTH + row0 * STEP + shift, WEST + col0 * STEP
        turns = [2 * math.pi * at / 24 for at in range(25)]
        ring = [[lon + 0.06 * math.cos(turn), lat + 0.03 * math.sin(turn)] for turn in turns]
        yield {
            **{
                "slick_id": f"{role}-1",
                "object_id": f"{role}-1",
                "role": role,
                "file": f"upload://ab12cd34/{role}.json",
            },
            **{
                "observed_utc": time_at(hour),
                "area_km2": 55.0,
                "length_km": 10.6,
                "width_km": 5.2,
                "perimeter_km": 28.0,
            },
            **{"lat": lat, "lon": lon, "probability": 0.8 if role == "detected" else None},
            **{"mass_t": SPILLED_T if role == "start" else None, "mass_source": "told", "oil": "API 22"},
            "geometry": json.dumps({"type": "Polygon", "coordinates": [ring]}),
        }


def trajectory_rows() -> Iterator[dict[str, Any]]:
    """Yield the ways of thirty elements, of which the last is released after three hours."""
    for hour in range(TIMES):
        row0, col0 = centre_at(hour)
        for element in range(30):
            turn = 2 * math.pi * element / 30
            beached = hour > 9 and element % 5 == 0
            late = element == 29 and hour < 3
            yield {
                **{"element": element, "time_utc": time_at(hour), "depth_m": 0.0, "source": 1},
                "lat": SOUTH + (row0 + (2 + hour) * math.sin(turn)) * STEP,
                "lon": WEST + (col0 + (2 + hour) * math.cos(turn)) * STEP,
                "status": "unreleased" if late else "beached" if beached else "surface",
            }


def ensemble_rows() -> Iterator[dict[str, Any]]:
    """Yield the balance of the ensemble."""
    for hour in range(TIMES):
        for fate, share in shares_at(hour).items():
            wide = 0.01 * hour * min(1, share * 10)
            yield {
                **{"time_utc": time_at(hour), "hours": float(hour), "fate": fate, "mean": share},
                **{"low": max(0.0, share - wide), "high": min(1.0, share + wide)},
            }


def member_rows() -> Iterator[dict[str, Any]]:
    """Yield the members of the ensemble."""
    row0, col0 = centre_at(TIMES - 1)
    for member in range(MEMBERS):
        turn = 2 * math.pi * member / MEMBERS
        yield {
            **{"member": member, "diffusivity_m2_s": 2.0, "wind_drift_factor": 0.03, "wind_scale": 1.0},
            "centre_lat": SOUTH + (row0 + member * math.sin(turn)) * STEP,
            "centre_lon": WEST + (col0 + member * math.cos(turn)) * STEP,
            "beached_fraction": 0.08,
        }


def fit_rows() -> Iterator[dict[str, Any]]:
    """Yield what a fit tried."""
    for number in range(24):
        yield {
            **{"evaluation": number, "batch": number // 8, "diffusivity_m2_s": 2.0 + number / 4},
            **{"wind_drift_factor": 0.01 + number / 1000, "wind_drift_angle_deg": 5.0, "start_spread_km": 0.5},
            **{"score": 0.1 + number / 100, "centroid_km": 9.0, "surrogate": 0.1 + number / 100, "surrogate_sd": 0.02},
            "is_best": number == 20,
        }


def posterior_rows() -> Iterator[dict[str, Any]]:
    """Yield draws; the angle was not to be changed."""
    for draw in range(200):
        yield {
            **{"draw": draw, "diffusivity_m2_s": 5.0 + 2 * math.sin(draw), "wind_drift_angle_deg": 0.0},
            **{"wind_drift_factor": 0.02 + 0.01 * math.sin(draw) ** 3, "start_spread_km": 0.2 + 0.1 * math.cos(draw)},
        }


def score_rows() -> Iterator[dict[str, Any]]:
    """Yield scores: of the pass the fit knew, and of the one it did not."""
    fss = {"persistence": (0.02, 0.08, 0.15), "defaults": (0.05, 0.21, 0.33), "fitted": (0.12, 0.43, 0.61)}
    for hour, held_out in ((6, False), (12, True)):
        for forecast, scores in fss.items():
            for scale, score in zip((1.0, 5.0, 10.0), scores, strict=True):
                yield {
                    **{"forecast": forecast, "observed_utc": time_at(hour), "is_held_out": held_out, "scale_km": scale},
                    **{"fss": score - 0.02 * held_out, "fss_useful": 0.52, "centroid_km": 12.0 - 10 * score},
                }


Rows = dict[str, tuple[Sequence[Column], list[dict[str, Any]]]]


def spill_rows(*, ensemble: bool = True, fit: bool = True) -> Rows:
    """Return the columns and rows of all tables."""
    told: Rows = {
        "slicks": (columns.SLICK_COLUMNS, list(slick_rows())),
        "mass_balance": (columns.BALANCE_COLUMNS, list(balance_rows())),
        "coast": (columns.COAST_COLUMNS, list(coast_rows(with_ensemble=ensemble))),
        "grid": (columns.GRID_COLUMNS, [grid_row()]),
        "concentration": (columns.CONCENTRATION_COLUMNS, list(concentration_rows())),
        "trajectories": (columns.TRAJECTORY_COLUMNS, list(trajectory_rows())),
    }
    if ensemble:
        told["probability"] = (columns.PROBABILITY_COLUMNS, list(probability_rows()))
        told["ensemble_balance"] = (columns.ENSEMBLE_BALANCE_COLUMNS, list(ensemble_rows()))
        told["members"] = (columns.MEMBER_COLUMNS, list(member_rows()))
    if fit:
        told["fit"] = (columns.FIT_COLUMNS, list(fit_rows()))
        told["posterior"] = (columns.POSTERIOR_COLUMNS, list(posterior_rows()))
        told["scores"] = (columns.SCORE_COLUMNS, list(score_rows()))
    return told


def grid_row() -> dict[str, Any]:
    """Return the grid of the maps."""
    return {
        **{"south_lat": SOUTH, "west_lon": WEST, "lat_step": STEP, "lon_step": STEP, "rows": ROWS, "cols": COLS},
        **{"cell_m": math.sqrt(CELL_M2), "crs": "EPSG:4326"},
    }


def write_tables(folder: Path, rows: Rows) -> dict[str, Table]:
    """Write tables into a folder."""
    return {name: write_table(name, folder, told, records) for name, (told, records) in rows.items()}


def spilled_job(
    runtime: Runtime,
    folder: Path,
    *,
    asker: str = "visit:me",
    title: str = "Slick off Béjaïa",
    rows: Rows | None = None,
) -> Job:
    """Put a finished run among those of the server; ``rows`` as of :func:`spill_rows`."""
    slick = folder / "slick.geojson"
    slick.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    request: Request[Any] = Request(
        service="oilspill",
        service_version=SERVICE.version,
        inputs={"slick": (str(slick),)},
        params=SERVICE.params(),
        models={},
    )
    made = NewJob(
        request=request_record(request, f"{title} {asker}"),
        estimate={"steps": 1, "units": 1, "bytes": 0, "issues": [], "facts": {}},
        unit=SERVICE.unit.name,
        kind="analysis",
        route="web",
        asker=asker,
        title=title,
        wanted={"exports": []},
    )
    job = create_job(runtime.database, made)
    workdir = runtime.settings.workdir(job.id)
    workdir.mkdir(parents=True, exist_ok=True)
    result = Result(
        tables=write_tables(workdir, rows or spill_rows()),
        summary={"beached_t": Figure(value=24.0, description="Oil on the shore at the end", unit="t", low=20, high=29)},
        issues=(Issue(file="wind.nc", code="wind", message="The wind is of six hours", remedy="", severity="note"),),
        provenance=Provenance(
            service="oilspill", service_version=SERVICE.version, params={}, inputs=(), models=(), seed=0, versions={}
        ),
    )
    write_result(result, workdir)
    finish_job(runtime.database, claim_job(runtime.database, job.id), "succeeded", objects=1)
    job = find_job(runtime.database, job.id)
    write_result_folder(job, result, runtime.settings.result_folder(job.id))
    return job
