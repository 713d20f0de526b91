"""Frames that teach most are proposed first, and no two alike."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.services.ecosystem.small_result import (
    VIEW_HEIGHT,
    VIEW_WIDTH,
    Record,
    box_row,
    clip_row,
    frame_row,
    make_tables,
    track_row,
    write_tables,
)

from pelagia.core.service import Request
from pelagia.io.annotations import read_annotations
from pelagia.io.video.writing import ViewWriter
from pelagia.services.ecosystem.columns import NEXT_FRAME_COLUMNS, UNKNOWN
from pelagia.services.ecosystem.next_frames import APART_S, choose_next_frames, propose_frames
from pelagia.services.ecosystem.service import EcosystemParams


def frames_of(clip: Record, count: int, every_s: float = APART_S, **changes: Any) -> list[Record]:
    told = {"novelty": 0.0, "interest": 0.0, "brightness": 0.5} | changes
    return [
        frame_row(clip, every_s * n, view=f"views/{clip['clip_id']}-0.mp4", view_frame=n, **told) for n in range(count)
    ]


@pytest.fixture
def choose(tmp_path):
    def choosing(
        clips: list[Record], frames: list[Record], boxes: list[Record], tracks: list[Record], count: int, seed: int = 0
    ) -> list[Record]:
        rows = {"clips": clips, "frames": frames, "detections": boxes, "tracks": tracks}
        paths = write_tables(tmp_path, rows)
        return choose_next_frames(
            paths["frames"], paths["detections"], paths["tracks"], count, np.random.default_rng(seed),
            sites={row["clip_id"]: row["site"] for row in clips},
        )  # fmt: skip

    return choosing


A = clip_row("a")


def test_each_reason_is_told(choose):
    frames = frames_of(A, 8)
    boxes = [
        box_row(frames[0], 1, (1, 2, 9, 9), score=0.5),
        *(box_row(frames[n], 1, (1, 2, 9, 9), "a:t1", score=0.99) for n in (1, 3)),
        box_row(frames[4], 1, (1, 2, 9, 9), "a:t2", score=0.99, predicted_class="crab"),
        *(box_row(frames[5], n, (1, 9 * n, 9, 9), score=0.999) for n in range(1, 19)),
    ]
    frames[6]["novelty"] = 0.9
    tracks = [track_row("a:t1", boxes[1:3]), track_row("a:t2", boxes[3:4])]
    rows = {row["frame_id"]: row["reason"] for row in choose([A], frames, boxes, tracks, 6)}
    assert rows[frames[0]["object_id"]] == "unsure"
    assert rows[frames[2]["object_id"]] == "missed"
    assert rows[frames[4]["object_id"]] == "confused"
    assert rows[frames[5]["object_id"]] == "crowded"
    assert rows[frames[6]["object_id"]] == "different"
    assert frames[7]["object_id"] not in rows


def test_a_box_without_a_name_and_an_interesting_frame_without_a_box_are_proposed(choose):
    frames = frames_of(A, 3)
    frames[1]["interest"] = 0.95
    boxes = [box_row(frames[0], 1, (1, 2, 9, 9), score=0.99, taxon=UNKNOWN)]
    rows = {row["frame_id"]: row["reason"] for row in choose([A], frames, boxes, [], 3)}
    assert rows == {frames[0]["object_id"]: "unsure", frames[1]["object_id"]: "missed"}


def test_the_less_sure_comes_first(choose):
    frames = frames_of(A, 4)
    boxes = [
        box_row(frame, 1, (1, 2, 9, 9), score=score)
        for frame, score in zip(frames, (0.9, 0.52, 0.7, 0.99), strict=True)
    ]
    rows = choose([A], frames, boxes, [], 4)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["frame_id"] == frames[1]["object_id"]
    assert rows[0]["gain"] > rows[-1]["gain"]
    assert all(0 < row["gain"] <= 1 for row in rows)
    assert set(rows[0]) == {column.name for column in NEXT_FRAME_COLUMNS}


def test_two_frames_of_a_clip_are_never_closer_than_that_they_differ(choose):
    frames = frames_of(A, 300, every_s=0.2)
    boxes = [box_row(frame, 1, (1, 2, 9, 9), score=0.5) for frame in frames]
    times = sorted(row["time_s"] for row in choose([A], frames, boxes, [], 50))
    assert 3 <= len(times) <= 6
    assert np.diff(times).min() >= APART_S


def test_frames_are_spread_over_clips_and_sites(choose):
    clips = [clip_row(f"c{n}", site=f"s{n % 2}") for n in range(4)]
    frames = [frame for clip in clips for frame in frames_of(clip, 20)]
    rng = np.random.default_rng(1)
    boxes = [
        box_row(frame, 1, (1, 2, 9, 9), score=(0.5 if frame["clip_id"] == "c0" else 0.6) + 0.01 * rng.random())
        for frame in frames
    ]
    rows = choose(clips, frames, boxes, [], 8)
    per_clip = [sum(row["clip_id"] == clip["clip_id"] for row in rows) for clip in clips]
    assert per_clip[0] <= 4
    assert min(per_clip) >= 1


def test_of_equal_gain_the_unlike_is_preferred(choose):
    frames = frames_of(A, 12)
    boxes = [box_row(frame, 1, (1, 2, 9, 9), score=0.5) for frame in frames[:10]]
    for frame in frames[10:]:
        frame["novelty"] = 1.0
    rows = choose([A], frames, boxes, [], 3)
    assert {row["reason"] for row in rows[:2]} == {"unsure", "different"}


def test_what_a_person_looked_at_or_nobody_can_see_is_not_proposed(choose):
    frames = frames_of(A, 4)
    frames[1]["verdict"], frames[2]["is_searched"] = "dark", False
    boxes = [box_row(frame, 1, (1, 2, 9, 9), score=0.5) for frame in frames]
    boxes[0]["status"] = "validated"
    assert [row["frame_id"] for row in choose([A], frames, boxes, [], 9)] == [frames[3]["object_id"]]
    boxes[3]["is_deleted"] = True
    assert choose([A], frames, boxes, [], 9) == []


def test_the_same_generator_gives_the_same_frames(choose):
    frames = frames_of(A, 40)
    boxes = [box_row(frame, 1, (1, 2, 9, 9), score=0.5) for frame in frames]
    assert choose([A], frames, boxes, [], 5) == choose([A], frames, boxes, [], 5)
    assert choose([A], frames, boxes, [], 5) != choose([A], frames, boxes, [], 5, seed=9)
    assert choose([A], frames, boxes, [], 0) == []
    assert choose([], [], [], [], 5) == []


def test_a_hundred_thousand_frames_of_many_clips_are_chosen_from(tmp_path):
    clips = 1_000
    numbers = np.arange(100_000)
    rng = np.random.default_rng(0)
    ids = [f"c{n // 100:05d}:{n % 100 * 1000:09d}" for n in numbers]
    frames = {
        "object_id": ids,
        "clip_id": [f"c{n // 100:05d}" for n in numbers],
        "file": ["x.mp4"] * len(ids),
        "time_s": (numbers % 100).astype(float),
        "is_searched": [True] * len(ids),
        "verdict": ["usable"] * len(ids),
        **{name: rng.random(len(ids)) for name in ("interest", "novelty", "brightness")},
    }
    boxes = {
        "frame_id": ids,
        "score": rng.random(len(ids)),
        **{name: ["cod"] * len(ids) for name in ("taxon", "predicted_class")},
        "track_id": [f"c{n // 100:05d}:t{n % 100 // 20}" for n in numbers],
        "status": ["predicted"] * len(ids),
        "is_deleted": [False] * len(ids),
    }
    tracks = {"object_id": [f"c{n // 5:05d}:t{n % 5}" for n in range(5 * clips)], "taxon": ["cod"] * 5 * clips}
    paths = {}
    for name, columns in (("frames", frames), ("detections", boxes), ("tracks", tracks)):
        paths[name] = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table(columns), paths[name])
    rows = choose_next_frames(*paths.values(), 200, np.random.default_rng(0))
    assert len(rows) == 200
    assert len({row["clip_id"] for row in rows}) > 150


@pytest.fixture
def run(tmp_path) -> Path:
    """A folder of a run with its tables and a film of clip ``a`` alone."""
    write_tables(tmp_path)
    path = tmp_path / "views" / "a-0.mp4"
    path.parent.mkdir()
    with ViewWriter(path, height_px=VIEW_HEIGHT, width_px=VIEW_WIDTH, frames_per_s=5) as writer:
        for number in range(12):
            writer.add(np.full((VIEW_HEIGHT, VIEW_WIDTH, 3), 10 * (number + 1), np.uint8))
    return tmp_path


def request(**changes: Any) -> Request[EcosystemParams]:
    return Request(service="ecosystem", service_version="1.0.0", inputs={}, params=EcosystemParams(**changes), seed=1)


def proposed(run: Path, **changes: Any) -> dict[str, Any]:
    paths = {name: str(run / f"{name}.parquet") for name in make_tables()}
    return propose_frames(request(**changes), paths, run)


def test_the_archive_has_the_pictures_and_the_boxes_that_were_found(run):
    told = proposed(run)
    rows = pq.read_table(told["tables"]["next_frames"]).to_pylist()
    (artifact,) = told["artifacts"]
    assert (artifact["role"], artifact["name"]) == ("next-frames", "next_frames.zip")
    (row,) = [row for row in rows if row["clip_id"] == "a"]
    found = read_annotations(artifact["path"])
    (image,) = found.images
    number = round((row["time_s"] - 2.0) / 0.2)
    assert image.file == f"images/{image.name}"
    assert (image.video, image.time_s) == ("", row["time_s"])
    boxes = [box for box in make_tables()["detections"] if box["frame_id"] == row["frame_id"]]
    assert {box.object_id for box in found.boxes} == {box["object_id"] for box in boxes}
    by_name = {box.object_id: box for box in found.boxes}
    for box in boxes:
        mine = by_name[box["object_id"]]
        assert (mine.row, mine.col) == pytest.approx((box["row_px"] / 2, box["col_px"] / 2), abs=1e-3)
        assert mine.track_id == (box["track_id"] or None)
    with zipfile.ZipFile(artifact["path"]) as archive:
        picture = cv2.imdecode(np.frombuffer(archive.read(image.file), np.uint8), cv2.IMREAD_COLOR)
        content = json.loads(archive.read("boxes.json"))
    assert picture.shape == (VIEW_HEIGHT, VIEW_WIDTH, 3)
    assert picture.mean() == pytest.approx(10 * (number + 1), abs=3)
    assert (content["images"][0]["reason"], content["images"][0]["recording"]) == (row["reason"], "pier/a.mp4")


def test_without_a_film_or_a_wish_there_is_no_archive(run):
    assert proposed(run, next_frames=0)["artifacts"] == []
    (run / "views" / "a-0.mp4").write_bytes(b"nothing")
    told = proposed(run)
    assert told["artifacts"] == []
    assert {issue["file"].rpartition("/")[2] for issue in told["issues"]} == {"a-0.mp4", "b-0.mp4"}


def test_the_archive_is_the_same_again(run):
    first = Path(proposed(run)["artifacts"][0]["path"]).read_bytes()
    assert Path(proposed(run)["artifacts"][0]["path"]).read_bytes() == first
