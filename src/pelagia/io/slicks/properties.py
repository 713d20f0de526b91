"""What a file tells of a slick beside its outline: time, amount, oil, name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.io.slicks.times import read_time

TIMES = (
    *("time", "time_utc", "observed_utc", "observed", "observation_time", "datetime", "date_time", "timestamp"),
    *("acquisition", "acquisition_time", "acquisition_date", "acquired", "acq_time", "acq_date", "sensing_time"),
    *("detectiontime", "detection_time", "detected", "when", "date", "date_utc"),
)
"""Names of the time, the surer ones first; compared in small letters, with _ for blanks and hyphens."""
MASSES = {"mass_t": 1.0, "tons": 1.0, "tonnes": 1.0, "tonnage": 1.0, "mass_tonnes": 1.0, "mass_kg": 1e-3, "kg": 1e-3}
"""Names of the mass, and t in their unit."""
BARREL_M3 = 0.158987294928
VOLUMES = {
    **{"volume_m3": 1.0, "volume": 1.0, "m3": 1.0, "vol_m3": 1.0, "cubic_metres": 1.0},
    **{
        "volume_l": 1e-3,
        "litres": 1e-3,
        "liters": 1e-3,
        "barrels": BARREL_M3,
        "bbl": BARREL_M3,
        "volume_bbl": BARREL_M3,
    },
}
"""Names of the volume, and m³ in their unit."""
RELEASES = ("release_hours", "release_h", "duration_h", "duration_hours")
"""Names of how long oil flows, h."""
GRAVITIES = ("api", "api_gravity")
OILS = ("oil", "oil_name", "oil_type")
NAMES = ("slick", "slick_id", "name", "id", "oilspillid", "fid", "title", "label")
LONGEST_TEXT = 200
MOST_T = 1e7
MOST_RELEASE_H = 1440.0
API_RANGE = (0.0, 70.0)


def known_names(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file tells by names in one spelling."""
    spelled = ((str(name).strip().lower().replace(" ", "_").replace("-", "_"), value) for name, value in told.items())
    return dict(spelled)


def time_of(known: Mapping[str, Any], file: str) -> float | None:
    """Return the time, Unix s."""
    for name in TIMES:
        found = read_time(known.get(name), file)
        if found is not None:
            return found
    return None


def amount(known: Mapping[str, Any], units: Mapping[str, float], file: str) -> float | None:
    """Return a mass (t) or volume (m³); ``None`` where none is told.

    Raises
    ------
    BadInput
        ``slick-amount`` where it is no number, not above 0, or more than any spill.
    """
    for name, unit in units.items():
        text = text_of(known, (name,))
        if not text:
            continue
        value = _number(text)
        if value is None or not 0 < value * unit <= MOST_T:
            raise BadInput(
                "The amount of oil of a slick cannot be right: it must be a number above 0",
                remedy="Give tons or volume_m3 as a positive number, or leave it out.",
                value=f"{name} {text[:60]}",
                file=file,
                code="slick-amount",
            )
        return value * unit
    return None


def gravity(known: Mapping[str, Any], file: str) -> float | None:
    """Return the API gravity; raises ``slick-api`` where it is none."""
    text = text_of(known, GRAVITIES)
    if not text:
        return None
    value = _number(text)
    if value is None or not API_RANGE[0] <= value <= API_RANGE[1]:
        raise BadInput(
            "The API gravity of a slick's oil cannot be right",
            remedy=f"Give api as a number from {API_RANGE[0]:g} to {API_RANGE[1]:g}, or leave it out.",
            value=text[:60],
            file=file,
            code="slick-api",
        )
    return value


def release_hours(known: Mapping[str, Any], file: str) -> float | None:
    """Return how long the oil flows, h; raises ``slick-release`` where that is no such time."""
    text = text_of(known, RELEASES)
    if not text:
        return None
    value = _number(text)
    if value is None or not 0 <= value <= MOST_RELEASE_H:
        raise BadInput(
            "The time that the oil of a slick flows cannot be right",
            remedy=f"Give release_hours as a number from 0 (all at once) to {MOST_RELEASE_H:g}, or leave it out.",
            value=text[:60],
            file=file,
            code="slick-release",
        )
    return value


def text_of(known: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first text told by one of some names; empty where there is none."""
    for name in names:
        value = known.get(name)
        text = "" if value is None or (isinstance(value, float) and math.isnan(value)) else " ".join(str(value).split())
        if text and text.isprintable():
            return text[:LONGEST_TEXT]
    return ""


def texts(told: Mapping[str, Any]) -> dict[str, str]:
    """Return all that is told, as texts of a bounded length."""
    return {str(name)[:LONGEST_TEXT]: text for name in told if (text := text_of({"": told[name]}, ("",)))}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
