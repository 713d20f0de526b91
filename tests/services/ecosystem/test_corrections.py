"""What people correct in another program comes back into the next run of the same recordings, with a trail."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.exports.publishable import options
from tests.services.ecosystem.small_result import VIEW_HEIGHT, VIEW_WIDTH, make_result, make_tables, write_tables

from pelagia.core.result import Artifact
from pelagia.exports import coco, cvat
from pelagia.exports.ecosystem import yolo
from pelagia.io.video.writing import ViewWriter
from pelagia.services.ecosystem.corrections import apply_corrections
from pelagia.services.ecosystem.service import EcosystemParams

WHO = ("status", "validated_by", "validated_at")


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    films = []
    for name, frames in (("a-0", 12), ("b-0", 4)):
        path = folder / "views" / f"{name}.mp4"
        path.parent.mkdir(exist_ok=True)
        with ViewWriter(path, height_px=VIEW_HEIGHT, width_px=VIEW_WIDTH, frames_per_s=5) as writer:
            for _ in range(frames):
                writer.add(np.zeros((VIEW_HEIGHT, VIEW_WIDTH, 3), np.uint8))
        films.append(Artifact(role="view", name=f"views/{name}.mp4", path=path, media_type="video/mp4"))
    result = make_result(folder / "result", artifacts=tuple(films))
    for module in (coco, cvat, yolo):
        module.write(result, folder, options())
    return folder


@pytest.fixture
def apply(tmp_path) -> Callable[[Path], dict[str, Any]]:
    def applying(path: Path) -> dict[str, Any]:
        paths = {name: str(one) for name, one in write_tables(tmp_path / "before").items()}
        done = apply_corrections(str(path), EcosystemParams(), paths, tmp_path / "work")
        rows = {name: pq.read_table(one).to_pylist() for name, one in done["paths"].items()}
        return {**done, **rows, "boxes": {row["object_id"]: row for row in rows["detections"]}}

    return applying


def xml_of(exported: Path, archive: str, name: str) -> str:
    with zipfile.ZipFile(exported / "cvat" / f"{archive}.zip") as file:
        return file.read(name).decode()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "corrected.xml"
    path.write_text(text, encoding="utf-8")
    return path


def codes(done: dict[str, Any]) -> list[str]:
    return [issue["code"] for issue in done["issues"]]


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


SETS = {
    "films": ("cvat/films.zip", {"a", "b"}),
    "videos": ("cvat/videos.zip", {"a", "b"}),
    "stills": ("cvat/stills.zip", {"s"}),
    "coco": ("coco/boxes.json", {"a", "b", "s"}),
    "yolo": ("yolo/dataset.zip", {"a", "b"}),
}


@pytest.mark.parametrize("name", SETS)
def test_what_nobody_changed_is_validated_and_stays_as_it_is(exported, apply, name):
    file, clips = SETS[name]
    done = apply(exported / file)
    assert codes(done) == []
    before = {row["object_id"]: row for row in make_tables()["detections"]}
    assert list(done["boxes"]) == list(before)
    for object_id, row in done["boxes"].items():
        assert without(row, *WHO) == without(before[object_id], *WHO), object_id
        assert row["status"] == ("validated" if row["clip_id"] in clips else "predicted")
    tracks = {row["object_id"]: row for row in done["tracks"]}
    for row in make_tables()["tracks"]:
        now = tracks[row["object_id"]]
        assert now["is_deleted"] is False
        assert (now["taxon"], now["detections"]) == (row["taxon"], row["detections"])
        assert (now["first_s"], now["last_s"]) == (row["first_s"], row["last_s"])
    assert {line["by"] for line in done["edits"]} == {file.rpartition("/")[2]}


def tracks_of(text: str) -> list[str]:
    return [f"<track {part.partition('</track>')[0]}</track>" for part in text.split("<track ")[1:]]


def test_a_deleted_track_deletes_its_boxes(exported, apply, tmp_path):
    text = xml_of(exported, "films", "a-0.xml")
    (crab,) = [part for part in tracks_of(text) if "a:t3<" in part]
    done = apply(written(tmp_path, text.replace(crab, "")))
    gone = [name for name, row in done["boxes"].items() if row["is_deleted"]]
    assert gone == ["a:000002800:2", "a:000003000:2", "a:000003600:2", "a:000003800:2"]
    (row,) = [row for row in done["tracks"] if row["object_id"] == "a:t3"]
    assert (row["is_deleted"], row["is_counted"]) == (True, False)
    assert done["boxes"]["b:000000000:1"]["status"] == "predicted"


def test_a_track_with_another_label_is_renamed_with_its_boxes(exported, apply, tmp_path):
    text = xml_of(exported, "films", "a-0.xml").replace('label="crab"', 'label="lobster"')
    done = apply(written(tmp_path, text))
    names = {row["taxon"] for row in done["boxes"].values() if row["track_id"] == "a:t3"}
    assert names == {"lobster"}
    (row,) = [row for row in done["tracks"] if row["object_id"] == "a:t3"]
    assert (row["taxon"], row["status"], row["aphia_id"]) == ("lobster", "validated", None)
    told = [line for line in done["edits"] if line["field"] == "taxon"]
    assert {(line["old"], line["new"]) for line in told} == {("crab", "lobster")}


def test_a_new_track_is_a_track_of_the_result(exported, apply, tmp_path):
    def box(frame: int, outside: int = 0) -> str:
        return (
            f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" xtl="10" ytl="20" xbr="30" ybr="35" '
            'z_order="0"></box>'
        )

    new = f'<track id="99" label="sea pen" source="manual">{box(3)}{box(5)}{box(6, outside=1)}</track></annotations>'
    done = apply(written(tmp_path, xml_of(exported, "films", "a-0.xml").replace("</annotations>", new)))
    assert codes(done) == []
    mine = [row for row in done["detections"] if row["track_id"] == "a:p1"]
    assert [row["object_id"] for row in mine] == ["a:000002600:p1", "a:000002800:p1", "a:000003000:p1"]
    assert {tuple(row[name] for name in ("row_px", "col_px", "height_px", "width_px")) for row in mine} == {
        (40.0, 20.0, 30.0, 40.0)
    }
    assert {(row["taxon"], row["source"], row["score"]) for row in mine} == {("sea pen", "import", None)}
    (row,) = [row for row in done["tracks"] if row["object_id"] == "a:p1"]
    assert (row["taxon"], row["detections"], row["source"]) == ("sea pen", 3, "import")


def test_a_track_that_was_split_is_two(exported, apply, tmp_path):
    text = xml_of(exported, "films", "a-0.xml")
    (cod,) = [part for part in tracks_of(text) if "a:t2<" in part]
    boxes = cod.split("<box ")
    one, two = boxes[1:3], boxes[3:]
    changed = (
        f'{boxes[0]}<box {"<box ".join(one)}</track><track id="77" label="cod" source="manual"><box {"<box ".join(two)}'
    )
    done = apply(written(tmp_path, text.replace(cod, changed)))
    assert codes(done) == []
    by_track = {name: row["track_id"] for name, row in done["boxes"].items()}
    assert [by_track[f"a:00000{ms}:1"] for ms in (3400, 3600, 3800, 4000, 4200)] == ["a:t2"] * 2 + ["a:p1"] * 3


def test_merged_tracks_are_one(exported, apply, tmp_path):
    text = xml_of(exported, "films", "a-0.xml")
    one, two = (next(part for part in tracks_of(text) if f"a:{name}<" in part) for name in ("t1", "t2"))
    merged = one.replace("</track>", "").rstrip() + two[two.index("<box ") :]
    done = apply(written(tmp_path, text.replace(two, "").replace(one, merged)))
    assert codes(done) == []
    mine = [row["time_s"] for row in done["detections"] if row["track_id"] == "a:t1"]
    assert len(mine) == 11
    rows = {row["object_id"]: row for row in done["tracks"]}
    assert (rows["a:t1"]["detections"], rows["a:t2"]["is_deleted"]) == (11, True)


def test_a_moved_box_has_the_size_of_the_frame(exported, apply, tmp_path):
    text = xml_of(exported, "stills", "s.xml").replace('ytl="1.5"', 'ytl="11.5"')
    done = apply(written(tmp_path, text))
    row = done["boxes"]["s:000000000:1"]
    assert [row[name] for name in ("row_px", "height_px")] == [11.5, 23.33]
    film = xml_of(exported, "films", "b-0.xml").replace('xtl="150.0"', 'xtl="152.0"')
    done = apply(written(tmp_path, film))
    assert {row["col_px"] for row in done["detections"] if row["clip_id"] == "b"} == {304.0}


def test_coco_without_attributes_is_told_by_where_boxes_lie(exported, apply, tmp_path):
    content = json.loads((exported / "coco" / "boxes.json").read_text())
    for row in content["annotations"]:
        del row["attributes"]
    content["annotations"].pop()
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(content))
    done = apply(path)
    assert codes(done) == []
    assert [name for name, row in done["boxes"].items() if row["is_deleted"]] == ["s:000120000:1"]
    assert done["boxes"]["a:000002000:1"]["track_id"] == "a:t1"


def test_what_is_of_other_recordings_is_told(exported, apply, tmp_path):
    done = apply(written(tmp_path, xml_of(exported, "films", "a-0.xml").replace("a-0.mp4", "z-9.mp4")))
    assert codes(done) == ["correction-without-frame"]
    assert {row["status"] for row in done["detections"]} == {"predicted"}
    done = apply(written(tmp_path, "<other/>"))
    assert codes(done) == ["annotations-unknown"]
    assert {row["status"] for row in done["detections"]} == {"predicted"}


def test_a_box_on_a_frame_that_was_not_searched_is_told(exported, apply, tmp_path):
    new = (
        '<track id="9" label="cod" source="manual"><box frame="1400" keyframe="1" outside="0" occluded="0" xtl="1" '
        'ytl="2" xbr="30" ybr="35"></box></track></annotations>'
    )
    done = apply(written(tmp_path, xml_of(exported, "videos", "a.xml").replace("</annotations>", new)))
    assert codes(done) == ["correction-without-frame"]
    assert "a.mp4#1400" in done["issues"][0]["value"]


def test_the_same_twice_gives_the_same_tables(exported, apply):
    first, second = (apply(exported / "coco" / "boxes.json") for _ in range(2))
    assert first["detections"] == second["detections"]
    assert first["edits"] == second["edits"]
