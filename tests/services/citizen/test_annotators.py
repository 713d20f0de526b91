"""Persons who differ from the others are found, with the reason; those who do not are left in peace."""

from __future__ import annotations

import numpy as np
import pytest
from tests.services.citizen.crowd import Animal, Person, World, mark, people, rows, run, simulate, write

from pelagia.services.citizen.reliability import Votes, estimate_reliability

ODD = {
    "boxes are": Person("odd", scale=2.2),
    "shared by nobody": Person("odd", seen=0.3, invented=4.0),
    "body sizes off": Person("odd", noise=0.45),
    "that the others agree on": Person("odd", seen=0.1),
}


@pytest.mark.parametrize("reason", ODD)
def test_who_differs_is_found_and_told_why(tmp_path, reason):
    world = simulate(11, 40, [*people(9), ODD[reason]])
    told = rows(run(write(world, tmp_path), tmp_path), "annotators")
    assert [row["annotator"] for row in told if row["is_outlier"]] == ["odd"]
    assert any(reason in row["reasons"] for row in told)


def test_nobody_is_an_outlier_among_people_who_are_alike(tmp_path):
    world = simulate(12, 40, people(10))
    result = run(write(world, tmp_path), tmp_path)
    assert [row["annotator"] for row in rows(result, "annotators") if row["is_outlier"]] == []
    assert result.summary["outliers"].value == 0


def test_a_robot_that_marks_the_same_place_everywhere_is_found(tmp_path):
    world = simulate(13, 40, people(8))
    rng = np.random.default_rng(1)
    robot = Person("robot", noise=0.0)
    for image in world.animals:
        world.views.append((image, "robot"))
        mark(world, rng, image, robot, Animal(300, 500, 60, 60))
    told = {row["annotator"]: row for row in rows(run(write(world, tmp_path), tmp_path), "annotators")}
    assert told["robot"]["repeated_share"] == 1.0
    assert "at the very same place on several images" in told["robot"]["reasons"]


def test_outliers_are_left_out_where_it_was_asked_for_and_nothing_else_changes(tmp_path):
    world = simulate(14, 40, [*people(9), Person("odd", scale=2.2, invented=2.0)])
    inputs = write(world, tmp_path)
    kept = run(inputs, tmp_path)
    for name in ("left", "without"):
        (tmp_path / name).mkdir()
    left = run(inputs, tmp_path / "left", leave_out_outliers=True)
    without = run(inputs, tmp_path / "without", without=("odd",))
    assert [row["annotator"] for row in rows(left, "annotators") if row["is_left_out"]] == ["odd"]
    assert {row["state"] for row in rows(left, "marks") if row["annotator"] == "odd"} == {"left-out"}
    assert {row["seen_by"] for row in rows(left, "images")} == {9}
    assert {row["seen_by"] for row in rows(kept, "images")} == {10}
    assert "odd" not in {row["annotator"] for row in rows(without, "annotators")}
    assert left.summary["boxes_in_set"].value == pytest.approx(without.summary["boxes_in_set"].value, abs=3)


def test_estimated_sensitivities_and_false_rates_are_those_of_the_people(tmp_path):
    persons = [
        Person(f"p{at}", seen=share, invented=0.3) for at, share in enumerate((0.9, 0.9, 0.7, 0.7, 0.5, 0.5, 0.8, 0.8))
    ]
    world = simulate(15, 80, persons)
    told = rows(run(write(world, tmp_path), tmp_path), "annotators")
    truth = np.array([person.seen for person in persons])
    # Some 160 animals each: ± 0.04, and a little for animals that few marked.
    assert np.abs(np.array([row["sensitivity"] for row in told]) - truth).max() < 0.12
    assert max(row["false_rate"] for row in told) < 0.3


def test_what_experts_say_decides_who_is_right():
    # Two persons contradict each other on every place; an expert knows of some that the first is right.
    places = np.repeat(np.arange(20), 2)
    persons = np.tile([0, 1], 20)
    marked = np.tile([True, False], 20)
    known = np.full(20, np.nan)
    known[:12] = 1.0
    found = estimate_reliability(Votes(places, persons, marked, known, 2))
    assert found.has_converged
    assert found.sensitivity[0] > 0.8 > 0.2 > found.sensitivity[1]
    assert (found.probability[12:] > 0.8).all()
    assert (found.probability[:12] == 1.0).all()


def test_without_a_vote_there_is_an_answer_all_the_same():
    empty = np.zeros(0, np.int64)
    found = estimate_reliability(Votes(empty, empty, empty.astype(bool), np.zeros(0), 3))
    assert found.has_converged
    assert found.weights.shape == (3,)


def test_a_person_who_only_looked_is_in_the_table(tmp_path):
    world = World({"a/1.png": [Animal(200, 300, 80, 80)], "b/1.png": []})
    mark(world, np.random.default_rng(0), "a/1.png", Person("p"), world.animals["a/1.png"][0])
    world.views = [("a/1.png", "p"), ("a/1.png", "quiet"), ("b/1.png", "quiet")]
    told = {row["annotator"]: row for row in rows(run(write(world, tmp_path), tmp_path), "annotators")}
    assert (told["quiet"]["images_seen"], told["quiet"]["marks"]) == (2, 0)
    assert (told["quiet"]["lone_share"], told["quiet"]["size_ratio"]) == (None, None)
