"""Boxes go out in every format and come back as they were: places, names, tracks, gaps, times."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.exports.publishable import options
from tests.exports.zooscan_result import make_scans
from tests.services.ecosystem.small_result import (
    HEIGHT,
    VIEW_HEIGHT,
    VIEW_WIDTH,
    WIDTH,
    Record,
    box_row,
    clip_row,
    frame_row,
    make_result,
    make_tables,
)

from pelagia.core.result import Artifact
from pelagia.exports import coco, cvat
from pelagia.exports.ecosystem import yolo
from pelagia.exports.registry import EXPORTERS, missing_columns
from pelagia.io.annotations import read_annotations
from pelagia.io.annotations.video_frames import rgb_at, rgb_frames
from pelagia.io.video.writing import ViewWriter
from pelagia.orders.delivery import exports_for

OURS = ("coco", "cvat", "yolo")
FEW = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def film(path: Path, frames: int) -> Artifact:
    """Frame ``n`` is as grey as 10 (n + 1)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ViewWriter(path, height_px=VIEW_HEIGHT, width_px=VIEW_WIDTH, frames_per_s=5) as writer:
        for number in range(frames):
            writer.add(np.full((VIEW_HEIGHT, VIEW_WIDTH, 3), 10 * (number + 1), np.uint8))
    return Artifact(role="view", name=f"views/{path.name}", path=path, media_type="video/mp4")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    return (film(folder / "a-0.mp4", 12), film(folder / "b-0.mp4", 4))


@pytest.fixture
def result(films, tmp_path):
    return make_result(tmp_path / "result", artifacts=films)


def boxes_of(rows: list[Record], clip: str = "", down: float = 1.0, across: float = 1.0) -> dict[str, tuple]:
    return {
        row["object_id"]: (
            row["taxon"],
            *(
                round(row[name] * scale, 5)
                for name, scale in (
                    ("row_px", down), ("col_px", across), ("height_px", down), ("width_px", across)
                )
            ),
            row["track_id"] or None,
        )
        for row in rows
        if row["clip_id"].startswith(clip) and not row["is_deleted"]
    }  # fmt: skip


def read_back(found) -> dict[str, tuple]:
    return {
        one.object_id: (one.label, *(round(v, 5) for v in (one.row, one.col, one.height, one.width)), one.track_id)
        for one in found.boxes
        if not one.is_interpolated
    }


def drawn_sets() -> st.SearchStrategy[list[list[tuple[float, float, float, float, int, int]]]]:
    """Boxes on each of some frames: edges in thousandths of a pixel, a track (0: none) and a taxon."""
    side = st.integers(1, 300_000).map(lambda value: value / 1000)
    top = st.integers(0, (HEIGHT - 301) * 1000).map(lambda value: value / 1000)
    left = st.integers(0, (WIDTH - 301) * 1000).map(lambda value: value / 1000)
    one = st.tuples(top, left, side, side, st.integers(0, 3), st.integers(0, 2))
    frame = st.lists(one, max_size=4, unique_by=lambda box: box[4] or id(box))
    return st.lists(frame, min_size=1, max_size=8)


def rows_of(drawn, kind: str = "video") -> dict[str, list[Record]]:
    clip = clip_row("a", kind)
    files = [f"pier/a/{n}.jpg" for n in range(len(drawn))] if kind == "series" else ["pier/a.mp4"] * len(drawn)
    frames = [
        frame_row(clip, 2.0 + 0.2 * n, view="views/a-0.mp4", view_frame=n, file=file) for n, file in enumerate(files)
    ]
    boxes = [
        box_row(frame, number, box[:4], f"a:t{box[4]}" if box[4] else "", taxon=("cod", "crab", "sea pen")[box[5]])
        for frame, own in zip(frames, drawn, strict=True)
        for number, box in enumerate(own, start=1)
    ]
    return {"clips": [clip], "frames": frames, "detections": boxes, "tracks": []}


@FEW
@given(drawn=drawn_sets())
def test_coco_comes_back_as_it_went_out(drawn, tmp_path):
    rows = rows_of(drawn)
    found = read_annotations(coco.write(make_result(tmp_path, rows), tmp_path, options()).files[0])
    assert read_back(found) == boxes_of(rows["detections"])
    assert [image.time_s for image in found.images] == [row["time_s"] for row in rows["frames"]]
    assert {image.video for image in found.images} == {"pier/a.mp4"}
    assert found.issues == ()


@FEW
@given(drawn=drawn_sets())
def test_cvat_for_images_comes_back_as_it_went_out(drawn, tmp_path):
    rows = rows_of(drawn, "series")
    cvat.write(make_result(tmp_path, rows), tmp_path, options())
    found = read_annotations(tmp_path / "cvat" / "stills.zip")
    assert read_back(found) == boxes_of(rows["detections"])
    assert [image.name for image in found.images] == [f"{n}.jpg" for n in range(len(drawn))]
    assert found.issues == ()


