"""The tables of a spill, by what they hold; whether a result is one of a spill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pelagia.core.errors import NotFound
from pelagia.core.table import Table
from pelagia.orders.outputs import output_folder, tables_in
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings
from pelagia.services.oilspill.columns import FATES

Record = dict[str, Any]

SLICKS, BALANCE, COAST, GRID = "slicks", "mass_balance", "coast", "grid"
CONCENTRATION, PROBABILITY, TRAJECTORIES = "concentration", "probability", "trajectories"
ENSEMBLE_BALANCE, MEMBERS = "ensemble_balance", "members"
FIT, POSTERIOR, SCORES = "fit", "posterior", "scores"
_SLICK_COLUMNS = {"slick_id", "role", "geometry"}
_BALANCE_COLUMNS = {"time_utc", *(f"{fate}_fraction" for fate in FATES)}


def has_spill(folder: Path) -> bool:
    """Whether a result is one of oil: slicks that were seen, or where they go."""
    tables = tables_in(folder)
    return _has(tables.get(BALANCE), _BALANCE_COLUMNS) or _has(tables.get(SLICKS), _SLICK_COLUMNS)


def spill_folder(settings: Settings, job: Job) -> Path:
    """Return the output folder of a run of oil.

    Raises
    ------
    NotFound
        Where it is of something else.
    """
    folder = output_folder(settings, job)
    if not has_spill(folder):
        raise NotFound("This result has no oil on a map", value=job.service, remedy="See its tables and files.")
    return folder


def read_rows(folder: Path, name: str, columns: Sequence[str] | None = None) -> list[Record]:
    """Return the rows of a small table; none where the result has no such table."""
    table = read_columns(folder, name, columns)
    found: list[Record] = [] if table is None else table.to_pylist()
    return found


def read_columns(folder: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table | None:
    """Return columns of a table; ``None`` where the result has no such table."""
    table = tables_in(folder).get(name)
    return None if table is None else table.read(columns)


def _has(table: Table | None, columns: set[str]) -> bool:
    return table is not None and {column.name for column in table.columns} >= columns
