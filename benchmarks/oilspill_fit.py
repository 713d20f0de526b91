"""Measure the fit and the ensemble of the oil spill service on the slicks off Algeria of August 2008.

Seconds of a fit of 100 forecasts on two processes; scores of the forecast as given, as fitted, and of persistence; a
twin of a known truth under the same currents and wind, scored on the pass kept from the fit; seconds of an ensemble of
50 members on one process and on two.

`python -m benchmarks.oilspill_fit` needs the shared data (PELAGIA_SHARED_DATA).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely
from benchmarks.measure import ROOT, record

from pelagia.core.service import Request
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.ocean.gridding import lattice_for
from pelagia.ocean.oils.choosing import oil_by_api
from pelagia.ocean.score.skill import published_target, score_forecast
from pelagia.ocean.setting import Source, SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SURFACE
from pelagia.services.oilspill.choices import (
    ANGLE,
    DIFFUSIVITY,
    FACTOR,
    SPREAD,
    given_choice,
    with_choice,
    with_elements,
)
from pelagia.services.oilspill.ensemble import run_ensemble
from pelagia.services.oilspill.fitting import fit_forecast
from pelagia.services.oilspill.forecasting import save_lattice
from pelagia.services.oilspill.planning import Plan
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import save_setup

SHARED = Path(os.environ.get("PELAGIA_SHARED_DATA", ROOT.parent / "shared" / "data"))
CASE = SHARED / "oilspill" / "cases" / "algeria_2008"
SEEN_FIRST = dt.datetime(2008, 8, 6, 9, 51, tzinfo=dt.UTC).timestamp()
SEEN_LATER = dt.datetime(2008, 8, 7, 10, 50, tzinfo=dt.UTC).timestamp()
HOURS, EVALUATIONS, MEMBERS = 25.0, 100, 50
MOST_SECONDS, LEAST_GAIN = 600.0, 1.8
TRUTH = {DIFFUSIVITY: 6.0, FACTOR: 0.02, ANGLE: 8.0, SPREAD: 0.3}
TWIN_HOURS = (9.0, 17.0, 25.0)
PUBLISHED_SCALES_KM = (0.15, 5.0, 10.0, 22.0)
PUBLISHED = {
    "persistence": [0.0, 0.0, 0.0, 0.182],
    "currents": [0.0, 0.022, 0.082, 0.208],
    "wind 3 %": [0.0035, 0.008, 0.019, 0.186],
}
"""Of runs of the original model with 20,000 parcels a slick."""


@dataclass
class PoolSteps:
    """Steps on so many processes, remembered by nobody."""

    workdir: Path
    processes: int
    pool: ProcessPoolExecutor = field(init=False)
    cpu_s: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pool = ProcessPoolExecutor(self.processes)
        list(self.pool.map(_warm, range(4 * self.processes)))

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Do it here."""
        return func(*args)

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        """Do them on the processes."""
        for value, process, seconds in self.pool.map(partial(_timed, func), items):
            self.cpu_s[process] = self.cpu_s.get(process, 0.0) + seconds
            yield value


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        folder = Path(name)
        (folder / "twin").mkdir()
        setup = algeria()
        save_setup(setup, folder / "setup")
        save_lattice(lattice_for(setup), folder / "setup")
        steps = PoolSteps(folder, 2)
        real = _fit(steps, str(folder / "setup"), seen(CASE / "observed_slicks_20080807T1050.geojson", SEEN_LATER))
        steps.workdir = folder / "twin"
        twin = _fit(steps, str(folder / "setup"), twin_of(setup)) | {"truth": TRUTH}
        steps.pool.shutdown()
        record(
            "oilspill_fit",
            {
                "fit of 100 forecasts": real,
                "fit fast enough": real["seconds"] <= MOST_SECONDS,
                "twin": twin,
                "as published (150 m, 5, 10, 22 km)": _as_published(setup, real["best"]),
                "ensemble": _ensemble(folder),
            },
        )


def algeria(elements: int = 10_000) -> SpillSetup:
    """Return the setup of the case: the first two slicks, forced by its currents and wind."""
    window = Window(
        south_lat=37.1, north_lat=38.95, west_lon=4.05, east_lon=7.95, start_s=SEEN_FIRST, end_s=SEEN_LATER + 3600
    )
    slicks = seen(CASE / "initial_slicks_20080806T0951.geojson", SEEN_FIRST)[:2]
    sources = [
        Source(
            lat=slick["lat"],
            lon=slick["lon"],
            rings=(np.array(slick["rings"][0]),),
            mass_kg=tons * 1e3,
            start_s=SEEN_FIRST,
            elements=elements // 2,
            oil=oil_by_api(22),
        )
        for slick, tons in zip(slicks, (240, 225), strict=True)
    ]
    return SpillSetup(
        sources=tuple(sources),
        start_s=SEEN_FIRST,
        end_s=SEEN_FIRST + HOURS * 3600,
        currents=read_forcing([str(CASE / "currents_MFS_hourly.nc")], "currents", window),
        wind=read_forcing([str(CASE / "wind_ECMWF_6h.nc")], "wind", window),
    )


def seen(path: Path, time_s: float) -> list[dict[str, Any]]:
    """Return the slicks of a file as records."""
    told = json.loads(path.read_text())["features"]
    return [
        _record(number, time_s, np.array(one["geometry"]["coordinates"][0])[:, ::-1]) for number, one in enumerate(told)
    ]


def twin_of(setup: SpillSetup) -> list[dict[str, Any]]:
    """Return what would be seen if a known choice were true: around most elements of each slick, at three times."""
    true = replace(with_elements(with_choice(setup, TRUTH), 20_000), seed=99)
    state = begin(true)
    found = []
    for hours in TWIN_HOURS:
        state = advance(state, true, SEEN_FIRST + hours * 3600)
        for source in range(len(setup.sources)):
            mine = (state.status == SURFACE) & (state.source == source)
            for ring in _outlines(state.lat_deg[mine], state.lon_deg[mine]):
                found.append(_record(len(found), state.time_s, ring))
    return found


