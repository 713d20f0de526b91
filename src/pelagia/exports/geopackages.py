"""GeoPackages whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pyogrio


@contextmanager
def dated(created: dt.date) -> Iterator[None]:
    """Let GDAL take this date for that of the last change: equal results give equal files."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{created.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
