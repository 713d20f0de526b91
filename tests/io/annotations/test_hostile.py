"""Files made to do harm, or simply broken, end in an error that says what to do."""

from __future__ import annotations

import pytest
from tests.io.annotations.sets import coco, cvat, write_coco, write_yolo
from tests.io.annotations.video_sets import box, track, video

from pelagia.core.errors import BadInput
from pelagia.io.annotations import gathering, read_annotations, sniff
from pelagia.io.annotations.class_list import classes_of_yaml

BILLION_LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OTHER_FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'


def refused(path):
    with pytest.raises(BadInput) as caught:
        read_annotations(path)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("head", [BILLION_LAUGHS, OTHER_FILE, '<!DOCTYPE annotations SYSTEM "http://example.org/x">'])
def test_xml_with_a_document_type_is_refused(tmp_path, head):
    (tmp_path / "a.xml").write_text(cvat(head=head))
    assert "document type" in refused(tmp_path / "a.xml").what


@pytest.mark.parametrize(
    "text",
    [
        cvat()[:-30],
        cvat().replace("<meta>", "<meta>" + "<x>" * 40 + "</x>" * 40),
        cvat('<track id="0" label="plastic"></track><image name="a.png"></image>'),
        cvat('<image name="a.png"></image><track id="0" label="plastic"></track>'),
        cvat('<track id="0" label="plastic"></track>').replace(
            "<meta>",
            "<meta><project><tasks><task><source>a.mp4</source></task><task><source>b.mp4</source></task></tasks>"
            "</project>",
        ),
        '<?xml version="1.0"?><other><annotations/></other>',
    ],
)
def test_xml_that_is_not_of_cvat_is_refused(tmp_path, text):
    (tmp_path / "a.xml").write_text(text)
    assert refused(tmp_path / "a.xml").code == "annotations-unreadable"


@pytest.mark.parametrize(
    "text",
    [
        video("", size=10**9),
        video(track(box(0), box(2_000_000_000)), size=None),
        video("".join(track(box(0), box(100), number=number) for number in range(30)), size=101),
    ],
)
def test_a_video_of_more_frames_or_boxes_than_any_has_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr("pelagia.io.annotations.cvat_video.BOXES_AT_MOST", 1000)
    (tmp_path / "a.xml").write_text(text)
    assert refused(tmp_path / "a.xml").code == "annotations-too-many"


def test_xml_above_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.io.annotations.cvat.LIMIT_BYTES", 100)
    (tmp_path / "a.xml").write_text(cvat())
    assert "larger than" in refused(tmp_path / "a.xml").what


def test_xml_of_elements_that_say_nothing_is_refused_when_they_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.io.annotations.cvat.ELEMENTS_AT_MOST", 20)
    (tmp_path / "a.xml").write_text('<annotations><image name="a.jpg">' + "<points/>" * 20 + "</image></annotations>")
    assert refused(tmp_path / "a.xml").code == "annotations-too-many"


@pytest.mark.parametrize(
    "text",
    ['{"images": [', '{"images": [' + "[" * 100_000, '{"images": [], "annotations": []}', '{"images": [' + "9" * 5000],
)
def test_json_that_is_not_coco_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    assert refused(tmp_path / "a.json").code == "annotations-unreadable"


def test_json_above_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.io.annotations.coco.LIMIT_BYTES", 100)
    assert refused(write_coco(tmp_path)).code == "file-too-large"


