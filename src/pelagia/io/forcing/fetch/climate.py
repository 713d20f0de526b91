"""Winds of ERA5, from the Climate Data Store by its own client."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pelagia.core.errors import BadParameter
from pelagia.io.forcing.faults import utc
from pelagia.io.forcing.fetch.credentials import (
    CLIMATE_URL,
    DEFAULT_CLIMATE_URL,
    climate_credentials,
    needed,
)
from pelagia.io.forcing.fetch.marine import failed
from pelagia.io.forcing.fetch.wanted import Piece

HOURS = tuple(f"{hour:02d}:00" for hour in range(24))


def fetch_climate(piece: Piece, folder: Path) -> tuple[Path, str]:
    """Fetch winds of ERA5 into a folder; return the file and the client's name.

    Raises
    ------
    Unavailable
        ``package-missing``, ``credentials-missing``, ``fetch-failed``.
    """
    package = needed("cdsapi")
    credentials = climate_credentials()
    target = folder / f"{piece.name}.nc"
    try:
        # Its client writes the key into its log of details: nothing but warnings, and none of those details.
        client = package.Client(
            url=_address(), key=credentials.secret, quiet=True, debug=False, progress=False, debug_callback=_nothing
        )
        client.retrieve(piece.dataset, request(piece), str(target))
    except BadParameter:
        raise
    except Exception as error:  # of many kinds, and their text may hold what was sent
        raise failed(piece, credentials.hidden(f"{type(error).__name__}: {error}")) from None
    return target, f"cdsapi {getattr(package, '__version__', '')}".strip()


def request(piece: Piece) -> dict[str, Any]:
    """Return what is asked of the store."""
    area = piece.window
    return {
        "product_type": ["reanalysis"],
        "variable": list(piece.variables),
        "date": f"{utc(piece.start_s)[:10]}/{utc(piece.end_s)[:10]}",
        "time": list(HOURS),
        "area": [area.north_lat, area.west_lon, area.south_lat, area.east_lon],
        "data_format": "netcdf",
        "download_format": "unarchived",
    }


def _address() -> str:
    address = os.environ.get(CLIMATE_URL, "") or DEFAULT_CLIMATE_URL
    if urlsplit(address).scheme != "https" or "@" in address:
        raise BadParameter(
            f"{CLIMATE_URL} must be an https address without a password",
            remedy=f"Unset it, or set it to {DEFAULT_CLIMATE_URL}.",
            value=urlsplit(address).hostname or "no host",
        )
    return address


def _nothing(*_words: object, **_more: object) -> None:
    """Say nothing."""
