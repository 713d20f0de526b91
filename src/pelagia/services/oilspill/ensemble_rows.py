"""What is told of an ensemble: probabilities by cell and by stretch of coast, the balance, the members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pelagia.core.table import Column, TableWriter
from pelagia.ocean.fit.priors import Prior
from pelagia.ocean.gridding import Lattice, cell_area_m2
from pelagia.ocean.setting import SpillSetup
from pelagia.services.oilspill.cell_sums import NAMES, CellSums, place_of, unpack
from pelagia.services.oilspill.choices import CHOSEN, CURRENT_SCALE, START_SHIFT, WIND_SCALE
from pelagia.services.oilspill.columns import (
    ENSEMBLE_BALANCE_COLUMNS,
    FATES,
    MEMBER_COLUMNS,
    PROBABILITY_COLUMNS,
)
from pelagia.services.oilspill.forecasting import load_lattice
from pelagia.services.oilspill.times import utc_text

CELLS = "ensemble-cells.npz"
INNER, WIDE, OUTER = (0.05, 0.95), (0.025, 0.975), 1.959964
"""Quantiles told of members in tables, and beside a figure, which tells 95 %; standard deviations of as much."""

Record = dict[str, Any]


def write_ensemble(
    whole: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    setup: str,
    times_s: Sequence[float],
    workdir: Path,
) -> Record:
    """Write the tables ``ensemble_balance`` and ``members``, and the sums by cell for :func:`write_probability`.

    Parameters
    ----------
    whole
        As of :func:`pelagia.services.oilspill.ensemble.add_up`.
    members
        What each chose.
    setup
        Folder of the setup.
    times_s
        Of the maps.
    workdir
        Takes the tables.

    Returns
    -------
    dict
        ``tables``: their names; ``cells``: file of the sums; ``extent``: first and last row, first and last column.
    """
    tables: dict[str, tuple[tuple[Column, ...], list[Record]]] = {
        "ensemble_balance": (ENSEMBLE_BALANCE_COLUMNS, balance_rows(whole["fractions"], times_s)),
        "members": (MEMBER_COLUMNS, member_rows(members, whole["ends"])),
    }
    for name, (columns, rows) in tables.items():
        with TableWriter(name, workdir / f"{name}.parquet", columns) as writer:
            writer.write_records(rows)
    partial = workdir / f"{CELLS}.partial"
    with partial.open("wb") as file:
        np.savez(file, times_s=np.array(times_s), count=len(members), **{name: whole[name] for name in NAMES})
    partial.replace(workdir / CELLS)
    _, row, col = unpack(whole["key"])
    extent = [int(row.min()), int(row.max()), int(col.min()), int(col.max())] if len(row) else []
    return {"tables": list(tables), "cells": str(workdir / CELLS), "extent": extent}


def write_probability(cells: str, setup: str, first_row: int, first_col: int, workdir: Path) -> str:
    """Write the table ``probability``; return its name.

    Parameters
    ----------
    cells
        File of the sums.
    setup
        Folder of the setup.
    first_row, first_col
        Which cell of the lattice is cell (0, 0) of the grid.
    workdir
        Takes the table.
    """
    with np.load(cells, allow_pickle=False) as file:
        sums = CellSums(**{name: file[name] for name in NAMES})
        times_s, count = file["times_s"], int(file["count"])
    lattice = load_lattice(setup)
    told = [_whole_run(sums, times_s, count), *_by_time(sums, times_s, count)]
    with TableWriter("probability", workdir / "probability.parquet", PROBABILITY_COLUMNS) as writer:
        for values in told:
            writer.write(_probability_table(values, lattice, first_row, first_col))
    return "probability"


def balance_rows(fractions: NDArray[np.float64], times_s: Sequence[float]) -> list[Record]:
    """Return mean and quantiles of the shares, by time and fate.

    Parameters
    ----------
    fractions
        (members, times, fates).
    times_s
        Of the maps, the start first.
    """
    mean, (low, high) = fractions.mean(axis=0), np.quantile(fractions, INNER, axis=0)
    return [
        {
            "time_utc": utc_text(time_s),
            "hours": (time_s - times_s[0]) / 3600.0,
            "fate": fate,
            "mean": float(mean[at, which]),
            "low": float(low[at, which]),
            "high": float(high[at, which]),
        }
        for at, time_s in enumerate(times_s)
        for which, fate in enumerate(FATES)
    ]


def member_rows(members: Sequence[Mapping[str, Any]], ends: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return what each member chose and where it ended."""
    names = ("member", *CHOSEN, WIND_SCALE, CURRENT_SCALE, START_SHIFT)
    return [{name: member[name] for name in names} | dict(end) for member, end in zip(members, ends, strict=True)]


