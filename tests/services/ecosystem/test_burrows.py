from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.services.ecosystem.burrows import LARGEST_SYSTEM, NEAR_SYSTEM, concordance, is_burrow, systems_of


@pytest.mark.parametrize("name", ["prawn_burrow", "Burrow opening", "hole", "Nephrops burrow (small)"])
def test_classes_of_openings_are_known_by_their_names(name: str) -> None:
    assert is_burrow(name)


def test_animals_are_no_burrows() -> None:
    assert not is_burrow("Nephrops norvegicus")


def test_openings_that_lie_together_are_one_system() -> None:
    places = np.array([[0.0, 0.0], [0.3, 0.0], [2.0, 0.0], [2.0, 0.25], [5.0, 0.0]])
    assert systems_of(places, 0.3).tolist() == [0, 0, 1, 1, 2]


def test_neighbours_do_not_chain_up_to_one_system() -> None:
    row = np.stack([np.arange(12) * 0.25, np.zeros(12)], axis=1)
    systems = systems_of(row, 0.3)
    for system in range(systems.max() + 1):
        assert np.ptp(row[systems == system, 0]) <= LARGEST_SYSTEM * 0.3 + 1e-9
    assert systems.max() >= 5


def test_one_opening_or_none_is_as_many_systems() -> None:
    assert systems_of(np.array([[1.0, 2.0]]), 0.3).tolist() == [0]
    assert systems_of(np.zeros((0, 2)), 0.3).tolist() == []


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 40))
def test_systems_are_the_same_wherever_the_tow_is_and_whichever_way_it_goes(seed: int, count: int) -> None:
    places = np.random.default_rng(seed).uniform(0, 2, (count, 2))
    angle = seed / 100
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_array_equal(systems_of(places, 0.3), systems_of(places @ turn.T + 7, 0.3))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 40))
def test_openings_of_different_systems_are_not_near_unless_together_they_were_too_wide(seed: int, count: int) -> None:
    places = np.random.default_rng(seed).uniform(0, 2, (count, 2))
    systems = systems_of(places, 0.3)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    for one, other in zip(*np.nonzero(apart < NEAR_SYSTEM * 0.3), strict=True):
        if systems[one] != systems[other]:
            together = np.isin(systems, [systems[one], systems[other]])
            assert apart[np.ix_(together, together)].max() > LARGEST_SYSTEM * 0.3


def test_concordance_is_that_of_the_published_formula() -> None:
    first, second = np.array([3, 5, 2, 8, 4, 6, 1]), np.array([2, 6, 2, 7, 5, 6, 2])
    # Written out: 2 s12 / (s1² + s2² + (m1 - m2)²), variances over N.
    together = np.mean(first * second) - first.mean() * second.mean()
    expected = 2 * together / (first.var() + second.var() + (first.mean() - second.mean()) ** 2)
    found = concordance(first, second)
    assert found.value == pytest.approx(expected)
    assert found.low is not None
    assert found.high is not None
    assert found.low < expected < found.high
    assert found.minutes == 7


def test_a_counter_that_always_sees_more_agrees_less_though_the_correlation_is_perfect() -> None:
    first = np.array([1, 4, 2, 6, 3])
    assert concordance(first, first).value == pytest.approx(1)
    more = concordance(first, first + 2).value
    assert more is not None
    assert more == pytest.approx(2 * first.var() / (2 * first.var() + 4))


def test_the_interval_of_the_concordance_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    truth = 2 * 0.8 / (1 + 1 + 0.3**2)  # correlation 0.8, equal variances 1, means 0.3 apart
    hits = 0
    for _ in range(400):
        shared, own = rng.normal(size=30), rng.normal(size=(2, 30))
        first = np.sqrt(0.8) * shared + np.sqrt(0.2) * own[0]
        second = np.sqrt(0.8) * shared + np.sqrt(0.2) * own[1] + 0.3
        found = concordance(first, second)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 0.91 <= hits / 400 <= 0.99


@pytest.mark.parametrize("counts", [([], []), ([3], [2]), ([2, 2, 2], [2, 2, 2])])
def test_where_nothing_varies_there_is_no_concordance(counts: tuple[list[int], list[int]]) -> None:
    assert concordance(*counts).value is None


def test_of_three_minutes_no_interval_is_told() -> None:
    assert concordance([1, 2, 3], [1, 2, 4]).low is None
