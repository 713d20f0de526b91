"""WITOIL-for-iMagine of CMCC (MEDSLIK-II), which Oil spill takes the place of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.files import as_sent
from pelagia.api.deepaas.originals import Composed, Original
from pelagia.api.deepaas.served import JSON, ZIP
from pelagia.api.deepaas.wanted import WrongArguments
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.exports.tables import records

PNG, MP4 = "image/png", "video/mp4"
MOST_CELLS = 200_000
"""Of all maps of an answer; of more every second, third … map is told, and the last."""
CELL = ("row", "col", "surface_kg_m2", "dispersed_kg_m2", "beached_kg")
DURATION_H, RATE_T_H, OIL = 0.0, 27.78, "28"
"""What the original takes where nobody says how long, how much, and of which API gravity."""
SPILLS = ("spill_lat", "spill_lon", "spill_duration", "spill_rate", "oil")
PLOTS = ("plot_lat", "plot_lon")
NO_CREDENTIALS = (
    "Credentials are not taken: they would stand in addresses and logs. Send currents and wind as files, or constants "
    "(current_m_s, wind_m_s). Who has an account of Copernicus Marine or the Climate Data Store fetches such files by "
    "pelagia forcing fetch, on their own computer, which has the credentials in its keyring or environment."
)
NO_DOWNLOAD = "the area is where the oil may get to, cut out of the files of currents and wind"


def composed(told: Mapping[str, Any]) -> Composed:
    """Return the spills as a file of points, each with its own time of release, amount and oil.

    Parameters
    ----------
    told
        ``spill_lat``, ``spill_lon``, ``spill_duration``, ``spill_rate``, ``oil``, ``plot_lat``, ``plot_lon``, those
        that were sent.

    Raises
    ------
    WrongArguments
        Where lists do not fit each other, or a value cannot be.
    """
    _check(told)
    spills = [
        _feature(lat, lon, duration, rate, oil)
        for lat, lon, duration, rate, oil in zip(
            told.get("spill_lat", ()),
            told.get("spill_lon", ()),
            _for_each(told, "spill_duration", DURATION_H),
            _for_each(told, "spill_rate", RATE_T_H),
            _for_each(told, "oil", OIL),
            strict=True,
        )
    ]
    if spills:
        content = json.dumps({"type": "FeatureCollection", "features": spills}).encode()
        return Composed(files={"slick": ("spills.geojson", content)})
    names = told.get("oil", ())
    if not names:
        return Composed()
    gravity = _gravity(names[0])
    return Composed(params={"oil": names[0]} if gravity is None else {"api": gravity})


def _check(told: Mapping[str, Any]) -> None:
    wrong: dict[str, Any] = {}
    count = len(told.get("spill_lat", ()))
    if len(told.get("spill_lon", ())) != count:
        lons = len(told.get("spill_lon", ()))
        wrong["spill_lon"] = [f"{lons} values for {count} of spill_lat: each spill needs both."]
    for name in SPILLS[2:]:
        given = len(told.get(name, ()))
        if given > 1 and given != count:
            wrong[name] = [f"{given} values for {count} spills: give one for each, or one for all."]
    wrong |= {name: [f"{name} needs spill_lat and spill_lon."] for name in SPILLS[2:4] if told.get(name) and not count}
    if any(value == 0 for value in told.get("spill_rate", ())):
        wrong["spill_rate"] = ["Must be above 0: t an hour, or t in all where spill_duration is 0."]
    for name in PLOTS:
        ends = told.get(name)
        if ends is not None and (len(ends) != 2 or not ends[0] < ends[1]):
            wrong[name] = ["Must be two values, the lesser first."]
    if wrong:
        raise WrongArguments(wrong)


def _for_each(told: Mapping[str, Any], name: str, default: Any) -> list[Any]:
    values = told.get(name) or [default]
    return list(values) if len(values) > 1 else list(values) * len(told.get("spill_lat", ()))


def _feature(lat: float, lon: float, duration_h: float, rate: float, oil: str) -> dict[str, Any]:
    gravity = _gravity(oil)
    told: dict[str, Any] = {"release_hours": duration_h, "mass_t": rate * duration_h if duration_h else rate}
    told |= {"oil": oil} if gravity is None else {"api": gravity}
    return {"type": "Feature", "properties": told, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def _gravity(oil: str) -> float | None:
    """Return the API gravity that stands for an oil; ``None`` where it is a name."""
    try:
        value = float(oil)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def predictions(result: Result, request: Request[Any]) -> dict[str, Any]:
    """Return what the run found: figures, mass balance, maps, coast.

    The original answers a picture, whatever it is asked for; the names are those of the tables here.
    """
    del request
    tables = result.tables
    told: dict[str, Any] = {
        "summary": {name: {"value": figure.value, "unit": figure.unit} for name, figure in result.summary.items()},
        "slicks": [row | {"file": as_sent(row["file"] or "")} for row in _rows(tables, "slicks")],
        "notes": [as_sent(note) for note in result.notes],
        "issues": [
            {"file": as_sent(one.file), "code": one.code, "message": as_sent(one.message), "remedy": one.remedy}
            for one in result.issues
        ],
    }
    if "mass_balance" not in tables:
        return told
    balance = _rows(tables, "mass_balance")
    shown = _shown([row["time_utc"] for row in balance], tables["concentration"].rows)
    maps = _maps(tables["concentration"], shown)
    return {
        **told,
        "mass_balance": balance,
        "grid": _rows(tables, "grid")[0],
        "maps": maps,
        "coast": _rows(tables, "coast"),
        "scores": _rows(tables, "scores"),
        **({"maps_left_out": len(balance) - len(maps)} if len(maps) < len(balance) else {}),
    }


def _rows(tables: Mapping[str, Table], name: str) -> list[dict[str, Any]]:
    if name not in tables:
        return []
    return list(records(tables[name], [column.name for column in tables[name].columns]))


def _shown(times: Sequence[str], cells: int) -> list[str]:
    """Return the times of which maps are told."""
    step = max(1, -(-cells // MOST_CELLS))
    return list(times[::-1][::step][::-1])


def _maps(table: Table, times: Sequence[str]) -> list[dict[str, Any]]:
    """Return the map of each time as lists, a value for each cell that has oil."""
    found: dict[str, dict[str, list[Any]]] = {time: {name: [] for name in CELL} for time in times}
    for row in records(table, ("time_utc", *CELL)):
        lists = found.get(row["time_utc"])
        if lists is not None:
            for name in CELL:
                lists[name].append(row[name])
    return [{"time_utc": time, **lists} for time, lists in found.items()]


def _list(name: str, kind: Literal["number", "string"], description: str, **more: Any) -> Argument:
    return Argument(name=name, kind=kind, description=description, meaning=("original", name), is_list=True, **more)


def _window(name: str, what: str) -> Argument:
    return Argument(
        name=name,
        kind="number",
        description=f"Least and greatest {what} of the picture and the film (°); by default all that has oil",
        meaning=("answer", name),
        is_list=True,
    )


def _without_effect(name: str, kind: Literal["boolean", "number", "string"], why: str, default: Any) -> Argument:
    return Argument(
        name=name,
        kind=kind,
        description=f"Accepted for clients of the original, without effect: {why}",
        meaning=("", ""),
        default=default,
        has_default=True,
        is_list=isinstance(default, list),
    )


ORIGINAL = Original(
    predictions=predictions,
    composed=composed,
    # Its answer is a picture, whatever it is asked for: what a client gets that does not say what it wants.
    media_types=(PNG, MP4, JSON, ZIP),
    drawings={
        PNG: "pelagia.exports.oilspill.drawn:write_picture",
        MP4: "pelagia.exports.oilspill.drawn:write_film",
    },
    unwanted=dict.fromkeys(
        ("copernicus_user", "copernicus_username", "copernicus_password", "cds_token", "cds_key"), NO_CREDENTIALS
    ),
    arguments=(
        _without_effect("name", "string", "every run has a number of its own", "my_experiment"),
        Argument(
            name="start_datetime",
            kind="string",
            description="When the oil begins to flow (UTC, such as 2021-08-23T08:00:00); any time that the files of "
            "currents and wind cover, today and the days to come too",
            meaning=("params", "start"),
        ),
        Argument(
            name="sim_length",
            kind="number",
            description="How long to forecast (h)",
            meaning=("params", "hours"),
            default=24.0,
            has_default=True,
        ),
        _list("spill_lat", "number", "Latitude of each spill (°); all elements count", minimum=-85.0, maximum=85.0),
        _list("spill_lon", "number", "Longitude of each spill (°)", minimum=-180.0, maximum=360.0),
        _list(
            "spill_duration",
            "number",
            "How long each flows (h), 0 for all at once; one for all will do",
            default=[DURATION_H],
            has_default=True,
            minimum=0.0,
            maximum=1440.0,
        ),
        _list(
            "spill_rate",
            "number",
            "Oil of each (t/h; t where it is all at once); one for all will do",
            default=[RATE_T_H],
            has_default=True,
            minimum=0.0,
            maximum=1e7,
        ),
        _list(
            "oil",
            "string",
            "Oil of each: API gravity, or a name of the table of oils; one for all will do",
            default=[OIL],
            has_default=True,
            is_number_too=True,
        ),
        _without_effect("set_domain", "boolean", NO_DOWNLOAD, False),
        _without_effect("lat", "number", NO_DOWNLOAD, [31.0, 38.0]),
        _without_effect("lon", "number", NO_DOWNLOAD, [32.0, 37.0]),
        _without_effect("delta", "number", NO_DOWNLOAD, [0.75]),
        _window("plot_lat", "latitude"),
        _window("plot_lon", "longitude"),
    ),
)
