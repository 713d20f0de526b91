"""Every format gives the same boxes, and tells what it could not use."""

from __future__ import annotations

import json
import zipfile

import pytest
from tests.io.annotations.sets import BOXES, coco, cvat, draw, write_coco, write_yolo

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.annotations import read_annotations, sniff


def placed(annotations):
    return [
        (box.image.rpartition("/")[2], box.label, *(round(value, 6) for value in (box.row, box.col, box.height)))
        for box in annotations.boxes
    ]


def codes(annotations):
    return {issue.code: issue.objects for issue in annotations.issues}


@pytest.fixture(params=["coco", "cvat", "yolo", "coco in a zip", "cvat alone"])
def any_set(request, tmp_path):
    if request.param == "yolo":
        return write_yolo(tmp_path)
    draw(tmp_path / "images" / "train" / "a.png")
    draw(tmp_path / "images" / "train" / "b.png")
    if request.param.startswith("cvat"):
        path = tmp_path / "annotations.xml"
        path.write_text(cvat())
        return path if request.param == "cvat alone" else tmp_path
    write_coco(tmp_path)
    if request.param == "coco":
        return tmp_path
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("annotations/instances.json", json.dumps(coco()))
        archive.write(tmp_path / "images" / "train" / "a.png", "images/a.png")
    return tmp_path / "set.zip"


def test_every_format_gives_the_same_boxes_and_classes(any_set):
    found = read_annotations(any_set)
    assert placed(found) == [(image, label, row, col, height) for image, label, row, col, height, _ in BOXES]
    assert [box.width for box in found.boxes] == pytest.approx([width for *_, width in BOXES])
    assert found.labels == ("plastic", "glass", "metal")
    assert found.issues == ()
    assert sniff(any_set) == found.format


def test_an_image_without_a_box_is_an_image_that_was_looked_at(any_set):
    found = read_annotations(any_set)
    assert [image.name.rpartition("/")[2] for image in found.images] == ["a.png", "b.png"]
    assert {(image.width_px, image.height_px) for image in found.images} == {(80, 60)}
    assert [len(boxes) for boxes in found.by_image().values()] == [2, 0]


def test_images_are_found_by_the_end_of_their_path(tmp_path):
    draw(tmp_path / "pictures" / "train" / "a.png")
    draw(tmp_path / "pictures" / "val" / "a.png")
    write_coco(tmp_path)
    files = [image.file for image in read_annotations(tmp_path).images]
    assert files == ["pictures/train/a.png", ""]


def test_what_cvat_knows_of_a_box_is_kept(tmp_path):
    (tmp_path / "a.xml").write_text(cvat())
    first, second = read_annotations(tmp_path / "a.xml").boxes
    assert (first.object_id, first.occluded, dict(first.attributes)) == ("item 0", False, {"score": "0.5"})
    assert second.occluded is True


def test_coco_keeps_attributes_and_the_name_of_an_object(tmp_path):
    row = coco()["annotations"][0] | {"attributes": {"occluded": True, "object_id": "x1", "score": 0.25}, "iscrowd": 1}
    beside = coco()["annotations"][1] | {"object_id": "x2"}
    first, second = read_annotations(write_coco(tmp_path, coco(annotations=[row, beside]))).boxes
    assert (first.object_id, first.occluded) == ("x1", True)
    assert dict(first.attributes) == {"score": "0.25", "iscrowd": "true"}
    assert second.object_id == "x2"


def test_several_coco_files_of_a_folder_are_read_together(tmp_path):
    write_coco(tmp_path, name="train.json")
    other = coco(
        images=[{"id": 7, "file_name": "val/c.png", "width": 80, "height": 60}],
        categories=[{"id": 1, "name": "glass"}, {"id": 2, "name": "wood"}],
    )
    write_coco(tmp_path, other, name="val.json")
    found = read_annotations(tmp_path)
    assert [box.label for box in found.boxes] == ["plastic", "glass", "glass", "wood"]
    assert found.labels == ("plastic", "glass", "metal", "wood")
    assert len(found.images) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bbox": [200, 10, 5, 5]}, "annotation-box-outside"),
        ({"bbox": [-9, 10, 5, 5]}, "annotation-box-outside"),
        ({"bbox": [10, 10, 0, 5]}, "annotation-box-empty"),
        ({"bbox": [10, 10, -5, 5]}, "annotation-box-empty"),
        ({"bbox": [10, 10, 1e400, 5]}, "annotation-box-empty"),
        ({"bbox": [10, "ten", 5, 5]}, "annotation-box-empty"),
        ({"bbox": [10, 10, 5]}, "annotation-box-missing"),
        ({"bbox": None, "segmentation": {"counts": "abc", "size": [60, 80]}}, "annotation-box-missing"),
        ({"image_id": 8}, "annotation-image-unknown"),
        ({"image_id": None}, "annotation-image-unknown"),
        ({"category_id": 12}, "annotation-class-unknown"),
    ],
)
def test_a_bad_row_of_coco_is_left_out_with_a_finding(tmp_path, changes, code):
    good, bad = coco()["annotations"]
    found = read_annotations(write_coco(tmp_path, coco(annotations=[good, bad | changes])))
    assert len(found.boxes) == 1
    assert codes(found) == {code: 1}
    assert all(issue.remedy for issue in found.issues)


