"""Times as products write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

FORMS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y:%m:%d %H:%M:%S", "%Y%m%dT%H%M%S")
IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d{6}T\d{6})(?!\d)", re.I)


def utc(told: str) -> str:
    """Return a time as ``YYYY-MM-DDTHH:MM:SSZ``, ``""`` where it is none. All products tell UTC."""
    plain = told.strip().removesuffix("Z").partition(".")[0]
    for form in FORMS:
        try:
            moment = datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return ""


def time_in_name(name: str) -> str:
    """Return the first time in the name of a file (``…_20210825T034455_…``), ``""`` where there is none."""
    return next((found for match in IN_NAME.findall(name) if (found := utc(match.upper()))), "")
