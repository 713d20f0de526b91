"""The forecast, leg by leg: each begins where the one before left its state, and maps the oil at its times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.service import Steps
from pelagia.ocean.balance import FATES, Balance, balance
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.gridding import Lattice, cell_masses
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SpillState
from pelagia.services.oilspill.setups import load_setup

SHOWN_ELEMENTS = 400
"""Of which the paths are kept, for people to look at."""

CELL_VALUES = ("row", "col", "surface_kg", "dispersed_kg", "beached_kg")

Record = dict[str, Any]


def forecast(steps: Steps, setup: str, times_s: Sequence[float], legs: Sequence[range]) -> list[Record]:
    """Run all legs, one after the other.

    Parameters
    ----------
    steps
        Each leg is one.
    setup
        Folder of the setup.
    times_s
        When the oil is mapped, the start first, Unix time, s.
    legs
        Numbers of the times each leg maps.

    Returns
    -------
    list of dict
        One a leg: ``balance``, a record a time; ``cells``, ``tracks`` and ``state``, paths of NPZ files.
    """
    folder = steps.workdir / "legs"
    done: list[Record] = []
    for number, numbers in enumerate(legs):
        item = {
            "setup": setup,
            "before": done[-1]["state"] if done else "",
            "numbers": list(numbers),
            "times_s": [times_s[one] for one in numbers],
            "into": str(folder),
            "number": number,
        }
        done.append(steps.do(f"forecast/{number}", run_leg, item))
    return done


def run_leg(item: Mapping[str, Any]) -> Record:
    """Move the oil from one time to the next, and write what is where at each.

    Parameters
    ----------
    item
        ``setup``: folder; ``before``: file of the state, empty at the start; ``times_s``, ``numbers``: of its maps;
        ``into``: folder; ``number``: of the leg.
    """
    setup = load_setup(item["setup"])
    lattice = load_lattice(item["setup"])
    state = load_state(item["before"]) if item["before"] else begin(setup)
    balances: list[Record] = []
    cells: dict[str, NDArray[Any]] = {}
    tracks: dict[str, NDArray[Any]] = {}
    for number, time_s in zip(item["numbers"], item["times_s"], strict=True):
        state = advance(state, setup, time_s)
        balances.append({"number": number, **_told(balance(state, setup))})
        cells |= {f"{name}_{number}": array for name, array in _cells(state, lattice, setup.shoreline).items()}
        tracks |= {f"{name}_{number}": array for name, array in _shown(state).items()}
    folder = Path(item["into"])
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "balance": balances,
        "cells": _save(folder / f"cells-{item['number']:03d}.npz", cells),
        "tracks": _save(folder / f"tracks-{item['number']:03d}.npz", tracks),
        "state": _save(folder / f"state-{item['number']:03d}.npz", state.to_arrays()),
    }


def load_state(path: str) -> SpillState:
    """Read the state that a leg left.

    Parameters
    ----------
    path
        Its file.
    """
    with np.load(path, allow_pickle=False) as file:
        return SpillState.from_arrays({name: file[name] for name in file.files})


def load_lattice(setup: str) -> Lattice:
    """Read the lattice of the maps.

    Parameters
    ----------
    setup
        Folder of the setup.
    """
    with np.load(Path(setup) / "lattice.npz", allow_pickle=False) as file:
        return Lattice(**{name: float(file[name]) for name in file.files})


def save_lattice(lattice: Lattice, setup: Path) -> None:
    """Write the lattice of the maps beside a setup.

    Parameters
    ----------
    lattice
        Of the maps.
    setup
        Folder of the setup.
    """
    _save(setup / "lattice.npz", {name: np.float64(value) for name, value in asdict(lattice).items()})


def saved_cells(legs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float, dict[str, NDArray[Any]]]]:
    """Yield number, time and cells of every map.

    Parameters
    ----------
    legs
        As of :func:`forecast`.
    """
    yield from _saved(legs, "cells")


def saved_tracks(legs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float, dict[str, NDArray[Any]]]]:
    """Yield number, time and places of the elements that are shown.

    Parameters
    ----------
    legs
        As of :func:`forecast`.
    """
    yield from _saved(legs, "tracks")


def _saved(legs: Sequence[Mapping[str, Any]], key: str) -> Iterator[tuple[int, float, dict[str, NDArray[Any]]]]:
    for leg in legs:
        with np.load(leg[key], allow_pickle=False) as file:
            for told in leg["balance"]:
                ending = f"_{told['number']}"
                names = [name for name in file.files if name.endswith(ending)]
                yield told["number"], told["time_s"], {name.removesuffix(ending): file[name] for name in names}


def _told(told: Balance) -> Record:
    """Return a balance as JSON holds it: nothing for what is not known."""
    values = asdict(told)
    fractions = dict(zip(FATES, values.pop("fractions"), strict=True))
    return {name: None if math.isnan(value) else value for name, value in values.items()} | {"fractions": fractions}


def _cells(state: SpillState, lattice: Lattice, shoreline: Shoreline | None) -> dict[str, NDArray[Any]]:
    found = cell_masses(state, lattice, shoreline)
    return {name: getattr(found, name) for name in CELL_VALUES}


def _shown(state: SpillState) -> dict[str, NDArray[Any]]:
    count = len(state.lat_deg)
    chosen = np.unique(np.linspace(0, count - 1, min(count, SHOWN_ELEMENTS)).round().astype(np.int64))
    return {
        "element": chosen.astype(np.int32),
        "lat": state.lat_deg[chosen].astype(np.float32),
        "lon": state.lon_deg[chosen].astype(np.float32),
        "depth": state.depth_m[chosen].astype(np.float32),
        "status": state.status[chosen],
        "source": state.source[chosen].astype(np.int32),
    }


def _save(path: Path, arrays: Mapping[str, Any]) -> str:
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)
    partial.replace(path)
    return str(path)
