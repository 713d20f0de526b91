"""Depth of the sea from files: NetCDF (GEBCO, EMODnet, models), GeoTIFF, and dtm.bath of MEDSLIK-II."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling
from rasterio.windows import Window as Pixels

from pelagia.core.errors import BadInput
from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.cutting import cut, read_cut
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.layout import layout_of
from pelagia.io.forcing.opening import open_fields
from pelagia.io.forcing.resampling import uniform_axes
from pelagia.io.forcing.variables import FieldFile, Variable
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.ground import WGS84
from pelagia.io.rasters.opening import confined, open_dataset
from pelagia.io.sources import Source, open_source
from pelagia.io.sources.folder import FolderSource

Single = NDArray[np.float32]
Double = NDArray[np.float64]

TEXT_LIMIT_BYTES = 64 << 20
COPY_LIMIT_BYTES = 8 << 30
MOST_POINTS = 60_000_000
LAND_OF_MEDSLIK = 9999
_UP = re.compile(r"elevation|altitude|height|topo|band1|^z$", re.IGNORECASE)
_DOWN = re.compile(r"depth|deptho|bathy|sea_floor|^h$", re.IGNORECASE)
_BATH = re.compile(rb"\A[^\n]{0,300}\n\s*(-?[\d.]+\s+){3}-?[\d.]+\s*\n\s*\d+\s+\d+\s*\n")


def read_bathymetry(uri: str, window: Window) -> Bathymetry:
    """Read the depth of the sea.

    Parameters
    ----------
    uri
        A NetCDF file of a grid of latitude and longitude, with depths (positive down) or elevations (positive up), told
        apart by ``positive``, ``standard_name`` or name; a GeoTIFF in any coordinate system; a ``dtm.bath``.
    window
        Where it is needed; its times do not matter.

    Raises
    ------
    BadInput
        ``bathymetry-unreadable``, ``bathymetry-outside``, ``bathymetry-no-depths``, ``bathymetry-too-large``.
    """
    source = open_source(uri)
    name, start = _first(source)
    if start[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        with _on_disk(source, name) as path:
            made = _of_tiff(path, name, window)
    elif _BATH.match(start):
        made = _of_medslik(source.read(name, TEXT_LIMIT_BYTES), name)
    else:
        made = _of_fields(uri, name, window)
    if not (np.isfinite(made.depth_m).all() and (made.depth_m > 0).any()):
        raise _bad("no-depths", "The bathymetry has no sea in the area of the forecast", name)
    return made


def _first(source: Source) -> tuple[str, bytes]:
    entries = [entry.name for entry in islice(source.entries(), 100)]
    if not entries:
        raise _bad("unreadable", "The bathymetry holds no file", source.uri)
    with source.open(entries[0]) as stream:
        return entries[0], stream.read(2000)


@contextmanager
def _on_disk(source: Source, name: str) -> Iterator[Path]:
    """Give a file as one of this machine; one that is not is copied."""
    if isinstance(source, FolderSource):
        source.open(name).close()  # refuses what leads out of the folder
        yield source.root / name
        return
    with tempfile.TemporaryDirectory() as folder, source.open(name) as stream:
        size = next((entry.size for entry in source.entries() if entry.name == name), 0)
        if size > COPY_LIMIT_BYTES:
            raise _bad("too-large", "The bathymetry is too large to be copied", name, f"{size:,} bytes")
        path = Path(folder) / "depths.tif"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
        yield path


def _of_medslik(text: bytes, file: str) -> Bathymetry:
    """Read a dtm.bath: bounds, columns and rows, then metres row by row from the north; 9999 is land."""
    _, bounds, shape, values = text.decode("ascii", "replace").split("\n", 3)
    try:
        west, east, south, north = (float(word) for word in bounds.split())
        cols, rows = (int(word) for word in shape.split())
        if not (1 < cols * rows <= MOST_POINTS and cols > 1 and rows > 1 and east > west and north > south):
            raise ValueError(f"{cols} columns and {rows} rows from {west:g} to {east:g}, {south:g} to {north:g}")
        depth = np.array(values.split(), np.float32)
        if depth.size != cols * rows:
            raise ValueError(f"{depth.size:,} depths instead of {cols * rows:,}")
    except ValueError as error:
        raise _bad("unreadable", "The dtm.bath is damaged", file, str(error)) from error
    depth = np.where(depth >= LAND_OF_MEDSLIK, np.float32(0), depth).reshape(rows, cols)[::-1]
    return Bathymetry(
        south_lat=south,
        west_lon=west,
        lat_step=(north - south) / (rows - 1),
        lon_step=(east - west) / (cols - 1),
        depth_m=np.ascontiguousarray(depth),
    )


def _of_fields(uri: str, file: str, window: Window) -> Bathymetry:
    try:
        with open_fields([uri]) as files:
            field, variable = _depths(files, file)
            layout = layout_of(field, variable)
            if layout.places.is_curvilinear:
                raise _bad(
                    "unreadable",
                    "The bathymetry is no grid of latitude and longitude",
                    file,
                    remedy="Give it on such a grid, such as that of GEBCO, or as GeoTIFF.",
                )
            part = cut(layout, window, surface_alone=True)
            _check_size(part.shape[1] * part.shape[2], file)
            values = read_cut(layout, part, slice(0, 1) if layout.time_dim is not None else None)[0, 0]
    except BadInput as error:
        # The readers of forcing tell of forcing.
        error.code = error.code.replace("forcing-", "bathymetry-")
        raise
    axes = uniform_axes(part.lat, part.lon)
    rows, cols = (np.rint(np.interp(new, old, np.arange(len(old)))).astype(np.intp) for new, old in (
        (axes.lat, part.lat), (axes.lon, part.lon)))  # fmt: skip
    depth = _downwards(values[np.ix_(rows, cols)], _is_up(variable))
    return Bathymetry(
        south_lat=float(axes.lat[0]),
        west_lon=float(axes.lon[0]),
        lat_step=float(axes.lat[-1] - axes.lat[0]) / (len(axes.lat) - 1),
        lon_step=float(axes.lon[-1] - axes.lon[0]) / (len(axes.lon) - 1),
        depth_m=depth,
    )


def _depths(files: list[FieldFile], file: str) -> tuple[FieldFile, Variable]:
    """Find the variable of depths or elevations: by standard name, then by name."""
    fields = [(field, one) for field in files for one in field.variables.values() if len(one.dims) >= 2]
    for text in ("standard_name", "name", "long_name"):
        for field, one in fields:
            told = one.name if text == "name" else one.text(text)
            if _DOWN.search(told) or _UP.search(told):
                return field, one
    raise _bad("no-depths", "The file has no depths of the sea", file, ", ".join(one.name for _, one in fields)[:200])


def _is_up(variable: Variable) -> bool:
    positive = variable.text("positive").lower()
    if positive in {"up", "down"}:
        return positive == "up"
    told = variable.text("standard_name") or variable.name
    return bool(_UP.search(told)) and not _DOWN.search(told)


def _downwards(values: NDArray[Any], is_up: bool) -> Single:
    """Return depths positive down; where nothing is known is land. Depths that are all below 0 are elevations."""
    known = np.isfinite(values)
    if not is_up and known.any() and not (values[known] > 0).any():
        is_up = True
    depth = np.where(known, -values if is_up else values, 0.0)
    return np.ascontiguousarray(depth, np.float32)


def _of_tiff(path: Path, file: str, window: Window) -> Bathymetry:
    with confined():
        try:
            with open_dataset(path, file) as dataset:
                if dataset.crs is None:
                    raise _bad("unreadable", "The GeoTIFF has no coordinate system", file)
                with WarpedVRT(dataset, crs=WGS84, resampling=Resampling.bilinear) as turned:
                    return _of_degrees(turned, file, window)
        except (*READ_FAILURES, RasterioError) as error:
            raise _bad("unreadable", "The GeoTIFF cannot be read", file, str(error)[:200]) from error


def _of_degrees(dataset: Any, file: str, window: Window) -> Bathymetry:
    step_lon, _, west, _, minus_lat, north = dataset.transform[:6]
    step_lat = -minus_lat
    # A file may be cut at the other side of the Earth.
    turn = 360.0 * round(((window.west_lon + window.east_lon) / 2 - west - step_lon * dataset.width / 2) / 360.0)
    west += turn
    cols = np.clip([(window.west_lon - west) / step_lon - 2, (window.east_lon - west) / step_lon + 2], 0, dataset.width)
    rows = np.clip(
        [(north - window.north_lat) / step_lat - 2, (north - window.south_lat) / step_lat + 2], 0, dataset.height
    )
    (col0, col1), (row0, row1) = np.rint(cols).astype(int), np.rint(rows).astype(int)
    if col1 - col0 < 2 or row1 - row0 < 2:
        raise _bad("outside", "The bathymetry lies outside of the area of the forecast", file)
    _check_size((col1 - col0) * (row1 - row0), file)
    values = dataset.read(1, window=Pixels(col0, row0, col1 - col0, row1 - row0), masked=True)
    names = " ".join(str(name) for name in (*dataset.descriptions, file) if name)
    is_up = not _DOWN.search(names) or bool(_UP.search(names))
    values = np.ma.filled(values.astype(np.float64), np.nan)
    if is_up and not (values < 0).any():
        is_up = False
    return Bathymetry(
        south_lat=north - (row1 - 0.5) * step_lat,
        west_lon=west + (col0 + 0.5) * step_lon,
        lat_step=step_lat,
        lon_step=step_lon,
        depth_m=_downwards(values[::-1], is_up),
    )


def _check_size(points: int, file: str) -> None:
    if points > MOST_POINTS:
        raise _bad(
            "too-large",
            "The bathymetry is finer than the area of the forecast allows",
            file,
            f"{points:,} points",
            remedy="Give a coarser one.",
        )


def _bad(code: str, what: str, file: str, value: str = "", *, remedy: str = "") -> BadInput:
    return BadInput(
        what,
        remedy=remedy
        or "Give a NetCDF file or GeoTIFF of depths or elevations around the slick, or a dtm.bath; or none: "
        "the sea is then deep.",
        value=value,
        file=file,
        code=f"bathymetry-{code}",
    )
