"""Places and times of a spill as people read them."""

from __future__ import annotations

NO_BREAK = "\u00a0"


def degrees(value: float, letters: str, decimals: int = 4) -> str:
    """Return a latitude or longitude as people write it.

    Parameters
    ----------
    value
        °; a longitude may go on beyond 180.
    letters
        ``EW`` or ``NS``.
    decimals
        At most; zeros at the end are left out.
    """
    value = (value + 180.0) % 360.0 - 180.0 if letters == "EW" else value
    text = f"{abs(value):.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}°" if text in ("0", "180") else f"{text}° {letters[int(value < 0)]}"


def place(lat: float | None, lon: float | None, decimals: int = 2) -> str:
    """Return a place as people write it, empty where it is not known."""
    if lat is None or lon is None:
        return ""
    parts = (degrees(lat, "NS", decimals), degrees(lon, "EW", decimals))
    return ", ".join(part.replace(" ", NO_BREAK) for part in parts)


def minute(time_utc: str) -> str:
    """Return a time of the tables to the minute: ``2008-08-06 09:51 UTC``; empty where it is."""
    return f"{time_utc[:16].replace('T', ' ')} UTC" if time_utc else ""


def duration(hours: float) -> str:
    """Return hours, whatever their sign, without zeros at the end: ``25 h``, ``7.5 h``."""
    return f"{abs(hours):.1f}".removesuffix(".0") + " h"


def since_start(hours: float) -> str:
    """Return hours since the start in words; negative backward."""
    told = duration(hours)
    return "at the start" if told == "0 h" else f"{told} {'later' if hours > 0 else 'earlier'}"
