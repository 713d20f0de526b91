"""What goes out to other people: boxes for correction, tables for agencies, pictures; and all of it the same again."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image
from tests.exports.litter.litter_result import Recipe, make_litter
from tests.exports.publishable import CREATED, FULL_DATASET, options
from tests.exports.zooscan_result import make_scans

from pelagia.core.result import Issue
from pelagia.core.table import write_table
from pelagia.exports.litter import coco, cvat, emodnet, geojson, overview
from pelagia.exports.litter.colours import class_colours
from pelagia.exports.litter.pictures import image_names
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.registry import EXPORTERS, missing_columns
from pelagia.io.annotations import read_annotations
from pelagia.services.litter.columns import ITEM_COLUMNS

OURS = ("geopackage", "geojson", "density-map", "overview", "coco", "cvat", "emodnet")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return make_litter(tmp_path_factory.mktemp("litter"))


def boxes_of(result):
    return {
        row["object_id"]: (row["item_class"], row["row_px"], row["col_px"], row["height_px"], row["width_px"])
        for row in result.tables["items"].records()
    }


@pytest.mark.parametrize("module", [coco, cvat])
def test_boxes_come_back_as_they_went_out(result, tmp_path, module):
    found = read_annotations(module.write(result, tmp_path, options()).files[0])
    assert found.issues == ()
    assert [image.name for image in found.images] == ["north.tif", "south.tif", "turned.tif", "nowhere.tif"]
    assert {(image.height_px, image.width_px) for image in found.images} == {(1200, 1600)}
    back = {box.object_id: (box.label, box.row, box.col, box.height, box.width) for box in found.boxes}
    assert back == boxes_of(result)
    assert {"plastic", "metal", "glass", "textile"} <= set(found.labels)
    assert found.boxes[1].attributes["score"] == "0.400"


def test_the_labels_of_cvat_declare_the_name_of_an_object(result, tmp_path):
    _, listed = cvat.write(result, tmp_path, options()).files
    for label in json.loads(listed.read_text()):
        assert label["attributes"][0]["name"] == "object_id"
        assert label["type"] == "rectangle"


def test_pictures_that_no_browser_opens_are_said(result, tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.exports.litter.drawn_items.OPENED_AT_MOST_PX", 1000)
    for module in (coco, cvat):
        (issue,) = module.write(result, tmp_path, options()).issues
        assert (issue.code, issue.objects, issue.severity) == ("export-picture-large", 4, "note")


def test_pictures_of_one_name_are_told_apart_by_their_folders():
    files = ["a/1/x.jpg", "a/2/x.jpg", "b/y.jpg", "z.jpg", "c:\\d\\z.jpg", "same.jpg", "same.jpg"]
    names = image_names([{"image_id": f"i{at}", "file": file} for at, file in enumerate(files)])
    assert names == {
        "i0": "1/x.jpg", "i1": "2/x.jpg", "i2": "y.jpg", "i3": "z.jpg", "i4": "d/z.jpg", "i5": "i5", "i6": "i6",
    }  # fmt: skip


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_emodnet_has_surveys_with_a_length_and_codes_that_are_certain(result, tmp_path):
    outcome = emodnet.write(result, tmp_path, ExportOptions(created=CREATED, dataset=FULL_DATASET))
    folder = tmp_path / "emodnet"
    (beach,) = rows_of(folder / "Beaches.csv")
    assert (beach["LocationID"], beach["CountryCode"], beach["BeachMaterial"]) == ("beach", "BE", "")
    assert float(beach["Latitude"]) == pytest.approx(51.0, abs=0.01)
    (survey,) = rows_of(folder / "Surveys.csv")
    assert (survey["SampleID"], survey["SurveyDate"]) == ("beach_line 1", "2026-05-17")
    assert float(survey["SurveyLength"]) == 32.0
    assert float(survey["StartLongitude"]) < float(survey["EndLongitude"])
    (litter,) = rows_of(folder / "Litter.csv")
    assert litter == {"SampleID": "beach_line 1", "LitterItemCode": "J200", "Count": "5", "RefList": ""}
    unmapped = {row["ItemClass"]: int(row["Count"]) for row in rows_of(folder / "unmapped.csv")}
    assert unmapped == {"plastic": 12, "metal": 6}
    codes = {issue.code: issue for issue in outcome.issues}
    assert set(codes) == {"export-survey-without-length", "export-class-without-code"}
    assert codes["export-survey-without-length"].value == "river, desk"
    assert codes["export-class-without-code"].objects == 18


def test_nothing_counted_is_lost_between_litter_and_unmapped(result, tmp_path):
    emodnet.write(result, tmp_path, options())
    told = sum(
        int(row["Count"]) for name in ("Litter", "unmapped") for row in rows_of(tmp_path / f"emodnet/{name}.csv")
    )
    whole = [row for row in result.tables["density"].records() if row["transect_id"] == "line 1"]
    assert told == next(row["items"] for row in whole if row["item_class"] == "all")


def test_the_workbook_has_the_three_sheets(result, tmp_path):
    emodnet.write(result, tmp_path, options())
    book = openpyxl.load_workbook(tmp_path / "emodnet" / "beach-litter.xlsx")
    assert book.sheetnames == ["Beaches", "Surveys", "Litter"]
    assert [cell.value for cell in book["Litter"][2]] == ["beach_line 1", "J200", 5, None]
    assert book.properties.created.date() == CREATED


def test_names_that_no_workbook_or_xml_holds_are_written_without_their_signs(result, tmp_path):
    evil = "be\x00a\x1bch\n=1+1"
    changed = {}
    for name, column in (
        ("density", "area_id"),
        ("items", "item_class"),
        ("pictures", "file"),
        ("pictures", "area_id"),
    ):
        table = changed.get(name, result.tables[name])
        rows = [{**row, column: evil if row[column] not in {"all", ""} else row[column]} for row in table.records()]
        changed[name] = write_table(name, tmp_path / column, table.columns, rows)
    hostile = replace(result, tables={**result.tables, **changed})
    emodnet.write(hostile, tmp_path / "out", options())
    book = openpyxl.load_workbook(tmp_path / "out" / "emodnet" / "beach-litter.xlsx")
    assert book["Beaches"]["A2"].value == "beach=1+1"
    for module in (coco, cvat):
        assert len(read_annotations(module.write(hostile, tmp_path / "out", options()).files[0]).boxes) == 48


def test_without_any_length_there_is_nothing_for_emodnet(tmp_path):
    result = make_litter(tmp_path / "made", Recipe(length_m=None))
    outcome = emodnet.write(result, tmp_path / "out", options())
    assert outcome.files == ()
    assert [issue.code for issue in outcome.issues] == ["export-survey-without-length"]


def test_what_a_person_has_to_fill_in_is_told_beside_the_tables(result, tmp_path):
    emodnet.write(result, tmp_path, ExportOptions(created=CREATED, dataset=FULL_DATASET))
    told = (tmp_path / "emodnet" / "fill-in.txt").read_text("utf-8")
    for sheet in ("Beaches", "Surveys", "Litter"):
        (named,) = [line.partition(": ")[2].split(", ") for line in told.splitlines() if line.startswith(f"{sheet}: ")]
        rows = rows_of(tmp_path / "emodnet" / f"{sheet}.csv")
        assert named == [name for name in rows[0] if not any(row[name] for row in rows)]
    assert "Beaches: CompartmentCode, WidthLow" in told
    assert "CountryCode," not in told


def test_a_length_that_the_run_already_missed_is_no_second_finding(tmp_path):
    result = make_litter(tmp_path / "made", Recipe(length_m=None))
    missed = [
        Issue(file=area, code="length-unknown", message="", remedy="", severity="note") for area in ("beach", "desk")
    ]
    (issue,) = emodnet.write(replace(result, issues=tuple(missed)), tmp_path / "out", options()).issues
    assert (issue.code, issue.value, issue.objects) == ("export-survey-without-length", "river", 1)
    missed.append(replace(missed[0], file="river"))
    assert emodnet.write(replace(result, issues=tuple(missed)), tmp_path / "out", options()).issues == ()


def test_names_in_any_script_go_out_as_they_are(result, tmp_path):
    name = "ch\u00e2teau\u202f1 \u0995\u09cd\u200d\u09b7 \U0001f3d6.tif"
    rows = [
        {**row, "file": name if row["image_id"] == "north" else row["file"]}
        for row in result.tables["pictures"].records()
    ]
    table = write_table("pictures", tmp_path / "made", result.tables["pictures"].columns, rows)
    changed = replace(result, tables={**result.tables, "pictures": table})
    for module in (coco, cvat):
        found = read_annotations(module.write(changed, tmp_path, options()).files[0])
        assert found.images[0].name == name


def test_classes_keep_their_colours_when_others_become_more_frequent():
    colours = class_colours(["tyre", "plastic", "rope", "net"])
    assert colours == class_colours(["net", "rope", "tyre", "plastic"])
    assert list(colours) == ["tyre", "plastic", "rope", "net"]
    assert len(set(colours.values())) == 4


def test_small_pictures_are_enlarged_so_that_marks_can_be_read():
    rgb = np.zeros((192, 256, 3), np.uint8)
    rgb[:96] = 200
    picture = {"width_px": 512, "height_px": 384, "gsd_cm": None}
    item = {"row_px": 32, "col_px": 64, "height_px": 64, "width_px": 128, "item_class": "plastic", "is_counted": True}
    drawn = np.asarray(overview.draw_overview(rgb, picture, [item], None, {"plastic": (255, 0, 0)}))
    assert drawn.shape[1] == 512
    assert (drawn[190, 300], drawn[194, 300]) == (pytest.approx([200] * 3), pytest.approx([0] * 3))
    rows, cols = np.nonzero((drawn[:384] == (255, 0, 0)).all(axis=-1))
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == pytest.approx((32, 96, 64, 192), abs=2)


def test_overviews_show_boxes_and_a_legend(result, tmp_path):
    outcome = overview.write(result, tmp_path, options())
    assert [path.stem for path in outcome.files] == ["north", "south", "turned", "nowhere"]
    with Image.open(outcome.files[0]) as image:
        pixels = np.asarray(image.convert("RGB"), np.int64)
    assert pixels.shape[1] == 800
    assert 600 < pixels.shape[0] < 700
    assert (np.abs(pixels[600:] - (213, 94, 0)).sum(axis=-1) < 60).any()
    # The frame of the fourth item, glass, is drawn where its box is, at half the size.
    frame = pixels[155:161, 209:220]
    assert (np.abs(frame - (0, 158, 115)).sum(axis=-1) < 90).any()


def test_many_pictures_have_smaller_overviews(result, tmp_path, monkeypatch):
    monkeypatch.setattr(overview, "SIDES_PX", ((3, 4096), (4, 400)))
    for path in overview.write(result, tmp_path, options()).files:
        with Image.open(path) as image:
            assert image.width == 400


def test_no_picture_is_shown_that_the_result_does_not_show(tmp_path):
    result = make_litter(tmp_path / "made", Recipe(views=False))
    assert overview.write(result, tmp_path / "out", options()).files == ()


def test_a_damaged_view_is_a_finding(tmp_path):
    result = make_litter(tmp_path / "made")
    (tmp_path / "made" / "views" / "north.tif").write_bytes(b"broken")
    outcome = overview.write(result, tmp_path / "out", options())
    assert len(outcome.files) == 3
    assert [issue.file for issue in outcome.issues] == ["north.tif"]


def test_what_a_person_deleted_goes_nowhere(result, tmp_path):
    rows = [*result.tables["items"].records()]
    rows[0] |= {"is_deleted": True, "is_counted": False}
    less = replace(result, tables={**result.tables, "items": write_table("items", tmp_path, ITEM_COLUMNS, rows)})
    for module in (coco, cvat):
        found = read_annotations(module.write(less, tmp_path / "out", options()).files[0])
        assert len(found.boxes) == len(rows) - 1
    geojson.write(less, tmp_path / "out", options())
    features = json.loads((tmp_path / "out" / "geojson" / "items.geojson").read_text())["features"]
    assert "north-0000" not in {feature["id"] for feature in features}
    assert len(features) == 35


@pytest.mark.parametrize("name", OURS)
def test_equal_results_give_byte_equal_files(result, tmp_path, name):
    module = EXPORTERS[name].load()
    written = [module.write(result, tmp_path / run, options()).files for run in ("one", "two")]
    assert written[0]
    for one, two in zip(*written, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


@pytest.mark.parametrize("name", OURS)
def test_they_take_results_of_litter_and_no_others(result, tmp_path, name):
    needs = EXPORTERS[name].load().NEEDS
    assert missing_columns(result, needs) == ()
    assert missing_columns(make_scans(tmp_path), needs)


@pytest.mark.parametrize("name", [*OURS, "csv"])
def test_a_result_without_an_item_is_written_too(tmp_path, name):
    result = make_litter(tmp_path / "made", Recipe(items=0))
    assert EXPORTERS[name].load().write(result, tmp_path / "out", options()).files
