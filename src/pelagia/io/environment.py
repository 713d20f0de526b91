"""Series measured beside a camera, such as temperature and salinity: from tables (CSV) and NetCDF files."""

from __future__ import annotations

from pathlib import PurePosixPath

from pelagia.core.errors import BadInput
from pelagia.io.environment_csv import read_csv_series
from pelagia.io.environment_netcdf import is_netcdf, read_netcdf_series
from pelagia.io.environment_series import Environment
from pelagia.io.sources import open_source

__all__ = ["Environment", "read_environment"]

LIMIT_BYTES = 512 << 20


def read_environment(uri: str) -> Environment:
    """Read the series of one file; times without a zone are taken as UTC.

    Parameters
    ----------
    uri
        Path or address of a CSV or NetCDF file.

    Raises
    ------
    BadInput
        Where the file is neither, has no times, no series of numbers, or is larger than 512 MB. A value that cannot be
        read is a finding, and the rest goes on.
    """
    source = open_source(uri)
    entry = next(source.entries(), None)
    name = PurePosixPath(uri.replace("\\", "/")).name if entry is None else entry.name
    data = source.read(name, LIMIT_BYTES)
    if not data.strip(b"\0\r\n\t "):
        raise BadInput(
            "The file of the environment is empty", remedy="Give a CSV or NetCDF file.", file=name, code="empty-file"
        )
    return read_netcdf_series(data, name) if is_netcdf(data) else read_csv_series(data, name)
