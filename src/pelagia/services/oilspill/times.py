"""Times as people write them, and as the tables tell them."""

from __future__ import annotations

import datetime as dt

from pelagia.core.errors import BadParameter


def parse_start(text: str) -> float:
    """Return a time that a person wrote, Unix time, s; UTC where it names no other.

    Parameters
    ----------
    text
        ISO 8601, such as ``2008-08-06T09:51`` or ``2008-08-06 09:51Z``.

    Raises
    ------
    BadParameter
        Where it is none.
    """
    try:
        time = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadParameter(
            "the start is not a time",
            value=text,
            remedy="write it as 2008-08-06T09:51: year, month, day, hour and minute, in UTC",
        ) from error
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return time.timestamp()


def utc_text(time_s: float) -> str:
    """Return a time as the tables tell it.

    Parameters
    ----------
    time_s
        Unix time, s.
    """
    return dt.datetime.fromtimestamp(round(time_s), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