def _outlines(lat: np.ndarray, lon: np.ndarray) -> list[np.ndarray]:
    """Return the outlines of the cells of 300 m with 98 % of the elements."""
    cells, counts = np.unique(np.column_stack([lat // 0.003, lon // 0.003]), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = cells[order[: np.searchsorted(np.cumsum(counts[order]), 0.98 * len(lat)) + 1]] * 0.003
    whole = shapely.union_all(shapely.box(kept[:, 0], kept[:, 1], kept[:, 0] + 0.003, kept[:, 1] + 0.003))
    parts = [whole] if whole.geom_type == "Polygon" else list(whole.geoms)
    return [np.array(part.exterior.coords)[:-1] for part in parts]


def _record(number: int, time_s: float, ring: np.ndarray) -> dict[str, Any]:
    return {
        "slick_id": f"slick-{number}",
        "file": "",
        "time_s": float(time_s),
        "rings": [ring.tolist()],
        "lat": float(ring[:, 0].mean()),
        "lon": float(ring[:, 1].mean()),
    }


def _fit(steps: PoolSteps, setup: str, observed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    request = _request()
    start = time.perf_counter()
    told = fit_forecast(request, steps, _plan(), {"setup": setup}, observed)
    seconds = time.perf_counter() - start
    scores = pq.read_table(steps.workdir / "scores.parquet").to_pandas()
    scored = scores[scores["is_held_out"]] if scores["is_held_out"].any() else scores
    draws = told["draws"]
    return {
        "seconds": round(seconds, 1),
        "best": {name: round(value, 4) for name, value in told["best"].items()},
        "90 % of the posterior": {
            name: [round(float(edge), 4) for edge in np.quantile([draw[name] for draw in draws], [0.05, 0.95])]
            for name in told["best"]
        },
        "scored on": "the pass kept from the fit" if scores["is_held_out"].any() else "the pass fitted to",
        "mean FSS of 1, 5, 10 km": scored.groupby("forecast")["fss"].mean().round(4).to_dict(),
        "centroid_km": scored.groupby("forecast")["centroid_km"].mean().round(2).to_dict(),
        "notes": told["notes"],
    }


def _as_published(setup: SpillSetup, best: Mapping[str, float]) -> dict[str, Any]:
    """Return the scores on the published grid, beside those of the original model."""
    given = given_choice(_request().params)
    choices = {"currents": given | {FACTOR: 0.0}, "wind 3 %": given, "fitted": best}
    observed = seen(CASE / "observed_slicks_20080807T1050.geojson", SEEN_LATER)
    slicks = [[np.array(slick["rings"][0])] for slick in observed]
    told: dict[str, Any] = {"original model": PUBLISHED}
    fine = with_elements(setup, 40_000)
    for name, choice in {"persistence": given, **choices}.items():
        own = replace(with_choice(fine, choice), end_s=SEEN_LATER)
        state = begin(own) if name == "persistence" else advance(begin(own), own, SEEN_LATER)
        afloat = state.status == SURFACE
        lat, lon = state.lat_deg[afloat], state.lon_deg[afloat]
        skill = score_forecast(lat, lon, published_target(slicks, lat, lon), PUBLISHED_SCALES_KM, is_cropped=True)
        told[name] = {"fss": [round(one, 4) for one in skill.fss], "centroid_km": round(skill.centroid_km or 0.0, 1)}
    return told


def _ensemble(folder: Path) -> dict[str, Any]:
    """Return the seconds of 50 members on one process and on two."""
    plan, request = _plan(), _request()
    times_s = plan.times_s(request.params, SEEN_FIRST)
    seconds, busiest = {}, {}
    for processes in (1, 2):
        steps = PoolSteps(folder, processes)
        start, own = time.perf_counter(), time.process_time()
        run_ensemble(request, steps, plan, str(folder / "setup"), {}, times_s)
        seconds[processes] = time.perf_counter() - start
        busiest[processes] = time.process_time() - own + max(steps.cpu_s.values())
        steps.pool.shutdown()
    gain = seconds[1] / seconds[2]
    return {
        "members": MEMBERS,
        "seconds on one process": round(seconds[1], 1),
        "seconds on two": round(seconds[2], 1),
        "gain": round(gain, 2),
        "processor seconds of the busier process and of what is done by one": [
            round(busiest[1], 1),
            round(busiest[2], 1),
        ],
        "gain by these, for a computer that others use as well": round(busiest[1] / busiest[2], 2),
        "gain large enough": gain >= LEAST_GAIN,
    }


def _request() -> Request[OilspillParams]:
    params = OilspillParams(hours=HOURS, evaluations=EVALUATIONS, members=MEMBERS, elements=20_000)
    return Request(service="oilspill", service_version="1.0.0", inputs={}, params=params, seed=1)


def _plan() -> Plan:
    return Plan(forecasts=True, fits=True, members=MEMBERS, maps=int(HOURS), legs=8)


def _timed(func: Callable[[Any], Any], item: Any) -> tuple[Any, int, float]:
    """Do it; return its value, the process, and the processor time it took."""
    start = time.process_time()
    return func(item), os.getpid(), time.process_time() - start


def _warm(_: int) -> float:
    """Let a process load what is compiled."""
    setup = replace(with_elements(algeria(), 100), end_s=SEEN_FIRST + 1800)
    return advance(begin(setup), setup, SEEN_FIRST + 1800).time_s


if __name__ == "__main__":
    main()
