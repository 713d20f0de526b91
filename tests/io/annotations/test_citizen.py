"""Tables of marks as platforms export them, whatever their dialect; what cannot be read is told."""

from __future__ import annotations

import json

import pytest

from pelagia.core.errors import BadInput
from pelagia.io.annotations.citizen import read_marks
from pelagia.io.annotations.citizen_views import read_experts, read_views
from pelagia.io.sources import open_source
from pelagia.io.tally import Tally

DEEP_SEA_SPY = "shapes,x1,y1,x2,y2,polygon_values,name_img,name_sp,user_id\n"
SQUARE = '"[{""x"":10,""y"":20},{""x"":30,""y"":20},{""x"":30,""y"":50}]"'


def read(folder, text, *, encoding="utf-8", annotator_column=""):
    path = folder / "marks.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    tally = Tally("marks.csv")
    marks = list(read_marks(open_source(str(path)), "marks.csv", tally, annotator_column=annotator_column))
    return marks, {issue.code: issue.objects for issue in tally.issues()}


def places(marks):
    return [(mark.shape, mark.row_a, mark.col_a, mark.row_b, mark.col_b) for mark in marks]


def test_points_lines_and_polygons_of_deep_sea_spy_are_read(tmp_path):
    text = (
        f"{DEEP_SEA_SPY}point,5,6,,,,a.png,crab,1\nlines,10,20,3,4,,a.png,crab,2\npolygon,,,,,{SQUARE},a.png,crab,3\n"
    )
    marks, issues = read(tmp_path, text)
    assert places(marks) == [("point", 6, 5, 6, 5), ("line", 20, 10, 4, 3), ("polygon", 20, 10, 50, 30)]
    assert [mark.annotator for mark in marks] == ["1", "2", "3"]
    assert issues == {}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\ufeffName_Img;Species;Pseudo;x1;y1\na.png;crab;Zoé;5,5;6\n", "utf-8"),
        ("name_img\tspecies\tuser name\tX1\tY1\r\na.png\tcrab\tZoé\t5.5\t6\r\n", "utf-8"),
        ("name_img;species;pseudo;x1;y1\na.png;crab;Zoé;5,5;6\n", "cp1252"),
    ],
)
def test_separators_marks_of_byte_order_capitals_and_encodings_make_no_difference(tmp_path, text, encoding):
    text = text.replace("user name", "user_name")
    (mark,), issues = read(tmp_path, text, encoding=encoding)
    assert (mark.annotator, mark.row_a, mark.col_a, mark.shape) == ("Zoé", 6, 5.5, "point")
    assert issues == {}


def test_boxes_are_read_from_edges_and_from_corners(tmp_path):
    marks, _ = read(tmp_path, "image,label,annotator,xmin,ymin,xmax,ymax\na.png,crab,p,1,2,11,22\n")
    assert places(marks) == [("box", 2, 1, 22, 11)]
    marks, _ = read(tmp_path, "image,label,annotator,shape,x1,y1,x2,y2\na.png,crab,p,rectangle,11,22,1,2\n")
    assert places(marks) == [("box", 2, 1, 22, 11)]


def test_without_a_column_of_shapes_numbers_tell_the_shape(tmp_path):
    text = f"image,species,user,x1,y1,x2,y2,polygon\na,s,u,1,2,,,\na,s,u,1,2,3,4,[]\na,s,u,,,,,{SQUARE}\n"
    marks, _ = read(tmp_path, text)
    assert [mark.shape for mark in marks] == ["point", "line", "polygon"]


def test_the_column_of_annotators_can_be_named(tmp_path):
    (mark,), _ = read(tmp_path, "img,species,Who drew,x,y\na,s,Ada,1,2\n", annotator_column="who drew")
    assert mark.annotator == "Ada"


