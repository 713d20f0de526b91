"""Which data set serves which sea and which time.

Of Copernicus Marine the model of the Mediterranean where the middle of the area lies in it, that of the globe
elsewhere; reanalysis for the past, analysis and forecast since. Of the wind ERA5 as long ago as it is there, and a
forecast since, so that no recent day is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pelagia.io.forcing.dialect import Kind, Window
from pelagia.io.forcing.fetch.wanted import Piece

DAY_S = 86_400.0
ERA5_DELAY_S = 6 * DAY_S
"""ERA5 follows five days behind, and needs the sixth to be whole."""
ERA5, GFS = "reanalysis-era5-single-levels", "gfs-global-0p25"
WIND_NAMES = ("10m_u_component_of_wind", "10m_v_component_of_wind")

MEDITERRANEAN = (30.37, 45.7, -17.25, 36.0)
"""South, north, west, east of the model of the Mediterranean."""
NOT_IN_IT = ((40.7, 48.0, 27.4, 42.0), (42.4, 48.0, -18.0, -0.5))
"""Seas within those bounds that the model leaves out: the Black Sea, the Bay of Biscay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set of Copernicus Marine.

    Parameters
    ----------
    name
        Its name there.
    variables
        Names asked for.
    until_s
        Unix time at which the next of the list takes over; ``inf`` for the last.
    step_s
        Distance of its times, s.
    deep
        Whether it has levels.
    """

    name: str
    variables: tuple[str, ...]
    until_s: float = float("inf")
    step_s: float = 3600.0
    deep: bool = False


def _day(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


_CURRENT, _WARMTH, _STOKES = ("uo", "vo"), ("thetao",), ("VSDX", "VSDY")
_MED_SINCE, _GLOBAL_INTERIM, _GLOBAL_SINCE = _day("2021-11-01"), _day("2021-07-01"), _day("2022-06-01")
_MED_CURRENTS = (
    DataSet(name="med-cmcc-cur-rean-h", variables=_CURRENT, until_s=_MED_SINCE, deep=True),
    DataSet(name="cmems_mod_med_phy-cur_anfc_4.2km-2D_PT1H-m", variables=_CURRENT),
)
_MED_WARMTH = (
    DataSet(name="med-cmcc-tem-rean-d", variables=_WARMTH, until_s=_MED_SINCE, step_s=DAY_S, deep=True),
    DataSet(name="cmems_mod_med_phy-tem_anfc_4.2km-2D_PT1H-m", variables=_WARMTH),
)
_ALL = (*_CURRENT, *_WARMTH)
_GLOBAL_CURRENTS = (
    DataSet(
        name="cmems_mod_glo_phy_my_0.083deg_P1D-m", variables=_ALL, until_s=_GLOBAL_INTERIM, step_s=DAY_S, deep=True
    ),
    DataSet(
        name="cmems_mod_glo_phy_myint_0.083deg_P1D-m", variables=_ALL, until_s=_GLOBAL_SINCE, step_s=DAY_S, deep=True
    ),
    DataSet(name="cmems_mod_glo_phy_anfc_0.083deg_PT1H-m", variables=_ALL),
)
_MED_WAVES = (
    DataSet(name="med-hcmr-wav-rean-h", variables=_STOKES, until_s=_MED_SINCE),
    DataSet(name="cmems_mod_med_wav_anfc_4.2km_PT1H-i", variables=_STOKES),
)
_GLOBAL_WAVES = (
    DataSet(name="cmems_mod_glo_wav_my_0.2deg_PT3H-i", variables=_STOKES, until_s=_GLOBAL_SINCE, step_s=3 * 3600.0),
    DataSet(name="cmems_mod_glo_wav_anfc_0.083deg_PT3H-i", variables=_STOKES, step_s=3 * 3600.0),
)


def pieces(kind: Kind, window: Window, *, now_s: float, dataset: str = "") -> list[Piece]:
    """Return the requests that bring a kind of forcing for an area and a time.

    Parameters
    ----------
    now_s
        Unix time, s: how far ERA5 reaches depends on it.
    dataset
        A data set of Copernicus Marine (currents, waves), or ``era5`` or ``gfs`` (wind), instead of the one the rules
        choose.
    """
    if kind == "wind":
        return _winds(window, now_s, dataset)
    if dataset:
        own = DataSet(name=dataset, variables=_STOKES if kind == "waves" else _ALL, deep="3D" in dataset)
        return [_piece(kind, own, window)]
    inside = is_mediterranean(window)
    if kind == "waves":
        lists: list[tuple[DataSet, ...]] = [_MED_WAVES if inside else _GLOBAL_WAVES]
    else:
        lists = [_MED_CURRENTS, _MED_WARMTH] if inside else [_GLOBAL_CURRENTS]
    return [piece for sets in lists for piece in _in_turn(kind, sets, window)]


def is_mediterranean(window: Window) -> bool:
    """Tell whether the middle of an area lies in the model of the Mediterranean."""
    lat, lon = (window.south_lat + window.north_lat) / 2, (window.west_lon + window.east_lon) / 2

    def lies_in(box: tuple[float, float, float, float]) -> bool:
        south, north, west, east = box
        return south < lat < north and west < lon < east

    return lies_in(MEDITERRANEAN) and not any(lies_in(box) for box in NOT_IN_IT)


def _in_turn(kind: Kind, sets: tuple[DataSet, ...], window: Window) -> list[Piece]:
    """Return one request for every data set that has a part of the time."""
    found, start_s = [], window.start_s
    for own in sets:
        if start_s < min(own.until_s, window.end_s):
            found.append(_piece(kind, own, replace(window, start_s=start_s, end_s=min(own.until_s, window.end_s))))
            start_s = min(own.until_s, window.end_s)
    return found


def _piece(kind: Kind, own: DataSet, window: Window) -> Piece:
    return Piece(
        service="copernicus-marine",
        dataset=own.name,
        kind=kind,
        variables=own.variables,
        window=window,
        step_s=own.step_s,
        deep=own.deep,
    )


def _winds(window: Window, now_s: float, dataset: str) -> list[Piece]:
    past = Piece(service="climate-data-store", dataset=ERA5, kind="wind", variables=WIND_NAMES, window=window)
    ahead = Piece(service="gfs", dataset=GFS, kind="wind", variables=WIND_NAMES, window=window, step_s=3 * 3600.0)
    last_s = (now_s - ERA5_DELAY_S) // DAY_S * DAY_S
    if dataset == "era5" or (not dataset and past.end_s <= last_s):
        return [past]
    if dataset == "gfs" or window.start_s >= last_s - past.step_s:
        return [ahead]
    return [past.between(window.start_s, last_s - past.step_s), ahead.between(last_s - past.step_s, window.end_s)]
