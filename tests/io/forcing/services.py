"""Stand-ins for the clients of the services, with their real signatures.

Those of copernicusmarine 2.5.0, cdsapi 0.7.7 and keyring 25.7. Each
remembers what it was asked, and writes a file as the service would.
"""

from __future__ import annotations

import logging
import types
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from tests.io.forcing.made import axis, field, write

USER, PASSWORD, KEY = "someone-at-sea", "hunter2-is-secret", "0123abcd-key-of-the-store"


def marine(asked: list[dict[str, Any]], *, fail: bool = False) -> types.ModuleType:
    """The package ``copernicusmarine``."""
    module = types.ModuleType("copernicusmarine")
    module.__version__ = "2.5.0"  # type: ignore[attr-defined]

    def subset(  # the parameters of the real one, all of them
        dataset_id: str | None = None, dataset_version: str | None = None, dataset_part: str | None = None,
        username: str | None = None, password: str | None = None, variables: list[str] | None = None,
        minimum_longitude: float | None = None, maximum_longitude: float | None = None,
        minimum_latitude: float | None = None, maximum_latitude: float | None = None,
        minimum_depth: float | None = None, maximum_depth: float | None = None, vertical_axis: str = "depth",
        start_datetime: Any = None, end_datetime: Any = None, minimum_x: float | None = None,
        maximum_x: float | None = None, minimum_y: float | None = None, maximum_y: float | None = None,
        coordinates_selection_method: str = "inside", output_filename: str | None = None,
        file_format: str | None = None, service: str | None = None, request_file: Any = None,
        output_directory: Any = None, credentials_file: Any = None, motu_api_request: str | None = None,
        overwrite: bool = False, skip_existing: bool = False, dry_run: bool = False,
        disable_progress_bar: bool = False, staging: bool = False, netcdf_compression_level: int = 0,
        netcdf3_compatible: bool = False, chunk_size_limit: int = -1, raise_if_updating: bool = False,
        platform_ids: list[str] | None = None, polygons_file: Any = None,
    ) -> Any:  # fmt: skip
        asked.append(dict(locals()))
        assert coordinates_selection_method in {"inside", "strict-inside", "nearest", "outside"}
        assert file_format in {"netcdf", "zarr", "csv", None}
        if fail:
            raise PermissionError(f"login of {username} with {password} was refused")
        names = tuple(variables or ())
        place = Path(output_directory, str(output_filename))
        _write(place, names, float(minimum_latitude or 0), float(minimum_longitude or 0), str(start_datetime))
        return types.SimpleNamespace(file_path=place, status="000")

    module.subset = subset  # type: ignore[attr-defined]
    return module


def climate(asked: list[dict[str, Any]], *, fail: bool = False) -> types.ModuleType:
    """The package ``cdsapi``; as the real one it puts the key into its log of details."""
    module = types.ModuleType("cdsapi")
    module.__version__ = "0.7.7"  # type: ignore[attr-defined]

    class Client:
        def __init__(
            self, url: Any = None, key: Any = None, quiet: bool = False, debug: bool = False, verify: Any = None,
            timeout: int = 60, progress: bool = True, full_stack: Any = None, delete: bool = False,
            retry_max: int = 500, sleep_max: float = 120, wait_until_complete: bool = True,
            info_callback: Any = None, warning_callback: Any = None, error_callback: Any = None,
            debug_callback: Any = None, metadata: Any = None, forget: Any = None, session: Any = None,
        ) -> None:  # fmt: skip
            asked.append({"url": url, "key": key})
            told = {"url": url, "key": key}
            if debug_callback is not None:
                debug_callback("CDSAPI %s", told)
            else:
                logging.getLogger("cdsapi").warning("CDSAPI %s", told)
            self.key = key

        def retrieve(self, name: str, request: dict[str, Any], target: str | None = None) -> Any:
            asked.append({"name": name, "request": request})
            if fail:
                raise RuntimeError(f"401 for key {self.key}")
            north, west, south, _east = request["area"]
            _write(Path(str(target)), ("u10", "v10"), south, west, request["date"].split("/")[0])
            del north
            return target

    module.Client = Client  # type: ignore[attr-defined]
    return module


def keyring(held: dict[str, tuple[str, str]], *, broken: bool = False) -> types.ModuleType:
    """The package ``keyring``."""
    module = types.ModuleType("keyring")

    def get_credential(service_name: str, username: str | None) -> Any:
        if broken:
            raise RuntimeError("No recommended backend was available")
        if service_name not in held:
            return None
        user, secret = held[service_name]
        return types.SimpleNamespace(username=user, password=secret)

    module.get_credential = get_credential  # type: ignore[attr-defined]
    return module


def _write(place: Path, names: tuple[str, ...], south: float, west: float, start: str) -> None:
    lat, lon = np.arange(south, south + 2, 0.25), np.arange(west, west + 2, 0.25)
    hours = np.arange(0, 200.0)
    units = f"hours since {start[:10]} 00:00:00"
    pair = names[:2] if len(names) >= 2 else ("uo", "vo")
    if names == ("thetao",):
        with netCDF4.Dataset(place, "w") as dataset:
            axis(dataset, "time", hours, units)
            axis(dataset, "lat", lat, "degrees_north")
            axis(dataset, "lon", lon, "degrees_east")
            values = np.full((len(hours), len(lat), len(lon)), 20.0)
            field(dataset, "thetao", ("time", "lat", "lon"), values, units="degrees_C")
        return
    write(
        place, names=(pair[0], pair[1]), lat=lat, lon=lon, hours=hours, time_units=units, change=lambda v: v * 0 + 0.1
    )
