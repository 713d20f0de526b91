"""What files of forcing hold, from their headers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pelagia.io.forcing.dialect import Kind
from pelagia.io.forcing.faults import no_variables
from pelagia.io.forcing.layout import Layout, layout_of
from pelagia.io.forcing.names import WORDS, find_pair, find_temperature
from pelagia.io.forcing.opening import open_fields
from pelagia.io.forcing.places import Places
from pelagia.io.forcing.resampling import is_uniform
from pelagia.io.forcing.schedule import schedule, step_s
from pelagia.io.forcing.units import speed_factor
from pelagia.io.forcing.variables import FieldFile

Grid = Literal["regular", "uneven", "curvilinear"]
_RANK: dict[Grid, int] = {"regular": 0, "uneven": 1, "curvilinear": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcingFacts:
    """What a file, or a folder or zip of files, holds.

    Parameters
    ----------
    kinds
        What can be read of it; none where it has the temperature of the sea alone.
    south_lat, north_lat, west_lon, east_lon
        Its area, °; west from -180 to 180, east above 180 where the area crosses the 180° meridian.
    start_s, end_s
        First and last time, Unix, s; ``None`` where it tells none.
    times
        How many.
    step_s
        Usual distance of times, s; 0 for a single one.
    variables
        The names that are read.
    units
        Theirs, as told.
    depths_m
        Levels, m.
    grid
        How its points lie.
    rows, cols
        Of its largest grid.
    files
        How many files.
    """

    kinds: tuple[Kind, ...]
    south_lat: float
    north_lat: float
    west_lon: float
    east_lon: float
    start_s: float | None
    end_s: float | None
    times: int
    step_s: float
    variables: tuple[str, ...]
    units: tuple[str, ...]
    depths_m: tuple[float, ...]
    grid: Grid
    rows: int
    cols: int
    files: int


def describe_forcing(uri: str | Sequence[str]) -> ForcingFacts:
    """Tell what files of forcing hold; only headers and coordinates are read.

    Parameters
    ----------
    uri
        One address or several that belong together; as for :func:`~pelagia.io.forcing.reading.read_forcing`.

    Raises
    ------
    BadInput
        ``forcing-unreadable``, ``forcing-no-variables``, ``forcing-grid``, ``forcing-times``, ``forcing-units``.
    """
    uris = [uri] if isinstance(uri, str) else list(uri)
    with open_fields(uris) as files:
        kinds: tuple[Kind, ...] = tuple(kind for kind in WORDS if find_pair(files, kind) is not None)
        names = _names(files, kinds)
        if not names:
            every = dict.fromkeys(name for source in files for name in source.variables)
            raise no_variables(uris[0], "currents, wind or waves that are known", ", ".join(every) or "nothing")
        layouts = {
            name: [layout_of(source, source.variables[name]) for source in files if name in source.variables]
            for name in names
        }
        _check_units(files, kinds)
        return _facts(kinds, layouts, len(files))


def _names(files: Sequence[FieldFile], kinds: tuple[Kind, ...]) -> list[str]:
    pairs = [pair for kind in kinds if (pair := find_pair(files, kind)) is not None]
    warmth = find_temperature(files) if "currents" in kinds or not kinds else None
    names = [name for pair in pairs for name in (pair.east, pair.north)]
    return [*names, warmth] if warmth is not None else names


def _check_units(files: Sequence[FieldFile], kinds: tuple[Kind, ...]) -> None:
    for kind in kinds:
        pair = find_pair(files, kind)
        for source in files:
            for name in (pair.east, pair.north) if pair is not None else ():
                if name in source.variables:
                    speed_factor(source.variables[name], kind)


def _facts(kinds: tuple[Kind, ...], layouts: dict[str, list[Layout]], files: int) -> ForcingFacts:
    first = next(iter(layouts.values()))
    timed = [layout for layout in first if len(layout.time_s)]
    time_s = schedule(timed).time_s if timed else np.zeros(0)
    everything = [layout for found in layouts.values() for layout in found]
    largest = max((layout.places for layout in everything), key=lambda p: p.lat.shape[0] * p.lon.shape[-1])
    areas = [_area(layout.places) for layout in first]
    west = min(area[2] for area in areas)
    return ForcingFacts(
        kinds=kinds,
        south_lat=min(area[0] for area in areas),
        north_lat=max(area[1] for area in areas),
        west_lon=west,
        east_lon=min(max(area[3] for area in areas), west + 360.0),
        start_s=float(time_s[0]) if len(time_s) else None,
        end_s=float(time_s[-1]) if len(time_s) else None,
        times=len(time_s),
        step_s=step_s(time_s),
        variables=tuple(layouts),
        units=tuple(found[0].variable.text("units") for found in layouts.values()),
        depths_m=tuple(float(depth) for depth in first[0].depth_m if np.isfinite(depth)),
        grid=max((_grid(layout.places) for layout in everything), key=_RANK.__getitem__),
        rows=largest.lat.shape[0],
        cols=largest.lon.shape[-1],
        files=files,
    )


def _area(places: Places) -> tuple[float, float, float, float]:
    lon = unrolled(places.lon)
    west = float(np.nanmin(lon))
    west -= 360.0 * float(np.floor((west + 180.0) / 360.0))
    return (
        float(np.nanmin(places.lat)),
        float(np.nanmax(places.lat)),
        west,
        west + float(np.nanmax(lon) - np.nanmin(lon)),
    )


def unrolled(lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes of a grid without a jump where they pass the 180th or the first meridian."""
    if lon.ndim == 1:
        rising: NDArray[np.float64] = lon[0] + np.append(0.0, np.cumsum((np.diff(lon) + 180.0) % 360.0 - 180.0))
        return rising
    known = lon[np.isfinite(lon)]
    turned = known % 360.0
    # The widest empty stretch of the circle is where it may be cut open.
    edges = np.sort(turned)
    gaps = np.diff(np.append(edges, edges[0] + 360.0))
    start = edges[(int(np.argmax(gaps)) + 1) % len(edges)]
    return np.asarray(start + (turned - start) % 360.0)


def _grid(places: Places) -> Grid:
    if places.is_curvilinear:
        return "curvilinear"
    return "regular" if is_uniform(places.lat) and is_uniform(unrolled(places.lon)) else "uneven"
