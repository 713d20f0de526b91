"""Measure the simulation of spilled oil against its two peers: OpenDrift's OpenOil, and the original MEDSLIK-II.

Both peers are compared in speed (element-steps per second of a processor, compiling and loading left out) and in what
they find where they model the same process. OpenOil needs a Python that has OpenDrift: PELAGIA_OPENDRIFT_PYTHON. The
original is compared by the shared tables of its runs; PELAGIA_MEDSLIK may name a command that runs it
(see ``oilspill_medslik.py``). What is missing is said in the results.

`python -m benchmarks.oilspill_peers 500` is a short one: 500 elements. `python -m benchmarks.oilspill_peers pictures`
draws the pictures of the documentation (`docs/services/oilspill/`) besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks import oilspill_algeria, oilspill_medslik
from benchmarks.measure import ROOT, record
from benchmarks.oilspill_fit import CASE
from benchmarks.oilspill_peer_cases import (
    OFF_A_COAST,
    OILS,
    Case,
    Hourly,
    algeria_forcing,
    algeria_places,
    centre_and_spread,
    km_from,
    setup_of,
    simulate,
    write_case,
)
from benchmarks.oilspill_pictures import draw

ELEMENTS, FEW = 10_000, 1_000
DIFFUSIVITY = 2.0
LEAST_TIMES = {"OpenOil": 20.0, "MEDSLIK-II": 2.0}
CURRENT, WIND, ONSHORE = (0.2, 0.1), (7.0, 0.0), (0.0, -8.0)
Pair = tuple[Hourly, Hourly]


def main(elements: int = ELEMENTS, *, draws: bool = False) -> None:
    """Measure and record."""
    figures: dict[str, Any] = {"elements": elements}
    python = os.environ.get("PELAGIA_OPENDRIFT_PYTHON")
    pairs: dict[str, Pair] = {}
    if python:
        told, pairs = _against_openoil(python, elements)
        figures["OpenOil"] = told
    else:
        figures["OpenOil"] = "not compared: PELAGIA_OPENDRIFT_PYTHON names no Python that has OpenDrift"
    if oilspill_medslik.SYRIA.is_dir():
        figures["MEDSLIK-II"] = _with_times(oilspill_medslik.compare())
    else:
        figures["MEDSLIK-II"] = "not compared: the case syria_2021 is not among the shared data"
    if CASE.is_dir():
        figures["Algeria (FSS of 150 m, 5, 10, 22 km; km of the centre)"] = oilspill_algeria.table()
    record("oilspill_peers", figures)
    if draws:
        draw(pairs, ROOT / "docs" / "services" / "oilspill")


def _with_times(told: dict[str, Any]) -> dict[str, Any]:
    """Add how many times as fast as the original Pelagia is: as measured here, else as known."""
    name = "element-steps per CPU-second"
    measured = told["the original, measured here"]
    other = measured[name] if isinstance(measured, dict) else max(told["the original, known"].values())
    times = round(told[name] / other, 1)
    return told | {"times as fast": times, "fast enough": times >= LEAST_TIMES["MEDSLIK-II"]}


def cases(elements: int) -> list[Case]:
    """Return the spills; those that take OpenOil long, or measure its speed, with all elements."""
    fewer = min(elements, FEW)
    weathers: dict[str, Any] = {"currents": CURRENT, "wind": WIND, "weathers": True}
    found = [
        Case(name="drift", elements=fewer, currents=CURRENT, wind=WIND),
        Case(name="diffusion", elements=elements, diffusivity_m2_s=DIFFUSIVITY),
        Case(
            name="coast",
            elements=fewer,
            wind=ONSHORE,
            places=(OFF_A_COAST,),
            spread_m=1500.0,
            diffusivity_m2_s=DIFFUSIVITY,
            strands=True,
            hours=36.0,
        ),
        Case(name="constant, weathering off", elements=elements, currents=CURRENT, wind=WIND, hours=6.0),
        Case(name="constant, weathering on", elements=elements, hours=6.0, **weathers),
        *(Case(name=name, oil_id=record, elements=200, **weathers) for record, name in OILS.items()),
    ]
    if CASE.is_dir():
        currents, wind = algeria_forcing()
        off_algeria = Case(
            name="Algeria, weathering off",
            elements=elements,
            currents=currents,
            wind=wind,
            places=algeria_places(),
            hours=25.0,
            spread_m=1000.0,
            diffusivity_m2_s=DIFFUSIVITY,
            temperature_c=26.0,
        )
        found += [off_algeria, replace(off_algeria, name="Algeria, weathering on", weathers=True)]
    return found


def _against_openoil(python: str, elements: int) -> tuple[dict[str, Any], dict[str, Pair]]:
    """Return what both models find in each case, as figures and hour by hour."""
    figures: dict[str, Any] = {}
    pairs: dict[str, Pair] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        place = Path(name)
        both = {place / f"case-{number}": case for number, case in enumerate(cases(elements))}
        setups = {folder: setup_of(case, place / "shore") for folder, case in both.items()}
        for folder, setup in setups.items():
            folder.mkdir()
            write_case(both[folder], setup, folder)
        seconds = _openoil(python, list(both))
        for folder, case in both.items():
            simulate(setups[folder])  # once to load what is compiled
            ours, own_seconds = simulate(setups[folder])
            theirs = dict(np.load(folder / "openoil.npz"))
            pairs[case.name] = (ours, theirs)
            figures[case.name] = _speeds(case, own_seconds, seconds[folder.name]) | compared(case, ours, theirs)
    return figures, pairs


def _openoil(python: str, folders: list[Path]) -> dict[str, float]:
    """Let OpenOil simulate the cases in folders; return the processor seconds of each."""
    command = [python, str(ROOT / "benchmarks" / "oilspill_peer_run.py"), *map(str, folders)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not told:
        raise SystemExit(f"OpenOil failed:\n{done.stderr[-2000:]}")
    return {name: float(one["cpu_seconds"]) for name, one in json.loads(told[0].removeprefix("RESULT ")).items()}


def _speeds(case: Case, seconds: float, their_seconds: float) -> dict[str, Any]:
    if case.elements <= FEW:
        return {}
    moved = case.elements * case.steps
    times = their_seconds / seconds
    return {
        "element-steps per CPU-second": round(moved / seconds, -3),
        "of OpenOil": round(moved / their_seconds, -2),
        "times as fast": round(times, 1),
        "fast enough": times >= LEAST_TIMES["OpenOil"],
    }


def compared(case: Case, ours: Hourly, theirs: Hourly) -> dict[str, Any]:
    """Return what the two find at the end, Pelagia first."""
    here, there = centre_and_spread(ours), centre_and_spread(theirs)
    start = centre_and_spread(ours, 0)
    figures: dict[str, Any] = {
        "km gone": round(float(np.hypot(*km_from(*here[:2], *start[:2]))), 2),
        "km apart": round(float(np.hypot(*km_from(*here[:2], *there[:2]))), 3),
        "spread km": [round(here[2], 3), round(there[2], 3)],
    }
    if case.name == "diffusion":
        figures["variance by 2 K t"] = [
            round(_variance(told) / (2 * DIFFUSIVITY * case.hours * 3600.0), 3) for told in (ours, theirs)
        ]
    if case.strands:
        figures["stranded share"] = {
            f"{hour} h": [round(_at(told, "stranded", hour), 3) for told in (ours, theirs)]
            for hour in (18, 21, 24, 27, 30, 36)
        }
    if case.weathers:
        for what in ("evaporated", "dispersed", "surface", "water_fraction", "viscosity_mm2_s"):
            figures[what] = [round(float(told[what][-1]), 3) for told in (ours, theirs)]
    return figures


def _at(told: Hourly, what: str, hour: int) -> float:
    """Return a figure at an hour; OpenOil ends once nothing is afloat, and it stays."""
    return float(told[what][min(hour, len(told[what]) - 1)])


def _variance(told: Hourly) -> float:
    """Return the variance gained on an axis, mean of both, m²."""
    first, last = (centre_and_spread(told, row)[2] for row in (0, -1))
    return 1e6 * (last**2 - first**2) / 2.0


if __name__ == "__main__":
    words = sys.argv[1:]
    main(*(int(word) for word in words if word.isdigit()), draws="pictures" in words)