def impacts_of(whole: Mapping[str, Any], count: int, setup: SpillSetup) -> dict[str, Record]:
    """Return what the coast table tells of the ensemble, by number of the stretch.

    Parameters
    ----------
    whole
        As of :func:`pelagia.services.oilspill.ensemble.add_up`.
    count
        How many members there are.
    setup
        With the shoreline.
    """
    if setup.shoreline is None or not len(whole["hit_stretch"]):
        return {}
    length_m = np.bincount(setup.shoreline.stretch, weights=setup.shoreline.length_m)
    told: dict[str, Record] = {}
    order = np.argsort(whole["hit_stretch"], kind="stable")
    stretches, starts = np.unique(whole["hit_stretch"][order], return_index=True)
    for stretch, hits in zip(stretches.tolist(), np.split(order, starts[1:]), strict=True):
        low, high = wilson(len(hits), count)
        loads = np.zeros(count)
        loads[: len(hits)] = whole["hit_kg"][hits]
        arrival_low, arrival_high = np.quantile(whole["hit_h"][hits], INNER).tolist()
        told[str(stretch)] = {
            "impact_probability": len(hits) / count,
            "impact_low": low,
            "impact_high": high,
            "arrival_low_h": arrival_low,
            "arrival_high_h": arrival_high,
            "load_high_kg_m": float(np.quantile(loads, INNER[1]) / length_m[stretch]),
        }
    return told


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    Parameters
    ----------
    hits
        How many are counted.
    count
        Of how many.
    """
    share, weight = hits / count, OUTER**2 / count
    middle = (share + weight / 2) / (1 + weight)
    reach = OUTER / (1 + weight) * np.sqrt(share * (1 - share) / count + weight / (4 * count))
    return max(float(middle - reach), 0.0), min(float(middle + reach), 1.0)


def ensemble_figures(whole: Mapping[str, Any], count: int, *, strands: bool) -> dict[str, Record]:
    """Return the figures of the summary; where no oil may strand, nothing of a shore."""
    told: dict[str, Record] = {"members": {"value": count, "description": "Forecasts of the ensemble"}}
    if not strands:
        return told
    members = len(np.unique(whole["hit_member"]))
    low, high = wilson(members, count)
    shore = np.array([end["beached_fraction"] for end in whole["ends"]])
    inner = np.quantile(shore, WIDE).tolist()
    return told | {
        "shore_probability": {
            "value": members / count,
            "description": "Probability that oil reaches a shore",
            "unit": "share",
            "low": low,
            "high": high,
        },
        "ensemble_beached_share": {
            "value": float(shore.mean()),
            "description": "Share of the oil on and in the shore at the end, mean and spread of the ensemble",
            "unit": "share",
            "low": inner[0],
            "high": inner[1],
        },
    }


def ensemble_notes(priors: Sequence[Prior], count: int, *, is_fitted: bool) -> list[str]:
    """Return what must be said of an ensemble."""
    names = {
        "diffusivity_m2_s": "diffusivity",
        "wind_drift_factor": "drift as a share of the wind",
        "wind_drift_angle_deg": "its angle",
        "start_spread_km": "spread of the start",
        WIND_SCALE: "wind",
        CURRENT_SCALE: "currents",
        START_SHIFT: "time of the start",
    }
    said = "; ".join(f"{names[prior.name]}: {prior.why}" for prior in priors)
    fitted = "parameters of the drift: the posterior of the fit; " if is_fitted else ""
    return [
        f"Probabilities are shares of {count} forecasts that differ by {fitted}{said}. Errors of the forcing that "
        "change from hour to hour or place to place are not in them."
    ]


def _by_time(sums: CellSums, times_s: NDArray[np.float64], count: int) -> list[Record]:
    """Return the probabilities of each map."""
    time, row, col = unpack(sums.key)
    edges = np.searchsorted(time, np.arange(len(times_s) + 1))
    parts = (slice(edges[number], edges[number + 1]) for number in range(len(times_s)))
    return [
        {
            "time_utc": utc_text(float(time_s)),
            "row": row[part],
            "col": col[part],
            "probability": sums.members[part] / count,
            "surface_kg": sums.surface_kg[part] / count,
            "first_arrival_h": np.full(len(row[part]), np.nan),
        }
        for time_s, part in zip(times_s, parts, strict=True)
    ]


def _whole_run(sums: CellSums, times_s: NDArray[np.float64], count: int) -> Record:
    """Return the probabilities that a cell has oil at any time, and the median of the times it first has."""
    hours = np.abs(times_s - times_s[0]) / 3600.0
    place = place_of(sums.key)
    order = np.argsort(place, kind="stable")
    places, starts = np.unique(place[order], return_index=True)
    _, row, col = unpack(places)
    if not len(places):
        reached, kg, hours_first = np.zeros(0), np.zeros(0), np.zeros(0)
    else:
        first = sums.first[order].astype(np.int64)
        sizes = np.diff(np.append(starts, len(order)))
        reached = np.add.reduceat(first, starts)
        so_far = np.cumsum(first) - np.repeat(np.cumsum(reached) - reached, sizes)
        # The first time by which half of the members that reach the cell have reached it.
        before = np.add.reduceat((so_far * 2 < np.repeat(reached, sizes)).astype(np.int64), starts)
        hours_first = hours[unpack(sums.key[order])[0][starts + before]]
        kg = np.add.reduceat(sums.surface_kg[order], starts)
    return {
        "time_utc": "",
        "row": row,
        "col": col,
        "probability": reached / count,
        "surface_kg": kg / (count * len(times_s)),
        "first_arrival_h": hours_first,
    }


def _probability_table(values: Mapping[str, Any], lattice: Lattice, first_row: int, first_col: int) -> pa.Table:
    row, col = values["row"], values["col"]
    lon = lattice.lon0 + (col + 0.5) * lattice.lon_step
    columns = {
        "time_utc": np.full(len(row), values["time_utc"], dtype=object),
        "row": row - first_row,
        "col": col - first_col,
        "lat": lattice.lat0 + (row + 0.5) * lattice.lat_step,
        "lon": (lon + 180.0) % 360.0 - 180.0,
        "probability": values["probability"],
        "surface_kg_m2": values["surface_kg"] / cell_area_m2(lattice, row),
        "first_arrival_h": values["first_arrival_h"],
    }
    schema = pa.schema([column.field() for column in PROBABILITY_COLUMNS])
    arrays = {column.name: _array(columns[column.name], column.type) for column in PROBABILITY_COLUMNS}
    return pa.table(arrays, schema=schema)


def _array(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return a column; nothing where there is no number."""
    if pa.types.is_floating(kind):
        return pa.array(values.astype(np.float64), pa.float64(), from_pandas=True).cast(kind)
    return pa.array(values, kind)
