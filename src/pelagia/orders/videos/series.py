"""The time series of a result, as it is drawn: one taxon of one camera, gaps as gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from pelagia.orders.outputs import output_folder, table_in
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings
from pelagia.services.ecosystem.columns import ALL

Record = dict[str, Any]

ENVIRONMENT = "env_"
MOST_BINS = 20_000


def cameras_of(folder: Path) -> list[tuple[str, str, str]]:
    """Return site, camera and deployment of all that recorded, in order."""
    table = table_in(folder, "time_series").read(["site", "camera", "deployment"])
    rows = table.group_by(["site", "camera", "deployment"]).aggregate([]).to_pylist()
    return sorted((row["site"] or "", row["camera"] or "", row["deployment"] or "") for row in rows)


def taxa_of(folder: Path) -> list[str]:
    """Return the taxa that were counted, those of which most were seen at once first; ``all`` before them."""
    table = table_in(folder, "time_series").read(["taxon", "max_n"])
    rows = table.group_by("taxon").aggregate([("max_n", "max")]).to_pylist()
    named = [row for row in rows if row["taxon"] and row["taxon"] != ALL]
    return [ALL, *(row["taxon"] for row in sorted(named, key=lambda row: (-(row["max_n_max"] or 0), row["taxon"])))]


def environment_of(folder: Path) -> list[tuple[str, str, str]]:
    """Return the columns of what was measured beside the camera: column, name and unit."""
    columns = table_in(folder, "time_series").columns
    return [
        (column.name, column.name.removeprefix(ENVIRONMENT), column.unit)
        for column in columns
        if column.name.startswith(ENVIRONMENT)
    ]


def bins_of(settings: Settings, job: Job, camera: tuple[str, str, str], taxon: str) -> list[Record]:
    """Return the bins of a camera and taxon in order of time, its gaps among them.

    Parameters
    ----------
    settings, job
        Whose result.
    camera
        Site, camera and deployment.
    taxon
        Or ``all``.
    """
    table = table_in(output_folder(settings, job), "time_series").read()
    wanted = pc.or_(pc.equal(table["taxon"], taxon), pc.fill_null(table["is_gap"], False))
    for name, value in zip(("site", "camera", "deployment"), camera, strict=True):
        wanted = pc.and_(wanted, pc.equal(pc.fill_null(table[name], ""), value))
    found = table.filter(wanted).sort_by("bin_start_utc")
    seen: set[str] = set()
    rows: list[Record] = []
    for row in found.to_pylist():
        # A gap has a row for each taxon.
        if row["bin_start_utc"] not in seen and len(rows) < MOST_BINS:
            seen.add(row["bin_start_utc"])
            rows.append(row)
    return rows
