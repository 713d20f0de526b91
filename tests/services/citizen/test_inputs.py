"""Bad inputs become findings with a number; the rest goes on."""

from __future__ import annotations

import zipfile

import pytest
from tests.services.citizen.crowd import (
    BLANK,
    FIELDS,
    Animal,
    Person,
    World,
    people,
    request_of,
    row_of,
    rows,
    run,
    simulate,
    table,
    write,
)
from tests.services.direct_steps import DirectSteps

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.services.citizen import pipeline, preview
from pelagia.services.citizen.sample import make_sample


def codes(result) -> dict[str, int]:
    return {issue.code: issue.objects for issue in result.issues}


def test_marks_on_a_missing_image_stay_in_the_table_and_make_no_box(tmp_path):
    world = simulate(1, 8, people(5))
    inputs = write(world, tmp_path)
    lost = next(row[6] for row in world.marks)
    (tmp_path / "images" / lost).unlink()
    result = run(inputs, tmp_path)
    own = [row for row in rows(result, "marks") if row["image_id"] == lost]
    assert {row["state"] for row in own} == {"unread"}
    assert codes(result)["citizen-image-missing"] == len(own) == sum(row[6] == lost for row in world.marks)
    assert not [box for box in rows(result, "boxes") if box["image_id"] == lost]
    (image,) = [row for row in rows(result, "images") if row["image_id"] == lost]
    assert (image["height_px"], image["is_in_set"], image["file"]) == (None, False, "")


def test_an_image_that_cannot_be_read_costs_only_itself_and_is_not_billed(tmp_path):
    world = simulate(1, 8, people(5))
    inputs = write(world, tmp_path)
    bad = next(row[6] for row in world.marks)
    (tmp_path / "images" / bad).write_bytes(b"no image at all")
    request = request_of(inputs)
    expected = pipeline.estimate(request).units
    (tmp_path / "again").mkdir()
    steps = DirectSteps(tmp_path / "again")
    result = pipeline.run(request, steps)
    assert steps.billed == expected - 1
    assert codes(result)["image-unknown"] == sum(row[6] == bad for row in world.marks)


def test_marks_outside_their_image_are_told_and_not_used(tmp_path):
    own = [row_of(Person(f"p{at}"), "crab", "a/1.png", 100, 100, 140, 150) for at in range(3)]
    own += [row_of(Person("far"), "crab", "a/1.png", 700, 100, 760, 150)]
    own += [row_of(Person("edge"), "crab", "b/1.png", 500, 900, 560, 980)]
    result = run(write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False), tmp_path)
    states = {row["annotator"]: row["state"] for row in rows(result, "marks")}
    assert states == {"p0": "used", "p1": "used", "p2": "used", "far": "outside", "edge": "used"}
    assert codes(result)["citizen-mark-outside"] == 1
    (cut,) = [box for box in rows(result, "boxes") if box["image_id"] == "b/1.png"]
    assert (cut["row_px"] + cut["height_px"], cut["col_px"] + cut["width_px"]) == (540, 960)


def test_an_image_is_found_by_the_end_of_its_path_and_without_its_suffix(tmp_path):
    world = World({"x/a_1.png": [], "y/b_2.png": []})
    own = [
        row_of(Person("p"), "crab", name, 100, 100, 140, 150)
        for name in ("a_1.png", "a_1", "y/b_2", "deep\\y\\b_2.png")
    ]
    result = run(write(world, tmp_path, views=False, rows=own), tmp_path)
    assert sorted(row["image_id"] for row in rows(result, "marks")) == ["x/a_1.png"] * 2 + ["y/b_2.png"] * 2
    assert "citizen-image-missing" not in codes(result)


def test_a_file_name_that_two_folders_have_is_told_and_not_guessed(tmp_path):
    world = World({"x/1.png": [], "y/1.png": []})
    own = [row_of(Person("p"), "crab", name, 100, 100, 140, 150) for name in ("1.png", "x/1.png")]
    result = run(write(world, tmp_path, views=False, rows=own), tmp_path, split_by="none")
    assert codes(result)["citizen-image-missing"] == 1


def test_images_may_stand_beside_the_marks_and_in_a_zip(tmp_path):
    world = simulate(1, 8, people(4))
    inputs = write(world, tmp_path)
    first = run(inputs, tmp_path)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for image in world.animals:
            archive.writestr(image, BLANK)
        archive.write(tmp_path / "marks.csv", "marks.csv")
    (tmp_path / "again").mkdir()
    packed = run({"marks": (str(tmp_path / "all.zip"),), "views": inputs["views"]}, tmp_path / "again")
    assert rows(packed, "boxes") == rows(first, "boxes")
    (tmp_path / "third").mkdir()
    beside = run({"marks": (*inputs["marks"], *inputs["images"]), "views": inputs["views"]}, tmp_path / "third")
    assert rows(beside, "boxes") == rows(first, "boxes")


