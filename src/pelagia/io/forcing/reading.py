"""Currents, wind or waves of an area and time, from files of any usual kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import GriddedForcing, Kind, Window
from pelagia.io.forcing.faults import no_variables
from pelagia.io.forcing.gaps import fill, zero_land
from pelagia.io.forcing.joining import LIMIT_BYTES, Plan, check_size, plan, read_plan
from pelagia.io.forcing.names import WORDS, find_pair, find_temperature, gridded
from pelagia.io.forcing.opening import open_fields
from pelagia.io.forcing.resampling import (
    Axes,
    Sampling,
    axis_directions,
    covering_axes,
    in_axes,
    in_curves,
    is_uniform,
    sample,
    sample_flags,
    uniform_axes,
)
from pelagia.io.forcing.schedule import check_covers
from pelagia.io.forcing.temperature import read_temperature
from pelagia.io.forcing.units import check_speed, speed_factor
from pelagia.io.forcing.variables import FieldFile

Double = NDArray[np.float64]
Single = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component as it is read: m/s, NaN where nothing is known.

    Parameters
    ----------
    time_s, depth_m
        (T,) and (D,).
    lat, lon
        Of rows and columns, or (H, W).
    forward
        See :func:`~pelagia.io.forcing.resampling.axis_directions`.
    values
        (T, D, H, W) float32.
    """

    time_s: Double
    depth_m: Double
    lat: Double
    lon: Double
    forward: tuple[int, int]
    values: Single


def read_forcing(uris: Sequence[str], kind: Kind, window: Window, *, limit_bytes: int = LIMIT_BYTES) -> GriddedForcing:
    """Read what a window needs of one kind of forcing, and bring it to the one form used inside.

    Parameters
    ----------
    uris
        Files of one data set, in any order; NetCDF, Zarr, folders or zips of them. What else they hold is left aside.
    kind
        What to read.
    window
        Where and when; of a run backward in time ``end_s`` may lie before ``start_s``. The file may cover less of the
        area, not less of the time.
    limit_bytes
        The most the fields may take in memory.

    Raises
    ------
    BadInput
        ``forcing-unreadable``, ``forcing-no-variables``, ``forcing-grid``, ``forcing-outside``,
        ``forcing-starts-late``, ``forcing-ends-early``, ``forcing-times``, ``forcing-units``, ``forcing-empty``,
        ``forcing-too-large``.
    """
    with open_fields(uris) as files:
        pair = find_pair(files, kind)
        if pair is None:
            raise no_variables(_names(uris), WORDS[kind], _found(files))
        flat = kind != "currents"  # of winds at several heights the lowest, 10 m
        first = plan(files, pair.east, window, surface_alone=flat)
        plans = first, plan(files, pair.north, _reaching(first, window), surface_alone=flat)
        check_size(plans, limit_bytes)
        notes = list(_layout_notes(plans))
        east, north = (_component(found, kind, window, notes) for found in plans)
        forcing = _made_uniform(east, north, kind, window, notes, along_grid=pair.along_grid, file=plans[0].file)
        name = find_temperature(files) if kind == "currents" else None
        if name is not None:
            warmth, said = read_temperature(files, name, window, forcing, limit_bytes=limit_bytes)
            notes += said
            forcing = replace(forcing, temperature_c=warmth)
        used = tuple(dict.fromkeys(layout.variable.file for found in plans for layout in found.layouts))
    return replace(forcing, files=used, notes=tuple(dict.fromkeys(notes)))


def _reaching(east: Plan, window: Window) -> Window:
    """Return a window that reaches as far as the points of one component, for the other of a staggered grid."""
    lat, lon = east.cuts[0].lat, east.cuts[0].lon
    if lat.ndim == 2:
        return window
    return replace(
        window,
        south_lat=min(window.south_lat, float(lat[0])),
        north_lat=max(window.north_lat, float(lat[-1])),
        west_lon=min(window.west_lon, float(lon[0])),
        east_lon=max(window.east_lon, float(lon[-1])),
    )


def _component(found: Plan, kind: Kind, window: Window, notes: list[str]) -> Component:
    values = np.empty(found.shape, np.float32)
    for times, layout, part in read_plan(found):
        factor, note = speed_factor(layout.variable, kind)
        notes += [note] if note else []
        values[times] = part * np.float32(factor) if factor != 1.0 else part
        check_speed(values[times], layout.variable, kind)
    places, first = found.layouts[0].places, found.cuts[0]
    return Component(
        time_s=np.array([min(window.start_s, window.end_s)]) if found.times is None else found.times.time_s,
        depth_m=first.depth_m,
        lat=first.lat,
        lon=first.lon,
        forward=(places.row_forward, places.col_forward),
        values=values,
    )


def _made_uniform(
    east: Component, north: Component, kind: Kind, window: Window, notes: list[str], *, along_grid: bool, file: str
) -> GriddedForcing:
    """Return both components on one uniform grid, without gaps."""
    _check_together(east, north, file)
    east, north = _without_empty_times(east, north, window, notes, file)
    seas = _mark_land(east, north, kind, notes)
    for component in (east, north):
        fill(component.values, component.lat, component.lon)
    axes = _axes(east, window, notes)
    ways = [_sampling(component, axes) for component in (east, north)]
    values = [c.values if way is None else sample(c.values, way) for c, way in zip((east, north), ways, strict=True)]
    is_sea: Flags = np.logical_and.reduce(
        [sea if way is None else sample_flags(sea, way) for sea, way in zip(seas, ways, strict=True)]
    )
    if not _covers(axes, window):
        notes.append("the file reaches only a part of the area: what leaves it is counted as outside")
    if along_grid and east.lat.ndim == 2 and ways[0] is not None:
        values = _turned(values, east, ways[0])
        notes.append("vectors turned from the axes of the grid to east and north")
    return GriddedForcing(
        kind=kind,
        time_s=east.time_s,
        depth_m=east.depth_m,
        south_lat=float(axes.lat[0]),
        west_lon=float(axes.lon[0]),
        lat_step=float(axes.lat[-1] - axes.lat[0]) / (len(axes.lat) - 1),
        lon_step=float(axes.lon[-1] - axes.lon[0]) / (len(axes.lon) - 1),
        east_m_s=values[0],
        north_m_s=values[1],
        is_sea=is_sea,
    )


