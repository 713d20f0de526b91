"""Temperature scaling finds what was hidden, and ECE tells how far off a model is."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.core.errors import BadParameter
from pelagia.learning.calibrate import (
    calibrate,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    softmax,
)


def calibrated_world(n: int, classes: int, temperature: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from the softmax of the true logits; the logits given are those times a temperature."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 2, (n, classes))
    labels = np.argmax(true + rng.gumbel(size=true.shape), axis=1)  # a draw from softmax(true)
    return true * temperature, labels


@pytest.mark.parametrize("hidden", [0.5, 1.0, 3.0])
def test_the_hidden_temperature_is_found(hidden: float) -> None:
    logits, labels = calibrated_world(20_000, 6, hidden, seed=1)
    # standard error of the estimate is about 1 % at 20,000 images
    assert fit_temperature(logits, labels) == pytest.approx(hidden, rel=0.05)


def test_the_fitted_temperature_is_the_most_likely_one() -> None:
    logits, labels = calibrated_world(2_000, 4, 2.0, seed=2)
    best = fit_temperature(logits, labels)
    at_best = negative_log_likelihood(logits, labels, best)
    assert all(at_best < negative_log_likelihood(logits, labels, best * f) for f in (0.9, 1.1))


def test_calibration_removes_overconfidence_even_across_folds() -> None:
    logits, labels = calibrated_world(5_000, 5, 3.0, seed=3)
    fit = calibrate(logits, labels, groups=np.arange(5_000) // 100)
    assert fit.ece_before > 0.1
    assert fit.ece_after < 0.03  # the bias of ECE itself is about sqrt(15 / 5000) ≈ 0.05 at most
    assert fit.n == 5_000


def test_one_group_alone_still_calibrates() -> None:
    logits, labels = calibrated_world(200, 3, 2.0, seed=4)
    fit = calibrate(logits, labels, groups=["run"] * 200)
    assert fit.ece_after == pytest.approx(fit.ece_before)  # nothing to cross-fit with: no improvement is claimed
    assert fit.temperature > 1


def test_softmax_rows_sum_to_one_and_huge_logits_do_not_overflow() -> None:
    p = softmax(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    assert np.allclose(p.sum(axis=1), 1)
    assert np.allclose(p[1], 1 / 3)


def test_a_higher_temperature_makes_less_sure_and_keeps_the_order() -> None:
    logits = np.random.default_rng(5).normal(size=(50, 7))
    cold, warm = softmax(logits, 1.0), softmax(logits, 4.0)
    assert (warm.max(axis=1) < cold.max(axis=1)).all()
    assert (np.argsort(cold, axis=1) == np.argsort(warm, axis=1)).all()


def test_ece_of_a_known_table() -> None:
    # 80 images at 0.9 of which 60 right (gap 0.15), 20 images at 0.5 of which 10 right (gap 0)
    confidence = np.repeat([0.9, 0.5], [80, 20])
    correct = np.concatenate([np.arange(80) < 60, np.arange(20) < 10])
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.8 * 0.15)


def test_reliability_bins_hold_every_image_once_with_the_bounds_inside() -> None:
    diagram = reliability([0.0, 0.1, 0.10001, 1.0], [False, True, True, True], bins=10)
    assert diagram.n.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert diagram.accuracy[0] == 0.5
    assert np.isnan(diagram.accuracy[5])


def test_no_image_is_refused_with_a_remedy() -> None:
    with pytest.raises(BadParameter, match="Hold back"):
        calibrate(np.zeros((0, 3)), np.zeros(0, int))
