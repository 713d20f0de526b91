"""One step of all elements: the compiled heart of the simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.coast.crossing import CoastArrays, first_hit
from pelagia.ocean.coast.stranding import strand_step
from pelagia.ocean.fields import Field, is_inside, sample_velocity
from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.randomness import DIFFUSION, DISPERSING, SHORE, VERTICAL, stream, two_uniforms
from pelagia.ocean.state import BEACHED, DISPERSED, OUTSIDE, SEDIMENTED, SURFACE, UNRELEASED

NEAR_BOTTOM_M = 0.2
"""Oil this near to the bottom settles."""
SHORT_OF_SHORE = 1e-6
"""Share of its path by which oil comes to lie on the seaward side of the shore it meets."""
_RADIANS = np.pi / 180.0

Doubles = NDArray[np.float64]


class Elements(NamedTuple):
    """The arrays of a state that a step changes, (N,) each, see :class:`pelagia.ocean.state.SpillState`."""

    lat: Doubles
    lon: Doubles
    depth_m: Doubles
    status: NDArray[np.int8]
    slick: NDArray[np.int32]
    mass_kg: Doubles
    evaporated: Doubles
    seeped: Doubles
    segment: NDArray[np.int32]
    release_s: Doubles


class SlickStep(NamedTuple):
    """What a step does to the elements of each slick, (S,) each.

    Parameters
    ----------
    evaporated
        Share, cumulative.
    dispersing
        Probability that an element at the surface is dispersed in the step.
    spread_ratio
        By which distances to the centre grow.
    lat, lon
        The centre, °.
    residual
        Share that never evaporates.
    density_kg_m3, api
        Of the oil.
    """

    evaporated: Doubles
    dispersing: Doubles
    spread_ratio: Doubles
    lat: Doubles
    lon: Doubles
    residual: Doubles
    density_kg_m3: Doubles
    api: Doubles


class Bottom(NamedTuple):
    """The bottom of the sea, see :class:`pelagia.ocean.setting.Bathymetry`; without rows a deep sea."""

    depth_m: NDArray[np.float32]
    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float


class Step(NamedTuple):
    """A step.

    Parameters
    ----------
    seed, number
        Of its random numbers.
    start_s
        Unix time at its beginning, s.
    dt_s
        Its length, negative backward, s.
    is_euler
        One velocity, that of the middle of the step; else Runge-Kutta of fourth order.
    strands
        Whether oil at the surface that meets the shore stays on it; else the shore only stops it.
    diffusivity_m2_s, upper_m2_s, deep_m2_s, thermocline_m
        Diffusivities: horizontal; vertical above and below the thermocline.
    """

    seed: int
    number: int
    start_s: float
    dt_s: float
    is_euler: bool
    strands: bool
    diffusivity_m2_s: float
    upper_m2_s: float
    deep_m2_s: float
    thermocline_m: float


@njit(cache=True)
def move_elements(
    elements: Elements,
    slicks: SlickStep,
    step: Step,
    currents: Field,
    drift: Field,
    waves: Field,
    coast: CoastArrays,
    bottom: Bottom,
    stretch_first_s: Doubles,
    segment_seeped_kg: Doubles,
) -> None:
    """Take all elements through a step, in place.

    Parameters
    ----------
    elements
        Those of a state.
    slicks, step
        See there.
    currents, drift, waves
        Velocities; the last two at the surface only.
    coast, bottom
        What ends a way.
    stretch_first_s, segment_seeped_kg
        Of the state.
    """
    diffusion_key = stream(step.seed, step.number, DIFFUSION)
    vertical_key = stream(step.seed, step.number, VERTICAL)
    dispersing_key = stream(step.seed, step.number, DISPERSING)
    shore_key = stream(step.seed, step.number, SHORE)
    diffusion = np.sqrt(6.0 * step.diffusivity_m2_s * abs(step.dt_s)) / METRES_PER_DEGREE
    end_s = step.start_s + step.dt_s
    for i in range(len(elements.lat)):
        status = elements.status[i]
        if status == OUTSIDE or status == SEDIMENTED:
            continue
        dt_s = step.dt_s
        if status == UNRELEASED:
            if (end_s - elements.release_s[i]) * step.dt_s <= 0.0:
                continue
            status = SURFACE
            dt_s = end_s - elements.release_s[i]
        slick = elements.slick[i]
        if status != DISPERSED:
            elements.evaporated[i] = slicks.evaporated[slick]
        if status == SURFACE and slicks.dispersing[slick] > 0.0:
            if two_uniforms(dispersing_key, i)[0] < slicks.dispersing[slick]:
                status = DISPERSED
        lat, lon = elements.lat[i], elements.lon[i]
        cosine, sine = np.cos(_RADIANS * lat), np.sin(_RADIANS * lat)
        if step.is_euler:
            d_lat, d_lon = _euler(status, lat, lon, elements.depth_m[i], dt_s, cosine, currents, drift, waves)
        else:
            d_lat, d_lon = _runge_kutta(
                status, lat, lon, elements.depth_m[i], dt_s, cosine, sine, currents, drift, waves
            )
        if diffusion > 0.0:
            first, second = two_uniforms(diffusion_key, i)
            part = diffusion if dt_s == step.dt_s else diffusion * np.sqrt(dt_s / step.dt_s)
            d_lat += (2.0 * first - 1.0) * part
            d_lon += (2.0 * second - 1.0) * part / cosine
        if status == SURFACE:
            wider = slicks.spread_ratio[slick] - 1.0
            d_lat += wider * (lat - slicks.lat[slick])
            d_lon += wider * (lon - slicks.lon[slick])
        elif status == BEACHED:
            mass = elements.mass_kg[i]
            residual_kg = mass * max(slicks.residual[slick] - elements.seeped[i], 0.0)
            is_free, seeps_kg = strand_step(
                elements.segment[i], d_lat, d_lon, residual_kg, slicks.density_kg_m3[slick], slicks.api[slick], dt_s,
                two_uniforms(shore_key, i)[0], segment_seeped_kg, coast,
            )  # fmt: skip
            elements.seeped[i] += seeps_kg / mass
            if not is_free:
                continue
            status = SURFACE
            elements.segment[i] = -1
        to_lat, to_lon = lat + d_lat, lon + d_lon
        segment, fraction = first_hit(lat, lon, to_lat, to_lon, coast)
        if segment >= 0:
            if status == SURFACE and step.strands:
                status = BEACHED
                elements.segment[i] = segment
                short = max(fraction - SHORT_OF_SHORE, 0.0)
                to_lat, to_lon = lat + short * d_lat, lon + short * d_lon
                stretch = coast.stretch[segment]
                stretch_first_s[stretch] = min(stretch_first_s[stretch], end_s - (1.0 - fraction) * dt_s)
            else:
                to_lat, to_lon = lat, lon
        if not (is_inside(currents, to_lat, to_lon) and is_inside(drift, to_lat, to_lon)
                and is_inside(waves, to_lat, to_lon)):  # fmt: skip
            elements.status[i] = OUTSIDE
            continue
        elements.lat[i], elements.lon[i] = to_lat, to_lon
        if status == DISPERSED:
            depth = _mixed_depth(elements.depth_m[i], two_uniforms(vertical_key, i)[0], dt_s, step)
            deepest = _deepest(to_lat, to_lon, bottom)
            if depth > deepest:
                depth, status = max(deepest, 0.0), SEDIMENTED
            elements.depth_m[i] = depth
        elements.status[i] = status


@njit(cache=True)
def _velocity(
    status: int, slot: int, lat: float, lon: float, depth_m: float, currents: Field, drift: Field, waves: Field
) -> tuple[float, float]:
    """Return what carries an element, m/s: at the surface all, below it the current of its depth alone."""
    east, north = 0.0, 0.0
    if status != DISPERSED:
        if currents.present:
            east, north = sample_velocity(currents, slot, 0, lat, lon)
        if drift.present:
            more_east, more_north = sample_velocity(drift, slot, 0, lat, lon)
            east, north = east + more_east, north + more_north
        if waves.present:
            more_east, more_north = sample_velocity(waves, slot, 0, lat, lon)
            east, north = east + more_east, north + more_north
    elif currents.present:
        below, last = 0, len(currents.depth_m) - 1
        while below < last and currents.depth_m[below] <= depth_m:
            below += 1
        east, north = sample_velocity(currents, slot, below, lat, lon)
        if below > 0 and depth_m < currents.depth_m[below]:
            above_m, below_m = currents.depth_m[below - 1], currents.depth_m[below]
            share = (depth_m - above_m) / (below_m - above_m)
            above_east, above_north = sample_velocity(currents, slot, below - 1, lat, lon)
            east = above_east + share * (east - above_east)
            north = above_north + share * (north - above_north)
    return east, north


@njit(cache=True)
def _euler(
    status: int, lat: float, lon: float, depth_m: float, dt_s: float, cosine: float, currents: Field, drift: Field,
    waves: Field,
) -> tuple[float, float]:  # fmt: skip
    """Return the way of an element by the velocity in the middle of the step, °."""
    degrees = dt_s / METRES_PER_DEGREE
    east, north = _velocity(status, 1, lat, lon, depth_m, currents, drift, waves)
    return north * degrees, east * degrees / cosine


@njit(cache=True)
def _runge_kutta(
    status: int, lat: float, lon: float, depth_m: float, dt_s: float, cosine: float, sine: float, currents: Field,
    drift: Field, waves: Field,
) -> tuple[float, float]:  # fmt: skip
    """Return the way of an element by the classical scheme of fourth order, °.

    The cosine of the latitudes within the step is that of its series to the second order: a step is short.
    """
    degrees = dt_s / METRES_PER_DEGREE
    to_lat, to_lon, way_lat, way_lon = 0.0, 0.0, 0.0, 0.0
    for stage in range(4):
        share = 0.0 if stage == 0 else (1.0 if stage == 3 else 0.5)
        weight = 1.0 / 6.0 if stage == 0 or stage == 3 else 1.0 / 3.0
        turn = _RADIANS * share * to_lat
        scale = cosine * (1.0 - 0.5 * turn * turn) - sine * turn
        east, north = _velocity(
            status, int(2.0 * share), lat + share * to_lat, lon + share * to_lon, depth_m, currents, drift, waves
        )
        to_lat, to_lon = north * degrees, east * degrees / scale
        way_lat += weight * to_lat
        way_lon += weight * to_lon
    return way_lat, way_lon


@njit(cache=True)
def _mixed_depth(depth_m: float, draw: float, dt_s: float, step: Step) -> float:
    """Return the depth after a random walk, reflected at the surface.

    The diffusivity is taken where a first walk from here would end, so that nothing gathers where it is small (LaBolle
    et al. 2000, doi:10.1029/1999WR900224).
    """
    way = (2.0 * draw - 1.0) * np.sqrt(6.0 * abs(dt_s))
    here = step.upper_m2_s if depth_m < step.thermocline_m else step.deep_m2_s
    there = abs(depth_m + way * np.sqrt(here))
    beyond = step.upper_m2_s if there < step.thermocline_m else step.deep_m2_s
    return abs(depth_m + way * np.sqrt(beyond))


@njit(cache=True)
def _deepest(lat: float, lon: float, bottom: Bottom) -> float:
    """Return the depth below which oil settles; infinite where no bottom is known."""
    row = int(np.floor((lat - bottom.south_lat) / bottom.lat_step + 0.5))
    col = int(np.floor((lon - bottom.west_lon) / bottom.lon_step + 0.5))
    if row < 0 or row >= bottom.depth_m.shape[0] or col < 0 or col >= bottom.depth_m.shape[1]:
        return np.inf
    depth_m = bottom.depth_m[row, col]
    return depth_m - NEAR_BOTTOM_M if depth_m > 0.0 else np.inf


@njit(cache=True)
def slick_centres(
    lat: Doubles, lon: Doubles, status: NDArray[np.int8], slick: NDArray[np.int32], count: int
) -> Doubles:
    """Add up where the elements of each slick are.

    Returns
    -------
    ndarray
        (count, 6): sums of latitude and longitude and number of those at the surface, and of all.
    """
    sums = np.zeros((count, 6))
    for i in range(len(lat)):
        one = slick[i]
        if status[i] == SURFACE:
            sums[one, 0] += lat[i]
            sums[one, 1] += lon[i]
            sums[one, 2] += 1.0
        sums[one, 3] += lat[i]
        sums[one, 4] += lon[i]
        sums[one, 5] += 1.0
    return sums