def _check_together(east: Component, north: Component, file: str) -> None:
    same = len(east.time_s) == len(north.time_s) and bool(np.abs(east.time_s - north.time_s).max() < 1.0)
    if not same or len(east.depth_m) != len(north.depth_m) or east.lat.ndim != north.lat.ndim:
        raise BadInput(
            "The two components do not belong together: their times or levels differ",
            remedy="Give files of one data set.",
            value=f"{len(east.time_s)} times × {len(east.depth_m)} levels, {len(north.time_s)} × {len(north.depth_m)}",
            file=file,
            code="forcing-grid",
        )


def _without_empty_times(
    east: Component, north: Component, window: Window, notes: list[str], file: str
) -> tuple[Component, Component]:
    both = (np.isfinite(component.values[:, 0]) for component in (east, north))
    known: Flags = np.logical_and.reduce([finite.any(axis=(1, 2)) for finite in both])
    if not known.any():
        raise BadInput(
            "The fields hold no value in the area and time of the oil",
            remedy="Give a file with values there; over land alone there are no currents.",
            value="NaN or fill values only",
            file=file,
            code="forcing-empty",
        )
    if known.all():
        return east, north
    check_covers(east.time_s[known], east.time_s, window, file)
    notes.append(f"{int((~known).sum())} of {len(known)} times left out: they hold no value")
    return tuple(replace(c, time_s=c.time_s[known], values=c.values[known]) for c in (east, north))  # type: ignore[return-value]


def _mark_land(east: Component, north: Component, kind: Kind, notes: list[str]) -> tuple[Flags, Flags]:
    """Make land of what is land, in place, and return where the sea is, for each component."""
    together = east.values.shape == north.values.shape and np.array_equal(east.lat, north.lat)
    if kind != "wind" and together:
        land = zero_land((east.values, north.values))
        if land is not None:
            for component in (east, north):
                component.values[:, :, land] = np.nan
            notes.append(f"{int(land.sum())} points that are 0 at all times taken as land")
    if together:
        for one, other in ((east.values, north.values), (north.values, east.values)):
            one[np.isnan(other)] = np.nan
    seas: list[Flags] = [np.asarray(np.isfinite(c.values[:, 0]).any(axis=0)) for c in (east, north)]
    if not seas[0].all():
        notes.append("gaps (land) filled from the sea nearby")
    return seas[0], seas[1]


def _axes(east: Component, window: Window, notes: list[str]) -> Axes:
    if east.lat.ndim == 2:
        axes = covering_axes(east.lat, east.lon, window)
        notes.append(f"curvilinear grid brought to {len(axes.lat)} × {len(axes.lon)} points of latitude and longitude")
        return axes
    axes = uniform_axes(east.lat, east.lon)
    if not (is_uniform(east.lat) and is_uniform(east.lon)):
        notes.append(f"uneven grid brought to {len(axes.lat)} × {len(axes.lon)} even points")
    return axes


def _covers(axes: Axes, window: Window) -> bool:
    south_north = axes.lat[0] <= window.south_lat and axes.lat[-1] >= window.north_lat
    return bool(south_north and axes.lon[0] <= window.west_lon and axes.lon[-1] >= window.east_lon)


def _sampling(component: Component, axes: Axes) -> Sampling | None:
    """Return how a component is brought to a grid; ``None`` where it stands on it."""
    if component.lat.ndim == 2:
        return in_curves(component.lat, component.lon, axes)
    same = component.lat.shape == axes.lat.shape and component.lon.shape == axes.lon.shape
    if same and _stand_on(component.lat, axes.lat) and _stand_on(component.lon, axes.lon):
        return None
    return in_axes(component.lat, component.lon, axes)


def _stand_on(own: Double, even: Double) -> bool:
    return bool(np.abs(own - even).max() <= 0.02 * (even[-1] - even[0]) / (len(even) - 1))


def _turned(values: list[Single], east: Component, way: Sampling) -> list[Single]:
    """Return components towards east and north from those along the axes of a curvilinear grid."""
    parts = np.stack(axis_directions(east.lat, east.lon, east.forward))[None]
    x_east, x_north, y_east, y_north = sample(parts, way)[0]
    x_length, y_length = (np.maximum(np.hypot(*pair), 1e-6) for pair in ((x_east, x_north), (y_east, y_north)))
    along_x, along_y = values[0] / x_length, values[1] / y_length
    return [along_x * x_east + along_y * y_east, along_x * x_north + along_y * y_north]


def _layout_notes(plans: Sequence[Plan]) -> list[str]:
    return [note for found in plans for layout in found.layouts for note in layout.notes]


def _names(uris: Sequence[str]) -> str:
    return ", ".join(uris) if len(uris) <= 3 else f"{uris[0]} and {len(uris) - 1} more"


def _found(files: Sequence[FieldFile]) -> str:
    return ", ".join(dict.fromkeys(v.name for source in files for v in gridded(source))) or "no fields"
