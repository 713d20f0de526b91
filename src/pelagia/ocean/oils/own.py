"""An oil of the user's own: a JSON file with what is known of it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.io.sources.opening import open_source
from pelagia.ocean.oils.completing import ToldOil, complete_oil
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.relations import density_of_api

LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Between what a value lies, and what to say of one that seems to have another unit.

    Parameters
    ----------
    low, high
        Both allowed.
    unit
        Its unit, for messages.
    slips
        (from, to, factor, unit): values between these seem to be in that unit; times the factor they are right.
    """

    low: float
    high: float
    unit: str
    slips: tuple[tuple[float, float, float, str], ...] = ()


PERCENT = ((1.0, 100.0, 0.01, "percent"),)

BOUNDS = {
    "api": Bound(low=-10.0, high=80.0, unit="°API"),
    "density_kg_m3": Bound(low=500.0, high=1200.0, unit="kg/m³", slips=((0.5, 1.2, 1000.0, "g/cm³ or t/m³"),)),
    "viscosity_mm2_s": Bound(low=0.1, high=1e8, unit="mm²/s (cSt)", slips=((1e-7, 0.1, 1e6, "m²/s"),)),
    "viscosity_temperature_c": Bound(low=-30.0, high=150.0, unit="°C", slips=((243.0, 423.0, 0.0, "K"),)),
    "residual_fraction": Bound(low=0.01, high=1.0, unit="share, 0.01 to 1", slips=PERCENT),
    "residual_density_kg_m3": Bound(low=500.0, high=1300.0, unit="kg/m³", slips=((0.5, 1.3, 1000.0, "g/cm³ or t/m³"),)),
    "vapour_pressure_bar": Bound(
        low=0.0, high=5.0, unit="bar", slips=((5.0, 500.0, 0.01, "kPa"), (500.0, 5e5, 1e-5, "Pa"))
    ),
    "max_water_fraction": Bound(low=0.0, high=0.95, unit="share, 0 to 0.95", slips=PERCENT),
}
WORDS = ("name", "reference")


def read_own_oil(uri: str) -> Oil:
    """Read an oil from a JSON file; what it does not tell is from relations.

    Parameters
    ----------
    uri
        A file or address; an object with ``density_kg_m3`` (at 15 °C) or ``api``, ``viscosity_mm2_s`` (at
        ``viscosity_temperature_c``, 15 where that is not told), and any other value of :class:`Oil`.

    Returns
    -------
    Oil
        ``estimated`` names what the file did not tell.

    Raises
    ------
    BadInput
        ``own-oil-unreadable``; ``own-oil-value`` for what is missing, unknown, out of bounds or contradicts itself.
    """
    told = _object(uri)
    unknown = [key for key in told if key not in BOUNDS and key not in WORDS]
    if unknown:
        near = get_close_matches(unknown[0], [*BOUNDS, *WORDS], 1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise _bad(uri, "an oil has no such value", unknown[0], f"{hint}Known are {', '.join([*WORDS, *BOUNDS])}")
    values = {key: _number(uri, key, told[key]) for key in BOUNDS if told.get(key) is not None}
    _check_together(uri, values)
    words = {key: str(told[key])[:200] for key in WORDS if told.get(key)}
    return complete_oil(ToldOil(**{"name": "own oil", **words}, **values))  # type: ignore[arg-type]


def _object(uri: str) -> dict[str, Any]:
    source = open_source(uri)
    names = [entry.name for entry in source.entries()]
    if len(names) != 1:
        raise _unreadable(uri, f"{len(names)} files")
    try:
        told = json.loads(source.read(names[0], LIMIT_BYTES))
    except (ValueError, RecursionError) as error:
        raise _unreadable(uri, str(error)[:100]) from error
    if not isinstance(told, dict):
        raise _unreadable(uri, type(told).__name__)
    return told


def _number(uri: str, key: str, value: Any) -> float:
    bound = BOUNDS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(uri, f"the value {key} is no number", value, f"Give a number in {bound.unit}, without quotes")
    if bound.low <= value <= bound.high:
        return float(value)
    for low, high, factor, unit in bound.slips:
        if low <= value <= high:
            right = value * factor if factor else value - 273.15
            raise _bad(uri, f"the value {key} seems to be in {unit}", value, f"Give {bound.unit}: {right:.6g}")
    raise _bad(
        uri, f"the value {key} is out of bounds", value, f"Give {bound.low:g} to {bound.high:g}, in {bound.unit}"
    )


def _check_together(uri: str, values: dict[str, float]) -> None:
    api, density = values.get("api"), values.get("density_kg_m3")
    if api is None and density is None:
        raise _bad(uri, "the oil has neither density nor API gravity", "", "Give density_kg_m3 (at 15 °C) or api")
    if "viscosity_mm2_s" not in values:
        raise _bad(uri, "the oil has no viscosity", "", "Give viscosity_mm2_s and viscosity_temperature_c")
    if api is not None and density is not None and abs(density / density_of_api(api) - 1.0) > 0.03:
        found = f"api {api:g} is {density_of_api(api):.0f} kg/m³, density_kg_m3 is {density:g}"
        raise _bad(uri, "density and API gravity contradict each other", found, "Give one of them, or correct one")
    residual = values.get("residual_density_kg_m3")
    whole = density if density is not None else density_of_api(api or 0.0)
    if residual is not None and residual < whole:
        found = f"{residual:g}, the oil {whole:.0f} kg/m³"
        raise _bad(uri, "what is left of an oil is not lighter than the oil", found, "Correct residual_density_kg_m3")


def _unreadable(uri: str, found: str) -> BadInput:
    return BadInput(
        "the oil cannot be read",
        value=found,
        remedy='Give a JSON object such as {"density_kg_m3": 870, "viscosity_mm2_s": 20}',
        file=uri,
        code="own-oil-unreadable",
    )


def _bad(uri: str, what: str, value: object, remedy: str) -> BadInput:
    return BadInput(what, value=value, remedy=remedy, file=uri, code="own-oil-value")
