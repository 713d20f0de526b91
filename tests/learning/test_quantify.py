"""Adjusted counts undo known confusions, and their intervals cover the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson
from tests.learning.tiny_model import tiny_card, tiny_package

from pelagia.core.errors import BadParameter
from pelagia.learning.card import Calibration, UnknownRule
from pelagia.learning.evaluate import confusion_matrix
from pelagia.learning.package import Heldout
from pelagia.learning.quantify import (
    adjust_counts,
    average_fate,
    check_adjustment,
    heldout_confusion,
    poisson_interval,
    unmix,
)


def perfect(classes: int, images: int) -> np.ndarray:
    return np.hstack([images * np.eye(classes), np.zeros((classes, 1))])


def random_fates(classes: int, rng: np.random.Generator) -> np.ndarray:
    """Recall around 0.8, a tenth unknown, the rest anywhere."""
    fates = rng.dirichlet(np.full(classes + 1, 0.3), classes) * 0.2
    fates[np.arange(classes), np.arange(classes)] += 0.7
    fates[:, -1] += 0.1
    return fates / fates.sum(axis=1, keepdims=True)


def sample(fates: np.ndarray, true: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.sum([rng.multinomial(n, row) for n, row in zip(true, fates, strict=True)], axis=0)


def test_poisson_interval_is_exact() -> None:
    # by definition: at each end, the count or one more extreme has a probability of 2.5 %
    for n in (1, 5, 50, 1000):
        low, high = poisson_interval(n)
        assert poisson.sf(n - 1, low) == pytest.approx(0.025, rel=1e-6)
        assert poisson.cdf(n, high) == pytest.approx(0.025, rel=1e-6)


def test_nothing_counted_may_have_been_up_to_3_69() -> None:
    low, high = poisson_interval([0, 0])
    assert low.tolist() == [0, 0]
    assert high == pytest.approx([3.6889, 3.6889], abs=1e-4)


def test_a_perfect_classifier_changes_nothing() -> None:
    found = adjust_counts([700, 250, 50, 0], perfect(3, 200), np.random.default_rng(0))
    assert np.allclose(found.estimate, [700, 250, 50])
    assert found.condition == pytest.approx(1.0)


def test_a_perfect_classifier_with_many_held_out_images_has_the_poisson_interval() -> None:
    observed = np.array([400, 30, 0, 0])
    found = adjust_counts(observed, perfect(3, 10_000_000), np.random.default_rng(0), draws=20_000)
    low, high = poisson_interval(observed[:3])
    assert np.allclose(found.low, low, rtol=0.03, atol=0.05)  # 20,000 draws place a 2.5 % point within 2 %
    assert np.allclose(found.high, high, rtol=0.03, atol=0.1)


def test_exact_mixtures_are_unmixed_exactly() -> None:
    rng = np.random.default_rng(1)
    fates = random_fates(5, rng)
    true = np.array([500.0, 100, 20, 3, 0])
    found = unmix((true @ fates)[None], fates[None], iterations=5000)[0]
    assert np.allclose(found, true, atol=0.05)


def test_counts_are_never_negative_and_sum_to_what_was_observed() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        confusion = rng.integers(0, 40, (6, 7))
        observed = rng.integers(0, 300, 7)
        found = adjust_counts(observed, confusion, rng, draws=50)
        assert (found.estimate >= 0).all()
        assert found.estimate.sum() == pytest.approx(observed.sum())
        assert (found.low <= found.estimate).all()
        assert (found.estimate <= found.high).all()


def test_unknown_objects_are_given_back_to_the_classes_they_came_from() -> None:
    # half of class 0 ends up unknown, none of class 1
    confusion = np.array([[500, 0, 500], [0, 1000, 0]])
    found = adjust_counts([100, 100, 100], confusion, np.random.default_rng(3))
    assert found.estimate == pytest.approx([200, 100], rel=0.01)


def test_a_leak_from_an_abundant_class_is_taken_out_of_a_rare_one() -> None:
    confusion = np.array([[950, 50, 0], [0, 1000, 0]])
    found = adjust_counts([9500, 520, 0], confusion, np.random.default_rng(4))
    assert found.estimate[1] == pytest.approx(20, abs=15)
    assert found.low[1] < 20 < found.high[1] < 520


@pytest.mark.parametrize(("classes", "held", "total"), [(3, 500, 1000), (3, 10, 1000), (12, 40, 5000)])
def test_the_interval_covers_the_true_expected_count(classes: int, held: int, total: int) -> None:
    rng = np.random.default_rng(classes * 1000 + held)
    covered, cases = 0, 0
    for _ in range(60):
        fates = random_fates(classes, rng)
        expected = total * rng.dirichlet(np.full(classes, 0.5))
        observed = sample(fates, rng.poisson(expected), rng)
        confusion = np.array([rng.multinomial(held, row) for row in fates])
        found = adjust_counts(observed, confusion, rng, draws=200)
        covered += int(((found.low <= expected) & (expected <= found.high)).sum())
        cases += classes
    assert covered / cases >= 0.90  # nominal 0.95; 180 to 720 cases, each repetition's being dependent


def test_adjusted_counts_are_nearer_the_truth_than_the_observed() -> None:
    rng = np.random.default_rng(5)
    raw, ours = 0.0, 0.0
    for _ in range(30):
        fates = random_fates(5, rng)
        true = rng.multinomial(2000, rng.dirichlet(np.full(5, 0.5)))
        observed = sample(fates, true, rng)
        confusion = np.array([rng.multinomial(100, row) for row in fates])
        ours += ((adjust_counts(observed, confusion, rng, draws=1).estimate - true) ** 2).sum()
        raw += ((observed[:5] - true) ** 2).sum()
    assert ours < 0.3 * raw


def test_fewer_held_out_images_make_wider_intervals() -> None:
    fates = random_fates(4, np.random.default_rng(6))
    widths = []
    for images in (10, 100, 1000):
        found = adjust_counts([400, 300, 200, 100, 50], fates * images, np.random.default_rng(7))
        widths.append((found.high - found.low).mean())
    assert widths[0] > 1.5 * widths[1] > 1.5 * widths[2]


def test_a_class_without_held_out_images_is_taken_for_an_average_one() -> None:
    confusion = np.array([[80, 10, 10], [10, 80, 10], [0, 0, 0]])
    confusion = np.hstack([confusion, [[10], [10], [0]]])
    fate = average_fate(confusion)
    assert np.allclose(fate.sum(axis=1), 1)
    assert fate[2, 2] == pytest.approx(160 / 220)
    assert fate[2, 3] == pytest.approx(20 / 220)
    found = adjust_counts([100, 100, 50, 30], confusion, np.random.default_rng(8))
    assert found.estimate[2] > 0
    assert found.high[2] - found.low[2] > 40  # and the ignorance shows


def test_equal_seeds_give_equal_counts() -> None:
    first, second = (adjust_counts([40, 30, 5], [[50, 5, 5], [4, 60, 3]], np.random.default_rng(9)) for _ in range(2))
    assert (first.low == second.low).all()
    assert (first.high == second.high).all()


def test_classes_that_cannot_be_told_apart_are_reported() -> None:
    same = np.array([[500, 500, 0], [500, 500, 0]])
    found = adjust_counts([100, 100, 0], same, np.random.default_rng(10))
    issue = check_adjustment(found, "run.lst")
    assert issue is not None
    assert issue.code == "adjusted-counts-unstable"
    fine = adjust_counts([100, 100, 0], perfect(2, 100), np.random.default_rng(10))
    assert check_adjustment(fine, "run.lst") is None


def test_nothing_observed_gives_zero_with_an_upper_end() -> None:
    found = adjust_counts([0, 0, 0], perfect(2, 100), np.random.default_rng(11))
    assert found.estimate.tolist() == [0, 0]
    assert (found.high > 2).all()
    assert found.low.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("observed", "confusion"),
    [
        ([1, 2], np.ones((2, 3))),
        ([1, 2, 3], np.zeros((2, 3))),
        ([1, -2, 3], np.ones((2, 3))),
        ([1, 2], np.ones((2, 2))),
    ],
)
def test_counts_that_do_not_fit_are_refused(observed: list[int], confusion: np.ndarray) -> None:
    with pytest.raises(BadParameter):
        adjust_counts(observed, confusion, np.random.default_rng(0))


def test_held_out_confusion_applies_temperature_threshold_and_runs(tmp_path: Path) -> None:
    logits = np.array([[4, 0], [0.5, 0], [0, 4], [4, 0]], np.float32)
    truth = ["a", "a", "b", "b"]
    one_run = Heldout(true_class=truth, group=["r"] * 4, logits=logits, path=[""] * 4)
    two_runs = Heldout(true_class=truth, group=["r", "r", "s", "s"], logits=logits, path=[""] * 4)
    card = tiny_card(
        ["a", "b"],
        calibration=Calibration(temperature=2.0, ece_before=0, ece_after=0, n=4),
        unknown=UnknownRule(
            threshold=0.6, target_error=0.1, measured_error=0, measured_error_high=0.1, rejected_fraction=0.1
        ),
    )
    # 0.5/2 gives a top probability of 0.56: unknown at 0.6
    expected = confusion_matrix([0, 0, 1, 1], [0, 2, 1, 0], 2)
    alone = heldout_confusion(tiny_package(tmp_path / "one", card, heldout=one_run))
    assert alone is not None
    assert (alone == expected).all()
    runs = heldout_confusion(tiny_package(tmp_path / "two", card, heldout=two_runs))
    assert runs is not None
    assert runs.sum() < expected.sum()  # the one error lies in one run: images count for less
    assert heldout_confusion(tiny_package(tmp_path / "none", card)) is None