@FEW
@given(drawn=drawn_sets())
def test_cvat_for_video_comes_back_as_it_went_out(drawn, films, tmp_path):
    rows = rows_of(drawn)
    cvat.write(make_result(tmp_path, rows, artifacts=films), tmp_path, options())
    found = read_annotations(tmp_path / "cvat" / "films.zip")
    assert read_back(found) == boxes_of(rows["detections"], down=0.5, across=0.5)
    assert not any(one.is_interpolated for one in found.boxes)
    assert [image.frame for image in found.images] == list(range(len(drawn)))
    on = {row["object_id"]: row["frame_id"] for row in rows["detections"]}
    frames = [row["object_id"] for row in rows["frames"]]
    assert all(f"a-0.mp4#{frames.index(on[one.object_id])}" == one.image for one in found.boxes)
    assert found.issues == ()


@FEW
@given(drawn=drawn_sets())
def test_cvat_of_the_recording_has_every_box_at_its_time(drawn, tmp_path):
    rows = rows_of(drawn)
    cvat.write(make_result(tmp_path, rows), tmp_path, options())
    found = read_annotations(tmp_path / "cvat" / "videos.zip")
    assert read_back(found) == boxes_of(rows["detections"])
    at = {row["object_id"]: round(row["time_s"] * 25) for row in rows["detections"]}
    assert all(one.image == f"a.mp4#{at[one.object_id]}" for one in found.boxes if not one.is_interpolated)
    searched = {round(row["time_s"] * 25) for row in rows["frames"]}
    frames = {image.name: image.frame for image in found.images}
    assert not [one for one in found.boxes if one.is_interpolated and frames[one.image] in searched]


@settings(FEW, max_examples=5)
@given(drawn=drawn_sets())
def test_yolo_comes_back_as_it_went_out(drawn, films, tmp_path):
    rows = rows_of(drawn)
    path = yolo.write(make_result(tmp_path, rows, artifacts=films), tmp_path, options()).files[0]
    found = read_annotations(path)
    told = sorted(boxes_of(rows["detections"], down=0.5, across=0.5).values())
    back = sorted((one.label, *(round(v, 5) for v in (one.row, one.col, one.height, one.width))) for one in found.boxes)
    assert [one[:1] for one in back] == [one[:1] for one in told]
    assert np.array([one[1:] for one in back]) == pytest.approx(np.array([one[1:5] for one in told]), abs=1e-5)
    assert len(found.images) == len(drawn)
    assert found.issues == ()


def test_a_gap_in_a_track_is_closed_on_the_next_searched_frame(result, tmp_path):
    cvat.write(result, tmp_path, options())
    with zipfile.ZipFile(tmp_path / "cvat" / "films.zip") as archive:
        text = archive.read("a-0.xml").decode()
    (track,) = [part for part in text.split("<track ")[1:] if "a:t3" in part]
    told = [
        (int(box.split('"')[1]), box.split('outside="')[1][0], box.split('keyframe="')[1][0])
        for box in track.split("<box frame=")[1:]
    ]
    assert told == [(4, "0", "1"), (5, "0", "1"), (6, "1", "1"), (8, "0", "1"), (9, "0", "1"), (10, "1", "1")]
    (alone,) = [part for part in text.split("<track ")[1:] if "a:000002400:2<" in part]
    assert [box.split('"')[1] for box in alone.split("<box frame=")[1:]] == ["2", "3"]
    (last,) = [part for part in text.split("<track ")[1:] if "a:t2" in part]
    assert 'outside="1"' not in last


def test_nothing_is_filled_in_over_a_long_time_without_a_search(tmp_path):
    rows = rows_of([[(1.0, 1.0, 9.0, 9.0, 1, 0)]] * 6)
    for row in (*rows["frames"][3:], *rows["detections"][3:]):
        row["time_s"] += 30
    cvat.write(make_result(tmp_path, rows), tmp_path, options())
    found = read_annotations(tmp_path / "cvat" / "videos.zip")
    frames = sorted({int(one.image.partition("#")[2]) for one in found.boxes})
    assert frames == [*range(50, 61), *range(815, 826)]


def test_labels_declare_the_attributes_that_bring_boxes_back(result, tmp_path):
    cvat.write(result, tmp_path, options())
    labels = json.loads((tmp_path / "cvat" / "labels.json").read_text())
    assert [label["name"] for label in labels] == ["cod", "crab"]
    mutable = {one["name"]: one["mutable"] for one in labels[0]["attributes"]}
    assert (mutable["object_id"], mutable["score"], mutable["track"], mutable["model"]) == (True, True, False, False)
    found = read_annotations(tmp_path / "cvat" / "films.zip")
    one = found.boxes[0]
    assert dict(one.attributes) == {"score": "0.8", "status": "predicted", "model": "underwater-animals@1.0.0"}
    assert (found.images[0].width_px, found.images[0].height_px) == (VIEW_WIDTH, VIEW_HEIGHT)


