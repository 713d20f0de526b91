"""The tables of a run: slicks, and of a forecast its mass balance, maps and coast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.table import Column, TableWriter
from pelagia.services.oilspill.columns import BALANCE_COLUMNS, COAST_COLUMNS, FATES, SLICK_COLUMNS
from pelagia.services.oilspill.ensemble_rows import write_probability
from pelagia.services.oilspill.forecasting import load_state
from pelagia.services.oilspill.mapping import write_maps
from pelagia.services.oilspill.setups import load_setup
from pelagia.services.oilspill.shores import coast_rows, write_shoreline
from pelagia.services.oilspill.times import utc_text

SHORELINE = "shoreline.geojson"

Record = dict[str, Any]

_FROM_BALANCE = (
    "hours", "closure_error", "water_fraction", "viscosity_mm2_s", "density_kg_m3", "emulsion_m3", "thickness_um",
    "slick_area_km2", "wind_m_s", "temperature_c", "centre_lat", "centre_lon",
)  # fmt: skip


def write_slicks(told: Mapping[str, Any], workdir: Path) -> list[str]:
    """Write the table ``slicks``; return its name.

    Parameters
    ----------
    told
        ``slicks``: records; ``told``: of each one at the start, its oil.
    workdir
        Takes the table.
    """
    oils = {one["slick_id"]: one for one in told.get("told", ())}
    rows = [_slick_row(slick, oils.get(slick["slick_id"], {})) for slick in told["slicks"]]
    return [_write("slicks", rows, SLICK_COLUMNS, workdir)]


def write_forecast(setup: str, legs: Sequence[Mapping[str, Any]], members: Mapping[str, Any], workdir: Path) -> Record:
    """Write the tables of a forecast.

    Parameters
    ----------
    setup
        Folder of the setup.
    legs
        As of :func:`pelagia.services.oilspill.forecasting.forecast`.
    members
        Of an ensemble: ``impacts``, by stretch, ``cells`` and ``extent``; empty without one.
    workdir
        Takes the tables.

    Returns
    -------
    dict
        ``tables``: their names; ``grid``; ``end``: the last row of the mass balance; ``coast_km``, ``stretches`` and
        ``first_arrival_h`` of the coast that was reached.
    """
    balance = [balance_row(told) for leg in legs for told in leg["balance"]]
    grid = write_maps(setup, legs, workdir, members.get("extent", ()))
    tables = [_write("mass_balance", balance, BALANCE_COLUMNS, workdir), "grid", "concentration", "trajectories"]
    if members:
        tables.append(write_probability(members["cells"], setup, grid["first_row"], grid["first_col"], workdir))
    spill = load_setup(setup)
    coast: list[Record] = []
    if spill.shoreline is not None:
        impacts = {int(stretch): told for stretch, told in members.get("impacts", {}).items()}
        coast = coast_rows(spill.shoreline, load_state(legs[-1]["state"]), spill.start_s, impacts)
        tables.append(_write("coast", coast, COAST_COLUMNS, workdir))
        write_shoreline(spill.shoreline, grid["bounds"], workdir / SHORELINE)
    reached = [row for row in coast if row["first_arrival_h"] is not None]
    return {
        "tables": tables,
        "grid": grid,
        "end": balance[-1],
        "stretches": len(reached),
        "coast_km": sum(row["length_km"] for row in reached),
        "first_arrival_h": min((row["first_arrival_h"] for row in reached), default=None),
        "has_shoreline": spill.shoreline is not None,
        "closure_error": max(abs(row["closure_error"]) for row in balance),
    }


def balance_row(told: Mapping[str, Any]) -> Record:
    """Return the row of ``mass_balance`` of a balance as a leg told it."""
    return {
        "time_utc": utc_text(told["time_s"]),
        "spilled_t": told["spilled_kg"] / 1000.0,
        **{name: told[name] for name in _FROM_BALANCE},
        **{f"{fate}_fraction": told["fractions"][fate] for fate in FATES},
    }


def _slick_row(slick: Mapping[str, Any], oil: Mapping[str, Any]) -> Record:
    time_s = slick["time_s"]
    row = {column.name: slick.get(column.name) for column in SLICK_COLUMNS}
    row |= {"object_id": slick["slick_id"], "observed_utc": "" if time_s is None else utc_text(time_s)}
    for name in ("look_alike", "age_hint", "mass_source", "oil"):
        row[name] = row[name] or ""
    return row | {name: value for name, value in oil.items() if name in row}


def _write(name: str, rows: Sequence[Mapping[str, Any]], columns: tuple[Column, ...], workdir: Path) -> str:
    with TableWriter(name, workdir / f"{name}.parquet", columns) as writer:
        writer.write_records([{column.name: row.get(column.name) for column in columns} for row in rows])
    return name
