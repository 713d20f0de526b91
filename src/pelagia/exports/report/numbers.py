"""Numbers as a person reads them: enough digits, grouped by thousands, with unit and interval."""

from __future__ import annotations

import math

NARROW_SPACE = "\u202f"
MISSING = "–"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def whole(value: float | int | None) -> str:
    """Return a whole number grouped by thousands: ``12 034``."""
    return MISSING if value is None else f"{round(value):,}".replace(",", NARROW_SPACE)


def quantity(value: float | int | str | None, digits: int = 3) -> str:
    """Return a measured value rounded to ``digits`` significant digits; an ``int`` keeps all of its own.

    Parameters
    ----------
    value
        A number, or a text, which is returned as it is.
    digits
        Significant digits.
    """
    if value is None or isinstance(value, str):
        return value or MISSING
    if isinstance(value, int):
        return whole(value)
    if not math.isfinite(value):
        return MISSING
    size = abs(value)
    if size == 0 or 1e-3 <= size < 1e7:
        return _plain(value, digits)
    exponent = math.floor(math.log10(size))
    return (
        f"{value / 10**exponent:.{digits - 1}f}{NARROW_SPACE}×{NARROW_SPACE}10{str(exponent).translate(_SUPERSCRIPT)}"
    )


def _plain(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}".replace(",", NARROW_SPACE)


def interval(low: float | None, high: float | None) -> str:
    """Return ``low–high``; empty where both are missing, one-sided where one is."""
    if low is None and high is None:
        return ""
    if low is None:
        return f"at most {_bound(high)}"
    return f"at least {_bound(low)}" if high is None else f"{_bound(low)}–{_bound(high)}"


def _bound(value: float | None) -> str:
    """Return one end of an interval: two digits below 10, three above."""
    return MISSING if value is None else quantity(float(value), 2 if 1 <= abs(value) < 10 or abs(value) < 0.1 else 3)


def percent(share: float | None) -> str:
    """Return a share of one as a percentage; never ``100 %`` or ``0 %`` for what only comes near."""
    if share is None or not math.isfinite(share):
        return MISSING
    shown = round(100 * share)
    if share < 1 and shown == 100:
        return f"> 99{NARROW_SPACE}%"
    if share > 0 and shown == 0:
        return f"< 1{NARROW_SPACE}%"
    return f"{shown}{NARROW_SPACE}%"


def many(number: int, one: str, more: str = "") -> str:
    """Return ``1 sample``, ``12 034 particles``: a number with its noun."""
    return f"{whole(number)} {one if number == 1 else more or one + 's'}"


def nice_ceiling(value: float) -> float:
    """Return the smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 × 10ⁿ that is not below a positive value."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


def nice_floor(value: float) -> float:
    """Return the largest of 1, 2, 5 × 10ⁿ that is not above a positive value: the length of a scale bar."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-9))