@pytest.mark.parametrize("missing", ["image", "species", "user", "x1"])
def test_a_table_without_a_column_it_needs_is_refused_by_name(tmp_path, missing):
    head = ",".join(name for name in ("image", "species", "user", "x1", "y1") if name != missing)
    with pytest.raises(BadInput) as refused:
        read(tmp_path, f"{head}\na,b,c,d\n")
    assert refused.value.code == "marks-columns"
    if missing == "user":
        assert "annotator_column" in refused.value.remedy


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00\x01\x02\xff"])
def test_what_is_no_table_is_refused(tmp_path, data):
    with pytest.raises(BadInput):
        read(tmp_path, data)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",1,2,3,4,,a.png,,7", "mark-incomplete"),
        (",1,2,3,4,,,crab,7", "mark-incomplete"),
        (",1,2,3,4,,a.png,crab,", "mark-incomplete"),
        ("star,1,2,3,4,,a.png,crab,7", "mark-shape-unknown"),
        ("point,nan,2,,,,a.png,crab,7", "mark-place-unreadable"),
        ("point,1e999,2,,,,a.png,crab,7", "mark-place-unreadable"),
        ("point,,2,,,,a.png,crab,7", "mark-place-unreadable"),
        ("lines,1,2,1,2,,a.png,crab,7", "mark-place-unreadable"),
        ("lines,1,2,,,,a.png,crab,7", "mark-place-unreadable"),
        ("polygon,,,,,nothing,a.png,crab,7", "mark-place-unreadable"),
        ("polygon,,,,,{},a.png,crab,7", "mark-place-unreadable"),
        ('polygon,,,,,"[{""x"":1}]",a.png,crab,7', "mark-place-unreadable"),
        ('polygon,,,,,"[1,2]",a.png,crab,7', "mark-place-unreadable"),
        ('polygon,,,,,"[[1,1],[1,5]]",a.png,crab,7', "mark-place-unreadable"),
        ('polygon,,,,,"' + "[" * 50_000 + '",a.png,crab,7', "mark-place-unreadable"),
        ('box,1,2,1,9,,a.png,crab,7', "mark-place-unreadable"),
        ('point,1,2,,,"' + "x" * 200_000 + '",a.png,crab,7', "marks-row-unreadable"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_costs_only_itself(tmp_path, row, code):
    marks, issues = read(tmp_path, f"{DEEP_SEA_SPY}{row}\npoint,5,6,,,,a.png,crab,1\n")
    assert places(marks) == [("point", 6, 5, 6, 5)]
    assert issues == {code: 1}


def test_short_rows_and_empty_lines_do_no_harm(tmp_path):
    marks, issues = read(tmp_path, f"{DEEP_SEA_SPY}\npoint,5\n\npoint,5,6,,,,a.png,crab,1,more,and,more\n")
    assert len(marks) == 1
    assert issues == {"mark-incomplete": 1}


def test_what_a_spreadsheet_must_not_calculate_is_read_as_it_was(tmp_path):
    (mark,), _ = read(tmp_path, f"{DEEP_SEA_SPY}point,5,6,,,,a.png,'=crab,'@ada\n")
    assert (mark.species, mark.annotator) == ("=crab", "@ada")


def test_more_marks_than_can_be_held_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.io.annotations.citizen.MARKS_AT_MOST", 2)
    with pytest.raises(BadInput) as refused:
        read(tmp_path, DEEP_SEA_SPY + "point,5,6,,,,a.png,crab,1\n" * 3)
    assert refused.value.code == "marks-too-many"


def test_views_are_read_and_rows_without_a_name_told(tmp_path):
    (tmp_path / "v.csv").write_text("image;pseudo\na.png;ada\n;ada\nb.png;\n")
    tally = Tally("v.csv")
    assert list(read_views(open_source(str(tmp_path / "v.csv")), "v.csv", tally)) == [("a.png", "ada")]
    assert [(issue.code, issue.objects) for issue in tally.issues()] == [("view-incomplete", 2)]


def test_experts_are_read_from_a_table_and_from_coco(tmp_path):
    (tmp_path / "e.csv").write_text("image,species,xmin,ymin,xmax,ymax\na,crab,1,2,3,4\nb,,,,,\na,crab,5,5,5,9\n")
    tally = Tally("e.csv")
    boxes, images = read_experts(open_source(str(tmp_path / "e.csv")), "e.csv", str(tmp_path / "e.csv"), tally)
    assert [(box.species, box.top, box.left, box.bottom, box.right) for box in boxes] == [("crab", 2, 1, 4, 3)]
    assert images == ["a", "b"]
    assert [issue.code for issue in tally.issues()] == ["expert-box-unusable"]
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 50, "height": 50}],
        "categories": [{"id": 3, "name": "crab"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 10, 20]}],
    }
    (tmp_path / "e.json").write_text(json.dumps(coco))
    boxes, images = read_experts(open_source(str(tmp_path / "e.json")), "e.json", str(tmp_path / "e.json"), tally)
    assert [(box.species, box.top, box.left, box.bottom, box.right) for box in boxes] == [("crab", 2, 1, 22, 11)]
    assert images == ["a.png"]
