"""What is known of the parameters after slicks were seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from pelagia.ocean.fit.priors import Prior, Units, log_prior, spread_over
from pelagia.ocean.fit.surrogate import Surrogate, one_thread
from pelagia.ocean.score.cells import Cells

PLACES = 4096
"""Draws of the prior at which the surface is first looked at."""
NEARER_PLACES = 1200
"""Draws near those that weigh, at which surfaces are drawn."""
PRIOR_SHARE = 0.3
"""Of those, draws of the prior: no place is left out."""
KERNELS, NARROWER = 400, 0.5
"""The others lie around so many of the places that weigh, by so much of their standard deviation."""
DRAWS_PER_SURFACE = 4
MOST_SCORE = 0.995
"""Scores above are taken as this: cells are too coarse to tell them apart."""


def draw_posterior(
    surrogate: Surrogate, priors: Sequence[Prior], looks: float, count: int, rng: np.random.Generator
) -> Units:
    """Draw choices from the posterior.

    Parameters
    ----------
    surrogate
        The surface through the scores.
    priors
        Of the parameters.
    looks
        How many independent looks the observation is worth, see :func:`independent_looks`.
    count
        How many draws.
    rng
        Randomness.

    Returns
    -------
    ndarray
        (count, D) on the scale of the search.

    Notes
    -----
    The density is prior × (1 - S)^(-n/2), S the score and n the looks. 1 - S is the mean square of the differences
    between the shares of cells with oil in the forecast's windows and in the observed ones, by what it would be if
    they had nothing in common; so this is the likelihood of n such differences that are normal, with a variance of
    which nothing is known (it is replaced by its most likely value). Where all scores are 0 it is the prior. What
    the surface does not know is carried along: many surfaces that agree with the scores are drawn, and some choices
    from the density that each gives. The posterior is thus one of the parameters under which forecasts with *this*
    forcing agree with what was seen; errors of the forcing that no parameter makes up for are not in it.

    References
    ----------
    Bissiri, Holmes and Walker 2016, doi:10.1111/rssb.12158 (posteriors from scores)
    """
    places, log_weight = _places(surrogate, priors, looks, rng)
    with one_thread():
        surfaces = surrogate.draw(places, -(-count // DRAWS_PER_SURFACE), rng)
    drawn = []
    for surface in surfaces:
        weight = _normalised(log_weight + log_likelihood(surface, looks))
        drawn.append(places[rng.choice(len(places), DRAWS_PER_SURFACE, p=weight)])
    return np.concatenate(drawn)[:count]


def log_likelihood(score: NDArray[np.float64], looks: float) -> NDArray[np.float64]:
    """Return the logarithm of (1 - S)^(-n/2)."""
    return np.asarray(-0.5 * looks * np.log1p(-np.clip(score, 0.0, MOST_SCORE)))


def independent_looks(observed: Cells, window: int) -> float:
    """Return how many squares of the size of a window cover what was seen: what one observation is worth.

    Parameters
    ----------
    observed
        (M, 2) cells with oil.
    window
        Side of the window, cells: nearer than that, a forecast errs alike.

    Notes
    -----
    The fewest over sixteen places of the grid of squares.
    """
    if not len(observed):
        return 0.0
    observed = observed - observed.min(axis=0)
    shifts = np.unique(np.arange(4) * window // 4)
    counts = [
        len(np.unique((observed + np.array([down, right])) // window, axis=0)) for down in shifts for right in shifts
    ]
    return float(min(counts))


def _places(
    surrogate: Surrogate, priors: Sequence[Prior], looks: float, rng: np.random.Generator
) -> tuple[Units, NDArray[np.float64]]:
    """Return places where the posterior may be, and the logarithm of prior by the density of their drawing."""
    sobol = qmc.Sobol(len(priors), scramble=True, rng=rng)
    first = spread_over(sobol.random(PLACES), priors)
    mean, deviation = surrogate.predict(first)
    weight = _normalised(log_likelihood(mean + deviation, looks))
    centres = first[rng.choice(PLACES, KERNELS, p=weight)]
    width = np.maximum(centres.std(axis=0) * NARROWER, 0.01)
    near = centres[rng.integers(KERNELS, size=NEARER_PLACES)] + width * rng.standard_normal(
        (NEARER_PLACES, len(priors))
    )
    is_prior = rng.random(NEARER_PLACES) < PRIOR_SHARE
    near[is_prior] = first[rng.integers(PLACES, size=int(is_prior.sum()))]
    near = near[np.all((near >= 0) & (near <= 1), axis=1)]
    prior = np.exp(log_prior(near, priors)) / _constant(priors)
    density = PRIOR_SHARE * prior + (1 - PRIOR_SHARE) * _kernel_density(near, centres, width)
    return near, np.log(prior) - np.log(density)


def _constant(priors: Sequence[Prior]) -> float:
    """Return the integral of the priors over the scale of the search, for their density to have the integral 1."""
    middle = (np.arange(2000) + 0.5) / 2000
    return float(np.prod([np.exp(prior.log_density(middle)).mean() for prior in priors]))


def _kernel_density(places: Units, centres: Units, width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of normal kernels around the centres."""
    distance = np.zeros((len(places), len(centres)))
    for number, scale in enumerate(width):
        distance += np.square((places[:, number, np.newaxis] - centres[np.newaxis, :, number]) / scale)
    return np.asarray(np.exp(-0.5 * distance).mean(axis=1) / np.prod(width * np.sqrt(2 * np.pi)))


def _normalised(log_weight: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())
