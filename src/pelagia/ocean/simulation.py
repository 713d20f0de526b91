"""A simulation: begin it, take it on in time, as often as wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.balance import check_masses
from pelagia.ocean.beginning import begin
from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.state import BEACHED, DISPERSED, SpillState
from pelagia.ocean.stepping import go_ways, mix_down, wash_off, weather_elements
from pelagia.ocean.ways import SlickStep, Step, find_ways
from pelagia.ocean.weathering.slicks import start_slicks, step_slicks
from pelagia.ocean.world import SLACK_S, World, centres_of, make_world, weather_at

__all__ = ["advance", "begin"]


def advance(state: SpillState, setup: SpillSetup, until_s: float) -> SpillState:
    """Take the oil on in time, step by step.

    Parameters
    ----------
    state
        Not modified.
    setup
        That of :func:`begin`.
    until_s
        Unix time, s, after ``state.time_s`` (before it in a simulation backward in time).

    Returns
    -------
    SpillState
        After the last whole step that does not go beyond ``until_s``; at ``setup.end_s`` a shorter step ends the
        simulation. So the steps are the same however often it is stopped, and the result is equal to the bit.

    Raises
    ------
    BadInput
        ``forcing-ends-early``, ``forcing-starts-late``.
    MassLost
        Where the masses do not sum to what was spilled.
    """
    world = make_world(setup)
    _, oils = start_slicks(setup.sources, step_s=setup.physics.step_s)
    now = state.copy()
    while (next_s := _next_time(now, setup, until_s)) is not None:
        _take_step(now, world, oils, next_s - now.time_s)
        now = replace(now, time_s=next_s, step=now.step + 1)
        check_masses(now, setup)
    return now


def _next_time(state: SpillState, setup: SpillSetup, until_s: float) -> float | None:
    """Return the end of the next step; ``None`` where there is none up to a moment."""
    sign = 1.0 if setup.end_s >= setup.start_s else -1.0
    next_s = setup.start_s + sign * (state.step + 1) * setup.physics.step_s
    if sign * (next_s - setup.end_s) > -SLACK_S:
        next_s = setup.end_s
    is_done = sign * (next_s - state.time_s) < SLACK_S
    return None if is_done or sign * (next_s - until_s) > SLACK_S else next_s


def _take_step(state: SpillState, world: World, oils: NDArray[np.void], dt_s: float) -> None:
    """Weather the slicks and move the elements of a state by a step, in place."""
    step = _step_of(state, world, dt_s)
    slicks = _weather(state, world, oils, dt_s)
    weather_elements(state.status, state.slick, state.release_s, state.evaporated, slicks, step)
    world.blend(state, state.time_s, dt_s)
    fields = world.currents.field, world.wind.field, world.waves.field
    ways = find_ways(
        state.lat_deg, state.lon_deg, state.depth_m, state.status, state.slick, state.segment, state.release_s, slicks,
        step, *fields, world.coast.coast_type,
    )  # fmt: skip
    if (state.status == BEACHED).any():
        wash_off(
            state.status, state.slick, state.segment, state.mass_kg, state.seeped, ways, slicks, step, world.coast,
            state.segment_seeped_kg,
        )  # fmt: skip
    grids = fields[0].grid, fields[1].grid, fields[2].grid
    go_ways(
        state.lat_deg, state.lon_deg, state.status, state.segment, state.release_s, ways, step, world.coast, grids,
        state.stretch_first_s,
    )  # fmt: skip
    if (state.status == DISPERSED).any():
        mix_down(state.lat_deg, state.lon_deg, state.depth_m, state.status, state.release_s, step, world.bottom)


def _step_of(state: SpillState, world: World, dt_s: float) -> Step:
    physics = world.setup.physics
    return Step(
        seed=world.seed,
        number=state.step,
        start_s=float(state.time_s),
        dt_s=float(dt_s),
        is_euler=physics.scheme == "euler",
        strands=not world.is_backward,
        diffusivity_m2_s=float(physics.diffusivity_m2_s),
        upper_m2_s=float(physics.vertical_diffusivity_m2_s),
        deep_m2_s=float(physics.deep_diffusivity_m2_s),
        thermocline_m=float(physics.thermocline_m),
    )


def _weather(state: SpillState, world: World, oils: NDArray[np.void], dt_s: float) -> SlickStep:
    """Weather the slicks by a step, in place; return what that does to their elements."""
    lat, lon = centres_of(state)
    slicks = state.slicks
    before = slicks["dispersed_fraction"].copy()
    if not world.is_backward:
        known = np.isfinite(lat)
        wind_m_s, temperature_c = weather_at(
            world.setup, state.time_s + 0.5 * dt_s, np.where(known, lat, 0.0), np.where(known, lon, 0.0)
        )
        step_slicks(slicks, oils, wind_m_s, temperature_c, dt_s, state.time_s, world.switches)
    left = 1.0 - before
    rising = slicks["dispersed_fraction"] - before
    sources = world.setup.sources
    return SlickStep(
        evaporated=slicks["evaporated_fraction"].copy(),
        dispersing=np.divide(rising, left, out=np.zeros(len(slicks)), where=left > 0.0),
        spread_ratio=np.ones(len(slicks)) if world.is_backward else slicks["spread_ratio"].copy(),
        lat=lat,
        lon=lon,
        residual=oils["residual_fraction"][slicks["oil"]],
        density_kg_m3=oils["density_kg_m3"][slicks["oil"]],
        api=np.array([sources[number].oil.api for number in slicks["source"]], dtype=np.float64),
    )
