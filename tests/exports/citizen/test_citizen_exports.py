"""What a consensus is written as, whatever the names of images, species and people are."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from tests.services.citizen.crowd import Person, World, row_of, rows, run, write

from pelagia.core.result import Result
from pelagia.exports import coco, cvat, yolo
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.registry import EXPORTERS, missing_columns
from pelagia.exports.report.render import report_html
from pelagia.io.annotations import read_annotations

OPTIONS = ExportOptions(created=dt.date(2026, 1, 2))
SPECIES = '=crab "x" <b>\\'
IMAGES = ("a b/é 1.png", "a_b/e_1.png", "c/=cmd.png", "c/2.png")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("made")
    world = World({name: [] for name in IMAGES})
    for name in IMAGES:
        for number in range(3):
            who = Person(f"<i>p{number}</i>")
            world.marks.append(row_of(who, SPECIES, name, 100, 200, 150, 290))
            world.views.append((name, who.name))
        for number in range(2):
            world.marks.append(row_of(Person(f"<i>p{number}</i>"), "snail", name, 300, 600, 340, 660))
    world.views.append(("c/2.png", "quiet"))
    return run(write(world, folder), folder, copy_images=True), folder


def test_every_exporter_that_fits_is_found(made):
    fitting = {name for name, exporter in EXPORTERS.items() if not missing_columns(made[0], exporter.needs)}
    assert {"coco", "cvat", "yolo", "csv"} <= fitting
    assert not fitting & {"ecotaxa", "darwin-core", "geojson", "emodnet"}


def test_coco_has_every_class_in_every_part_and_finds_the_images(made, tmp_path):
    result, _ = made
    outcome = coco.write(result, tmp_path, OPTIONS)
    assert {path.name for path in outcome.files} == {"train.json", "validation.json", "test.json"}
    told = [read_annotations(path) for path in outcome.files]
    assert {one.labels for one in told} == {(SPECIES,)}
    assert sorted(image.name for one in told for image in one.images) == ["2.png", "=cmd.png", "e_1.png", "é 1.png"]
    box = told[0].boxes[0]
    assert (box.row, box.col, box.height, box.width) == (100, 200, 50, 90)


def test_yolo_is_complete_safe_in_its_names_and_read_back(made, tmp_path):
    result, _ = made
    outcome = yolo.write(result, tmp_path, OPTIONS)
    names = {path.relative_to(tmp_path).as_posix() for path in outcome.files}
    assert all(name.isascii() and " " not in name and "=" not in name for name in names)
    told = read_annotations(tmp_path / "yolo")
    assert told.format == "yolo" and told.issues == ()
    assert (len(told.images), len(told.boxes), told.labels) == (4, 4, (SPECIES,))
    assert all(image.file for image in told.images)
    box = told.boxes[0]
    assert (box.row, box.col, box.height, box.width) == pytest.approx((100, 200, 50, 90), abs=1e-3)
    with (tmp_path / "yolo" / "images.csv").open(newline="", encoding="utf-8") as file:
        places = list(csv.DictReader(file))
    assert {row["file"] for row in places} == {*IMAGES}
    assert {(tmp_path / "yolo" / row["image"]).exists() for row in places} == {True}


def test_names_that_differ_only_in_unsafe_characters_stay_apart():
    names = yolo.of_annotators.safe_names(dict.fromkeys(("a/b.png", "a__b.png", "a/B.PNG", "a/b.jpg", "..", "a" * 400)))
    stems = [name.rpartition(".")[0].lower() or name.lower() for name in names.values()]
    assert len(set(stems)) == len(names)
    assert all(0 < len(name) < 200 and not name.startswith(".") and "/" not in name for name in names.values())


def test_images_that_are_gone_cost_only_their_copy(made, tmp_path):
    result, folder = made
    hidden = folder / "images" / "c" / "2.png"
    data = hidden.read_bytes()
    hidden.unlink()
    try:
        outcome = yolo.write(result, tmp_path, OPTIONS)
    finally:
        hidden.write_bytes(data)
    assert [(issue.code, issue.objects) for issue in outcome.issues] == [("export-image-not-copied", 1)]
    assert len(list((tmp_path / "yolo" / "labels").rglob("*.txt"))) == 4


def test_the_task_for_cvat_has_what_is_to_be_reviewed_and_what_is_accepted_beside_it(made, tmp_path):
    result, _ = made
    cvat.write(result, tmp_path, OPTIONS)
    root = parse(tmp_path / "cvat" / "annotations.xml").getroot()
    boxes = root.findall("image/box")
    states = [box.find("attribute[@name='status']").text for box in boxes]
    assert (states.count("review"), states.count("accepted"), len(root.findall("image"))) == (4, 4, 4)
    with (tmp_path / "cvat" / "images.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 4


def test_no_export_names_an_annotator(made, tmp_path):
    for module in (coco, yolo, cvat):
        module.write(made[0], tmp_path, OPTIONS)
    texts = [
        path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*")
        if path.suffix in {".json", ".xml", ".txt", ".csv", ".yaml"}
    ]
    assert len(texts) > 8
    assert not any("p1</i>" in text or "p1&lt;" in text for text in texts)


def test_the_report_shows_boxes_and_lets_no_name_do_anything(made):
    result, _ = made
    page = report_html(result, issues=result.issues, files=("exports/cvat/annotations.xml",), options=OPTIONS)
    assert "What people agree on" in page and "Look at these first" in page
    # Four of the class are accepted; as many are to be reviewed.
    assert page.count('class="whole"') == 4
    assert page.count('class="whole open"') == 4
    assert page.count("data:image/webp;base64,") == 8
    assert "<script" not in page and "<b>\\" not in page and "<i>p0" not in page
    assert page == report_html(result, issues=result.issues, files=("exports/cvat/annotations.xml",), options=OPTIONS)


def test_a_report_without_a_single_accepted_box_is_written_all_the_same(tmp_path):
    own = [row_of(Person("p"), "crab", f"{folder}/1.png", 100, 100, 140, 150) for folder in "ab"]
    result = run(write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False), tmp_path)
    assert rows(result, "split") == []
    page = report_html(result, issues=result.issues, files=(), options=OPTIONS)
    assert "What people agree on" not in page and "Who sees how well" in page
