"""Boxes that people agree on, against animals whose place is known."""

from __future__ import annotations

import datetime as dt
import json
import random

import numpy as np
import pytest
from tests.services.citizen.crowd import (
    Animal,
    Person,
    World,
    edges,
    iou,
    look,
    mark,
    people,
    row_of,
    rows,
    run,
    simulate,
    write,
)
from tests.services.citizen.crowd import table as csv_table

from pelagia.exports.citizen import coco, cvat, yolo
from pelagia.exports.outcome import ExportOptions
from pelagia.io.annotations import read_annotations
from pelagia.services.citizen.consensus import consensus_edges, length_of, weighted_median

MATCH = 0.4
"""Overlap from which a box is the animal's."""


def found(world, result, status="accepted") -> tuple[dict, int]:
    """Return animal → the box that is its, and how many boxes there are."""
    boxes = [box for box in rows(result, "boxes") if box["status"] == status]
    taken = {}
    for image, animals in world.animals.items():
        own = [box for box in boxes if box["image_id"] == image]
        for animal in animals:
            best = max(own, key=lambda box: iou(animal.edges, edges(box)), default=None)
            if best is not None and iou(animal.edges, edges(best)) > MATCH:
                taken[animal] = best
    return taken, len(boxes)


@pytest.fixture(scope="module")
def poor(tmp_path_factory):
    """Ten people who miss every second animal, are off by a fifth of it, and invent one on every second image."""
    folder = tmp_path_factory.mktemp("poor")
    world = simulate(1, 40, people(10, noise=0.2, seen=0.5, invented=0.5))
    return world, run(write(world, folder), folder)


def test_a_consensus_is_nearer_to_the_animal_than_single_marks_and_than_their_union(poor):
    world, result = poor
    taken, _ = found(world, result)
    of = {box["object_id"]: animal for animal, box in taken.items()}
    grouped: dict[str, list[np.ndarray]] = {}
    for row in rows(result, "marks"):
        if row["object_id"] in of and row["state"] == "used":
            grouped.setdefault(row["object_id"], []).append(edges(row))
    single, union, agreed = [], [], []
    for object_id, marks in grouped.items():
        truth = of[object_id].edges
        box = next(box for box in taken.values() if box["object_id"] == object_id)
        together = np.concatenate([np.min(marks, axis=0)[:2], np.max(marks, axis=0)[2:]])
        single.append(np.abs(np.array(marks) - truth).mean())
        union.append(np.abs(together - truth).mean())
        agreed.append(np.abs(edges(box) - truth).mean())
    assert len(agreed) > 50
    # Of n marks a median is off by 1.25/√n of one; about five are at hand.
    assert np.mean(agreed) < 0.7 * np.mean(single)
    assert np.mean(agreed) < 0.5 * np.mean(union)


def test_what_is_accepted_is_there_and_what_is_there_is_accepted(poor):
    world, result = poor
    taken, boxes = found(world, result)
    animals = sum(len(some) for some in world.animals.values())
    # Three of ten who see half of them mark 94 % of the animals.
    assert len(taken) >= 0.88 * animals
    assert len(taken) >= 0.93 * boxes


def test_probabilities_tell_animals_from_what_one_person_invented(poor):
    world, result = poor
    taken, _ = found(world, result)
    real = {box["object_id"] for box in taken.values()}
    boxes = rows(result, "boxes")
    lone = [box["probability"] for box in boxes if box["annotators"] == 1]
    assert np.median([box["probability"] for box in boxes if box["object_id"] in real]) > 0.9
    assert np.median(lone) < 0.2


def test_the_spread_of_edges_tells_the_noise_of_people(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 100, 100)], "b/1.png": []})
    rng = np.random.default_rng(3)
    for person in people(40, noise=0.1, seen=1.0, invented=0):
        for image in world.animals:
            look(world, rng, image, person)
    box = rows(run(write(world, tmp_path), tmp_path), "boxes")[0]
    assert box["annotators"] == box["seen_by"] == 40
    # The deviation of an edge is a tenth of the side; of 4 × 40 the estimate is right to some 15 %.
    assert box["spread_px"] == pytest.approx(10, rel=0.25)


def chain(number: int, apart: float) -> list[Animal]:
    return [Animal(270, 100 + at * apart, 60, 60) for at in range(number)]


