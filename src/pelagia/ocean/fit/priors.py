"""What is known of a parameter before anything was seen, and the scale on which it is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import truncnorm

Choice = Mapping[str, float]
"""A value for each parameter, by name."""
Units = NDArray[np.float64]
"""(N, D): choices on the scale of the search, 0 to 1 in each parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of one parameter.

    Parameters
    ----------
    name
        Of the parameter.
    low, high
        Nothing outside is looked at.
    is_log
        Whether equal factors count as equal steps; ``low`` is then above 0.
    centre, spread
        Of a normal distribution, cut off at the ends; ``spread`` of ``None``: all values of that scale alike.
    why
        Where that is known from.
    """

    name: str
    low: float
    high: float
    is_log: bool = False
    centre: float = 0.0
    spread: float | None = None
    why: str = ""

    def to_unit(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return values on the scale of the search, 0 to 1."""
        low, high, at = (self._scaled(part) for part in (self.low, self.high, np.clip(value, self.low, self.high)))
        return np.asarray((at - low) / (high - low))

    def from_unit(self, unit: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return the values that stand at places of that scale."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        at = low + np.asarray(unit) * (high - low)
        return np.clip(np.exp(at) if self.is_log else at, self.low, self.high)

    def quantile(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return, on the scale of the search, what that share of the distribution lies below."""
        if self.spread is None:
            return np.asarray(share)
        return self.to_unit(np.asarray(self._normal().ppf(share)))

    def log_density(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logarithm of the density on the scale of the search; constant factors are left out."""
        if self.spread is None:
            return np.zeros(np.shape(unit))
        return np.asarray(-0.5 * np.square((self.from_unit(unit) - self.centre) / self.spread))

    def _normal(self) -> truncnorm:
        spread = self.spread or 1.0
        ends = ((self.low - self.centre) / spread, (self.high - self.centre) / spread)
        return truncnorm(*ends, loc=self.centre, scale=spread)

    def _scaled(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(np.log(value) if self.is_log else value, dtype=np.float64)


def units_of(choices: Sequence[Choice], priors: Sequence[Prior]) -> Units:
    """Return choices on the scale of the search."""
    columns = [prior.to_unit(np.array([choice[prior.name] for choice in choices])) for prior in priors]
    return np.column_stack(columns)


def choices_of(units: Units, priors: Sequence[Prior]) -> list[dict[str, float]]:
    """Return the choices that stand at places of that scale."""
    columns = {prior.name: prior.from_unit(units[:, number]) for number, prior in enumerate(priors)}
    return [{name: float(column[row]) for name, column in columns.items()} for row in range(len(units))]


def spread_over(shares: Units, priors: Sequence[Prior]) -> Units:
    """Return draws of the priors, on the scale of the search, from shares evenly spread over the unit cube."""
    return np.column_stack([prior.quantile(shares[:, number]) for number, prior in enumerate(priors)])


def log_prior(units: Units, priors: Sequence[Prior]) -> NDArray[np.float64]:
    """Return the logarithm of the density of all priors together, but for a constant."""
    return np.asarray(np.sum([prior.log_density(units[:, number]) for number, prior in enumerate(priors)], axis=0))
