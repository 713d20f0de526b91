"""Which variables of a file are the components of a current, a wind, a Stokes drift, and the temperature of the sea."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pelagia.io.forcing.dialect import Kind
from pelagia.io.forcing.variables import FieldFile, Variable

WORDS: dict[Kind, str] = {
    "currents": "currents (such as uo and vo)",
    "wind": "wind (such as u10 and v10)",
    "waves": "Stokes drift (such as VSDX and VSDY)",
}

_STANDARD: dict[Kind, tuple[tuple[str, str, bool], ...]] = {
    "currents": (
        ("eastward_sea_water_velocity", "northward_sea_water_velocity", False),
        ("surface_eastward_sea_water_velocity", "surface_northward_sea_water_velocity", False),
        ("sea_water_x_velocity", "sea_water_y_velocity", True),
        ("surface_sea_water_x_velocity", "surface_sea_water_y_velocity", True),
        (
            "surface_geostrophic_eastward_sea_water_velocity",
            "surface_geostrophic_northward_sea_water_velocity",
            False,
        ),
        ("barotropic_eastward_sea_water_velocity", "barotropic_northward_sea_water_velocity", False),
        ("barotropic_sea_water_x_velocity", "barotropic_sea_water_y_velocity", True),
    ),
    "wind": (("eastward_wind", "northward_wind", False), ("x_wind", "y_wind", True)),
    "waves": (
        ("eastward_sea_surface_wave_stokes_drift_velocity", "northward_sea_surface_wave_stokes_drift_velocity", False),
        ("sea_surface_wave_stokes_drift_eastward_velocity", "sea_surface_wave_stokes_drift_northward_velocity", False),
        ("eastward_surface_stokes_drift", "northward_surface_stokes_drift", False),
        ("sea_surface_wave_stokes_drift_x_velocity", "sea_surface_wave_stokes_drift_y_velocity", True),
    ),
}
"""Of each kind: east, north, and whether they go along the axes of the grid rather than east and north."""

_USUAL: dict[Kind, tuple[tuple[str, str, bool], ...]] = {
    "currents": (
        ("uo", "vo", False),
        ("utotal", "vtotal", False),
        ("water_u", "water_v", False),
        ("u_eastward", "v_northward", False),
        ("vozocrtx", "vomecrty", True),
        ("uoe", "von", False),
        ("ucur", "vcur", False),
        ("ucurr", "vcurr", False),
        ("u_surface", "v_surface", False),
        ("surf_u", "surf_v", False),
        ("ssu", "ssv", False),
        ("ugos", "vgos", False),
        ("ewct", "nsct", False),
        ("u", "v", True),
        ("u_velocity", "v_velocity", True),
    ),
    "wind": (
        ("u10", "v10", False),
        ("u10m", "v10m", False),
        ("10u", "10v", False),
        ("var165", "var166", False),
        ("u10n", "v10n", False),
        ("x_wind_10m", "y_wind_10m", True),
        ("uwnd", "vwnd", False),
        ("wind_u", "wind_v", False),
        ("u_wind", "v_wind", False),
        ("windx", "windy", False),
        ("wind_speed_u", "wind_speed_v", False),
        ("ugrd10m", "vgrd10m", False),
        ("ugrd_10maboveground", "vgrd_10maboveground", False),
        ("uas", "vas", False),
        ("u-component_of_wind_height_above_ground", "v-component_of_wind_height_above_ground", False),
    ),
    "waves": (
        ("vsdx", "vsdy", False),
        ("ust", "vst", False),
        ("uuss", "vuss", False),
        ("utus", "vtus", False),
        ("ust_stokes", "vst_stokes", False),
        ("u_stokes", "v_stokes", False),
        ("stokes_u", "stokes_v", False),
        ("ustokes", "vstokes", False),
    ),
}
_TEMPERATURE_STANDARD = (
    "sea_water_potential_temperature",
    "sea_water_conservative_temperature",
    "sea_water_temperature",
    "sea_surface_temperature",
    "sea_surface_foundation_temperature",
    "surface_temperature",
)
_TEMPERATURE_USUAL = (
    "thetao", "votemper", "water_temp", "tos", "sst", "analysed_sst", "to", "temp", "temperature", "sea_temp",
)  # fmt: skip
_ABOVE_GRID = frozenset({"U10", "V10"})
"""WRF writes its wind in capitals and along its grid; ERA5 writes the same name small, towards east and north."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The names of two components.

    Parameters
    ----------
    east, north
        Names in their files.
    along_grid
        Whether they go along the axes of the grid, where that is not one of latitude and longitude.
    """

    east: str
    north: str
    along_grid: bool


def find_pair(files: Iterable[FieldFile], kind: Kind) -> Pair | None:
    """Return the components of a kind, in one file or in two, or ``None`` where there are none.

    The surest name wins: first by ``standard_name``, then by usual names.
    """
    fields = [variable for source in files for variable in gridded(source)]
    for first, second, along in _STANDARD[kind]:
        east, north = _by_standard(fields, first), _by_standard(fields, second)
        if east is not None and north is not None:
            return _pair(east, north, along)
    for first, second, along in _USUAL[kind]:
        east, north = _by_name(fields, first), _by_name(fields, second)
        if east is not None and north is not None:
            return _pair(east, north, along)
    return None


def find_temperature(files: Iterable[FieldFile]) -> str | None:
    """Return the name of the temperature of the sea, or ``None``."""
    fields = [variable for source in files for variable in gridded(source)]
    found: Iterator[Variable | None] = iter([_by_standard(fields, name) for name in _TEMPERATURE_STANDARD])
    named = iter([_by_name(fields, name) for name in _TEMPERATURE_USUAL])
    return next((variable.name for variable in (*found, *named) if variable is not None), None)


def gridded(source: FieldFile) -> list[Variable]:
    """Return the variables that may be fields: numbers of two dimensions or more."""
    return [v for v in source.variables.values() if len(v.dims) >= 2 and v.dtype.kind in "iuf"]


def _pair(east: Variable, north: Variable, along: bool) -> Pair:
    relative = east.attrs.get("GRIB_uvRelativeToGrid")
    if relative is not None:
        along = str(relative) == "1"
    elif east.name in _ABOVE_GRID:
        along = True
    return Pair(east=east.name, north=north.name, along_grid=along)


def _by_standard(fields: list[Variable], name: str) -> Variable | None:
    found = [v for v in fields if v.text("standard_name").lower() == name]
    return min(found, key=lambda v: (_is_off_surface(v), -len(v.dims)), default=None)


def _by_name(fields: list[Variable], name: str) -> Variable | None:
    return next((v for v in fields if v.name.lower() == name), None)


def _is_off_surface(variable: Variable) -> bool:
    """Tell whether a variable says that it belongs to another height: wind at 100 m, current at the bottom."""
    name = variable.name.lower()
    return any(word in name for word in ("100", "bottom", "80m", "gust"))
