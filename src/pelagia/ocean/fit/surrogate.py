"""A smooth surface through the noisy scores of forecasts: a Gaussian process."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from pelagia.ocean.fit.priors import Units

Values = NDArray[np.float64]

LEAST_NOISE_SD = 1e-3
"""Of a score: below, differences of forecasts mean nothing."""
LENGTHS = (0.1, 10.0)
"""Least and largest correlation length, as a share of the range of a parameter."""
RESTARTS = 1
"""Of the search for the kernel's parameters."""
JITTER = 1e-10


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the scores: each place once, with the mean of its repeats.

    Parameters
    ----------
    units
        (N, D), each place once.
    mean
        (N,) of the scores there.
    repeats
        (N,) how many there are.
    noise
        Variance of a single score, from the repeats.
    """

    units: Units
    mean: Values
    repeats: NDArray[np.int64]
    noise: float

    @property
    def relative_noise(self) -> Values:
        """(N,) variance of each mean, by that of all means: as a process of normalised values takes it."""
        return self.noise / self.repeats / max(float(np.var(self.mean)), JITTER)


@dataclass(frozen=True, slots=True)
class Surrogate:
    """The surface.

    Parameters
    ----------
    process
        Fitted.
    told
        What it was fitted to.
    """

    process: GaussianProcessRegressor
    told: Told

    def predict(self, units: Units) -> tuple[Values, Values]:
        """Return mean and standard deviation of the score at places, noise taken off."""
        mean, deviation = self.process.predict(units, return_std=True)
        return np.asarray(mean), np.asarray(deviation)

    def draw(self, units: Units, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw surfaces that agree with what is known.

        Returns
        -------
        ndarray
            (count, N).
        """
        mean, covariance = self.process.predict(units, return_cov=True)
        scale = float(np.mean(np.diag(covariance))) + JITTER
        lower = np.linalg.cholesky(covariance + np.eye(len(units)) * scale * 1e-6)
        return np.asarray(mean + rng.standard_normal((count, len(units))) @ lower.T)

    def believing(self, place: Units, score: float) -> Surrogate:
        """Return the surface as if one more score were known; its kernel stays."""
        told = self.told
        more = Told(
            np.vstack([told.units, place]),
            np.append(told.mean, score),
            np.append(told.repeats, 1),
            told.noise,
        )
        process = process_of(more, self.process.kernel_)
        return Surrogate(process.fit(more.units, more.mean), more)

    def best(self) -> int:
        """Return the number of the place, of those known, at which the surface is highest."""
        return int(np.argmax(self.predict(self.told.units)[0]))


def gather(units: Units, scores: Values) -> Told:
    """Put repeats together and estimate the noise from them.

    Parameters
    ----------
    units
        (N, D), repeats among them.
    scores
        (N,).

    Notes
    -----
    The variance within the repeats of all places, pooled, and at least that of ``LEAST_NOISE_SD``.
    """
    places, which, repeats = np.unique(np.round(units, 9), axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    mean = np.bincount(which, weights=scores) / repeats
    freedom = len(scores) - len(places)
    within = float(np.square(scores - mean[which]).sum())
    noise = within / freedom if freedom else 0.0
    return Told(places, mean, repeats.astype(np.int64), max(noise, LEAST_NOISE_SD**2))


def fit_surrogate(told: Told, seed: int) -> Surrogate:
    """Fit the surface: Matérn 5/2 with a length for each parameter, noise as estimated.

    Parameters
    ----------
    told
        The scores.
    seed
        Of the restarts.
    """
    dimensions = told.units.shape[1]
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(np.full(dimensions, 0.5), LENGTHS, nu=2.5)
    process = process_of(told, kernel)
    process.set_params(optimizer="fmin_l_bfgs_b", n_restarts_optimizer=RESTARTS, random_state=seed)
    with warnings.catch_warnings(), one_thread():
        # A parameter the score does not depend on has the longest length there may be.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(told.units, told.mean)
    return Surrogate(process, told)


def one_thread() -> threadpool_limits:
    """Keep linear algebra to one thread: matrices this small take three times as long on two."""
    return threadpool_limits(limits=1)


def process_of(told: Told, kernel: Kernel) -> GaussianProcessRegressor:
    """Return a process with that kernel and the noise as estimated, not fitted yet."""
    return GaussianProcessRegressor(kernel=kernel, alpha=told.relative_noise + JITTER, optimizer=None, normalize_y=True)
