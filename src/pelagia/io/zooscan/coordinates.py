"""Positions as the legacy forms store them: degrees and minutes in one number, west positive."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from pelagia.io.zooscan.text import is_nothing, is_unknown, number

Convention = Literal["degrees-minutes", "decimal"]
POSITION_KEYS = ("latitude", "longitude", "latitude_end", "longitude_end")
DECIMAL_SHARE = 0.2
"""Of positions with more than 59 minutes above which a whole project is taken to be in decimal degrees.

In decimal degrees two of five parts behind the point are 60 or more; a slip of the pen is rare."""


def is_decimal(text: str) -> bool:
    """Tell whether a position cannot be degrees and minutes, since it would have 60 minutes or more."""
    value = number(text)
    return value is not None and not is_unknown(text) and _minutes(value) >= 60


def convention_of(positions: Iterable[Mapping[str, str]]) -> Convention:
    """Say how the positions of a project are written.

    Parameters
    ----------
    positions
        Of each sample, the fields as written, by their legacy name in lower case.

    Returns
    -------
    str
        ``decimal`` where more of the samples than :data:`DECIMAL_SHARE` hold a position that has 60 minutes or more.
    """
    told = [
        [text for key in POSITION_KEYS if not is_nothing(text := sample.get(key, "")) and number(text) is not None]
        for sample in positions
    ]
    with_position = [texts for texts in told if texts]
    decimal = sum(any(is_decimal(text) for text in texts) for texts in with_position)
    return "decimal" if decimal and decimal > DECIMAL_SHARE * len(with_position) else "degrees-minutes"


def latitude_deg(text: str, convention: Convention) -> float | None:
    """Return a latitude in decimal degrees, north positive, or None where it is none."""
    return _within(_degrees(text, convention), 90)


def longitude_deg(text: str, convention: Convention) -> float | None:
    """Return a longitude in decimal degrees, east positive, or None where it is none.

    Notes
    -----
    The legacy form stores degrees and minutes west positive. Who wrote decimal degrees did not follow the form: then
    the sign is kept, east positive, as everywhere else.
    """
    degrees = _degrees(text, convention)
    if degrees is None:
        return None
    return _within(-degrees if convention == "degrees-minutes" and degrees else degrees, 180)


def _degrees(text: str, convention: Convention) -> float | None:
    value = number(text)
    if value is None or is_unknown(text):
        return None
    if convention == "decimal":
        return value
    whole = math.trunc(value)
    return math.copysign(abs(whole) + _minutes(value) / 60, value)


def _minutes(value: float) -> float:
    # 43.41 is 43 degrees and 41 minutes, although 43.41 % 1 is a little less than 0.41.
    return round((abs(value) - math.trunc(abs(value))) * 100, 6)


def _within(degrees: float | None, most: float) -> float | None:
    return degrees if degrees is not None and abs(degrees) <= most else None
