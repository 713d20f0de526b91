"""How well each person sees: estimated together with what is there, since neither is known.

References
----------
Dawid and Skene (1979), *Applied Statistics* 28, 20, doi:10.2307/2346806.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.services.citizen.shapes import Bools, Floats

Ints = NDArray[np.int64]

ROUNDS_AT_MOST = 200
TOLERANCE = 1e-5
FOUND_PRIOR, MISSED_PRIOR = 3.0, 2.0
"""Before anything is known of somebody: three animals found, two missed …"""
FALSE_PRIOR, RIGHT_PRIOR = 1.0, 4.0
"""… and one place of five marked where nothing is."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Who, of those who saw it, marked which place; a row a person and place.

    Parameters
    ----------
    place, annotator
        (n,) numbers.
    marked
        (n,) whether that person marked it.
    known
        (places,) 1 where an expert has a box, 0 where an expert saw the image and has none, NaN elsewhere.
    annotators
        How many persons there are.
    """

    place: Ints
    annotator: Ints
    marked: Bools
    known: Floats
    annotators: int


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What was found of persons and places.

    Parameters
    ----------
    sensitivity
        (annotators,) probability of marking an animal that is there.
    false_rate
        (annotators,) probability of marking a place that somebody marked and where no animal is.
    probability
        (places,) that an animal is there.
    rounds
        How often both were estimated in turn.
    has_converged
        Whether nothing changed any more.
    """

    sensitivity: Floats
    false_rate: Floats
    probability: Floats
    rounds: int
    has_converged: bool

    @property
    def weights(self) -> Floats:
        """(annotators,) sensitivity less false rate, at least 0: how much a vote tells."""
        return np.maximum(self.sensitivity - self.false_rate, 0.0)


def estimate_reliability(votes: Votes) -> Reliability:
    """Estimate how well persons see and where animals are, in turn until neither changes.

    Parameters
    ----------
    votes
        Who saw and who marked.

    Notes
    -----
    Two classes, animal or none; what experts say is held fixed. Beta priors (:data:`FOUND_PRIOR` and so on) keep the
    estimates of persons with few marks near the ordinary. The first round takes the share of those who marked a place
    for its probability, so that an animal is what many marked. Places exist only where somebody marked, so that false
    rates are told per marked place, not per image.
    """
    place, person, marked = votes.place, votes.annotator, votes.marked.astype(np.float64)
    places = len(votes.known)
    seen = np.maximum(np.bincount(place, minlength=places), 1)
    probability = np.bincount(place, marked, places) / seen
    is_known = np.isfinite(votes.known)
    probability[is_known] = votes.known[is_known]
    sensitivity = false_rate = np.zeros(votes.annotators)
    for rounds in range(1, ROUNDS_AT_MOST + 1):
        there = probability[place]
        sensitivity = _rate(person, marked, there, votes.annotators, FOUND_PRIOR, MISSED_PRIOR)
        false_rate = _rate(person, marked, 1 - there, votes.annotators, FALSE_PRIOR, RIGHT_PRIOR)
        share = (probability.sum() + 1) / (places + 2)
        evidence = np.where(
            votes.marked,
            np.log(sensitivity[person] / false_rate[person]),
            np.log((1 - sensitivity[person]) / (1 - false_rate[person])),
        )
        logit = np.log(share / (1 - share)) + np.bincount(place, evidence, places)
        newer = 1 / (1 + np.exp(-np.clip(logit, -500, 500)))
        newer[is_known] = votes.known[is_known]
        change = float(np.abs(newer - probability).max(initial=0.0))
        probability = newer
        if change < TOLERANCE:
            return Reliability(sensitivity, false_rate, probability, rounds, has_converged=True)
    return Reliability(sensitivity, false_rate, probability, ROUNDS_AT_MOST, has_converged=False)


def _rate(person: Ints, marked: Floats, weight: Floats, persons: int, yes: float, no: float) -> Floats:
    """Return the share of marked places of each person, each place with a weight."""
    total = np.bincount(person, weight, persons)
    rate: Floats = (np.bincount(person, weight * marked, persons) + yes) / (total + yes + no)
    return rate
