"""Scores agree with scikit-learn, and their intervals cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion
from sklearn.metrics import precision_recall_fscore_support

from pelagia.learning.evaluate import (
    class_figures,
    confusion_matrix,
    evaluate,
    macro_f1,
    top_k_accuracy,
    wilson_interval,
)


@pytest.fixture
def guesses() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(21)
    truth = rng.integers(0, 5, 400)
    return truth, np.where(rng.random(400) < 0.7, truth, rng.integers(0, 5, 400))


def test_confusion_and_class_figures_equal_scikit_learn(guesses: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = guesses
    confusion = confusion_matrix(truth, predicted, 5)
    assert (confusion[:, :5] == sklearn_confusion(truth, predicted)).all()
    assert (confusion[:, 5] == 0).all()
    figures = class_figures(confusion)
    precision, recall, f1, n = precision_recall_fscore_support(truth, predicted)
    assert np.allclose(figures.precision, precision)
    assert np.allclose(figures.recall, recall)
    assert np.allclose(figures.f1, f1)
    assert (figures.n == n).all()
    assert macro_f1(confusion) == pytest.approx(f1.mean())


def test_unknown_costs_recall_but_not_precision() -> None:
    confusion = confusion_matrix([0, 0, 0, 0, 1, 1], [0, 0, 2, 2, 1, 1], 2)
    figures = class_figures(confusion)
    assert figures.recall.tolist() == [0.5, 1.0]
    assert figures.precision.tolist() == [1.0, 1.0]


def test_a_class_without_images_has_no_figures_and_does_not_weigh() -> None:
    confusion = confusion_matrix([0, 0, 1], [0, 0, 1], 3)
    figures = class_figures(confusion)
    assert np.isnan([figures.precision[2], figures.recall[2], figures.f1[2]]).all()
    assert macro_f1(confusion) == 1.0


def test_wilson_interval_of_a_published_example() -> None:
    # Newcombe (1998), table I: 81 of 263 → 0.2553 to 0.3662
    low, high = wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_top_k_grows_with_k_to_one() -> None:
    logits = np.random.default_rng(22).normal(size=(100, 4))
    truth = np.zeros(100, int)
    hits = [top_k_accuracy(logits, truth, k) for k in (1, 2, 3, 4)]
    assert hits == sorted(hits)
    assert hits[-1] == 1.0


def test_evaluation_holds_its_own_figures(guesses: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = guesses
    found = evaluate(truth, predicted, 5, np.random.default_rng(0))
    assert found.accuracy.value == pytest.approx((truth == predicted).mean())
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert found.macro_f1.low < found.macro_f1.value < found.macro_f1.high


def test_equal_seeds_give_equal_intervals(guesses: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = (evaluate(*guesses, 5, np.random.default_rng(3)) for _ in range(2))
    assert (first.accuracy, first.macro_f1) == (second.accuracy, second.macro_f1)


def test_runs_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(23)
    run = np.repeat(np.arange(10), 60)
    truth = rng.integers(0, 3, 600)
    good = rng.random(600) < np.repeat(rng.beta(6, 2, 10), 60)
    predicted = np.where(good, truth, (truth + 1) % 3)
    plain = evaluate(truth, predicted, 3, np.random.default_rng(0))
    grouped = evaluate(truth, predicted, 3, np.random.default_rng(0), run)
    assert grouped.accuracy.high - grouped.accuracy.low > 1.5 * (plain.accuracy.high - plain.accuracy.low)


def test_the_macro_f1_interval_covers_the_true_value() -> None:
    rng = np.random.default_rng(24)
    recall = np.array([0.9, 0.7, 0.5])
    p = np.diag(recall) + (1 - recall)[:, None] * (1 - np.eye(3)) / 2
    expected = macro_f1(np.rint(p * 1e6))
    covered = 0
    for _ in range(100):
        truth = rng.integers(0, 3, 300)
        predicted = (rng.random(300)[:, None] > p[truth].cumsum(axis=1)).sum(axis=1)
        found = evaluate(truth, np.minimum(predicted, 2), 3, rng).macro_f1
        covered += found.low <= expected <= found.high
    assert covered >= 88  # 95 less three standard deviations of a binomial of 100
