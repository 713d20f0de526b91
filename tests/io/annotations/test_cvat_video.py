"""Tracks of CVAT for video are read as CVAT shows them."""

from __future__ import annotations

import json

import pytest
from tests.io.annotations.video_sets import EDGES, box, track, video

from pelagia.io.annotations import read_annotations, sniff


@pytest.fixture
def read(tmp_path):
    def reading(*args, **changes):
        path = tmp_path / "a.xml"
        path.write_text(video("".join(args), **changes))
        assert sniff(path) == "cvat"
        return read_annotations(path)

    return reading


def frames_of(found):
    return [int(one.image.rpartition("#")[2]) for one in found.boxes]


def test_every_frame_of_the_video_was_looked_at(read):
    found = read(size=5)
    assert [(image.name, image.video, image.frame) for image in found.images] == [
        (f"film.mp4#{frame}", "film.mp4", frame) for frame in range(5)
    ]
    assert {(image.width_px, image.height_px) for image in found.images} == {(64, 48)}
    assert (found.boxes, found.labels, found.issues) == ((), ("cod", "crab"), ())


def test_a_gap_is_a_gap_where_it_was_closed(read):
    found = read(track(box(2), box(3), box(4, outside=1), box(9), box(10, outside=1)))
    assert frames_of(found) == [2, 3, 9]
    assert not any(one.is_interpolated for one in found.boxes)


def test_between_two_boxes_the_thing_goes_straight(read):
    found = read(track(box(2, (0, 0, 10, 10)), box(6, (8, 4, 18, 14))))
    assert frames_of(found) == [2, 3, 4, 5, 6]
    assert [one.row for one in found.boxes] == [0, 2, 4, 6, 8]
    assert [one.col for one in found.boxes] == [0, 1, 2, 3, 4]
    assert [one.is_interpolated for one in found.boxes] == [False, True, True, True, False]


def test_before_a_gap_the_thing_stands_still(read):
    found = read(track(box(2), box(5, (8, 4, 18, 14), outside=1)))
    assert frames_of(found) == [2, 3, 4]
    assert {one.row for one in found.boxes} == {EDGES[0]}


def test_what_cvat_put_between_is_told_from_what_was_drawn(read):
    found = read(track(box(2, object_id="x", score=0.5), box(3, keyframe=0, object_id="x", score=0.5, model="m")))
    assert [one.object_id for one in found.boxes] == ["x", None]
    assert [dict(one.attributes) for one in found.boxes] == [{"score": "0.5"}, {"model": "m"}]
    assert [one.is_interpolated for one in found.boxes] == [False, True]


def test_things_are_told_apart_by_their_names_or_their_numbers(read):
    found = read(
        track(box(1, track_id="a:t1"), box(2, track_id="a:t1"), number=0),
        track(box(5), box(6), number=1),
        track(box(8, track_id="a:t1"), number=2),
        track(box(9, outside=0), box(10, outside=1), number=3),
    )
    assert [one.track_id for one in found.boxes] == [
        *["a:t1"] * 2, *["film.mp4#1"] * 2, "a:t1#film.mp4#2", None,
    ]  # fmt: skip


def test_a_box_may_have_another_name_than_its_track_until_that_is_renamed(read):
    told = {"taxon": "crab", "named": "cod"}
    assert [one.label for one in read(track(box(1, **told), box(2, named="cod"))).boxes] == ["crab", "cod"]
    assert [one.label for one in read(track(box(1, **told), label="starfish")).boxes] == ["starfish"]


def test_frames_are_those_of_the_whole_video_whatever_the_task_shows(read):
    more = "<start_frame>100</start_frame><stop_frame>120</stop_frame><frame_filter>step=5</frame_filter>"
    found = read(track(box(100), box(110, (20, 20, 25, 28))), size=5, more=more)
    assert [image.frame for image in found.images] == [100, 105, 110, 115, 120]
    assert frames_of(found) == [100, 105, 110]
    outside = read(track(box(99)), size=5, more=more)
    assert [issue.code for issue in outside.issues] == ["annotation-frame-unknown"]


def test_without_a_size_only_frames_with_boxes_are_known(read):
    found = read(track(box(3), box(7, outside=1)), size=None)
    assert [image.frame for image in found.images] == [3, 4, 5, 6]


def test_a_track_without_a_label_and_other_shapes_are_told(read):
    points = '<points frame="1" keyframe="1" outside="0" occluded="0" points="1,2"/>'
    found = read(track(box(1), label=""), track(points), track(box("one")))
    assert found.boxes == ()
    assert {issue.code: issue.objects for issue in found.issues} == {
        "annotation-class-unknown": 1, "annotation-shape": 1, "annotation-frame-unknown": 1,
    }  # fmt: skip


def test_a_polygon_and_a_turned_box_get_the_box_around_them(read):
    polygon = '<polygon frame="1" keyframe="1" outside="0" occluded="1" points="10,20;30,22;18,41"/>'
    turned = '<box frame="2" keyframe="1" outside="0" occluded="0" xtl="20" ytl="25" xbr="40" ybr="35" rotation="90"/>'
    first, second = read(track(polygon, turned)).boxes
    assert (first.col, first.row, first.width, first.height, first.occluded) == (10, 20, 20, 21, True)
    assert (second.col, second.row, second.width, second.height) == pytest.approx((25, 20, 10, 20))


def test_the_video_is_found_beside_its_annotations(tmp_path):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "film.mp4").write_bytes(b"not opened")
    (tmp_path / "a.xml").write_text(video(track(box(1)), size=3))
    assert {image.file for image in read_annotations(tmp_path).images} == {"films/film.mp4"}


def test_several_videos_are_read_together(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.xml").write_text(video(track(box(1), box(2)), size=3, source=f"{name}.mp4"))
    found = read_annotations(tmp_path)
    assert [one.image for one in found.boxes] == ["one.mp4#1", "one.mp4#2", "two.mp4#1", "two.mp4#2"]
    assert [one.track_id for one in found.boxes] == ["one.mp4#0", "one.mp4#0", "two.mp4#0", "two.mp4#0"]


def test_of_many_files_none_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.io.annotations.reading.FILES_SNIFFED", 2)
    for number in range(5):
        (tmp_path / f"{number}.xml").write_text(video(track(box(1)), size=2, source=f"{number}.mp4"))
    (tmp_path / "9.xml").write_text("<other/>")
    assert len(read_annotations(tmp_path).boxes) == 5


def test_the_number_that_cvat_gives_a_track_yields_to_its_name(tmp_path):
    path = tmp_path / "a.json"
    rows = [
        {"id": at, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "attributes": told}
        for at, told in enumerate([{"track": "a:t1", "track_id": 7}, {"track": "", "track_id": 7}, {"track": ""}])
    ]
    image = {"id": 1, "file_name": "a.png", "width": 80, "height": 60}
    content = {"images": [image], "categories": [{"id": 1, "name": "cod"}], "annotations": rows}
    path.write_text(json.dumps(content))
    found = read_annotations(path)
    assert [box.track_id for box in found.boxes] == ["a:t1", "7", None]
    assert all(not box.attributes for box in found.boxes)