@pytest.mark.parametrize("limit", ["IMAGES_AT_MOST", "LABELS_AT_MOST", "BOXES_AT_MOST", "LISTS_AT_MOST"])
def test_rows_of_coco_that_hold_nothing_are_counted_before_they_are_read(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(f"pelagia.io.annotations.coco.{limit}", 20)
    nothing = "[" + ",".join(["0" if limit != "LISTS_AT_MOST" else "{}"] * 21) + "]"
    (tmp_path / "a.json").write_text(f'{{"images": {nothing}, "categories": {nothing}, "annotations": {nothing}}}')
    assert refused(tmp_path / "a.json").code == "annotations-too-many"


@pytest.mark.parametrize("limit", ["BOXES_AT_MOST", "IMAGES_AT_MOST", "LABELS_AT_MOST"])
def test_too_many_of_anything_are_refused(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(gathering, limit, 1)
    assert refused(write_coco(tmp_path)).code == "annotations-too-many"


@pytest.mark.parametrize(
    "rows", [[None, 3, "x", [], {}], [{"id": {}, "file_name": 5}], [{"id": 1, "file_name": "a" * 2000}]]
)
def test_rows_that_are_nothing_of_the_kind_cost_only_themselves(tmp_path, rows):
    content = coco()
    content["images"] += rows
    content["categories"] += rows
    content["annotations"] += rows
    found = read_annotations(write_coco(tmp_path, content))
    assert len(found.boxes) == 2
    assert len(found.images) == 2
    assert found.issues


def test_a_name_that_leads_elsewhere_names_no_file(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"")
    inner = tmp_path / "set"
    inner.mkdir()
    images = [{"id": 7, "file_name": "../secret.png"}, {"id": 9, "file_name": "/etc/passwd"}]
    write_coco(inner, coco(images=images, annotations=[]))
    assert [image.file for image in read_annotations(inner).images] == ["", ""]


@pytest.mark.parametrize(
    "names",
    [
        "names: [plastic, glass, metal]",
        "names: ['plastic', \"glass\", metal,]  # three",
        "names: [\n  plastic, # first\n  glass,\n  metal]\nnc: 3",
        "names: {0: plastic, 2: metal, 1: glass}",
        "names:\n- plastic\n- glass\n- 'metal'\nval: x",
        "names:\n  0: plastic\n\n  # more\n  1: glass\n  2: metal\nval: x",
    ],
)
def test_classes_are_read_in_every_usual_spelling(names):
    assert classes_of_yaml(f"path: x\n{names}\n", file="data.yaml") == ["plastic", "glass", "metal"]


@pytest.mark.parametrize(
    "names",
    [
        "nc: 3",
        "names: [plastic",
        "names: !!python/object/apply:os.system [id]",
        "names: &a [*a, *a]\n",
        "names:\n  0: plastic\n  2: glass",
        "names:\n  0: plastic\n  0: glass",
        "names:\n  plastic",
        "names: []",
        "names: [[plastic]]",
        "names: [plastic\nval: {",
    ],
)
def test_any_other_yaml_is_refused(tmp_path, names):
    write_yolo(tmp_path, f"{names}\n")
    assert refused(tmp_path).code == "annotations-unreadable"


def test_bad_lines_of_yolo_are_left_out_with_findings(tmp_path):
    good = "0 0.5 0.5 0.1 0.1"
    bad = (
        "9 0.5 0.5 0.1 0.1",
        "x 0.5 0.5 0.1 0.1",
        "0 0.5 0.5",
        "0 nan 0.5 0.1 0.1",
        "0 5 5 0.1 0.1",
        "0 0.5 0.5 0 0.1",
    )
    write_yolo(tmp_path, lines="\n".join((good, *bad, "")))
    (tmp_path / "labels" / "train" / "gone.txt").write_text(good)
    found = read_annotations(tmp_path)
    assert len(found.boxes) == 1
    assert {issue.code: issue.objects for issue in found.issues} == {
        "annotation-class-unknown": 2,
        "annotation-box-missing": 2,
        "annotation-box-outside": 1,
        "annotation-box-empty": 1,
        "annotation-image-unknown": 1,
    }


def test_polygons_and_scores_of_yolo_are_understood(tmp_path):
    write_yolo(tmp_path, lines="1 0.25 0.5 0.5 0.5 0.5 1.0\n0 0.5 0.5 0.5 0.5 0.875\n")
    polygon, scored = read_annotations(tmp_path).boxes
    assert (polygon.label, polygon.col, polygon.row, polygon.width, polygon.height) == ("glass", 20, 30, 20, 30)
    assert dict(scored.attributes) == {"score": "0.875"}


def test_an_image_of_yolo_that_cannot_be_read_is_a_finding(tmp_path):
    write_yolo(tmp_path)
    (tmp_path / "images" / "train" / "b.png").write_bytes(b"broken")
    found = read_annotations(tmp_path)
    assert [image.name for image in found.images] == ["images/train/a.png"]
    assert [issue.file for issue in found.issues] == ["images/train/b.png"]


def test_a_list_of_classes_beside_the_images_is_enough(tmp_path):
    write_yolo(tmp_path)
    (tmp_path / "data.yaml").unlink()
    (tmp_path / "classes.txt").write_text("plastic\nglass\n")
    found = read_annotations(tmp_path)
    assert sniff(tmp_path) == "yolo"
    assert [box.label for box in found.boxes] == ["plastic", "glass"]
