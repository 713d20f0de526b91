"""A small ecosystem result with every kind of clip: two videos, one of them towed, and a series of stills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pelagia.core.provenance import ModelRecord, Provenance
from pelagia.core.result import Result
from pelagia.core.table import write_table
from pelagia.services.ecosystem.columns import CLIP_COLUMNS, DETECTION_COLUMNS, FRAME_COLUMNS, TRACK_COLUMNS

Record = dict[str, Any]
HEIGHT, WIDTH = 720, 1280
VIEW_HEIGHT, VIEW_WIDTH = 360, 640
APHIA = {"cod": 126436, "crab": 106673}


def clip_row(clip_id: str, kind: str = "video", **changes: Any) -> Record:
    row: Record = {
        "clip_id": clip_id, "file": f"pier/{clip_id}.mp4" if kind == "video" else f"pier/{clip_id}", "kind": kind,
        "site": "pier", "camera": "cam1", "deployment": "d1", "started_utc": "2026-05-01T10:00:00.000Z",
        "ended_utc": "2026-05-01T10:01:00.000Z", "duration_s": 60.0, "frame_rate": 25.0, "is_variable_rate": False,
        "height_px": HEIGHT, "width_px": WIDTH, "codec": "h264", "recordings": 1, "frames": 0, "usable_frames": 0,
        "searched_frames": 0, "usable_s": 60.0, "searched_s": 10.0, "verdict": "usable", "interest": 0.9,
        "quality": 3.0, "detections": 0, "tracks": 0, "max_n": 0, "is_whole": True, "time_source": "name",
    }  # fmt: skip
    return row | changes


def frame_row(clip: Record, time_s: float, *, view_frame: int | None = None, view: str = "", **changes: Any) -> Record:
    seconds = round(time_s * 1000)
    minutes, rest = divmod(seconds, 60_000)
    row: Record = {
        "object_id": f"{clip['clip_id']}:{seconds:09d}", "clip_id": clip["clip_id"], "file": clip["file"],
        "time_s": time_s, "time_utc": f"2026-05-01T10:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}Z",
        "is_key": False, "is_screened": False, "verdict": "usable", "is_water_only": False, "is_searched": True,
        "detections": 0, "shift_row_px": 0.0, "shift_col_px": 0.0, "rotation_rad": 0.0, "zoom": 1.0,
        "motion_confidence": 1.0, "view": view, "view_frame": view_frame, "interest": 0.8, "novelty": 0.1,
        "stands_for_s": 0.2,
    }  # fmt: skip
    return row | changes


def box_row(frame: Record, number: int, box: Sequence[float], track_id: str = "", **changes: Any) -> Record:
    row: Record = {
        "object_id": f"{frame['object_id']}:{number}", "clip_id": frame["clip_id"], "frame_id": frame["object_id"],
        "file": frame["file"], "site": "pier", "camera": "cam1", "deployment": "d1", "time_s": frame["time_s"],
        "time_utc": frame["time_utc"], "score": 0.8, "predicted_class": "cod", "taxon": "cod", "track_id": track_id,
        "status": "predicted", "source": "model", "is_deleted": False, "validated_by": "", "validated_at": "",
        **dict(zip(("row_px", "col_px", "height_px", "width_px"), map(float, box), strict=True)),
    }  # fmt: skip
    row |= changes
    return row | {"aphia_id": APHIA.get(row["taxon"])}


def track_row(name: str, boxes: Sequence[Record], **changes: Any) -> Record:
    first, last = boxes[0], boxes[-1]
    row: Record = {
        "object_id": name, **{key: first[key] for key in ("clip_id", "file", "site", "camera", "deployment")},
        "taxon": first["taxon"], "aphia_id": first["aphia_id"], "first_s": first["time_s"], "last_s": last["time_s"],
        "first_utc": first["time_utc"], "last_utc": last["time_utc"], "in_view_s": last["time_s"] - first["time_s"],
        "detections": len(boxes), "score": sum(box["score"] for box in boxes) / len(boxes), "class_share": 1.0,
        "path_px": 50.0, "displacement_px": 40.0, "length_px": boxes[0]["width_px"], "system_id": "",
        "crossed_utc": "", "status": "predicted", "source": "model", "is_deleted": False, "is_counted": True,
        "validated_by": "", "validated_at": "",
    }  # fmt: skip
    return row | changes


def make_tables() -> dict[str, list[Record]]:
    """Clip ``a``: three tracks and a box without one, 12 frames 0.2 s apart; ``b``: one track; ``s``: three stills."""
    a, b = clip_row("a"), clip_row("b")
    stills = clip_row("s", "series", frame_rate=1 / 60, duration_s=120.0, codec="")
    frames_a = [frame_row(a, 2.0 + 0.2 * n, view="views/a-0.mp4", view_frame=n) for n in range(12)]
    frames_b = [frame_row(b, 0.5 * n, view="views/b-0.mp4", view_frame=n) for n in range(4)]
    frames_s = [frame_row(stills, 60.0 * n, file=f"pier/s/{n}.jpg", view="", view_frame=None) for n in range(3)]
    t1 = [box_row(frames_a[n], 1, (100 + 3 * n, 200 + 5.25 * n, 40, 80), "a:t1") for n in range(6)]
    t2 = [box_row(frames_a[n], 1, (110 + 3 * n, 210 + 5 * n, 42, 82), "a:t2") for n in range(7, 12)]
    t3 = [
        box_row(frames_a[n], 2, (400, 500.5, 30, 31.25), "a:t3", taxon="crab", predicted_class="crab", score=0.6)
        for n in (4, 5, 8, 9)
    ]
    alone = [box_row(frames_a[2], 2, (600, 20, 50, 60), score=0.41)]
    t1b = [box_row(frame, 1, (300, 300, 20, 20), "b:t1") for frame in frames_b]
    on_stills = [box_row(frames_s[n], 1, (10 * n + 1.5, 20, 33.333, 44), score=0.5 + 0.1 * n) for n in (0, 2)]
    boxes = [*t1, *t2, *t3, *alone]
    boxes.sort(key=lambda box: (box["time_s"], box["object_id"]))
    boxes += [*t1b, *on_stills]
    frames = [*frames_a, *frames_b, *frames_s]
    for frame in frames:
        frame["detections"] = sum(box["frame_id"] == frame["object_id"] for box in boxes)
    tracks = [track_row("a:t1", t1), track_row("a:t2", t2), track_row("a:t3", t3), track_row("b:t1", t1b)]
    return {"clips": [a, b, stills], "frames": frames, "detections": boxes, "tracks": tracks}


COLUMNS = {
    "clips": CLIP_COLUMNS,
    "frames": FRAME_COLUMNS,
    "detections": DETECTION_COLUMNS,
    "tracks": TRACK_COLUMNS,
}


def write_tables(folder: Path, rows: dict[str, list[Record]] | None = None) -> dict[str, Path]:
    """Write the tables and return where they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    made = make_tables() if rows is None else rows
    return {name: write_table(name, folder, columns, made[name]).path for name, columns in COLUMNS.items()}


def make_result(folder: Path, rows: dict[str, list[Record]] | None = None, **changes: Any) -> Result:
    """The tables as a result."""
    folder.mkdir(parents=True, exist_ok=True)
    made = make_tables() if rows is None else rows
    told: dict[str, Any] = {
        "tables": {name: write_table(name, folder, columns, made[name]) for name, columns in COLUMNS.items()},
        "summary": {},
        "issues": (),
        "provenance": Provenance(
            service="ecosystem",
            service_version="1.0.0",
            params={},
            inputs=(),
            models=(ModelRecord(role="animals", name="underwater-animals", version="1.0.0", sha256="a" * 64),),
            seed=0,
            versions={"pelagia": "1.0.0"},
        ),
    }
    return Result(**{**told, **changes})
