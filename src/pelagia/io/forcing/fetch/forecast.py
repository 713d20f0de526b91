"""Winds of the recent days and the next ones: NOAA's GFS, cut by a THREDDS server; open to everybody."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlencode

from pelagia.core.errors import NotFound, PelagiaError
from pelagia.io.forcing.faults import utc
from pelagia.io.forcing.fetch.marine import failed
from pelagia.io.forcing.fetch.wanted import Piece
from pelagia.io.sources.downloads import download

SERVER = "https://thredds.ucar.edu/thredds/ncss/grid/grib/NCEP/GFS/Global_0p25deg/Best"
SERVER_VARIABLE = "PELAGIA_GFS_URL"
VARIABLES = ("u-component_of_wind_height_above_ground", "v-component_of_wind_height_above_ground")
MAX_BYTES = 2 << 30
MARGIN_DEG = 0.5


def fetch_forecast(piece: Piece, folder: Path) -> tuple[Path, str]:
    """Fetch winds of GFS into a folder; return the file and where it came from.

    Raises
    ------
    Unavailable
        ``fetch-failed``.
    """
    target = folder / f"{piece.name}.nc"
    try:
        shutil.copyfile(download(address(piece), MAX_BYTES).path, target)
    except (PelagiaError, OSError) as error:
        what = error.what if isinstance(error, PelagiaError) else type(error).__name__
        hint = " (it keeps a few weeks and looks 16 days ahead)" if isinstance(error, NotFound) else ""
        raise failed(piece, f"{what}{hint}") from error
    return target, "netCDF subset of a THREDDS server"


def address(piece: Piece) -> str:
    """Return the address of the part that is asked for; there is no secret in it."""
    area = piece.window
    asked = [
        *(("var", name) for name in VARIABLES),
        ("north", f"{min(area.north_lat + MARGIN_DEG, 90):g}"),
        ("south", f"{max(area.south_lat - MARGIN_DEG, -90):g}"),
        ("west", f"{area.west_lon - MARGIN_DEG:g}"),
        ("east", f"{area.east_lon + MARGIN_DEG:g}"),
        ("horizStride", "1"),
        ("time_start", utc(piece.start_s)),
        ("time_end", utc(piece.end_s)),
        ("vertCoord", "10"),
        ("accept", "netcdf4"),
    ]
    return f"{os.environ.get(SERVER_VARIABLE) or SERVER}?{urlencode(asked)}"