@pytest.mark.parametrize("shape", ["box", "point", "lines"])
def test_a_chain_of_animals_that_overlap_stays_as_many_animals(tmp_path, shape):
    # Neighbours are 40 px apart and 60 px wide: every mark overlaps the next animal's marks.
    world = World({"a/1.png": chain(8, 40), "b/1.png": []})
    rng = np.random.default_rng(5)
    for person in people(9, noise=0.06, seen=0.9, invented=0, shape=shape):
        for image in world.animals:
            look(world, rng, image, person)
    result = run(write(world, tmp_path), tmp_path, buffer_px=30)
    boxes = [box for box in rows(result, "boxes") if box["status"] == "accepted"]
    assert len(boxes) == 8
    middles = sorted(box["col_px"] + box["width_px"] / 2 for box in boxes)
    assert np.allclose(middles, [100 + 40 * at for at in range(8)], atol=10)


def test_no_two_marks_of_a_box_are_of_one_person(poor):
    _, result = poor
    used = [(row["object_id"], row["annotator"]) for row in rows(result, "marks") if row["state"] == "used"]
    assert len(used) == len(set(used))


def test_what_a_person_marked_twice_counts_once(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/1.png": []})
    rng = np.random.default_rng(1)
    for person in people(2, noise=0.02, seen=1.0, invented=0):
        for image in world.animals:
            look(world, rng, image, person)
            look(world, rng, image, person)
    result = run(write(world, tmp_path), tmp_path)
    (box,) = rows(result, "boxes")
    assert (box["annotators"], box["seen_by"], box["status"]) == (2, 2, "review")
    assert sorted(row["state"] for row in rows(result, "marks")) == ["duplicate", "duplicate", "used", "used"]


def test_those_who_saw_and_marked_nothing_count(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/1.png": []})
    rng = np.random.default_rng(1)
    for person in people(3, seen=1.0, invented=0):
        look(world, rng, "a/1.png", person)
    world.views += [("a/1.png", f"silent{at}") for at in range(27)]
    inputs = write(world, tmp_path)
    (box,) = rows(run(inputs, tmp_path, split_by="none"), "boxes")
    assert (box["annotators"], box["seen_by"], box["status"]) == (3, 30, "review")
    assert box["agreement"] == pytest.approx(0.1)
    # Wilson 1927 for 3 of 30.
    assert (box["agreement_low"], box["agreement_high"]) == pytest.approx((0.0346, 0.2562), abs=1e-3)
    (tmp_path / "again").mkdir()
    del inputs["views"]
    result = run(inputs, tmp_path / "again", split_by="none")
    assert rows(result, "boxes")[0]["agreement"] == 1.0
    assert "citizen-views-unknown" in {issue.code for issue in result.issues}


def test_the_species_most_people_named_wins_and_the_next_is_kept(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/1.png": []})
    rng = np.random.default_rng(1)
    for at, person in enumerate(people(7, noise=0.03, seen=1.0, invented=0)):
        world.views.append(("a/1.png", person.name))
        species = "crab" if at < 4 else "snail"
        mark(world, rng, "a/1.png", person, Animal(200, 300, 80, 80, species))
    (box,) = rows(run(write(world, tmp_path), tmp_path, split_by="none"), "boxes")
    assert (box["item_class"], box["runner_up"], box["annotators"]) == ("crab", "snail", 7)
    assert (box["species_share"], box["runner_up_share"]) == pytest.approx((4 / 7, 3 / 7))


def test_names_without_a_majority_are_for_a_person_to_review(tmp_path):
    world = World({"a/1.png": [], "b/1.png": []})
    rng = np.random.default_rng(1)
    for at, person in enumerate(people(6, noise=0.03)):
        mark(world, rng, "a/1.png", person, Animal(200, 300, 80, 80, ("crab", "snail")[at % 2]))
    (box,) = rows(run(write(world, tmp_path, views=False), tmp_path, split_by="none"), "boxes")
    assert (box["annotators"], box["status"]) == (6, "review")


def test_rows_in_another_order_give_the_equal_result(tmp_path):
    world = simulate(4, 12, people(6, shape="lines"))
    shuffled = list(world.marks)
    random.Random(8).shuffle(shuffled)
    results = []
    for name, own in (("one", world.marks), ("two", shuffled)):
        (tmp_path / name).mkdir()
        results.append(run(write(world, tmp_path / name, rows=own), tmp_path / name))
    for table in ("marks", "boxes", "annotators", "split"):
        assert rows(results[0], table) == rows(results[1], table)


def test_parts_of_few_images_give_the_equal_result(tmp_path, monkeypatch):
    world = simulate(4, 12, people(6))
    whole = run(write(world, tmp_path), tmp_path)
    monkeypatch.setattr("pelagia.services.citizen.inventory.IMAGES_PER_PART", 3)
    (tmp_path / "again").mkdir()
    parted = run(write(world, tmp_path), tmp_path / "again")
    for table in ("marks", "boxes", "annotators", "images", "split"):
        assert rows(parted, table) == rows(whole, table)


def test_a_line_is_a_length_and_a_box_that_is_not_flat(tmp_path):
    person = [row_of(Person(f"p{at}", shape="lines"), "fish", "a/1.png", 100, 200, 100, 300 + at) for at in range(8)]
    world = World({"a/1.png": [], "b/1.png": []}, person)
    (box,) = rows(run(write(world, tmp_path, views=False), tmp_path, split_by="none", line_width=0.4), "boxes")
    assert (box["length_px"], box["lengths"]) == (103.5, 8)
    # The second smallest and second largest of eight enclose the median with 93 %, the outermost with 99.2 %.
    assert (box["length_low_px"], box["length_high_px"]) == (100, 107)
    assert (box["row_px"], box["height_px"]) == pytest.approx((100 - 0.2 * 103.5, 0.4 * 103.5))
    assert (box["col_px"], box["width_px"]) == pytest.approx((200, 103.5))


def test_a_point_has_the_size_of_other_marks_of_its_species(tmp_path):
    own = [row_of(Person("a"), "crab", "a/1.png", 100, 100, 140, 140)]
    own += [row_of(Person("b", shape="point"), "crab", "b/1.png", 300, 300, 300, 300)]
    own += [row_of(Person("b", shape="point"), "unseen", "b/1.png", 100, 600, 100, 600)]
    world = World({"a/1.png": [], "b/1.png": []}, own)
    result = run(write(world, tmp_path, views=False), tmp_path, split_by="none")
    sizes = {row["mark_id"]: (row["height_px"], row["width_px"]) for row in rows(result, "marks")}
    assert set(sizes.values()) == {(40.0, 40.0)}
    (tmp_path / "again").mkdir()
    result = run(write(world, tmp_path, views=False), tmp_path / "again", split_by="none", buffer_share=0.1)
    assert {row["height_px"] for row in rows(result, "marks") if row["shape"] == "point"} == {108.0}


def test_boxes_of_experts_are_kept_as_they_are_and_rate_everybody_else(tmp_path):
    world = simulate(2, 20, people(8))
    validated = [name for name in world.animals if name.startswith("site0")]
    table = [
        (name, animal.species, animal.edges[1], animal.edges[0], animal.edges[3], animal.edges[2])
        for name in validated
        for animal in world.animals[name]
    ]
    table += [(name, "", "", "", "", "") for name in validated if not world.animals[name]]
    (tmp_path / "experts.csv").write_text(csv_table(("image", "species", "xmin", "ymin", "xmax", "ymax"), table))
    result = run({**write(world, tmp_path), "experts": (str(tmp_path / "experts.csv"),)}, tmp_path)
    boxes = [box for box in rows(result, "boxes") if box["image_id"] in validated]
    experts = [box for box in boxes if box["status"] == "expert"]
    assert len(experts) == len(table) - sum(not row[1] for row in table)
    assert {box["status"] for box in boxes} <= {"expert", "rejected"}
    truth = {tuple(np.round(animal.edges, 6)) for name in validated for animal in world.animals[name]}
    assert {tuple(np.round(edges(box), 6)) for box in experts} == truth
    told = rows(result, "annotators")
    assert all(row["expert_animals"] == len(experts) for row in told)
    shares = [row["expert_found"] / row["expert_animals"] for row in told]
    assert np.mean(shares) == pytest.approx(0.75, abs=0.12)
    assert result.summary["expert_recall"].value > 0.9
    assert {row["is_in_set"] for row in rows(result, "images") if row["image_id"] in validated} == {True}


def test_experts_may_come_as_coco_and_add_what_nobody_marked(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/1.png": []})
    look(world, np.random.default_rng(1), "a/1.png", Person("p", seen=1.0, invented=0))
    validated = {
        "images": [{"id": 1, "file_name": "a/1.png", "width": 960, "height": 540}],
        "categories": [{"id": 1, "name": "ray"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [600, 400, 50, 40]}],
    }
    (tmp_path / "validated.json").write_text(json.dumps(validated))
    inputs = {**write(world, tmp_path), "experts": (str(tmp_path / "validated.json"),)}
    boxes = rows(run(inputs, tmp_path, split_by="none"), "boxes")
    assert {(box["item_class"], box["status"], box["annotators"]) for box in boxes} == {
        ("crab", "rejected", 1),
        ("ray", "expert", 0),
    }


def test_weights_follow_those_who_are_right(tmp_path):
    good, bad = people(4, noise=0.05, seen=0.9, invented=0), [Person(f"q{at}", 0.05, 0.6, 2.0, 1.7) for at in range(4)]
    world = simulate(6, 40, [*good, *bad])
    errors = {}
    for weights in ("equal", "reliability"):
        folder = tmp_path / weights
        folder.mkdir()
        taken, _ = found(world, run(write(world, folder), folder, weights=weights))
        errors[weights] = np.mean([np.abs(edges(box) - animal.edges).mean() for animal, box in taken.items()])
    assert errors["reliability"] < 0.85 * errors["equal"]


def test_what_is_accepted_is_a_training_set_that_can_be_read_back(tmp_path, poor):
    _, result = poor
    options = ExportOptions(created=dt.date(2026, 1, 2))
    for module in (coco, yolo, cvat):
        module.write(result, tmp_path, options)
    boxes = [box for box in rows(result, "boxes") if box["status"] == "accepted"]
    images = [image for image in rows(result, "images") if image["is_in_set"]]
    told = read_annotations(tmp_path / "coco")
    assert (len(told.boxes), len(told.images)) == (len(boxes), len(images))
    assert {box.object_id for box in told.boxes} == {box["object_id"] for box in boxes}
    review = read_annotations(tmp_path / "cvat")
    wanted = {image["image_id"] for image in rows(result, "images") if image["review"]}
    assert len(review.images) == len(wanted) > 0
    drawn = {box["object_id"] for box in rows(result, "boxes") if box["image_id"] in wanted}
    rejected = {box["object_id"] for box in rows(result, "boxes") if box["status"] == "rejected"}
    assert {box.object_id for box in review.boxes} == drawn - rejected
    lines = [line for path in (tmp_path / "yolo" / "labels").rglob("*.txt") for line in path.read_text().splitlines()]
    assert len(lines) == len(boxes)


def test_the_median_of_weights_lies_where_half_of_the_weight_is():
    values = np.array([1.0, 2.0, 10.0])
    assert weighted_median(values, np.ones(3)) == 2.0
    assert weighted_median(values, np.array([1.0, 1.0, 5.0])) == 10.0
    assert weighted_median(np.array([1.0, 3.0]), np.ones(2)) == 2.0
    assert weighted_median(np.array([4.0, 1.0, 3.0, 2.0]), np.ones(4)) == 2.5
    assert weighted_median(np.array([1.0, 5.0, 9.0]), np.array([1.0, 0.0, 1.0])) == 5.0


def test_a_point_among_boxes_moves_the_box_and_does_not_change_its_size():
    boxes = np.array([[0.0, 0, 20, 40], [0, 0, 20, 40], [100, 100, 101, 101]])
    agreed = consensus_edges(boxes, np.array([True, True, False]), np.ones(3))
    assert agreed.tolist() == [0, 0, 20, 40]


def test_few_lines_have_a_median_and_no_interval():
    told = length_of(np.array([10.0, np.nan, 30.0, 20.0]))
    assert told is not None
    assert (told.value, told.low, told.high, told.number) == (20.0, None, None, 3)
    assert length_of(np.array([np.nan])) is None


def test_no_box_reaches_over_the_edge_of_its_image(tmp_path):
    own = [row_of(Person("a", shape="point"), "crab", "a/1.png", 3, 2, 3, 2)]
    own += [row_of(Person("b"), "crab", "a/1.png", 0, 0, 40, 30)]
    result = run(write(World({"a/1.png": [], "b/1.png": []}, own), tmp_path, views=False), tmp_path, split_by="none")
    for box in rows(result, "boxes"):
        top, left, bottom, right = edges(box)
        assert 0 <= top < bottom <= 540 and 0 <= left < right <= 960
