"""The fit: diffusivity, wind drift and spread of the start by the slicks that were observed later.

Forecasts are made in batches, each of places that the surface through all scores so far proposes; the places of a
batch are forecast at the same time. Scores and proposals are steps of the run, so that one that is taken up again goes
on where it was. The last pass is kept from the fit, where there are two or more, and scored afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

from pelagia.core.service import Request, Steps
from pelagia.ocean.fit.posterior import draw_posterior, log_likelihood
from pelagia.ocean.fit.priors import Prior, choices_of, log_prior
from pelagia.ocean.fit.proposals import first_places, propose
from pelagia.ocean.fit.surrogate import Surrogate, fit_surrogate, gather
from pelagia.services.oilspill.choices import CHOSEN, COLUMN_OF, given_choice, priors_of, with_choice
from pelagia.services.oilspill.evaluating import evaluate_batch, mean_centroid_km, mean_score, score_persistence
from pelagia.services.oilspill.fit_rows import fit_figures, fit_notes, score_figures, write_fit, write_scores
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.observing import hours_of, write_observed
from pelagia.services.oilspill.planning import Plan
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import load_setup, save_setup

BATCH = 8
"""Forecasts between two proposals."""
FIRST_SHARE = 4
"""A quarter of the forecasts is spread over the ranges before the surface is asked."""
ELEMENT_STEPS_PER_ITEM = 4e6
DRAWS = 400
"""Of the posterior."""
SCORING_STEPS = 4
"""Of a forecast that is scored and not fitted."""
SCORED_SEEDS = 3
"""Forecasts, with other random numbers, of which the scores before and after are the mean."""
CLEAR_PLACES, CLEAR_SDS = 3, 3.0
"""So many places must score so many standard deviations of the noise above nothing for the search to follow the score;
until then it follows the distance of the centres."""

Record = dict[str, Any]


def fit_forecast(
    request: Request[OilspillParams],
    steps: Steps,
    plan: Plan,
    ready: Mapping[str, Any],
    observed: Sequence[Record],
) -> Record:
    """Find the parameters under which the forecast agrees best with what was seen.

    Parameters
    ----------
    request
        With the parameters.
    steps
        Of the run.
    plan
        Of the run.
    ready
        ``setup``: its folder.
    observed
        Records of the slicks observed later.

    Returns
    -------
    dict
        ``setup``: folder of the setup with the fitted parameters; ``best``: those; ``draws``: choices of the
        posterior; ``tables``, ``figures``, ``notes``, ``issues``. Without a pass after the start: ``issues`` alone and
        empty tables, figures and notes. Without evaluations the forecast as given is scored, and nothing is fitted.
    """
    params = request.params
    path = steps.workdir / "observed.json"
    seen = steps.do("fit/observed", write_observed, observed, ready["setup"], params.fit_scales_km, path)
    if not seen["times_s"]:
        return {"tables": [], "figures": {}, "notes": [], "issues": seen["issues"]}
    if not plan.fits:
        scores = _score(request, steps, ready["setup"], seen, None)
        told = {"scores": scores, "seen": seen, "scales_km": list(params.fit_scales_km)}
        tables = steps.do("fit/tables", write_scores, told, steps.workdir)
        return {"tables": tables, "figures": score_figures(told), "notes": [], "issues": seen["issues"]}
    rows = _search(request, steps, ready["setup"], seen)
    task = _task(params, rows) | {"looks": seen["looks"], "seed": _seed(request, "fit/posterior")}
    known = steps.do("fit/posterior", conclude, task)
    scores = _score(request, steps, ready["setup"], seen, known["best"])
    told = {"rows": rows, "known": known, "scores": scores, "seen": seen, "scales_km": list(params.fit_scales_km)}
    tables = steps.do("fit/tables", write_fit, told, steps.workdir)
    fitted = steps.do("fit/setup", write_fitted, ready["setup"], known["best"], str(steps.workdir / "setup-fitted"))
    return {
        "setup": fitted,
        "best": known["best"],
        "draws": known["draws"],
        "tables": tables,
        "figures": fit_figures(told),
        "notes": fit_notes(told),
        "issues": seen["issues"],
    }


def fit_steps(request: Request[OilspillParams], plan: Plan, observed: Sequence[Record], start_s: float) -> int:
    """Return how many steps a fit takes, or the scores of a forecast alone, of the slicks seen after a start."""
    usable = comparable(observed, start_s)
    if not usable:
        return 1
    if not plan.fits:
        return SCORING_STEPS
    sizes = batch_sizes(request.params.evaluations)
    size = item_size(request.params, hours_of(usable, start_s))
    return 7 + len(sizes) + sum(-(-count // size) for count in sizes)


def batch_sizes(evaluations: int) -> list[int]:
    """Return how many forecasts each batch has."""
    first = min(evaluations, max(BATCH, evaluations // FIRST_SHARE))
    whole, rest = divmod(evaluations - first, BATCH)
    return [first, *[BATCH] * whole, *([rest] if rest else [])]


def item_size(params: OilspillParams, hours: float) -> int:
    """Return how many forecasts one step of a batch makes: some seconds of work, half a batch at most."""
    cost = params.fit_elements * max(hours * 60.0 / params.step_min, 1.0)
    return int(np.clip(ELEMENT_STEPS_PER_ITEM // cost, 1, BATCH // 2))


def propose_batch(task: Mapping[str, Any]) -> Record:
    """Say which places are forecast next.

    Parameters
    ----------
    task
        ``priors``; ``given``; ``units`` and ``scores`` so far, and ``guides``: minus the distance of the centres;
        ``count``; ``seed``.

    Returns
    -------
    dict
        ``units``: the places; ``is_guided``: whether scores told too little, so that the distance was followed.
    """
    priors = [Prior(**one) for one in task["priors"]]
    if not task["units"]:
        return {"units": first_places(task["given"], priors, task["count"], task["seed"]).tolist(), "is_guided": False}
    surrogate, is_guided = _surface(task)
    return {"units": propose(surrogate, task["count"], task["seed"]).tolist(), "is_guided": is_guided}


def conclude(task: Mapping[str, Any]) -> Record:
    """Say what is known when all forecasts are made.

    Parameters
    ----------
    task
        As of :func:`propose_batch`, with ``looks``.

    Returns
    -------
    dict
        ``best``: the most probable of the choices tried, by the posterior; ``best_unit``; ``highest``: that of the
        highest score; ``draws``; ``surrogate`` and ``surrogate_sd`` of each forecast; ``noise_sd`` of a score;
        ``is_guided``; ``looks``; ``priors``.

    Notes
    -----
    The forecast takes the most probable choice, not the one of the highest score: where little was seen, or where
    forcing is wrong, the highest score is found at odd parameters that no later forecast should have.
    """
    priors = [Prior(**one) for one in task["priors"]]
    units = np.array(task["units"])
    scored = fit_surrogate(gather(units, np.array(task["scores"])), task["seed"] % 2**31)
    is_guided = _surface(task)[1]
    tried = scored.told.units
    score = scored.predict(tried)[0]
    most = int(np.argmax(log_prior(tried, priors) + log_likelihood(score, task["looks"])))
    best, highest = tried[[most]], tried[[int(np.argmax(score))]]
    draws = draw_posterior(scored, priors, task["looks"], DRAWS, np.random.default_rng(task["seed"]))
    mean, deviation = scored.predict(units)
    return {
        "best": task["given"] | choices_of(best, priors)[0],
        "best_unit": best[0].tolist(),
        "highest": {"choice": task["given"] | choices_of(highest, priors)[0], "score": float(score.max())},
        "draws": [task["given"] | choice for choice in choices_of(draws, priors)],
        "surrogate": mean.tolist(),
        "surrogate_sd": deviation.tolist(),
        "noise_sd": float(np.sqrt(scored.told.noise)),
        "is_guided": is_guided,
        "looks": task["looks"],
        "priors": task["priors"],
    }


def write_fitted(setup: str, best: Mapping[str, float], folder: str) -> str:
    """Write the setup with the fitted parameters, for the forecast and the ensemble; return its folder."""
    save_setup(with_choice(load_setup(setup), best), Path(folder), like=Path(setup))
    copyfile(Path(setup) / "lattice.npz", Path(folder) / "lattice.npz")
    return folder


def _search(request: Request[OilspillParams], steps: Steps, setup: str, seen: Mapping[str, Any]) -> list[Record]:
    """Make all forecasts of the search; return a row for each."""
    params = request.params
    given = given_choice(params)
    priors = _priors(params)
    rows: list[Record] = []
    seeds = request.rng("fit/evaluations").integers(2**62, size=params.evaluations).tolist()
    size = item_size(params, seen["hours"])
    for batch, count in enumerate(batch_sizes(params.evaluations)):
        task = _task(params, rows) | {"count": count, "seed": _seed(request, f"fit/proposals/{batch}")}
        proposed = steps.do(f"fit/proposals/{batch}", propose_batch, task)
        choices = [given | choice for choice in choices_of(np.array(proposed["units"]), priors)]
        own = seeds[len(rows) : len(rows) + count]
        whole = _item(params, setup, seen, choices, own) | {"passes": seen["training"]}
        items = [
            whole | {"choices": choices[start : start + size], "seeds": own[start : start + size]}
            for start in range(0, count, size)
        ]
        done = [
            one for value in steps.map(f"fit/evaluations/{batch}", evaluate_batch, items) for one in value["scores"]
        ]
        for unit, choice, scores in zip(proposed["units"], choices, done, strict=True):
            rows.append(
                {
                    "batch": batch,
                    "unit": unit,
                    "choice": choice,
                    "score": mean_score(scores),
                    "centroid_km": mean_centroid_km(scores),
                    "is_guided": proposed["is_guided"],
                }
            )
    return rows


def _score(
    request: Request[OilspillParams],
    steps: Steps,
    setup: str,
    seen: Mapping[str, Any],
    best: Mapping[str, float] | None,
) -> dict[str, list[Record]]:
    """Score the forecast as given, the fitted one where there is one, and persistence on every pass."""
    params = request.params
    given = given_choice(params)
    seeds = request.rng("fit/scores").integers(2**62, size=SCORED_SEEDS).tolist()
    choices = {"defaults": given} if best is None else {"defaults": given, "fitted": dict(best)}
    items = [_item(params, setup, seen, [choice] * SCORED_SEEDS, seeds) for choice in choices.values()]
    scored = [_mean(value["scores"]) for value in steps.map("fit/scores", evaluate_batch, items)]
    stay = _item(params, setup, seen, [given], seeds[:1])
    persistence = steps.do("fit/persistence", score_persistence, stay)["scores"]
    return dict(zip(choices, scored, strict=True)) | {"persistence": _mean(persistence)}


def _mean(repeats: Sequence[Sequence[Mapping[str, Any]]]) -> list[Record]:
    """Return the mean of the repeats of a forecast, pass by pass."""
    return [
        {
            "time_s": one[0]["time_s"],
            "fss": np.mean([each["fss"] for each in one], axis=0).tolist(),
            "useful": float(np.mean([each["useful"] for each in one])),
            "centroid_km": mean_centroid_km(one),
        }
        for one in zip(*repeats, strict=True)
    ]


def _item(
    params: OilspillParams,
    setup: str,
    seen: Mapping[str, Any],
    choices: Sequence[Mapping[str, float]],
    seeds: list[int],
) -> Record:
    return {
        "setup": setup,
        "observed": seen["path"],
        "passes": len(seen["times_s"]),
        "scales_km": list(params.fit_scales_km),
        "elements": params.fit_elements,
        "choices": list(choices),
        "seeds": seeds,
    }


def _task(params: OilspillParams, rows: Sequence[Mapping[str, Any]]) -> Record:
    """Return what proposals are made from."""
    known = [row["centroid_km"] for row in rows if row["centroid_km"] is not None]
    farthest = max(known, default=0.0)
    return {
        "priors": [asdict(prior) for prior in _priors(params)],
        "given": given_choice(params),
        "units": [row["unit"] for row in rows],
        "scores": [row["score"] for row in rows],
        "guides": [-farthest if row["centroid_km"] is None else -row["centroid_km"] for row in rows],
    }


def _surface(task: Mapping[str, Any]) -> tuple[Surrogate, bool]:
    """Return the surface to follow: that of the scores, or where they tell nothing yet, that of the distances."""
    units, seed = np.array(task["units"]), task["seed"] % 2**31
    told = gather(units, np.array(task["scores"]))
    if np.sum(told.mean > CLEAR_SDS * np.sqrt(told.noise)) >= CLEAR_PLACES:
        return fit_surrogate(told, seed), False
    return fit_surrogate(gather(units, np.array(task["guides"])), seed), True


def _priors(params: OilspillParams) -> list[Prior]:
    asked = {COLUMN_OF[name] for name in params.fit}
    return priors_of(given_choice(params), [name for name in CHOSEN if name in asked])


def _seed(request: Request[OilspillParams], key: str) -> int:
    return int(request.rng(key).integers(2**31))
