"""A result of footage whose counts are known: two hours of a pier with a gap between, and a camera without a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
from tests.services.ecosystem.series.footage import NOON, Footage

from pelagia.core.provenance import ModelRecord, Provenance
from pelagia.core.result import Figure, Result
from pelagia.core.table import Table, write_table
from pelagia.io.environment import Environment
from pelagia.services.ecosystem.columns import NEXT_FRAME_COLUMNS, TOW_COLUMNS
from pelagia.services.ecosystem.series import series_summary, write_time_series
from pelagia.services.ecosystem.service import EcosystemParams

COD, CRAB = 126436, 106673
POSITION = {"latitude": 41.18, "longitude": 1.75}
SIZE = {"height_px": 720, "width_px": 1280}


def utc(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def footage() -> Footage:
    """Clip ``a`` (12:00) shows two cod, then a cod and a crab; ``b`` (14:00) a crab that a person confirmed."""
    made = Footage()
    for name, hour in (("a", 0), ("b", 2)):
        start = NOON + dt.timedelta(hours=hour)
        told = {
            "searched_frames": 2,
            "searched_s": 2.0,
            "verdict": "usable",
            "recordings": 1,
            "max_n": 2,
            "interest": 0.9,
        }
        told |= {"ended_utc": utc(start + dt.timedelta(seconds=60)), "quality": 2.0, "tracks": 0, "detections": 0}
        made.clip(name, start, 60.0, **told, **POSITION, **SIZE)
    for name in ("a", "b"):
        for begin in range(0, 60, 10):
            when = made.clips[-1 if name == "b" else 0]["started_utc"][:14]
            made.screened(name, float(begin), 10.0, is_searched=begin == 20, time_utc=f"{when}00:{begin:02d}.000Z")
        made.searched(name, 21.0, time_utc=f"{when}00:21.000Z")
    where = {"site": "pier", "camera": "cam", "deployment": "d1"}
    box = {"row_px": 72.0, "col_px": 128.0, "height_px": 144.0, "width_px": 256.0} | where
    made.seen("a", 20.0, "cod", "cod", aphia_id=COD, time_utc="2026-06-01T12:00:20.000Z", **box)
    made.seen("a", 21.0, "cod", aphia_id=COD, time_utc="2026-06-01T12:00:21.000Z", **box)
    made.seen("a", 21.0, "crab", aphia_id=CRAB, time_utc="2026-06-01T12:00:21.000Z", **box)
    made.seen("b", 20.0, "crab", aphia_id=CRAB, time_utc="2026-06-01T14:00:20.000Z", score=None, status="validated",
              validated_by="Ana", validated_at="2026-06-02T09:00:00Z", **box)  # fmt: skip
    made.seen("b", 21.0, "cod", time_utc="2026-06-01T14:00:21.000Z", is_deleted=True, **box)
    made.track("a", 20.0, 21.0, "cod", aphia_id=COD)
    return made


def make_result(folder: Path, made: Footage | None = None, *, hours: int = 1, **changes: Any) -> Result:
    """Write the tables and return the result."""
    told = made or footage()
    paths = told.write(folder)
    times = np.array([NOON.timestamp() + 600 * n for n in range(20)])
    environment = Environment(file="ctd.csv", time_s=times, series={"TEMP": (np.linspace(14, 16, 20), "degC")})
    series = write_time_series(
        folder / "time_series.parquet",
        paths,
        EcosystemParams(bin_minutes=60.0 * hours),
        [environment],
        model="underwater-animals@1.0.0",
        score_from=0.5,
    )
    tables = {
        name: Table(name=name, path=folder / f"{name}.parquet") for name in ("clips", "frames", "detections", "tracks")
    }
    tables |= {
        "time_series": series,
        "tows": write_table("tows", folder, TOW_COLUMNS, []),
        "next_frames": write_table("next_frames", folder, NEXT_FRAME_COLUMNS, []),
    }
    fields: dict[str, Any] = {
        "tables": tables,
        "summary": {
            **series_summary(series.records(), told.clips),
            "model_ap50": Figure(value=0.61, low=0.5, high=0.7, description="Average precision", unit="share"),
        },
        "issues": (),
        "provenance": Provenance(
            service="ecosystem",
            service_version="1.0.0",
            params=EcosystemParams().model_dump(mode="json"),
            inputs=(),
            models=(ModelRecord(role="animals", name="underwater-animals", version="1.0.0", sha256="ab" * 32),),
            seed=0,
            versions={"pelagia": "0.1.0"},
        ),
        "notes": ("Animals were found by underwater-animals@1.0.0. Trained on aquarium pictures.",),
    }
    return Result(**(fields | changes))
