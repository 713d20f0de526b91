from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.learning.boxes import (
    THRESHOLDS,
    Boxes,
    average_precision,
    balance,
    best_score,
    compare,
    interval,
    join,
    keep_best,
    match,
    overlaps,
    reliability,
)

TWO = Boxes.make([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0])
PLACES = st.lists(st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 9)] * 2), min_size=1, max_size=6)


def found(edges: list[list[float]], scores: list[float], labels: list[int] | None = None) -> Boxes:
    return Boxes.make(edges, labels or [0] * len(scores), scores)


@given(places=PLACES)
@settings(max_examples=50)
def test_overlaps_are_those_of_counted_pixels(places: list[tuple[int, int, int, int]]) -> None:
    edges = np.array([[r, c, r + h, c + w] for r, c, h, w in places], np.float32)
    masks = np.zeros((len(edges), 30, 30), np.bool_)
    for mask, (top, left, bottom, right) in zip(masks, edges.astype(int), strict=True):
        mask[top:bottom, left:right] = True
    counted = [[(a & b).sum() / (a | b).sum() for b in masks] for a in masks]
    assert np.allclose(overlaps(edges, edges), counted, atol=1e-6)


def test_the_surest_takes_the_true_box_and_the_second_on_it_is_wrong() -> None:
    some = found([[1, 1, 10, 10], [0, 0, 10, 10], [20, 20, 30, 29]], [0.6, 0.9, 0.5])
    assert match(some, TWO, 0.5).tolist() == [-1, 0, 1]


def test_a_box_of_another_class_is_no_match() -> None:
    assert match(found([[0, 0, 10, 10]], [0.9], [1]), TWO, 0.5).tolist() == [-1]
    assert match(found([[0, 0, 10, 10]], [0.9], [1]).of_one_class(), TWO, 0.5).tolist() == [0]


def test_average_precision_of_all_and_of_nothing() -> None:
    assert average_precision(compare([TWO], [TWO]), THRESHOLDS) == pytest.approx(1)
    assert average_precision(compare([TWO.take(np.array([], int))], [TWO]), THRESHOLDS) == 0
    assert np.isnan(average_precision(compare([TWO], [TWO.take(np.array([], int))]), THRESHOLDS))


def test_average_precision_by_hand() -> None:
    # sure and right, less sure and wrong, least sure and right: precision 1, 1/2, 2/3 at recalls 1/2, 1/2, 1
    some = found([[0, 0, 10, 10], [50, 50, 60, 60], [20, 20, 30, 30]], [0.9, 0.8, 0.7])
    expected = (51 * 1 + 50 * 2 / 3) / 101
    assert average_precision(compare([some], [TWO]), (0.5,)) == pytest.approx(expected)


def test_a_loose_box_counts_at_small_overlaps_only() -> None:
    one = Boxes.make([[0, 0, 10, 10]], [0])
    loose = found([[0, 0, 10, 7.2]], [0.9])  # overlap 0.72
    assert average_precision(compare([loose], [one]), (0.7,)) == pytest.approx(1)
    assert average_precision(compare([loose], [one]), (0.75,)) == 0
    assert average_precision(compare([loose], [one]), THRESHOLDS) == pytest.approx(0.5)


def test_classes_weigh_the_same_however_many_boxes_they_have() -> None:
    true = Boxes.make([[0, 0, 10, 10], [20, 20, 30, 30], [40, 40, 50, 50]], [0, 0, 1])
    assert average_precision(compare([TWO], [true]), (0.5,)) == pytest.approx(0.5)
    assert average_precision(compare([TWO], [true]), (0.5,), label=0) == pytest.approx(1)


def test_a_picture_that_counts_twice_is_as_if_it_were_there_twice() -> None:
    good, bad = found([[0, 0, 10, 10]], [0.9]), found([[50, 50, 60, 60]], [0.95])
    twice = compare([good, good, bad], [TWO] * 3)
    weighted = compare([good, bad], [TWO] * 2)
    expected = average_precision(twice, (0.5,))
    assert average_precision(weighted, (0.5,), weights=np.array([2.0, 1.0])) == pytest.approx(expected)


def test_the_interval_holds_the_value_and_is_wider_with_fewer_groups() -> None:
    rng = np.random.default_rng(1)
    some = [TWO.take(np.array([0, 1][: rng.integers(3)], int)) for _ in range(40)]
    matches = compare(some, [TWO] * 40)
    value = average_precision(matches, (0.5,))
    many = interval(matches, (0.5,), [str(i) for i in range(40)], np.random.default_rng(0))
    few = interval(matches, (0.5,), [str(i // 10) for i in range(40)], np.random.default_rng(0))
    assert many[0] < value < many[1]
    assert few[0] <= value <= few[1]


def test_threshold_precision_and_recall() -> None:
    some = found([[0, 0, 10, 10], [50, 50, 60, 60], [70, 70, 80, 80]], [0.9, 0.6, 0.5])
    matches = compare([some], [TWO])
    assert best_score(matches) == pytest.approx(0.9)
    at = balance(matches, 0.55)
    assert (at.precision, at.recall) == (0.5, 0.5)
    assert at.f1 == pytest.approx(0.5)
    assert balance(matches, 0.95).f1 == 0


def test_reliability_counts_every_box_once() -> None:
    some = found([[0, 0, 10, 10], [50, 50, 60, 60], [20, 20, 30, 30]], [0.95, 0.92, 0.31])
    bins = reliability(compare([some], [TWO]))
    assert [one["boxes"] for one in bins] == [1, 2]
    assert [one["true"] for one in bins] == [1.0, 0.5]


def test_of_boxes_on_one_thing_the_best_is_kept_whatever_the_order() -> None:
    some = found([[0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 50, 50], [0, 0, 10, 10]], [0.5, 0.9, 0.4, 0.8], [0, 0, 0, 1])
    kept = keep_best(some, overlap=0.5)
    assert kept.scores.tolist() == pytest.approx([0.9, 0.8, 0.4])
    assert keep_best(some.take(np.array([3, 2, 1, 0])), overlap=0.5).edges.tolist() == kept.edges.tolist()


def test_boxes_are_moved_joined_and_cut_to_the_picture() -> None:
    both = join([TWO, TWO.moved(-5, 25)])
    assert len(both) == 4
    inside = both.inside(12, 40)
    assert inside.edges.tolist() == [[0, 0, 10, 10], [0, 25, 5, 35]]
    assert len(join([])) == 0
