"""Members of an ensemble: drawn, and run; what each process adds up of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from pelagia.core.service import Request
from pelagia.ocean.balance import balance
from pelagia.ocean.fit.priors import choices_of, spread_over
from pelagia.ocean.gridding import Lattice, cell_masses
from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SpillState
from pelagia.services.oilspill.cell_sums import CellSums
from pelagia.services.oilspill.choices import (
    CHOSEN,
    CURRENT_SCALE,
    START_SHIFT,
    WIND_SCALE,
    forcing_priors,
    given_choice,
    priors_of,
    with_choice,
)
from pelagia.services.oilspill.columns import FATES
from pelagia.services.oilspill.forecasting import load_lattice
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import load_setup
from pelagia.services.oilspill.shores import loads_kg

SLACK_S = 1e-3

Record = dict[str, Any]


def draw_members(
    request: Request[OilspillParams], setup: SpillSetup, draws: Sequence[Mapping[str, float]], count: int
) -> list[Record]:
    """Draw what each member chooses.

    Parameters
    ----------
    request
        Gives the randomness.
    setup
        Whether it starts from outlines, and how long its steps are.
    draws
        Of the posterior of a fit; empty without one: the members then follow the priors.
    count
        How many.

    Returns
    -------
    list of dict
        ``member``, the choice, ``wind_scale``, ``current_scale``, ``start_shift_h``, ``seed``. The draws are spread
        evenly over each parameter (Latin hypercube). A start is shifted by whole steps, within the forcing.
    """
    rng = request.rng("ensemble")
    given = given_choice(request.params)
    is_seen = all(source.rings for source in setup.sources)
    priors = forcing_priors(is_seen) + ([] if draws else priors_of(given, CHOSEN))
    shares = qmc.LatinHypercube(len(priors), rng=rng).random(count)
    drawn = choices_of(spread_over(shares, priors), priors)
    order: NDArray[np.int64] = rng.permutation(np.arange(count) * len(draws) // count)
    seeds = rng.integers(2**62, size=count).tolist()
    members = []
    for number, one in enumerate(drawn):
        chosen = given | one | (dict(draws[int(order[number])]) if draws else {})
        chosen[START_SHIFT] = _shift_h(setup, chosen.get(START_SHIFT, 0.0))
        members.append(chosen | {"member": number, "seed": seeds[number]})
    return members


def run_members(item: Mapping[str, Any]) -> Record:
    """Run some members, one after the other, and add up what they leave.

    Parameters
    ----------
    item
        ``setup``: folder; ``times_s`` of the maps; ``members``: as of :func:`draw_members`.

    Returns
    -------
    dict
        Sums by cell, see :class:`CellSums`; ``fractions``: (members, times, fates) float64; ``hit_member``,
        ``hit_stretch``, ``hit_h``, ``hit_kg``: a row for each stretch that a member reaches; ``ends``: for each member
        centre and share on the shore.
    """
    setup = load_setup(item["setup"])
    lattice = load_lattice(item["setup"])
    sums = CellSums()
    fractions, ends = [], []
    hits: list[list[NDArray[Any]]] = [[], [], [], []]
    for member in item["members"]:
        own = setup_of(setup, member)
        state, shares, told = _run(own, lattice, item["times_s"], sums)
        fractions.append(shares)
        ends.append(told)
        for column, values in zip(hits, _hits(state, setup, own, member["member"]), strict=True):
            column.append(values)
    names = ("hit_member", "hit_stretch", "hit_h", "hit_kg")
    reached = {name: np.concatenate(column) for name, column in zip(names, hits, strict=True)}
    return {**sums.to_arrays(), "fractions": np.array(fractions), "ends": ends, **reached}


def setup_of(setup: SpillSetup, member: Mapping[str, Any]) -> SpillSetup:
    """Return the setup of a member."""
    shift_s = member[START_SHIFT] * 3600.0
    chosen = with_choice(setup, {name: member[name] for name in CHOSEN})
    return replace(
        chosen,
        sources=tuple(replace(source, start_s=source.start_s + shift_s) for source in chosen.sources),
        start_s=chosen.start_s + shift_s,
        seed=member["seed"],
        wind_scale=member[WIND_SCALE],
        current_scale=member[CURRENT_SCALE],
    )


def _run(
    setup: SpillSetup, lattice: Lattice, times_s: Sequence[float], sums: CellSums
) -> tuple[SpillState, NDArray[np.float64], Record]:
    """Run one member; return its end, its shares by time and fate, and what the table tells of its end."""
    sign = -1.0 if setup.end_s < setup.start_s else 1.0
    shares = np.zeros((len(times_s), len(FATES)))
    state = begin(setup)
    told = balance(state, setup)
    sums.begin_member()
    for number, time_s in enumerate(times_s):
        if sign * (time_s - setup.start_s) < -SLACK_S:
            shares[number, FATES.index("unreleased")] = 1.0
            continue
        state = advance(state, setup, time_s)
        told = balance(state, setup)
        shares[number] = told.fractions
        cells = cell_masses(state, lattice)
        afloat = cells.surface_kg > 0
        sums.add(number, cells.row[afloat], cells.col[afloat], cells.surface_kg[afloat])
    beached = told.fraction("beached") + told.fraction("seeped")
    centre = [None if np.isnan(value) else value for value in (told.centre_lat, told.centre_lon)]
    return state, shares, {"centre_lat": centre[0], "centre_lon": centre[1], "beached_fraction": beached}


def _hits(state: SpillState, setup: SpillSetup, own: SpillSetup, member: int) -> tuple[NDArray[Any], ...]:
    """Return member, stretch, hours since the start of the forecast and load of each stretch it reached."""
    if setup.shoreline is None:
        return tuple(np.zeros(0, dtype=kind) for kind in (np.int32, np.int32, np.float64, np.float64))
    reached = np.flatnonzero(np.isfinite(state.stretch_first_s))
    beached, seeped = loads_kg(setup.shoreline, state)
    hours = np.abs(state.stretch_first_s[reached] - setup.start_s) / 3600.0
    return (
        np.full(len(reached), member, dtype=np.int32),
        reached.astype(np.int32),
        hours,
        (beached + seeped)[reached],
    )


def _shift_h(setup: SpillSetup, shift_h: float) -> float:
    """Return a shift of the start by whole steps, as far as the forcing reaches; never to the end or beyond."""
    step_h = setup.physics.step_s / 3600.0
    whole_h = (setup.end_s - setup.start_s) / 3600.0
    low, high = (-np.inf, whole_h - step_h) if whole_h > 0 else (whole_h + step_h, np.inf)
    for forcing in (setup.currents, setup.wind, setup.waves):
        if forcing is not None and len(forcing.time_s) > 1:
            low = max(low, (forcing.time_s[0] - setup.start_s) / 3600.0)
            high = min(high, (forcing.time_s[-1] - setup.start_s) / 3600.0)
    steps = round(shift_h / step_h)
    least = np.ceil(low / step_h - 1e-9) if np.isfinite(low) else steps
    most = np.floor(high / step_h + 1e-9) if np.isfinite(high) else steps
    return float(np.clip(steps, min(least, 0), max(most, 0)) * step_h)
