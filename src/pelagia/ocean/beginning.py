"""The beginning of a simulation: the oil of all sources in its places, aged, some of it not yet released."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, BadParameter
from pelagia.ocean.fields import inside
from pelagia.ocean.geodesy import near_lons
from pelagia.ocean.polygons import Outline
from pelagia.ocean.release import outlines, release_times, start_places
from pelagia.ocean.setting import Source, SpillSetup
from pelagia.ocean.state import OUTSIDE, SURFACE, UNRELEASED, SpillState
from pelagia.ocean.weathering.slicks import age_slicks, start_slicks
from pelagia.ocean.world import SLACK_S, World, make_world, middle_lon, weather_at

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
    firsts = np.cumsum([0, *(source.elements for source in setup.sources)])
    parts = [
        _begin_source(number, bounds[number], int(firsts[number]), slicks, world, lon) for number in range(len(bounds))
    ]
    lat, lon_of, status, slick, release_s = (np.concatenate(part) for part in zip(*parts, strict=True))
    source = slicks["source"][slick].astype(np.int32)
    each_kg = np.array([one.mass_kg / one.elements for one in setup.sources])
    shoreline = setup.shoreline
    return SpillState(
        time_s=setup.start_s,
        step=0,
        lat_deg=lat,
        lon_deg=lon_of,
        depth_m=np.zeros(len(lat)),
        status=status,
        slick=slick,
        source=source,
        mass_kg=each_kg[source],
        evaporated=np.where(status == SURFACE, slicks["evaporated_fraction"][slick], 0.0),
        seeped=np.zeros(len(lat)),
        segment=np.full(len(lat), -1, dtype=np.int32),
        release_s=release_s,
        stretch_first_s=np.full(shoreline.stretches if shoreline else 0, np.inf),
        segment_seeped_kg=np.zeros(len(shoreline.lat_a) if shoreline else 0),
        slicks=slicks,
    )


def _begin_source(
    number: int, outline: Outline | None, first: int, slicks: NDArray[np.void], world: World, lon: float
) -> tuple[Doubles, Doubles, NDArray[np.int8], NDArray[np.int32], Doubles]:
    """Return latitude, longitude, status, slick and time of release of the elements of a source."""
    source = world.setup.sources[number]
    own = np.flatnonzero(slicks["source"] == number)
    release_s, interval = release_times(source, len(own))
    slick = own[interval].astype(np.int32)
    area_m2 = np.where(slicks["thick_area_m2"] > 0.0, slicks["thick_area_m2"], slicks["thin_area_m2"])
    radius_m = np.sqrt(area_m2[slick] / np.pi)
    lats, lons = start_places(
        source, outline, radius_m, first=first, seed=world.seed, middle_lon=lon, coast=world.coast
    )
    return lats, lons, _first_status(source, (lats, lons), release_s, world), slick, release_s


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
