"""Which forecasts to make next: first spread over all, then where the surface may be highest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from bayes_opt.acquisition import UpperConfidenceBound
from bayes_opt.target_space import TargetSpace
from scipy.stats import qmc

from pelagia.ocean.fit.priors import Prior, Units, units_of
from pelagia.ocean.fit.surrogate import Surrogate, one_thread

KAPPA = 2.0
"""Standard deviations above the surface at which it is searched: the upper bound of about 98 %."""
TRIES, CLIMBS = 2000, 2
"""Places at which the bound is looked at, and those of them from which it is climbed."""
FIRST_REPEATS = 3
"""Forecasts of the given choice with other random numbers: the first estimate of the noise."""


def first_places(given: dict[str, float], priors: Sequence[Prior], count: int, seed: int) -> Units:
    """Return where to look first: at what is given, thrice, and evenly spread over the ranges.

    Parameters
    ----------
    given
        The choice without a fit.
    priors
        Of the parameters that are fitted.
    count
        How many.
    seed
        Of the spreading (scrambled Sobol).

    Returns
    -------
    ndarray
        (count, D) on the scale of the search.
    """
    repeats = min(FIRST_REPEATS, count)
    others = count - repeats
    sobol = qmc.Sobol(len(priors), scramble=True, rng=np.random.default_rng(seed))
    spread = sobol.random_base2(max(others - 1, 1).bit_length())[:others]
    return np.concatenate([np.repeat(units_of([given], priors), repeats, axis=0), spread])


def propose(surrogate: Surrogate, count: int, seed: int) -> Units:
    """Return where to look next, all to be looked at together.

    Parameters
    ----------
    surrogate
        Fitted to all scores so far.
    count
        How many.
    seed
        Of the search for the highest bound.

    Returns
    -------
    ndarray
        (count, D): first the best place so far once more, so that luck does not stay there and the noise is known
        where it matters; then by the upper confidence bound, each as if the ones before had scored what the surface
        says ("kriging believer").
    """
    told = surrogate.told
    names = [f"p{number}" for number in range(told.units.shape[1])]
    space = TargetSpace(None, dict.fromkeys(names, (0.0, 1.0)))
    acquisition = UpperConfidenceBound(kappa=KAPPA)
    state, drawn = np.random.RandomState(seed), np.random.default_rng(seed)
    places = [told.units[surrogate.best()]]
    for place, score in zip(told.units, told.mean, strict=True):
        space.register(place, float(score))
    while len(places) < count:
        with one_thread():
            found = acquisition.suggest(
                surrogate.process, space, n_random=TRIES, n_smart=CLIMBS, fit_gp=False, random_state=state
            )
        place = np.asarray(found, dtype=np.float64)
        if _is_known(place, np.asarray(space.params, dtype=np.float64)):
            # A corner may have the highest bound again and again.
            place = drawn.random(len(names))
        believed = float(surrogate.predict(place[np.newaxis])[0][0])
        space.register(place, believed)
        surrogate = surrogate.believing(place, believed)
        places.append(place)
    return np.array(places[:count])


def _is_known(place: Units, known: Units) -> bool:
    return bool(np.any(np.all(np.abs(known - place) < 1e-6, axis=1)))
