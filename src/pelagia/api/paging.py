"""Long lists in pages: each page names where the next one begins."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from typing import Annotated

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
    try:
        at, name = json.loads(_decoded(cursor))
        moment = dt.datetime.fromisoformat(at)
    except (ValueError, TypeError) as error:
        raise _bad(cursor) from error
    if not isinstance(name, str) or moment.tzinfo is None:
        raise _bad(cursor)
    return moment, name


def name_after(cursor: str) -> str:
    """Read back the cursor of a list by name; empty where the list begins."""
    if not cursor:
        return ""
    try:
        (name,) = json.loads(_decoded(cursor))
    except (ValueError, TypeError) as error:
        raise _bad(cursor) from error
    if not isinstance(name, str) or "\0" in name:
        raise _bad(cursor)
    return name


def number_after(cursor: str) -> int:
    """Read back the cursor of a list by number; 0 where the list begins."""
    if not cursor:
        return 0
    try:
        (number,) = json.loads(_decoded(cursor))
    except (ValueError, TypeError) as error:
        raise _bad(cursor) from error
    if type(number) is not int or not 0 <= number < 2**62:
        raise _bad(cursor)
    return number


def _decoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(str(error)) from error


def _bad(cursor: str) -> BadParameter:
    return BadParameter(
        "This is no place in the list", value=cursor[:80], remedy="Send `next` of the page before as `cursor`."
    )
