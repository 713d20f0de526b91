"""The timeline: a picture for one clip and for thousands, equal for equal tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pelagia.core.table import TableWriter
from pelagia.services.ecosystem.columns import FRAME_COLUMNS, USABLE, VERDICTS
from pelagia.services.ecosystem.timeline import LOOKS, draw_timeline

NAMES = [column.name for column in FRAME_COLUMNS]


def frames_of(path: Path, clips: list[dict[str, Any]], verdict: str = USABLE) -> Path:
    with TableWriter("frames", path / "frames.parquet", FRAME_COLUMNS) as table:
        for clip in clips:
            rows = [
                {"time_s": 2.0 * at, "verdict": verdict, "interest": at / 30, "stands_for_s": 2.0, "detections": at % 2}
                for at in range(30)
            ]
            table.write_records([dict.fromkeys(NAMES) | row | {"clip_id": clip["clip_id"]} for row in rows])
    return path / "frames.parquet"


def clip(number: int, *, started: bool = True) -> dict[str, Any]:
    began = datetime(2024, 4, 1, tzinfo=UTC) + timedelta(minutes=10 * number)
    return {
        "clip_id": f"clip_{number}",
        "site": "OBSEA",
        "camera": f"camera {number % 3}",
        "started_utc": f"{began:%Y-%m-%dT%H:%M:%S}.000Z" if started else "",
        "duration_s": 60.0,
    }


def drawn(picture: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert image is not None
    return image


def test_few_clips_have_a_row_each_and_many_one_for_each_camera(tmp_path: Path) -> None:
    few, many = [clip(number) for number in range(12)], [clip(number) for number in range(120)]
    tall, low = (drawn(draw_timeline(clips, frames_of(tmp_path, clips))) for clips in (few, many))
    assert tall.shape[0] > 1.5 * low.shape[0] and tall.shape[1] == low.shape[1]


@pytest.mark.parametrize("verdict", VERDICTS[:-1])
def test_the_colour_of_a_verdict_is_seen(tmp_path: Path, verdict: str) -> None:
    clips = [clip(0)]
    picture = drawn(draw_timeline(clips, frames_of(tmp_path, clips, verdict)))
    colour = [int(LOOKS[verdict][0][at : at + 2], 16) for at in (1, 3, 5)]
    assert (picture == colour).all(axis=-1).mean() > 0.05


def test_no_two_verdicts_look_alike_without_colour() -> None:
    assert set(LOOKS) == set(VERDICTS) and len({pattern for _, pattern in LOOKS.values()}) == len(VERDICTS)


def test_equal_tables_give_equal_pictures(tmp_path: Path) -> None:
    clips = [clip(0), clip(1)]
    frames = frames_of(tmp_path, clips)
    assert draw_timeline(clips, frames) == draw_timeline(clips, frames)


@pytest.mark.parametrize(
    "clips", [[], [clip(number, started=False) for number in range(50)], [clip(0) | {"clip_id": "$x_$"}]]
)
def test_nothing_to_show_and_odd_names_are_drawn_all_the_same(tmp_path: Path, clips: list[dict[str, Any]]) -> None:
    assert drawn(draw_timeline(clips, frames_of(tmp_path, clips))).size > 0
