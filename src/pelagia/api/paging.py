"""Long lists in pages: each page names where the next one begins."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Annotated, Any

from fastapi import Query

from pelagia.core.errors import BadParameter

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.", examples=[50])]
Cursor = Annotated[
    str,
    Query(max_length=1500, description="`next` of the page before; empty for the first page.", examples=[""]),
]


def cursor_of(*place: object) -> str:
    """Return the place after which a page begins, as text for the address of the next one."""
    text = json.dumps([part.isoformat() if isinstance(part, dt.datetime) else part for part in place])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def time_and_id(cursor: str) -> tuple[dt.datetime, str] | None:
    """Read back the cursor of a list by time; ``None`` where the list begins."""
    if not cursor:
        return None
    at, name = _parts(cursor, 2)
    try:
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise _bad(cursor)
        return moment.astimezone(dt.UTC), _text(cursor, name)
    except (ValueError, TypeError, OverflowError) as error:
        raise _bad(cursor) from error


def name_after(cursor: str) -> str:
    """Read back the cursor of a list by name; empty where the list begins."""
    if not cursor:
        return ""
    return _text(cursor, *_parts(cursor, 1))


def number_after(cursor: str) -> int:
    """Read back the cursor of a list by number; 0 where the list begins."""
    if not cursor:
        return 0
    (number,) = _parts(cursor, 1)
    if type(number) is not int or not 0 <= number < 2**62:
        raise _bad(cursor)
    return number


def _parts(cursor: str, number: int) -> list[Any]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise _bad(cursor) from error
    if not isinstance(parts, list) or len(parts) != number:
        raise _bad(cursor)
    return parts


def _text(cursor: str, part: object) -> str:
    """Return a part that is a text which a database can be asked by: no zero, no half of a character."""
    if not isinstance(part, str) or any(one == "\0" or "\ud800" <= one <= "\udfff" for one in part):
        raise _bad(cursor)
    return part


def _bad(cursor: str) -> BadParameter:
    return BadParameter(
        "This is no place in the list", value=cursor[:80], remedy="Send `next` of the page before as `cursor`."
    )