def test_what_a_person_deleted_goes_nowhere(films, tmp_path):
    rows = make_tables()
    rows["detections"][0]["is_deleted"] = True
    result = make_result(tmp_path / "result", rows, artifacts=films)
    left = len(rows["detections"]) - 1
    assert len(read_annotations(coco.write(result, tmp_path, options()).files[0]).boxes) == left
    cvat.write(result, tmp_path, options())
    found = read_annotations(tmp_path / "cvat" / "films.zip")
    assert rows["detections"][0]["object_id"] not in {one.object_id for one in found.boxes}


def test_a_frame_without_a_box_is_in_every_set(result, tmp_path):
    images = read_annotations(coco.write(result, tmp_path, options()).files[0]).images
    assert len(images) == 19
    assert images[-2].name == "s/1.jpg"
    yolo.write(result, tmp_path, options())
    with zipfile.ZipFile(tmp_path / "yolo" / "dataset.zip") as archive:
        assert archive.read("labels/train/a/000003200.txt") == b""
        names = archive.namelist()
    assert "images/train/a/000003200.jpg" in names
    assert "images/train/b/000000500.jpg" in names


def test_frames_in_no_film_are_told_and_not_half_written(result, tmp_path):
    (issue,) = yolo.write(result, tmp_path, options()).issues
    assert (issue.code, issue.objects) == ("export-frames-without-film", 3)
    bare = replace(result, artifacts=())
    (issue,) = yolo.write(bare, tmp_path, options()).issues
    assert issue.objects == 19
    with zipfile.ZipFile(tmp_path / "yolo" / "dataset.zip") as archive:
        assert archive.namelist() == ["data.yaml"]


def test_whole_clips_are_kept_for_validation(films, tmp_path):
    rows = make_tables()
    rows["clips"] = rows["clips"][:2]
    rows = {name: [row for row in some if row["clip_id"] != "s"] for name, some in rows.items()}
    yolo.write(make_result(tmp_path / "result", rows, artifacts=films), tmp_path, options())
    with zipfile.ZipFile(tmp_path / "yolo" / "dataset.zip") as archive:
        parts = {tuple(name.split("/")[1:3]) for name in archive.namelist() if name.startswith("images")}
        assert "val: images/val\n" in archive.read("data.yaml").decode()
    assert parts == {("train", "a"), ("val", "b")}


def test_pictures_are_those_of_their_frames(films):
    found = dict(rgb_frames(films[0].path, {0, 3, 11, 40}))
    assert sorted(found) == [0, 3, 11]
    for number, rgb in found.items():
        assert rgb.shape == (VIEW_HEIGHT, VIEW_WIDTH, 3)
        assert rgb.mean() == pytest.approx(10 * (number + 1), abs=3)
    at = dict(rgb_at(films[0].path, [0.41, 2.2, 99.0]))
    assert sorted(at) == [0.41, 2.2]
    assert at[0.41].mean() == pytest.approx(30, abs=3)
    assert at[2.2].mean() == pytest.approx(120, abs=3)


def test_a_film_that_cannot_be_read_is_told(films, tmp_path):
    (tmp_path / "b-0.mp4").write_bytes(b"nothing")
    broken = replace(films[1], path=tmp_path / "b-0.mp4")
    result = make_result(tmp_path / "result", artifacts=(films[0], broken))
    for module in (cvat, yolo):
        outcome = module.write(result, tmp_path, options())
        assert [issue.file for issue in outcome.issues][:1] == ["views/b-0.mp4"]


def test_videos_whose_frames_cannot_be_numbered_are_told(films, tmp_path):
    rows = make_tables()
    rows["clips"][0]["frame_rate"] = None
    rows["clips"][1]["is_variable_rate"] = True
    outcome = cvat.write(make_result(tmp_path / "result", rows, artifacts=films), tmp_path, options())
    assert {issue.code: issue.value for issue in outcome.issues} == {
        "export-frames-unnumbered": "pier/a.mp4", "export-variable-rate": "pier/b.mp4",
    }  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_equal_results_give_byte_equal_files(result, tmp_path, name):
    module = EXPORTERS[name].load()
    written = [module.write(result, tmp_path / run, options()).files for run in ("one", "two")]
    assert written[0]
    for one, two in zip(*written, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


@pytest.mark.parametrize("name", OURS)
def test_they_take_results_of_animals(result, tmp_path, name):
    needs = EXPORTERS[name].load().NEEDS
    assert missing_columns(result, needs) == ()
    assert missing_columns(make_scans(tmp_path), needs)


@pytest.mark.parametrize("name", OURS)
def test_a_result_without_a_box_is_written_too(films, tmp_path, name):
    rows = make_tables() | {"detections": [], "tracks": []}
    result = make_result(tmp_path / "result", rows, artifacts=films)
    assert EXPORTERS[name].load().write(result, tmp_path, options()).files


def test_pictures_are_copied_only_where_a_person_asks_for_them(result):
    usual = exports_for(result, [])
    assert {"coco", "cvat"} <= set(usual)
    assert "yolo" not in usual
    assert exports_for(result, ["yolo"]) == ["yolo"]
