"""Forecasts with other parameters, each scored against what was seen: the work of a fit, done in any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pelagia.ocean.score.skill import Skill, score_forecast
from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SURFACE, SpillState
from pelagia.services.oilspill.choices import with_choice, with_elements
from pelagia.services.oilspill.observing import Pass, read_observed
from pelagia.services.oilspill.setups import load_setup

Record = dict[str, Any]


def evaluate_batch(item: Mapping[str, Any]) -> Record:
    """Make forecasts with some choices and score each on every pass it is asked for.

    Parameters
    ----------
    item
        ``setup``: folder; ``observed``: file of the passes; ``passes``: how many of them, from the first on;
        ``scales_km``; ``elements``; ``choices``; ``seeds``, one a choice.

    Returns
    -------
    dict
        ``scores``: for each choice a list of :func:`score_record` by pass.
    """
    setup = with_elements(load_setup(item["setup"]), item["elements"])
    passes = read_observed(item["observed"])[: item["passes"]]
    scores = []
    for choice, seed in zip(item["choices"], item["seeds"], strict=True):
        chosen = replace(with_choice(setup, choice), seed=seed, end_s=passes[-1].time_s)
        scores.append([score_record(one, skill) for one, skill in _skills(chosen, passes, item["scales_km"])])
    return {"scores": scores}


def score_persistence(item: Mapping[str, Any]) -> Record:
    """Score the slick as it was at the start, as if it stayed there.

    Parameters
    ----------
    item
        As of :func:`evaluate_batch`, with one choice and one seed.
    """
    setup = with_elements(load_setup(item["setup"]), item["elements"])
    start = begin(replace(with_choice(setup, item["choices"][0]), seed=item["seeds"][0]))
    passes = read_observed(item["observed"])[: item["passes"]]
    scores = [
        score_record(one, score_forecast(start.lat_deg, start.lon_deg, one.target, item["scales_km"])) for one in passes
    ]
    return {"scores": [scores]}


def score_record(seen: Pass, skill: Skill) -> Record:
    """Return how a forecast scored on a pass, as JSON types."""
    return {
        "time_s": seen.time_s,
        "fss": list(skill.fss),
        "useful": skill.useful,
        "centroid_km": skill.centroid_km,
        "cell_m": skill.cell_m,
    }


def mean_score(scores: Sequence[Mapping[str, Any]]) -> float:
    """Return the mean fraction skill score of all passes and scales: what is maximised."""
    return float(np.mean([one["fss"] for one in scores]))


def mean_centroid_km(scores: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean distance of the centres of the passes on which there was oil at the surface."""
    told = [one["centroid_km"] for one in scores if one["centroid_km"] is not None]
    return float(np.mean(told)) if told else None


def _skills(setup: SpillSetup, passes: Sequence[Pass], scales_km: Sequence[float]) -> list[tuple[Pass, Skill]]:
    """Score a forecast on each pass, at its very time."""
    state = begin(setup)
    found = []
    for seen in passes:
        state = advance(state, setup, seen.time_s)
        there = _at(state, setup, seen.time_s)
        afloat = there.status == SURFACE
        found.append((seen, score_forecast(there.lat_deg[afloat], there.lon_deg[afloat], seen.target, scales_km)))
    return found


def _at(state: SpillState, setup: SpillSetup, time_s: float) -> SpillState:
    """Return the state at a time between two steps: a shorter step goes there, beside the simulation itself."""
    return advance(state, replace(setup, end_s=time_s), time_s)
