"""Times of observation, as files tell them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from pelagia.core.errors import BadInput

FIRST_YEAR, LAST_YEAR = 1900, 2200
DIGITS = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Times without any mark, by their number of digits; 13 are milliseconds since 1970, as some programs write them."""
NOTHING = frozenset({"", "none", "null", "nat", "nan", "true", "false", "yes", "no"})
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_SLASHES = re.compile(r"^(\d{4})/(\d{2})/(\d{2})")
_AMBIGUOUS = re.compile(r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")


def read_time(told: object, file: str) -> float | None:
    """Return Unix time (s) of what a file tells; ``None`` where it tells nothing.

    Parameters
    ----------
    told
        Text of ISO 8601 or with slashes, year first; without a zone it is UTC. A date or time of a program.
    file
        For the message.

    Raises
    ------
    BadInput
        ``slick-time`` where it is no time, or one whose day and month cannot be told apart.
    """
    if isinstance(told, datetime):
        return _seconds(told)
    if isinstance(told, date):
        return _seconds(datetime(told.year, told.month, told.day, tzinfo=UTC))
    text = "" if told is None else " ".join(str(told).split())
    if text.lower() in NOTHING:
        return None
    found = _parsed(_ZONE.sub("", text))
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadInput(
            "The time of a slick cannot be read"
            + (": day and month cannot be told apart" if _AMBIGUOUS.match(text) else ""),
            remedy="Give it as 2008-08-06T09:51:00Z (UTC).",
            value=text[:60],
            file=file,
            code="slick-time",
        )
    return _seconds(found)


def _parsed(text: str) -> datetime | None:
    try:
        if text.isdecimal() and len(text) in DIGITS:
            return datetime.strptime(text, DIGITS[len(text)]).replace(tzinfo=UTC)
        if text.isdecimal() and len(text) == 13:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        # GeoPackages and shapefiles may have dates with slashes, year first.
        return datetime.fromisoformat(_SLASHES.sub(r"\1-\2-\3", text))
    except ValueError:
        return None


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
