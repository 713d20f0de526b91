"""How far each element goes in a step: carried by currents, wind and waves, mixed, and spread by its own weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.coast.kinds import WASH_HALF_H
from pelagia.ocean.coast.stranding import shore_rates
from pelagia.ocean.fields import Field, Grid
from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.randomness import DIFFUSION, SHORE, stream, two_uniforms
from pelagia.ocean.state import BEACHED, DISPERSED, SURFACE

KINDS_FROM_0 = len(WASH_HALF_H)
_RADIANS = np.pi / 180.0

Doubles = NDArray[np.float64]
Values = NDArray[np.float32]


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


@njit(cache=True, error_model="numpy")
def time_at_sea(release_s: float, step: Step) -> float:
    """Return how much of a step an element has been released for, s; with the sign of the step."""
    since_s = step.start_s + step.dt_s - release_s
    return since_s if since_s * step.dt_s < step.dt_s * step.dt_s else step.dt_s


@njit(cache=True, error_model="numpy")
def find_ways(
    lat: Doubles,
    lon: Doubles,
    depth_m: Doubles,
    status: NDArray[np.int8],
    slick: NDArray[np.int32],
    segment: NDArray[np.int32],
    release_s: Doubles,
    slicks: SlickStep,
    step: Step,
    currents: Field,
    drift: Field,
    waves: Field,
    coast_type: NDArray[np.uint8],
) -> Doubles:
    """Find how far each element would go if there were no shore.

    Parameters
    ----------
    lat, lon, depth_m, status, slick, segment, release_s
        (N,) of a state.
    slicks, step
        See there.
    currents, drift, waves
        Velocities; the last two at the surface only.
    coast_type
        Of the segments of the shore.

    Returns
    -------
    ndarray
        (N, 2) float64, ° of latitude and longitude; 0 for elements that do not move, and for those on the shore that
        are not washed off by their draw of :func:`pelagia.ocean.stepping.wash_off`.

    Notes
    -----
    Diffusion is a uniform draw of variance 2 K dt on each axis: (2 r - 1) √(6 K dt). A slick that spreads moves its
    elements by (r₂ / r₁ - 1) times their distance to its centre.
    """
    ways = np.zeros((len(lat), 2))
    key = stream(step.seed, step.number, DIFFUSION)
    shore_key = stream(step.seed, step.number, SHORE)
    washed = np.array([shore_rates(kind, 0.0, step.dt_s)[0] for kind in range(KINDS_FROM_0)])
    width = np.sqrt(6.0 * step.diffusivity_m2_s) / METRES_PER_DEGREE
    wider, centre_lat, centre_lon = slicks.spread_ratio - 1.0, slicks.lat, slicks.lon
    flow, levels, grid = currents.values, currents.depth_m, currents.grid
    pull, pull_grid, swell, swell_grid = drift.values, drift.grid, waves.values, waves.grid
    is_euler = step.is_euler
    for i in range(len(lat)):
        if not SURFACE <= status[i] <= BEACHED:
            continue
        if status[i] == BEACHED and two_uniforms(shore_key, i)[0] >= washed[coast_type[segment[i]]]:
            continue
        dt_s = time_at_sea(release_s[i], step)
        cosine = np.cos(_RADIANS * lat[i])
        sine = np.copysign(np.sqrt(1.0 - cosine * cosine), lat[i])
        if status[i] == DISPERSED:
            to_lat, to_lon = _way_below(lat[i], lon[i], depth_m[i], dt_s, is_euler, cosine, sine, flow, levels, grid)
        else:
            to_lat, to_lon = _way_at_surface(
                lat[i], lon[i], dt_s, is_euler, cosine, sine, flow, grid, pull, pull_grid, swell, swell_grid
            )
        first, second = two_uniforms(key, i)
        part = width * np.sqrt(abs(dt_s))
        to_lat += (2.0 * first - 1.0) * part
        to_lon += (2.0 * second - 1.0) * part / cosine
        if status[i] == SURFACE:
            one = slick[i]
            to_lat += wider[one] * (lat[i] - centre_lat[one])
            to_lon += wider[one] * (lon[i] - centre_lon[one])
        ways[i, 0], ways[i, 1] = to_lat, to_lon
    return ways


@njit(cache=True, error_model="numpy")
def _way_at_surface(
    lat: float,
    lon: float,
    dt_s: float,
    is_euler: bool,
    cosine: float,
    sine: float,
    flow: Values,
    grid: Grid,
    pull: Values,
    pull_grid: Grid,
    swell: Values,
    swell_grid: Grid,
) -> tuple[float, float]:
    """Return the way of an element that all carries, °: classical Runge-Kutta of fourth order, or Euler.

    The cosine of the latitudes within the step is that of its series to the second order: a step is short.
    """
    degrees = dt_s / METRES_PER_DEGREE
    to_lat, to_lon, way_lat, way_lon = 0.0, 0.0, 0.0, 0.0
    for stage in range(1 if is_euler else 4):
        share, slot, weight = _stage(stage, is_euler)
        turn = _RADIANS * share * to_lat
        at_lat, at_lon = lat + share * to_lat, lon + share * to_lon
        east, north = 0.0, 0.0
        if grid.present:
            east, north = _sample(flow, slot, 0, at_lat, at_lon, grid)
        if pull_grid.present:
            more_east, more_north = _sample(pull, slot, 0, at_lat, at_lon, pull_grid)
            east, north = east + more_east, north + more_north
        if swell_grid.present:
            more_east, more_north = _sample(swell, slot, 0, at_lat, at_lon, swell_grid)
            east, north = east + more_east, north + more_north
        to_lat = north * degrees
        to_lon = east * degrees / (cosine * (1.0 - 0.5 * turn * turn) - sine * turn)
        way_lat += weight * to_lat
        way_lon += weight * to_lon
    return way_lat, way_lon


@njit(cache=True, error_model="numpy")
def _way_below(
    lat: float,
    lon: float,
    depth_m: float,
    dt_s: float,
    is_euler: bool,
    cosine: float,
    sine: float,
    flow: Values,
    levels: Doubles,
    grid: Grid,
) -> tuple[float, float]:
    """Return the way of an element below the surface, °: the currents of its depth, linear between levels, alone."""
    degrees = dt_s / METRES_PER_DEGREE
    below, last = 0, len(levels) - 1
    while below < last and levels[below] <= depth_m:
        below += 1
    above = max(below - 1, 0)
    gap_m = levels[below] - levels[above]
    part = min((depth_m - levels[above]) / gap_m, 1.0) if gap_m > 0.0 else 0.0
    to_lat, to_lon, way_lat, way_lon = 0.0, 0.0, 0.0, 0.0
    for stage in range(1 if is_euler else 4):
        share, slot, weight = _stage(stage, is_euler)
        turn = _RADIANS * share * to_lat
        at_lat, at_lon = lat + share * to_lat, lon + share * to_lon
        east, north = _sample(flow, slot, above, at_lat, at_lon, grid)
        if part > 0.0:
            deep_east, deep_north = _sample(flow, slot, below, at_lat, at_lon, grid)
            east, north = east + part * (deep_east - east), north + part * (deep_north - north)
        to_lat = north * degrees
        to_lon = east * degrees / (cosine * (1.0 - 0.5 * turn * turn) - sine * turn)
        way_lat += weight * to_lat
        way_lon += weight * to_lon
    return way_lat, way_lon


@njit(cache=True, error_model="numpy")
def _stage(stage: int, is_euler: bool) -> tuple[float, int, float]:
    """Return of a stage the share of the last way it is from the start, which moment of the step it is, its weight."""
    if is_euler:
        return 0.0, 1, 1.0
    if stage == 0:
        return 0.0, 0, 1.0 / 6.0
    if stage == 3:
        return 1.0, 2, 1.0 / 6.0
    return 0.5, 1, 1.0 / 3.0


@njit(cache=True, error_model="numpy")
def _sample(values: Values, slot: int, level: int, lat: float, lon: float, grid: Grid) -> tuple[float, float]:
    """Sample a velocity at a place, m/s: bilinear, held beyond the edges."""
    rows, cols = values.shape[2], values.shape[3]
    up = min(max((lat - grid.south_lat) * grid.rows_per_deg, 0.0), rows - 1.0)
    right = min(max((lon - grid.west_lon) * grid.cols_per_deg, 0.0), cols - 1.0)
    row, col = min(int(up), rows - 2), min(int(right), cols - 2)
    up -= row
    right -= col
    south = values[slot, level, row, col, 0]
    south_east = south + right * (values[slot, level, row, col + 1, 0] - south)
    north = values[slot, level, row + 1, col, 0]
    north_east = north + right * (values[slot, level, row + 1, col + 1, 0] - north)
    south = values[slot, level, row, col, 1]
    south_north = south + right * (values[slot, level, row, col + 1, 1] - south)
    north = values[slot, level, row + 1, col, 1]
    north_north = north + right * (values[slot, level, row + 1, col + 1, 1] - north)
    return south_east + up * (north_east - south_east), south_north + up * (north_north - south_north)


@njit(cache=True, error_model="numpy")
def slick_centres(
    lat: Doubles, lon: Doubles, status: NDArray[np.int8], slick: NDArray[np.int32], count: int
) -> Doubles:
    """Add up where the elements of each slick are.

    Returns
    -------
    ndarray
        (count, 6): sums of latitude and longitude and number of those at the surface, and of those elsewhere.
    """
    sums = np.zeros((count, 6))
    for i in range(len(lat)):
        first = 0 if status[i] == SURFACE else 3
        sums[slick[i], first] += lat[i]
        sums[slick[i], first + 1] += lon[i]
        sums[slick[i], first + 2] += 1.0
    return sums
