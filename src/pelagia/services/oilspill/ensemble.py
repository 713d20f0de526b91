"""The ensemble: many forecasts whose parameters, forcing and start differ as much as is not known of them.

After a fit, members take the draws of its posterior; without one, the priors. Each has errors of its own of wind and
currents, and of the start where that was reported, not seen. Shares of the members are the probabilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pelagia.core.service import Request, Steps
from pelagia.services.oilspill.cell_sums import NAMES, CellSums
from pelagia.services.oilspill.choices import forcing_priors, given_choice, priors_of
from pelagia.services.oilspill.ensemble_rows import ensemble_figures, ensemble_notes, impacts_of, write_ensemble
from pelagia.services.oilspill.members import draw_members, run_members
from pelagia.services.oilspill.planning import Plan
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import load_setup

ELEMENT_STEPS_PER_ITEM = 2e7
"""Some seconds of work."""
LEAST_ITEMS, MOST_ITEMS = 10, 200
"""So that two processes, or five, have as much to do; and no more sums by cell are stored than that."""

Record = dict[str, Any]


def run_ensemble(
    request: Request[OilspillParams],
    steps: Steps,
    plan: Plan,
    setup: str,
    fitted: Mapping[str, Any],
    times_s: Sequence[float],
) -> Record:
    """Run all members and add them up.

    Parameters
    ----------
    request
        With the parameters.
    steps
        Of the run.
    plan
        How many members.
    setup
        Folder of the setup.
    fitted
        As of :func:`pelagia.services.oilspill.fitting.fit_forecast`; empty without a fit.
    times_s
        When the oil is mapped, the start first, Unix time, s.

    Returns
    -------
    dict
        ``impacts``: what the coast table tells, by stretch; ``cells``: file of the sums by cell; ``extent``: first row
        and column of all cells, last row and column; ``members``; ``tables``, ``figures``, ``notes``, ``issues``.
    """
    draws = fitted.get("draws", [])
    members = steps.do("ensemble/draw", drawn, request, setup, draws, plan.members)
    size = item_size(request.params, plan.members)
    items = [
        {"setup": setup, "times_s": list(times_s), "members": members[start : start + size]}
        for start in range(0, len(members), size)
    ]
    whole = add_up(steps.map("ensemble/members", run_members, items))
    told = steps.do("ensemble/tables", write_ensemble, whole, members, setup, list(times_s), steps.workdir)
    is_seen = all(source.rings for source in load_setup(setup).sources)
    given = given_choice(request.params)
    priors = forcing_priors(is_seen) + ([] if draws else priors_of(given, tuple(given)))
    return {
        **told,
        "impacts": impacts_of(whole, len(members), load_setup(setup)),
        "members": len(members),
        "figures": ensemble_figures(whole, len(members), strands=_strands(setup)),
        "notes": ensemble_notes(priors, len(members), is_fitted=bool(draws)),
        "issues": [],
    }


def _strands(setup: str) -> bool:
    """Whether oil may reach a shore: there is one, and time goes forward."""
    spill = load_setup(setup)
    return spill.shoreline is not None and spill.end_s >= spill.start_s


def ensemble_steps(request: Request[OilspillParams], plan: Plan) -> int:
    """Return how many steps an ensemble takes."""
    return 2 + -(-plan.members // item_size(request.params, plan.members))


def item_size(params: OilspillParams, members: int) -> int:
    """Return how many members one step runs: some seconds of work, in 10 to 200 steps where that can be."""
    cost = params.elements * max(params.hours * 60.0 / params.step_min, 1.0)
    most = max(members // LEAST_ITEMS, 1)
    return int(np.clip(ELEMENT_STEPS_PER_ITEM // cost, -(-members // MOST_ITEMS), most))


def drawn(
    request: Request[OilspillParams], setup: str, draws: Sequence[Mapping[str, float]], count: int
) -> list[Record]:
    """Draw the members for a setup on disk."""
    return draw_members(request, load_setup(setup), draws, count)


def add_up(parts: Iterable[Mapping[str, Any]]) -> Record:
    """Put together what the processes have added up, one part after the other.

    Parameters
    ----------
    parts
        As of :func:`pelagia.services.oilspill.members.run_members`, in the order of the members.
    """
    sums = CellSums()
    others: dict[str, list[Any]] = {}
    for part in parts:
        sums.merge(part)
        for name in part.keys() - set(NAMES):
            others.setdefault(name, []).append(part[name])
    ends = [end for some in others.pop("ends") for end in some]
    return {**sums.to_arrays(), "ends": ends, **{name: np.concatenate(some) for name, some in others.items()}}