def test_who_looked_may_stand_beside_the_marks(tmp_path):
    world = simulate(1, 8, people(4))
    inputs = write(world, tmp_path)
    first = run(inputs, tmp_path)
    (tmp_path / "again").mkdir()
    beside = run({"marks": (*inputs["marks"], *inputs["views"], *inputs["images"])}, tmp_path / "again")
    assert rows(beside, "boxes") == rows(first, "boxes")
    assert "citizen-views-unknown" not in codes(beside)


def test_images_without_marks_that_people_saw_are_in_the_set_and_those_nobody_saw_are_not(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/empty.png": [], "b/unseen.png": []})
    world.marks = [row_of(Person(f"p{at}"), "crab", "a/1.png", 160, 260, 240, 340) for at in range(3)]
    world.views = [(image, f"p{at}") for at in range(3) for image in ("a/1.png", "b/empty.png")]
    result = run(write(world, tmp_path), tmp_path)
    assert {row["image_id"]: row["is_in_set"] for row in rows(result, "images")} == {
        "a/1.png": True,
        "b/empty.png": True,
    }
    assert codes(result)["citizen-images-unseen"] == 1


def test_an_image_with_boxes_to_review_can_be_left_out(tmp_path):
    world = World({"a/1.png": [], "b/1.png": []})
    world.marks = [row_of(Person(f"p{at}"), "crab", "a/1.png", 160, 260, 240, 340) for at in range(3)]
    world.marks += [row_of(Person(f"p{at}"), "crab", "a/1.png", 400, 600, 440, 640) for at in range(2)]
    world.views = [(image, f"p{at}") for at in range(9) for image in world.animals]
    inputs = write(world, tmp_path)
    kept = run(inputs, tmp_path)
    (tmp_path / "again").mkdir()
    left = run(inputs, tmp_path / "again", undecided_images="leave-out")
    assert [row["is_in_set"] for row in rows(kept, "images")] == [True, True]
    assert [row["is_in_set"] for row in rows(left, "images")] == [False, True]


def test_a_crowd_of_marks_on_one_image_is_told_and_not_settled(tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.services.citizen.settling.MARKS_PER_IMAGE", 5)
    own = [row_of(Person(f"p{at}"), "crab", "a/1.png", 100, 100, 140, 150) for at in range(6)]
    own += [row_of(Person("p"), "crab", "b/1.png", 100, 100, 140, 150)]
    result = run(write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False), tmp_path)
    assert codes(result)["citizen-image-crowded"] == 6
    assert [row["state"] for row in rows(result, "marks")] == ["crowded"] * 6 + ["used"]


def test_a_table_without_annotators_is_refused_with_the_way_out(tmp_path):
    write(World({"a/1.png": []}), tmp_path)
    (tmp_path / "marks.csv").write_text(table(FIELDS[:-1], [("point", 1, 2, "", "", "", "1.png", "crab")]))
    inputs = {"marks": (str(tmp_path / "marks.csv"),), "images": (str(tmp_path / "images"),)}
    with pytest.raises(BadInput) as refused:
        pipeline.estimate(request_of(inputs))
    assert "annotator_column" in refused.value.remedy


def test_marks_on_no_image_at_all_fail_the_run_and_say_why(tmp_path):
    own = [row_of(Person("p"), "crab", "elsewhere.png", 100, 100, 140, 150)]
    inputs = write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False)
    assert pipeline.estimate(request_of(inputs)).is_empty
    (tmp_path / "work").mkdir()
    with pytest.raises(NothingUsable, match="not in the inputs"):
        pipeline.run(request_of(inputs), DirectSteps(tmp_path / "work"))


def test_nothing_accepted_is_a_finding_and_no_error(tmp_path):
    own = [row_of(Person("p"), "crab", f"{folder}/1.png", 100, 100, 140, 150) for folder in "ab"]
    result = run(write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False), tmp_path)
    assert "citizen-nothing-accepted" in codes(result)
    assert rows(result, "split") == []


def test_the_sample_is_understood_and_its_careless_person_found(tmp_path):
    sample = make_sample(tmp_path)
    inputs = {slot: tuple(str(tmp_path / path) for path in paths) for slot, paths in sample.inputs.items()}
    result = run(inputs, tmp_path)
    assert [row["annotator"] for row in rows(result, "annotators") if row["is_outlier"]] == ["whirlwind"]
    assert result.summary["accepted"].value > 15


def test_a_preview_shows_images_with_their_marks(tmp_path):
    sample = make_sample(tmp_path)
    inputs = {slot: tuple(str(tmp_path / path) for path in paths) for slot, paths in sample.inputs.items()}
    shown = preview.preview(request_of(inputs), 3)
    assert len(shown) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in shown)
