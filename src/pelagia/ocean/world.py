"""What a setup becomes for its steps: fields to blend, coast, bottom and oils as compiled functions take them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.coast.crossing import CoastArrays, coast_arrays
from pelagia.ocean.drift import turn_wind_into_drift
from pelagia.ocean.fields import Blender, Box, blender, reach, sample_points
from pelagia.ocean.setting import Physics, SpillSetup
from pelagia.ocean.state import DISPERSED, SpillState
from pelagia.ocean.stepping import Bottom
from pelagia.ocean.stokes import drift_table
from pelagia.ocean.ways import slick_centres
from pelagia.ocean.weathering.slicks import DISPERSION, EMULSIFICATION, EVAPORATION, SPREADING

SLACK_S = 1e-3
"""Times this near are the same."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A setup, made ready once a leg.

    Parameters
    ----------
    setup
        The simulation.
    currents, wind, waves
        Its forcing.
    stokes
        Stokes drift by wind; zeros where it is not from the wind.
    coast, bottom
        What ends a way.
    is_backward
        Whether time goes back.
    switches
        Sum of the processes of weathering that act.
    """

    setup: SpillSetup
    currents: Blender
    wind: Blender
    waves: Blender
    stokes: Doubles
    coast: CoastArrays
    bottom: Bottom
    is_backward: bool
    switches: int

    @property
    def seed(self) -> int:
        """Of all random numbers, as a number of 63 bits."""
        return int(self.setup.seed) & 0x7FFF_FFFF_FFFF_FFFF

    def blend(self, state: SpillState, start_s: float, dt_s: float) -> None:
        """Make the velocities of a step, where there is oil that moves."""
        physics = self.setup.physics
        slots = (1,) if physics.scheme == "euler" else (0, 1, 2)
        times = [start_s + 0.5 * slot * dt_s if slot in slots else None for slot in range(3)]
        box = reach(_box(state.lat_deg, state.lon_deg), dt_s)
        depths = len(self.currents.field.depth_m) if (state.status == DISPERSED).any() or self.switches else 1
        self.currents.blend(times, box, depths)
        part = self.wind.blend(times, box, 1)
        if self.wind.forcing is not None:
            turn_wind_into_drift(self.wind.field, part, slots, physics, self.stokes)
        self.waves.blend(times, box, 1)


def make_world(setup: SpillSetup) -> World:
    """Make a setup ready for its steps."""
    physics = setup.physics
    is_backward = setup.end_s < setup.start_s
    return World(
        setup=setup,
        currents=blender(setup.currents, setup.current_scale),
        wind=blender(setup.wind, setup.wind_scale),
        waves=blender(setup.waves if physics.stokes == "file" else None),
        stokes=drift_table(physics.fetch_m if physics.stokes == "wind" else None),
        coast=_own(coast_arrays(setup.shoreline if physics.beaching else None)),
        bottom=_bottom(setup.bathymetry),
        is_backward=is_backward,
        switches=0 if is_backward else _switches(physics),
    )


def middle_lon(setup: SpillSetup) -> float:
    """Return the meridian within 180° of which a setup writes its longitudes: the middle of its smallest grid."""
    grids = [(forcing.west_lon, forcing.east_lon) for forcing in _forcings(setup)]
    if setup.shoreline is not None:
        wide = setup.shoreline.bin_cols * setup.shoreline.bin_deg
        grids.append((setup.shoreline.west_lon, setup.shoreline.west_lon + wide))
    if not grids:
        return setup.sources[0].lon
    west, east = min(grids, key=lambda grid: grid[1] - grid[0])
    # A grid of the whole Earth holds each meridian: there the sources keep theirs.
    return setup.sources[0].lon if east - west >= 360.0 else 0.5 * (west + east)


def weather_at(setup: SpillSetup, time_s: float, lat: Doubles, lon: Doubles) -> tuple[Doubles, Doubles]:
    """Return wind speed, m/s, and temperature of the sea, °C, at some places, (P,) each."""
    speed, temperature = np.zeros(len(lat)), np.full(len(lat), setup.temperature_c)
    wind, currents = setup.wind, setup.currents
    if wind is not None:
        east, north = sample_points(wind, (wind.east_m_s[:, 0], wind.north_m_s[:, 0]), time_s, lat, lon)
        speed = setup.wind_scale * np.hypot(east, north)
    if currents is not None and currents.temperature_c is not None:
        (temperature,) = sample_points(currents, (currents.temperature_c,), time_s, lat, lon)
    return speed, temperature


def centres_of(state: SpillState) -> tuple[Doubles, Doubles]:
    """Return the centre of each slick, (S,) lat and lon: of its elements at the surface, else of all; else NaN."""
    sums = slick_centres(state.lat_deg, state.lon_deg, state.status, state.slick, len(state.slicks))
    at_surface = sums[:, 2] > 0.0
    chosen = np.where(at_surface[:, None], sums[:, :3], sums[:, 3:])
    with np.errstate(invalid="ignore"):
        return chosen[:, 0] / chosen[:, 2], chosen[:, 1] / chosen[:, 2]


def _forcings(setup: SpillSetup) -> Iterable[GriddedForcing]:
    return (forcing for forcing in (setup.currents, setup.wind, setup.waves) if forcing is not None)


def _box(lat: Doubles, lon: Doubles) -> Box:
    return Box(float(lat.min()), float(lat.max()), float(lon.min()), float(lon.max()))


def _switches(physics: Physics) -> int:
    processes = (
        (physics.evaporation, EVAPORATION),
        (physics.emulsification, EMULSIFICATION),
        (physics.dispersion, DISPERSION),
        (physics.spreading, SPREADING),
    )
    return sum(switch for acts, switch in processes if acts)


def _own(coast: CoastArrays) -> CoastArrays:
    """Return arrays that may be written to: compiled functions take others for another type, and compile anew."""
    owned: dict[str, Any] = {
        name: np.array(part)
        for name, part in coast._asdict().items()
        if isinstance(part, np.ndarray) and not part.flags.writeable
    }
    return coast._replace(**owned)


def _bottom(bathymetry: Bathymetry | None) -> Bottom:
    if bathymetry is None:
        return Bottom(np.empty((0, 0), dtype=np.float32), 0.0, 0.0, 1.0, 1.0)
    return Bottom(
        np.array(bathymetry.depth_m, dtype=np.float32, order="C"),
        float(bathymetry.south_lat),
        float(bathymetry.west_lon),
        float(bathymetry.lat_step),
        float(bathymetry.lon_step),
    )
