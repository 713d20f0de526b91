"""The setup of a simulation, from slicks, files of forcing and parameters: read, checked, written once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.bathymetry import read_bathymetry
from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.constant import constant_forcing
from pelagia.io.forcing.dialect import GriddedForcing, Kind, Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.shoreline.dialect import Bounds
from pelagia.io.shoreline.reading import read_shoreline
from pelagia.ocean.coast.own import own_shoreline
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale, near_lon
from pelagia.ocean.gridding import lattice_for
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.services.oilspill.ashore import partly_on_land
from pelagia.services.oilspill.forecasting import save_lattice
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import save_setup
from pelagia.services.oilspill.starting import make_sources, span_s, too_late

DRIFT_M_S = 1.0
"""How fast oil may leave its surroundings: how far around it forcing and coast are read."""
LEAST_MARGIN_DEG, MOST_MARGIN_DEG = 0.75, 12.0
USUAL_TEMPERATURE_C = 15.0

Record = dict[str, Any]


def prepare(
    request: Request[OilspillParams], slicks: Sequence[Mapping[str, Any]], observed: Sequence[Record], workdir: Path
) -> Record:
    """Write the setup of the forecast.

    Parameters
    ----------
    request
        With parameters and files.
    slicks
        Records of the slicks it starts from.
    observed
        Records of the slicks seen later: forcing is read until then as well.
    workdir
        Takes ``setup``.

    Returns
    -------
    dict
        ``setup``: its folder; ``start_s``, ``end_s``; ``told``: of each slick's oil; ``notes``: what was done to the
        files, in words; ``issues``: findings as dictionaries.
    """
    params = request.params
    sources, told = make_sources(request, slicks)
    start_s, end_s = span_s(params, [source.start_s for source in sources])
    late = too_late(params, slicks, [source.start_s for source in sources])
    later = [slick["time_s"] for slick in comparable(observed, start_s)]
    last_s = max([end_s, *later])
    window = window_of(sources, start_s, last_s, abs(last_s - start_s) / 3600.0)
    shoreline, issues = _shoreline(request, window, workdir) if params.beaching else (None, [])
    setup = replace(
        _in_forcing(request, window),
        sources=tuple(_near(source, window) for source in sources),
        start_s=start_s,
        end_s=end_s,
        shoreline=shoreline,
    )
    folder = workdir / "setup"
    save_setup(setup, folder)
    save_lattice(lattice_for(setup, params.cell_m), folder)
    return {
        "setup": str(folder),
        "start_s": start_s,
        "end_s": end_s,
        "told": told,
        "notes": _notes(setup, params),
        "issues": [asdict(issue) for issue in (*late, *issues, *partly_on_land(setup.sources, slicks, shoreline))],
    }


def window_of(sources: Sequence[Source], start_s: float, end_s: float, hours: float) -> Window:
    """Return where and when forcing may be needed.

    Parameters
    ----------
    sources
        Of the oil.
    start_s, end_s
        Of the simulation, in either order, Unix time, s.
    hours
        How long oil moves.
    """
    points = [point for source in sources for point in _points(source)]
    middle = points[0][1]
    lons = [near_lon(lon, middle) for _, lon in points]
    lats = [lat for lat, _ in points]
    margin = min(max(DRIFT_M_S * hours * 3600.0 / METRES_PER_DEGREE, LEAST_MARGIN_DEG), MOST_MARGIN_DEG)
    wide = min(margin / max(lon_scale(max(abs(min(lats)), abs(max(lats)))), 0.1), 90.0)
    west = min(lons) - wide
    turn = 360.0 * ((west + 180.0) // 360.0)
    return Window(
        south_lat=max(min(lats) - margin, -89.0),
        north_lat=min(max(lats) + margin, 89.0),
        west_lon=west - turn,
        east_lon=max(lons) + wide - turn,
        start_s=min(start_s, end_s),
        end_s=max(start_s, end_s),
    )


def physics_of(params: OilspillParams) -> Physics:
    """Return the processes that the parameters ask for."""
    told = params.model_dump()
    names = [name for name in Physics.__dataclass_fields__ if name in told]
    return Physics(step_s=params.step_min * 60.0, **{name: told[name] for name in names})


def _in_forcing(request: Request[OilspillParams], window: Window) -> SpillSetup:
    """Return a setup of what surrounds the oil and moves it, without oil."""
    params = request.params
    return SpillSetup(
        sources=(),
        start_s=window.start_s,
        end_s=window.end_s,
        physics=physics_of(params),
        currents=_at_temperature(_forcing(request, "currents", window), params),
        wind=_forcing(request, "wind", window),
        waves=_forcing(request, "waves", window),
        bathymetry=_bathymetry(request, window),
        temperature_c=USUAL_TEMPERATURE_C if params.temperature_c is None else params.temperature_c,
        seed=request.seed,
    )


def _notes(setup: SpillSetup, params: OilspillParams) -> list[str]:
    """Say what was done to the files, what nobody told, and which shoreline it is."""
    forcing = {"Currents": setup.currents, "Wind": setup.wind, "Waves": setup.waves}
    said = [f"{name}: {'; '.join(one.notes)}." for name, one in forcing.items() if one is not None and one.notes]
    said += _missing(setup, params)
    if setup.shoreline is not None:
        said.append(f"Shoreline: {setup.shoreline.source}.")
    return said


def _missing(setup: SpillSetup, params: OilspillParams) -> list[str]:
    """Say what nobody told, and what stands for it."""
    said = []
    if setup.currents is None:
        said.append("No currents were given: the oil is moved by the wind and at random alone.")
    if setup.wind is None:
        said.append("No wind was given: nothing drifts with it, and the oil weathers as in a calm.")
    has_temperature = setup.currents is not None and setup.currents.temperature_c is not None
    if params.temperature_c is None and not has_temperature:
        said.append(
            f"Nobody told the temperature of the sea: {USUAL_TEMPERATURE_C:g} °C is assumed. Evaporation and viscosity "
            "depend on it; give temperature_c."
        )
    return said


def _points(source: Source) -> list[tuple[float, float]]:
    return [(float(lat), float(lon)) for ring in source.rings for lat, lon in ring] or [(source.lat, source.lon)]


def _near(source: Source, window: Window) -> Source:
    """Write the longitudes of a source as those of the window go on."""
    middle = (window.west_lon + window.east_lon) / 2.0
    rings = []
    for ring in source.rings:
        turned = ring.copy()
        turned[:, 1] = [near_lon(float(lon), middle) for lon in ring[:, 1]]
        rings.append(turned)
    return replace(source, lon=near_lon(source.lon, middle), rings=tuple(rings))


def _forcing(request: Request[OilspillParams], kind: Kind, window: Window) -> GriddedForcing | None:
    """Return one kind of forcing: of files, constant, or none."""
    params, uris = request.params, request.inputs.get(kind, ())
    if uris:
        return read_forcing(uris, kind, window)
    if kind == "currents" and params.current_m_s is not None:
        return constant_forcing(kind, *_vector(params.current_m_s, params.current_towards_deg))
    if kind == "wind" and params.wind_m_s is not None:
        return constant_forcing(kind, *_vector(params.wind_m_s, params.wind_from_deg + 180.0))
    return None


def _vector(speed_m_s: float, bearing_deg: float) -> tuple[float, float]:
    """Return the parts towards east and north of a speed towards a bearing from north."""
    bearing = math.radians(bearing_deg)
    return speed_m_s * math.sin(bearing), speed_m_s * math.cos(bearing)


def _at_temperature(currents: GriddedForcing | None, params: OilspillParams) -> GriddedForcing | None:
    """Leave the temperature of the file out where the user tells another."""
    if currents is None or params.temperature_c is None:
        return currents
    return replace(currents, temperature_c=None)


def _shoreline(request: Request[OilspillParams], window: Window, workdir: Path) -> tuple[Shoreline, list[Issue]]:
    """Return the user's shoreline, or that of the whole Earth."""
    params = request.params
    bounds = Bounds(window.south_lat, window.north_lat, window.west_lon, window.east_lon)
    folder, stretch_km, kind = workdir / "coast", params.coast_stretch_km, params.coast_type
    uris = request.inputs.get("shoreline", ())
    if uris:
        given = read_shoreline(uris[0])
        return own_shoreline(given, bounds, folder=folder, stretch_km=stretch_km, coast_type=kind)
    return world_shoreline(bounds, folder=folder, stretch_km=stretch_km, coast_type=kind), []


def _bathymetry(request: Request[OilspillParams], window: Window) -> Bathymetry | None:
    uris = request.inputs.get("bathymetry", ())
    return read_bathymetry(uris[0], window) if uris else None