def test_a_box_over_the_edge_is_cut_there_and_a_rounded_one_without_a_word(tmp_path):
    row = coco()["annotations"][0]
    over = read_annotations(write_coco(tmp_path, coco(annotations=[row | {"bbox": [70, 50, 20, 20]}])))
    assert [(box.col, box.width, box.row, box.height) for box in over.boxes] == [(70, 10, 50, 10)]
    assert codes(over) == {"annotation-box-cut": 1}
    rounded = read_annotations(write_coco(tmp_path, coco(annotations=[row | {"bbox": [70, 50, 10.5, 10.5]}])))
    assert [(box.width, box.height) for box in rounded.boxes] == [(10, 10)]
    assert rounded.issues == ()


def test_like_findings_are_counted(tmp_path):
    rows = [coco()["annotations"][0] | {"category_id": 50 + number} for number in range(5)]
    assert codes(read_annotations(write_coco(tmp_path, coco(annotations=rows)))) == {"annotation-class-unknown": 5}


def test_a_polygon_gets_the_box_around_it(tmp_path):
    row = {"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[10, 20, 30, 22, 18, 41]]}
    (box,) = read_annotations(write_coco(tmp_path, coco(annotations=[row]))).boxes
    assert (box.col, box.row, box.width, box.height) == (10, 20, 20, 21)
    image = (
        '<image id="0" name="a.png" width="80" height="60"><polygon label="glass" points="10,20;30,22;18,41"/></image>'
    )
    (tmp_path / "a.xml").write_text(cvat(image))
    (other,) = read_annotations(tmp_path / "a.xml").boxes
    assert (other.col, other.row, other.width, other.height) == (10, 20, 20, 21)


def test_a_turned_box_gets_the_upright_one_around_it(tmp_path):
    image = (
        '<image id="0" name="a.png" width="80" height="60">'
        '<box label="glass" xtl="20" ytl="25" xbr="40" ybr="35" rotation="90"/></image>'
    )
    (tmp_path / "a.xml").write_text(cvat(image))
    (box,) = read_annotations(tmp_path / "a.xml").boxes
    assert (box.col, box.row, box.width, box.height) == pytest.approx((25, 20, 10, 20))


def test_a_tag_of_cvat_is_the_class_of_the_image(tmp_path):
    image = '<image id="0" name="a.png" width="80" height="60"><tag label="litter high"/></image>'
    (tmp_path / "a.xml").write_text(cvat(image))
    assert [one.label for one in read_annotations(tmp_path / "a.xml").images] == ["litter high"]


def test_shapes_that_have_no_box_are_told(tmp_path):
    image = (
        '<image id="0" name="a.png" width="80" height="60"><polyline label="glass" points="1,1;2,2"/>'
        '<polygon label="glass" points="1,1;2,nothing"/></image>'
    )
    (tmp_path / "a.xml").write_text(cvat(image))
    found = read_annotations(tmp_path / "a.xml")
    assert found.boxes == ()
    assert codes(found) == {"annotation-shape": 1, "annotation-box-empty": 1}


def test_folders_give_images_their_class_without_opening_them(tmp_path):
    for name in ("sand/1.png", "sand/2.jpg", "litter high/3.png", "4.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"not opened")
    found = read_annotations(tmp_path)
    assert found.format == sniff(tmp_path) == "folders"
    assert {image.file: image.label for image in found.images} == {
        "litter high/3.png": "litter high", "sand/1.png": "sand", "sand/2.jpg": "sand",
    }  # fmt: skip
    assert codes(found) == {"annotation-class-unknown": 1}


def test_what_is_no_annotation_is_said(tmp_path):
    (tmp_path / "beach.json").write_text('{"type": "FeatureCollection", "features": [], "images": []}')
    (tmp_path / "other.xml").write_text("<gpx></gpx>")
    assert sniff(tmp_path) is None
    assert sniff(tmp_path / "beach.json") is None
    with pytest.raises(BadInput, match="no annotations here") as caught:
        read_annotations(tmp_path)
    assert caught.value.code == "annotations-unknown"
    with pytest.raises(NotFound):
        read_annotations(tmp_path / "absent.json")


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "images", "boxes", "labels"),
    [
        ("aquatrash", 180, 234, ("glass", "metal", "paper", "plastic")),
        ("river_jakarta", 130, 2825, ("plastic",)),
        ("river_uav_tiles", 590, 1222, ("plastic",)),
    ],
)
def test_the_real_sets_are_read_whole(shared_data, folder, images, boxes, labels):
    found = read_annotations(shared_data / "litter" / folder)
    assert (len(found.images), len(found.boxes), found.labels) == (images, boxes, labels)
    assert all(image.file for image in found.images)
    assert found.issues == ()
