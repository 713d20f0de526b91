"""Units of velocity and temperature, and whether values can be what their unit says."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.io.forcing.dialect import Kind
from pelagia.io.forcing.faults import wrong_unit
from pelagia.io.forcing.variables import Variable

KNOT_M_S = 1852.0 / 3600.0
_LENGTHS = {"m": 1.0, "meter": 1.0, "metre": 1.0, "cm": 0.01, "centimeter": 0.01, "centimetre": 0.01}
_LENGTHS |= {"mm": 0.001, "millimeter": 0.001, "millimetre": 0.001, "km": 1000.0, "kilometer": 1000.0}
_LENGTHS |= {"kilometre": 1000.0, "mile": 1609.344, "nauticalmile": 1852.0, "ft": 0.3048, "feet": 0.3048}
_TIMES = {"s": 1.0, "sec": 1.0, "second": 1.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "day": 86_400.0}
_TIMES |= {"d": 86_400.0, "min": 60.0, "minute": 60.0}
_KNOTS = frozenset({"kt", "kts", "kn", "knot", "knots"})
_CELSIUS = frozenset({"c", "degc", "degreec", "degreesc", "celsius", "degcelsius", "degreecelsius", "degreescelsius"})
_KELVIN = frozenset({"k", "kelvin", "degk", "degreek", "degreesk", "degkelvin", "degreekelvin", "degreeskelvin"})
_FAHRENHEIT = frozenset({"f", "degf", "degreef", "degreesf", "fahrenheit", "degreefahrenheit", "degreesfahrenheit"})

FASTEST_M_S: dict[Kind, float] = {"currents": 10.0, "wind": 120.0, "waves": 5.0}
"""No current, 10 m wind or Stokes drift is faster: strongest tidal streams 8 m/s, strongest winds of storms 95 m/s."""
FASTEST_UNTOLD_M_S = 3.0
"""Nor is a current this fast read whose unit nobody told: the Gulf Stream makes 2.5 m/s, and usual cm/s are more."""
COLDEST_C, WARMEST_C = -5.0, 50.0


def speed_factor(variable: Variable, kind: Kind) -> tuple[float, str]:
    """Return what turns the values of a component into m/s, and a note on it (``""``: they are m/s).

    Raises
    ------
    BadInput
        ``forcing-units``: the unit is not one of a velocity.
    """
    told = _told(variable)
    if not told:
        return 1.0, f"{variable.name} tells no unit: taken as m/s"
    factor = _speed(told)
    if factor is None:
        raise wrong_unit(variable.file, f"The unit of {variable.name} is not one of a velocity ({kind})", told)
    return factor, "" if factor == 1.0 else f"{variable.name} changed from {told} to m/s"


def _speed(told: str) -> float | None:
    text = re.sub(r"[\s.·*^_{}()]", "", told.lower().replace("⁻¹", "-1").replace("−", "-"))
    if text in _KNOTS:
        return KNOT_M_S
    if text in {"kmh", "kph"}:
        return 1000.0 / 3600.0
    match = re.fullmatch(r"([a-z]+?)(?:/|per)([a-z]+)", text) or re.fullmatch(r"([a-z]+)-1", text)
    if match is None:
        return None
    pairs = [match.groups()] if match.lastindex == 2 else _splits(match.group(1))
    for length, time in pairs:
        metres, spell = _LENGTHS.get(length, _LENGTHS.get(length.removesuffix("s"))), _time(time)
        if metres is not None and spell is not None:
            return metres / spell
    return None


def _splits(text: str) -> list[tuple[str, str]]:
    """Return the ways to read ``ms`` of ``m s-1``: the longest name of a time first."""
    return [(text[:at], text[at:]) for at in range(1, len(text))]


def _time(text: str) -> float | None:
    return _TIMES.get(text, _TIMES.get(text.removesuffix("s")) if text != "s" else None)


def check_speed(values: NDArray[np.float32], variable: Variable, kind: Kind) -> None:
    """Check that values in m/s can be a current, a wind, a Stokes drift.

    Raises
    ------
    BadInput
        ``forcing-units``.
    """
    fastest = _largest(np.abs(values))
    told = _told(variable)
    most = FASTEST_UNTOLD_M_S if kind == "currents" and not told else FASTEST_M_S[kind]
    if fastest > most:
        raise wrong_unit(
            variable.file,
            f"The {kind} of {variable.name} cannot be m/s: they reach {fastest:,.4g} m/s where "
            f"{most:g} m/s is the most {'there is' if told else 'that is read without a unit'}",
            f"{told or 'no unit'}, values up to {fastest:,.4g} m/s",
        )


def _told(variable: Variable) -> str:
    """Return the unit that is told; empty where none is."""
    told = variable.text("units") or variable.text("unit") or variable.text("GRIB_units")
    return "" if told.lower() in {"unknown", "none", "1", "-"} else told


def celsius(values: NDArray[np.float32], variable: Variable) -> tuple[NDArray[np.float32], str]:
    """Return temperatures in °C, and a note where they were changed.

    Raises
    ------
    BadInput
        ``forcing-units``: unknown, or not what the values can be.
    """
    told = variable.text("units") or variable.text("unit")
    text = re.sub(r"[\s._°\-]", "", told.lower())
    note = ""
    if text in _KELVIN:
        values, note = values - np.float32(273.15), f"{variable.name} changed from K to °C"
    elif text in _FAHRENHEIT:
        values, note = (values - np.float32(32)) / np.float32(1.8), f"{variable.name} changed from °F to °C"
    elif text not in _CELSIUS and text not in {"", "unknown", "none"}:
        raise wrong_unit(variable.file, f"The unit of {variable.name} is not one of a temperature", told)
    coldest, warmest = -_largest(-values), _largest(values)
    if warmest > WARMEST_C or coldest < COLDEST_C:
        raise wrong_unit(
            variable.file,
            f"The field {variable.name} cannot be the temperature of the sea in °C: it goes from {coldest:.4g} to "
            f"{warmest:.4g} °C",
            told or "no unit",
        )
    return values, note


def _largest(values: NDArray[Any]) -> float:
    """Return the largest number, ``-inf`` where there is none; without the warning numpy gives for that."""
    return float(np.fmax.reduce(values, axis=None, initial=-np.inf))
