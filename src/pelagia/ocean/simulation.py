"""A simulation: begin it, take it on in time, as often as wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, BadParameter
from pelagia.ocean.balance import check_masses
from pelagia.ocean.fields import inside
from pelagia.ocean.geodesy import near_lons
from pelagia.ocean.release import outlines, release_times, start_places
from pelagia.ocean.setting import Source, SpillSetup
from pelagia.ocean.state import BEACHED, DISPERSED, OUTSIDE, SURFACE, UNRELEASED, SpillState
from pelagia.ocean.stepping import go_ways, mix_down, wash_off, weather_elements
from pelagia.ocean.ways import SlickStep, Step, find_ways
from pelagia.ocean.weathering.slicks import age_slicks, start_slicks, step_slicks
from pelagia.ocean.world import World, centres_of, make_world, middle_lon, weather_at

SLACK_S = 1e-3
"""Times this near are the same."""

Doubles = NDArray[np.float64]


def begin(setup: SpillSetup) -> SpillState:
    """Place the oil of all sources, and age it, before the first step.

    Parameters
    ----------
    setup
        The simulation, whole.

    Returns
    -------
    SpillState
        At ``setup.start_s``.

    Raises
    ------
    BadInput
        ``point-on-land`` where all of a source lies on land, ``forcing-outside`` where none of it lies in the area of
        the forcing, ``slick-empty`` where an outline has no area.
    BadParameter
        Where a source begins before the simulation, or flows for a while in one that goes backward.
    """
    world = make_world(setup)
    _check_times(setup)
    lon = middle_lon(setup)
    bounds = outlines(setup.sources, lon)
    areas = [0.0 if bound is None else bound.area_m2 for bound in bounds]
    slicks, oils = start_slicks(setup.sources, step_s=setup.physics.step_s, areas_m2=areas)
    _age(slicks, oils, world, lon)
    parts = []
    first = 0
    for number, (source, bound) in enumerate(zip(setup.sources, bounds, strict=True)):
        own = np.flatnonzero(slicks["source"] == number)
        release_s, interval = release_times(source, len(own))
        slick = own[interval].astype(np.int32)
        area_m2 = np.where(slicks["thick_area_m2"] > 0.0, slicks["thick_area_m2"], slicks["thin_area_m2"])
        radius_m = np.sqrt(area_m2[slick] / np.pi)
        places = start_places(
            source, bound, radius_m, first=first, seed=_seed(setup), middle_lon=lon, coast=world.coast
        )
        status = _first_status(source, places, release_s, world)
        parts.append((*places, status, slick, np.full(source.elements, number, dtype=np.int32), release_s))
        first += source.elements
    lats, lons, statuses, numbers, sources, times = (np.concatenate(part) for part in zip(*parts, strict=True))
    each_kg = np.array([source.mass_kg / source.elements for source in setup.sources])
    return SpillState(
        time_s=setup.start_s,
        step=0,
        lat_deg=lats,
        lon_deg=lons,
        depth_m=np.zeros(first),
        status=statuses,
        slick=numbers,
        source=sources,
        mass_kg=each_kg[sources],
        evaporated=np.where(statuses == SURFACE, slicks["evaporated_fraction"][numbers], 0.0),
        seeped=np.zeros(first),
        segment=np.full(first, -1, dtype=np.int32),
        release_s=times,
        stretch_first_s=np.full(setup.shoreline.stretches if setup.shoreline else 0, np.inf),
        segment_seeped_kg=np.zeros(len(setup.shoreline.lat_a) if setup.shoreline else 0),
        slicks=slicks,
    )


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
        seed=_seed(world.setup),
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


def _age(slicks: NDArray[np.void], oils: NDArray[np.void], world: World, lon: float) -> None:
    """Weather the slicks of sources that have an age, in place."""
    sources = [world.setup.sources[number] for number in slicks["source"]]
    ages_s = np.array([source.age_s for source in sources])
    if world.is_backward or not ages_s.any():
        return
    lats = np.array([source.lat for source in sources])
    lons = near_lons(np.array([source.lon for source in sources]), lon)
    wind_m_s, temperature_c = weather_at(world.setup, world.setup.start_s, lats, lons)
    age_slicks(slicks, oils, wind_m_s, temperature_c, ages_s, world.switches)


def _first_status(
    source: Source, places: tuple[Doubles, Doubles], release_s: Doubles, world: World
) -> NDArray[np.int8]:
    """Say which elements are in the sea at the start, which later, and which the forcing does not reach."""
    reached = np.ones(source.elements, dtype=np.bool_)
    for one in (world.currents, world.wind, world.waves):
        reached &= inside(one.field, *places)
    if not reached.any():
        raise BadInput(
            "the oil starts outside of the area of the forcing",
            value=f"{source.lat:.4f}, {source.lon:.4f}",
            remedy="give currents and wind of the area of the spill",
            code="forcing-outside",
        )
    sign = -1.0 if world.is_backward else 1.0
    status = np.where(sign * (release_s - world.setup.start_s) <= SLACK_S, SURFACE, UNRELEASED)
    return np.where(reached, status, OUTSIDE).astype(np.int8)


def _check_times(setup: SpillSetup) -> None:
    """Refuse sources that do not fit the time of the simulation."""
    sign = 1.0 if setup.end_s >= setup.start_s else -1.0
    for source in setup.sources:
        if sign * (source.start_s - setup.start_s) < -SLACK_S:
            raise BadParameter(
                "a source begins before the simulation",
                value=f"{abs(source.start_s - setup.start_s) / 3600.0:.2f} h",
                remedy="start the simulation with its first source (backward: with its last)",
            )
        if sign < 0.0 and source.duration_s:
            raise BadParameter(
                "a simulation backward in time cannot have oil that flows for a while",
                value=f"{source.duration_s / 3600.0:.2f} h",
                remedy="give release_hours 0",
            )


def _seed(setup: SpillSetup) -> int:
    return int(setup.seed) & 0x7FFF_FFFF_FFFF_FFFF
