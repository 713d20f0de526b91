"""The search for the best parameters and their posterior, on a score that is known everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.ocean.fit.posterior import draw_posterior, independent_looks, log_likelihood
from pelagia.ocean.fit.priors import Prior, choices_of, spread_over, units_of
from pelagia.ocean.fit.proposals import FIRST_REPEATS, first_places, propose
from pelagia.ocean.fit.surrogate import LEAST_NOISE_SD, Surrogate, fit_surrogate, gather

PRIORS = (
    Prior(name="a", low=0.0, high=1.0, centre=0.5, spread=0.25),
    Prior(name="b", low=0.5, high=20.0, is_log=True),
)
GIVEN = {"a": 0.5, "b": 2.0}
BEST = np.array([0.3, 0.7])
NOISE_SD = 0.02


def _score(units: np.ndarray) -> np.ndarray:
    """0.8 at the best place, nearly 0 far from it."""
    return np.asarray(0.8 * np.exp(-8 * np.square(units - BEST).sum(axis=1)))


def _searched(batches: int, *, seed: int = 5, score: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    units = first_places(GIVEN, PRIORS, 12, seed)
    scores = score * _score(units) + NOISE_SD * score * rng.standard_normal(len(units))
    for batch in range(batches):
        new = propose(fit_surrogate(gather(units, scores), batch), 6, batch)
        units = np.concatenate([units, new])
        scores = np.append(scores, score * _score(new) + NOISE_SD * score * rng.standard_normal(len(new)))
    return units, scores


@pytest.fixture(scope="module")
def surrogate() -> Surrogate:
    return fit_surrogate(gather(*_searched(3)), 0)


def test_choices_and_their_places_are_the_same_both_ways() -> None:
    choices = [{"a": 0.2, "b": 0.5}, {"a": 0.9, "b": 13.0}]
    back = choices_of(units_of(choices, PRIORS), PRIORS)
    for one, other in zip(choices, back, strict=True):
        assert one == pytest.approx(other)


def test_draws_of_a_prior_follow_it() -> None:
    shares = (np.arange(4000)[:, np.newaxis] + 0.5) / 4000
    normal = Prior(name="a", low=0.0, high=4.0, centre=1.0, spread=0.25)
    values = normal.from_unit(spread_over(shares, [normal])[:, 0])
    assert values.mean() == pytest.approx(1.0, abs=0.002)
    assert values.std() == pytest.approx(0.25, abs=0.002)
    alike = Prior(name="b", low=0.5, high=20.0, is_log=True)
    logs = np.log(alike.from_unit(spread_over(shares, [alike])[:, 0]))
    assert logs.mean() == pytest.approx(np.log(np.sqrt(10.0)), abs=0.002)


def test_the_search_begins_at_what_is_given_more_than_once() -> None:
    units = first_places(GIVEN, PRIORS, 12, 1)
    np.testing.assert_allclose(units[:FIRST_REPEATS], np.repeat(units_of([GIVEN], PRIORS), FIRST_REPEATS, axis=0))
    assert len(np.unique(units, axis=0)) == 12 - FIRST_REPEATS + 1
    assert units.shape == (12, 2)


def test_noise_is_estimated_from_repeats() -> None:
    rng = np.random.default_rng(0)
    places = rng.random((200, 2))
    units = np.repeat(places, 4, axis=0)
    told = gather(units, _score(units) + 0.03 * rng.standard_normal(800))
    assert np.sqrt(told.noise) == pytest.approx(0.03, rel=0.1)
    assert told.repeats.tolist() == [4] * 200


def test_without_noise_a_least_one_is_assumed() -> None:
    units = first_places(GIVEN, PRIORS, 12, 1)
    assert gather(units, np.zeros(12)).noise == pytest.approx(LEAST_NOISE_SD**2)


def test_the_search_finds_the_best_place_in_spite_of_noise(surrogate: Surrogate) -> None:
    """Within 0.06 of each range, where the true score is 0.02 below the best: the noise of one forecast."""
    best = surrogate.told.units[surrogate.best()]
    np.testing.assert_allclose(best, BEST, atol=0.06)
    assert _score(best[np.newaxis])[0] > 0.78


def test_the_surface_takes_the_noise_off(surrogate: Surrogate) -> None:
    told = surrogate.told
    mean, deviation = surrogate.predict(told.units)
    assert np.abs(mean - _score(told.units)).mean() < np.abs(told.mean - _score(told.units)).mean()
    assert np.all(deviation < 0.1)


def test_a_batch_is_looked_at_in_different_places_and_the_best_once_more(surrogate: Surrogate) -> None:
    batch = propose(surrogate, 6, 3)
    np.testing.assert_allclose(batch[0], surrogate.told.units[surrogate.best()])
    assert len(np.unique(np.round(batch, 3), axis=0)) == 6
    assert np.all((batch >= 0) & (batch <= 1))


def test_the_same_scores_and_seed_propose_the_same() -> None:
    units, scores = _searched(1)
    again = [propose(fit_surrogate(gather(units, scores), 4), 5, 9) for _ in range(2)]
    np.testing.assert_array_equal(*again)


def test_a_corner_that_is_proposed_twice_gives_place() -> None:
    units = first_places(GIVEN, PRIORS, 12, 1)
    surrogate = fit_surrogate(gather(units, units.sum(axis=1)), 0)
    batch = propose(surrogate, 8, 0)
    assert len(np.unique(np.round(batch[1:], 6), axis=0)) == 7


def test_the_posterior_is_that_of_the_known_score(surrogate: Surrogate) -> None:
    """Mean within 0.05 and spread within 0.04 of the sums over a fine grid."""
    looks = 10.0
    drawn = draw_posterior(surrogate, PRIORS, looks, 800, np.random.default_rng(2))
    steps = (np.arange(300) + 0.5) / 300
    grid = np.stack([part.ravel() for part in np.meshgrid(steps, steps)], axis=1)
    weight = np.exp(log_likelihood(_score(grid), looks) + PRIORS[0].log_density(grid[:, 0]))
    mean = np.average(grid, axis=0, weights=weight)
    spread = np.sqrt(np.average(np.square(grid - mean), axis=0, weights=weight))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(drawn.std(axis=0), spread, atol=0.04)


def test_the_posterior_narrows_with_what_is_seen(surrogate: Surrogate) -> None:
    widths = [
        draw_posterior(surrogate, PRIORS, looks, 800, np.random.default_rng(2)).std(axis=0)
        for looks in (0.0, 5.0, 20.0)
    ]
    assert np.all(widths[0] > widths[1])
    assert np.all(widths[1] > widths[2])


def test_scores_of_nothing_leave_the_prior() -> None:
    units = first_places(GIVEN, PRIORS, 24, 1)
    surrogate = fit_surrogate(gather(units, np.zeros(24)), 0)
    drawn = draw_posterior(surrogate, PRIORS, 20.0, 2000, np.random.default_rng(2))
    prior = spread_over(np.random.default_rng(3).random((20_000, 2)), PRIORS)
    np.testing.assert_allclose(drawn.mean(axis=0), prior.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), prior.std(axis=0), atol=0.03)


def test_what_few_forecasts_do_not_know_widens_the_posterior(surrogate: Surrogate) -> None:
    few = fit_surrogate(gather(*_searched(0)), 0)
    widths = [draw_posterior(one, PRIORS, 40.0, 800, np.random.default_rng(2)).std(axis=0) for one in (few, surrogate)]
    assert widths[0].mean() > widths[1].mean()


def test_looks_are_the_squares_that_cover_what_was_seen() -> None:
    square = np.stack([part.ravel() for part in np.meshgrid(np.arange(40), np.arange(40))], axis=1)
    assert independent_looks(square, 20) == 4
    assert independent_looks(square + 13, 40) == 1
    assert independent_looks(np.array([[3, 4]]), 67) == 1
    assert independent_looks(np.zeros((0, 2), dtype=np.int64), 67) == 0
