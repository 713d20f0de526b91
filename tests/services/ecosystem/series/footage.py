"""Tables of footage whose counts are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pelagia.core.table import write_table
from pelagia.io.environment import Environment
from pelagia.services.ecosystem.columns import CLIP_COLUMNS, DETECTION_COLUMNS, FRAME_COLUMNS, TRACK_COLUMNS
from pelagia.services.ecosystem.series import Paths, write_time_series
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def utc(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Footage:
    """Clips, frames, boxes and tracks, told one by one."""

    def __init__(self) -> None:
        self.clips: list[Record] = []
        self.frames: list[Record] = []
        self.boxes: list[Record] = []
        self.tracks: list[Record] = []

    def clip(self, name: str, start: dt.datetime | None, duration_s: float, **changes: Any) -> str:
        row = {
            "clip_id": name, "file": f"{name}.mp4", "kind": "video", "site": "pier", "camera": "cam",
            "deployment": "d1", "latitude": None, "longitude": None, "duration_s": duration_s, "frame_rate": 25.0,
            "started_utc": utc(start) if start else "", "usable_s": duration_s, "searched_s": 0.0,
        }  # fmt: skip
        self.clips.append(row | changes)
        return name

    def screened(self, clip: str, time_s: float, stands_s: float, **changes: Any) -> None:
        row = {"clip_id": clip, "time_s": time_s, "is_screened": True, "stands_for_s": stands_s, "uiqm": 2.0}
        self.frames.append(row | {"verdict": "usable", "is_searched": False} | changes)

    def searched(self, clip: str, time_s: float, **changes: Any) -> None:
        row = {"clip_id": clip, "time_s": time_s, "is_screened": False, "is_searched": True, "verdict": "usable"}
        self.frames.append(row | changes)

    def seen(self, clip: str, time_s: float, *taxa: str, **changes: Any) -> None:
        row = {"clip_id": clip, "time_s": time_s, "score": 0.9, "status": "predicted", "is_deleted": False}
        self.boxes += [row | {"taxon": taxon} | changes for taxon in taxa]

    def track(self, clip: str, first_s: float, last_s: float, taxon: str, **changes: Any) -> None:
        row = {"clip_id": clip, "first_s": first_s, "last_s": last_s, "in_view_s": last_s - first_s, "taxon": taxon}
        self.tracks.append(row | {"is_deleted": False} | changes)

    def write(self, folder: Path) -> Paths:
        told: tuple[tuple[str, Any, Sequence[Record]], ...] = (
            ("clips", CLIP_COLUMNS, self.clips), ("frames", FRAME_COLUMNS, self.frames),
            ("detections", DETECTION_COLUMNS, self.boxes), ("tracks", TRACK_COLUMNS, self.tracks),
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        return Paths(**{name: write_table(name, folder, columns, rows).path for name, columns, rows in told})

    def series(self, folder: Path, *environments: Environment, **params: Any) -> list[Record]:
        """Return the rows of its time series."""
        table = write_time_series(
            folder / "time_series.parquet",
            self.write(folder),
            EcosystemParams(**({"bin_minutes": 60.0} | params)),
            environments,
            model="m@1",
            score_from=0.5,
        )
        return list(table.records())


def of(rows: Sequence[Record], taxon: str = "all") -> list[Record]:
    return [row for row in rows if row["taxon"] == taxon]
