"""Simulate a spill by OpenDrift's OpenOil; run by ``oilspill_peers.py`` with the Python of its own environment.

What it is told stands in a JSON file and an NPZ file with the positions at the start (``oilspill_peer_cases.py``). It
writes where the oil is hour by hour, and prints the processor seconds of the run alone: importing, choosing the oil
and seeding are not timed. All uncertainty that OpenOil adds by default is left out, and vertical mixing, so that oil
leaves the surface by the dispersion of NOAA alone.
"""

import json
import logging
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from opendrift.models.openoil import OpenOil
from opendrift.readers import reader_netCDF_CF_generic

SETTINGS = {
    "drift:current_uncertainty": 0,
    "drift:wind_uncertainty": 0,
    "drift:stokes_drift": False,
    "drift:vertical_mixing": False,
    "drift:vertical_advection": False,
    "seed:ocean_only": False,
    "environment:constant:ocean_mixed_layer_thickness": 50,
}
NAMES = {
    "currents": ("x_sea_water_velocity", "y_sea_water_velocity"),
    "wind": ("x_wind", "y_wind"),
}


def main(folders: list[Path]) -> None:
    """Simulate each case, write its ``openoil.npz``; print the seconds of all as JSON."""
    print("RESULT " + json.dumps({folder.name: simulate(folder) for folder in folders}))


def simulate(folder: Path) -> dict[str, float]:
    """Return the processor seconds of a case and its steps."""
    told = json.loads((folder / "case.json").read_text())
    model = make_model(told)
    seed(model, told, np.load(folder / "start.npz"))
    step = timedelta(seconds=told["step_s"])
    start = time.process_time()
    model.run(time_step=step, duration=timedelta(hours=told["hours"]), time_step_output=timedelta(hours=1))
    seconds = time.process_time() - start
    np.savez(folder / "openoil.npz", **hourly(model))
    return {"cpu_seconds": seconds, "steps": int(model.steps_calculation)}


def make_model(told: dict[str, Any]) -> OpenOil:
    """Return the model with all that acts on it."""
    model = OpenOil(loglevel=logging.WARNING, weathering_model="noaa")
    for name, value in SETTINGS.items():
        model.set_config(name, value)
    for process in ("evaporation", "emulsification", "dispersion"):
        model.set_config(f"processes:{process}", told["weathers"])
    for kind, names in NAMES.items():
        if isinstance(told[kind], str):
            model.add_reader(reader_netCDF_CF_generic.Reader(told[kind]))
        else:
            for name, value in zip(names, told[kind], strict=True):
                model.set_config(f"environment:constant:{name}", value)
    model.set_config("environment:constant:sea_water_temperature", told["temperature_c"])
    model.set_config("environment:constant:horizontal_diffusivity", told["diffusivity_m2_s"])
    model.set_config("general:use_auto_landmask", told["strands"])
    if told["strands"]:
        model.set_config("general:coastline_action", "stranding")
    else:
        model.set_config("environment:constant:land_binary_mask", 0)
    if told["scheme"] == "runge-kutta-4":
        model.set_config("drift:advection_scheme", "runge-kutta4")
    return model


def seed(model: OpenOil, told: dict[str, Any], start: Mapping[str, Any]) -> None:
    """Let the oil be where the other model has it."""
    model.set_oiltype_by_id(told["oil_id"])
    model.seed_elements(
        lon=start["lon"],
        lat=start["lat"],
        number=len(start["lon"]),
        z=0,
        time=datetime.fromtimestamp(told["start_s"], UTC).replace(tzinfo=None),
        m3_per_hour=told["volume_m3"],
        wind_drift_factor=told["wind_drift_factor"],
    )


def hourly(model: OpenOil) -> dict[str, Any]:
    """Return where the oil is at each hour: positions, masses by fate, what the emulsion is like."""
    told = model.result
    last = {name: told[name].ffill(dim="time").values for name in ("lon", "lat", "status", "mass_oil")}
    budget = model.get_oil_budget()
    afloat = told["status"] == 0
    return {
        "hours": (told["time"].values - told["time"].values[0]) / np.timedelta64(1, "h"),
        "lon": last["lon"].T,
        "lat": last["lat"].T,
        "stranded": (last["status"] == model.status_categories.index("stranded")).mean(axis=0),
        "water_fraction": told["water_fraction"].where(afloat).mean(dim="trajectory").values,
        "viscosity_mm2_s": 1e6 * told["viscosity"].where(afloat).mean(dim="trajectory").values,
        **{
            fate: np.asarray(budget[f"mass_{fate}"] / budget["mass_total"])
            for fate in ("surface", "submerged", "evaporated", "dispersed")
        },
    }


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
