"""What becomes of each element in a step: released, dispersed, stranded, washed off, settled, or out of sight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.coast.crossing import CoastArrays, first_hit
from pelagia.ocean.coast.stranding import strand_step
from pelagia.ocean.fields import Grid
from pelagia.ocean.randomness import DISPERSING, SHORE, VERTICAL, stream, two_uniforms
from pelagia.ocean.state import BEACHED, DISPERSED, OUTSIDE, SEDIMENTED, SURFACE, UNRELEASED
from pelagia.ocean.ways import SlickStep, Step, time_at_sea

NEAR_BOTTOM_M = 0.2
"""Oil this near to the bottom settles."""
SHORT_OF_SHORE = 1e-6
"""Share of its path by which oil comes to lie on the seaward side of the shore it meets."""

Doubles = NDArray[np.float64]
Statuses = NDArray[np.int8]
Numbers = NDArray[np.int32]


class Bottom(NamedTuple):
    """The bottom of the sea, see :class:`pelagia.io.depths.Bathymetry`; without rows a deep sea."""

    depth_m: NDArray[np.float32]
    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float


@njit(cache=True, error_model="numpy")
def weather_elements(
    status: Statuses,
    slick: Numbers,
    release_s: Doubles,
    evaporated: Doubles,
    slicks: SlickStep,
    step: Step,
) -> None:
    """Release, evaporate and disperse elements as their slicks do in a step, in place.

    Parameters
    ----------
    status, slick, release_s, evaporated
        (N,) of a state.
    slicks, step
        See there.

    Notes
    -----
    Oil at the surface has evaporated as its slick has. So has that on the shore, which lies in the same air. Dispersed
    oil evaporates no more, and does not rise again.
    """
    key = stream(step.seed, step.number, DISPERSING)
    share, chance = slicks.evaporated, slicks.dispersing
    end_s = step.start_s + step.dt_s
    for i in range(len(status)):
        if status[i] == UNRELEASED and (end_s - release_s[i]) * step.dt_s > 0.0:
            status[i] = SURFACE
        if status[i] == SURFACE:
            evaporated[i] = share[slick[i]]
            if chance[slick[i]] > 0.0 and two_uniforms(key, i)[0] < chance[slick[i]]:
                status[i] = DISPERSED
        elif status[i] == BEACHED:
            evaporated[i] = share[slick[i]]


@njit(cache=True, error_model="numpy")
def wash_off(
    status: Statuses,
    slick: Numbers,
    segment: Numbers,
    mass_kg: Doubles,
    seeped: Doubles,
    ways: Doubles,
    slicks: SlickStep,
    step: Step,
    coast: CoastArrays,
    segment_seeped_kg: Doubles,
) -> None:
    """Let oil on the shore seep in, and wash it off again, in place; what stays has no way.

    Parameters
    ----------
    status, slick, segment, mass_kg, seeped
        (N,) of a state.
    ways
        (N, 2) of :func:`pelagia.ocean.ways.find_ways`.
    slicks, step, coast
        See there.
    segment_seeped_kg
        Of the state.
    """
    key = stream(step.seed, step.number, SHORE)
    for i in range(len(status)):
        if status[i] != BEACHED:
            continue
        one = slick[i]
        residual_kg = mass_kg[i] * max(slicks.residual[one] - seeped[i], 0.0)
        draw = two_uniforms(key, i)[0]
        is_free, seeps_kg = strand_step(
            segment[i],
            ways[i, 0],
            ways[i, 1],
            residual_kg,
            slicks.density_kg_m3[one],
            slicks.api[one],
            step.dt_s,
            draw,
            segment_seeped_kg,
            coast,
        )
        seeped[i] += seeps_kg / mass_kg[i]
        if is_free:
            status[i] = SURFACE
            segment[i] = -1
        else:
            ways[i, 0], ways[i, 1] = 0.0, 0.0


@njit(cache=True, error_model="numpy")
def go_ways(
    lat: Doubles,
    lon: Doubles,
    status: Statuses,
    segment: Numbers,
    release_s: Doubles,
    ways: Doubles,
    step: Step,
    coast: CoastArrays,
    grids: tuple[Grid, Grid, Grid],
    stretch_first_s: Doubles,
) -> None:
    """Move elements along their ways, up to the shore or to the edge of the forcing, in place.

    Parameters
    ----------
    lat, lon, status, segment, release_s
        (N,) of a state.
    ways
        (N, 2) of :func:`pelagia.ocean.ways.find_ways`.
    step, coast
        See there.
    grids
        Of the three velocities: who leaves one is outside.
    stretch_first_s
        Of the state.

    Notes
    -----
    Oil at the surface strands. Oil in the water below, and any oil backward in time, does not go a way that would
    cross the shore.
    """
    end_s = step.start_s + step.dt_s
    bin_start, has_coast = coast.bin_start, coast.rows > 0
    first, second, third = grids
    for i in range(len(lat)):
        if status[i] != SURFACE and status[i] != DISPERSED:
            continue
        to_lat, to_lon = lat[i] + ways[i, 0], lon[i] + ways[i, 1]
        if has_coast and not _stays_at_sea(
            lat[i], lon[i], to_lat, to_lon, bin_start, coast.south_lat, coast.west_lon, coast.bin_deg, coast.rows,
            coast.cols,
        ):  # fmt: skip
            hit, fraction = first_hit(lat[i], lon[i], to_lat, to_lon, coast)
            if hit >= 0 and status[i] == SURFACE and step.strands:
                status[i] = BEACHED
                segment[i] = hit
                short = max(fraction - SHORT_OF_SHORE, 0.0)
                lat[i] += short * ways[i, 0]
                lon[i] += short * ways[i, 1]
                hit_s = end_s - (1.0 - fraction) * time_at_sea(release_s[i], step)
                stretch = coast.stretch[hit]
                stretch_first_s[stretch] = min(stretch_first_s[stretch], hit_s)
            if hit >= 0:
                continue
        if _is_on(first, to_lat, to_lon) and _is_on(second, to_lat, to_lon) and _is_on(third, to_lat, to_lon):
            lat[i], lon[i] = to_lat, to_lon
        else:
            status[i] = OUTSIDE


@njit(cache=True, error_model="numpy")
def mix_down(
    lat: Doubles,
    lon: Doubles,
    depth_m: Doubles,
    status: Statuses,
    release_s: Doubles,
    step: Step,
    bottom: Bottom,
) -> None:
    """Mix the oil below the surface up and down, and settle what comes near the bottom, in place.

    Parameters
    ----------
    lat, lon, depth_m, status, release_s
        (N,) of a state.
    step, bottom
        See there.
    """
    key = stream(step.seed, step.number, VERTICAL)
    for i in range(len(lat)):
        if status[i] != DISPERSED:
            continue
        draw = two_uniforms(key, i)[0]
        width = np.sqrt(6.0 * abs(time_at_sea(release_s[i], step)))
        depth = mixed_depth(depth_m[i], (2.0 * draw - 1.0) * width, step.upper_m2_s, step.deep_m2_s, step.thermocline_m)
        deepest = _deepest(lat[i], lon[i], bottom)
        if depth > deepest:
            depth = max(deepest, 0.0)
            status[i] = SEDIMENTED
        depth_m[i] = depth


@njit(cache=True, error_model="numpy")
def mixed_depth(depth_m: float, way: float, upper_m2_s: float, deep_m2_s: float, thermocline_m: float) -> float:
    """Return the depth after a random walk, reflected at the surface.

    Parameters
    ----------
    depth_m
        Before, m.
    way
        By which it would go at a diffusivity of 1 m²/s.
    upper_m2_s, deep_m2_s, thermocline_m
        Diffusivities above and below a depth.

    Notes
    -----
    The diffusivity is taken where a first walk from here would end, so that nothing gathers where it is small (LaBolle
    et al. 2000, doi:10.1029/1999WR900224).
    """
    here = upper_m2_s if depth_m < thermocline_m else deep_m2_s
    there = abs(depth_m + way * np.sqrt(here))
    beyond = upper_m2_s if there < thermocline_m else deep_m2_s
    return float(abs(depth_m + way * np.sqrt(beyond)))


@njit(cache=True, error_model="numpy")
def _deepest(lat: float, lon: float, bottom: Bottom) -> float:
    """Return the depth below which oil settles; infinite where no bottom is known."""
    row = int(np.floor((lat - bottom.south_lat) / bottom.lat_step + 0.5))
    col = int(np.floor((lon - bottom.west_lon) / bottom.lon_step + 0.5))
    if row < 0 or row >= bottom.depth_m.shape[0] or col < 0 or col >= bottom.depth_m.shape[1]:
        return np.inf
    depth_m = bottom.depth_m[row, col]
    return depth_m - NEAR_BOTTOM_M if depth_m > 0.0 else np.inf


@njit(cache=True, error_model="numpy")
def _stays_at_sea(
    lat: float,
    lon: float,
    to_lat: float,
    to_lon: float,
    bin_start: NDArray[np.int64],
    south_lat: float,
    west_lon: float,
    bin_deg: float,
    rows: int,
    cols: int,
) -> bool:
    """Say whether a way lies within bins without any shore."""
    row, to_row = int(np.floor((lat - south_lat) / bin_deg)), int(np.floor((to_lat - south_lat) / bin_deg))
    col, to_col = int(np.floor((lon - west_lon) / bin_deg)), int(np.floor((to_lon - west_lon) / bin_deg))
    low, high, left, right = min(row, to_row), max(row, to_row), min(col, to_col), max(col, to_col)
    if low < 0 or high >= rows or left < 0 or right >= cols:
        return False
    segments = 0
    for first in range(low * cols, high * cols + 1, cols):
        segments += bin_start[first + right + 1] - bin_start[first + left]
    return segments == 0


@njit(cache=True, error_model="numpy")
def _is_on(grid: Grid, lat: float, lon: float) -> bool:
    """Say whether a place lies on a grid."""
    row, col = (lat - grid.south_lat) * grid.rows_per_deg, (lon - grid.west_lon) * grid.cols_per_deg
    return bool(0.0 <= row <= grid.last_row and 0.0 <= col <= grid.last_col)
