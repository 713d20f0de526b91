"""Where a picture lies by its own account, brought to one form: an affine map to a coordinate system in metres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from pelagia.core.result import Issue
from pelagia.io.rasters import faults
from pelagia.io.rasters.ground import GEOD, WGS84, local_metres, to_map, transformer
from pelagia.io.rasters.world_file import WorldFile

Floats = NDArray[np.float64]
Affine = tuple[float, ...]

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MOST_STRETCHED = 0.01
"""A map whose scale differs more from that of the ground is not counted on in metres: Web Mercator, not UTM."""
PLAUSIBLE_GSD_CM = (0.005, 2_000.0)
AREA_MARGIN_DEG = (3.0, 6.0)
"""How far beyond the area a coordinate system is made for it is used in earnest: latitude, longitude."""
LARGEST_RESIDUAL_PX = 0.5
MOST_SQUEEZED = 1.05
FIT_POINTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Georeference:
    """Where a picture lies.

    Parameters
    ----------
    is_stated
        Whether the file says anything of it, right or wrong: then it is an orthophoto, taken as it is stored.
    crs, transform
        As in :class:`~pelagia.io.rasters.picture.Picture`.
    gsd_cm
        Side of a square of the same area as a pixel on the ground, cm.
    latitude, longitude
        Of its centre.
    error_m
        By how much ``transform`` is off at most, m.
    issues
        What is wrong with it.
    """

    is_stated: bool = False
    crs: str | None = None
    transform: Affine | None = None
    gsd_cm: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    error_m: float | None = None
    issues: tuple[Issue, ...] = ()


def read_georeference(dataset: Any, world: WorldFile | None, file: str) -> Georeference:
    """Say where a picture lies by its own account.

    Parameters
    ----------
    dataset
        As opened by :func:`pelagia.io.rasters.opening.open_dataset`.
    world
        What stands beside it; used where the file itself says nothing.
    file
        Its name, for findings.

    Notes
    -----
    A projected system in metres whose scale is that of the ground within 1 % is kept, so that nothing is lost. All
    others (latitude and longitude, feet, Web Mercator) become the UTM zone of the centre, in which an affine map is
    fitted to 25 points by least squares; where it is more than half a pixel off, that is a finding. The ground
    sampling distance is always measured on the ellipsoid, never taken from the map.
    """
    affine = tuple(float(value) for value in tuple(dataset.transform)[:6])
    if affine == IDENTITY:
        affine = world.transform if world else IDENTITY
    if affine == IDENTITY:
        ties = "ground control points" if dataset.gcps[0] else "rational polynomials (RPC)" if dataset.rpcs else ""
        return Georeference(is_stated=bool(ties), issues=(faults.not_rectified(file, ties),) if ties else ())
    told = dataset.crs.to_wkt() if dataset.crs else world.crs if world else ""
    if not told:
        return Georeference(is_stated=True, issues=(faults.no_crs(file),))
    try:
        crs = CRS.from_user_input(name_of(horizontal(CRS.from_wkt(told))))  # a code knows its area, the WKT need not
    except ProjError:
        return _wrong(file, "The coordinate system of the picture is not known", told[:60])
    if abs(affine[0] * affine[4] - affine[1] * affine[3]) < 1e-30 or not np.isfinite(affine).all():
        return _wrong(file, "The coordinates of the picture make it a line or less", str(affine))
    if not (crs.is_geographic or crs.is_projected):
        return _local(crs, affine, file)
    return _located(crs, affine, dataset.shape, file)


def horizontal(crs: CRS) -> CRS:
    """Return a coordinate system without its heights."""
    return crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()


def name_of(crs: CRS) -> str:
    """Return the EPSG code of a coordinate system where it is exactly that one, else its WKT."""
    code = crs.to_epsg(min_confidence=70)
    if code is not None and CRS.from_epsg(code).equals(crs, ignore_axis_order=True):
        return f"EPSG:{code}"
    return str(crs.to_wkt())


def _located(crs: CRS, affine: Affine, shape: tuple[int, int], file: str) -> Georeference:
    lat, lon = _grid_positions(crs, affine, shape)
    problem = _misplaced(crs, lat, lon)
    if problem:
        return _wrong(file, problem, f"{crs.name}: {affine[2]:.10g}, {affine[5]:.10g}")
    middle = float(lat[2, 2]), float(lon[2, 2])
    wide_m, high_m, area_m2 = _pixel_on_ground(lat, lon, shape)
    gsd_cm = 100 * math.sqrt(area_m2)
    if not PLAUSIBLE_GSD_CM[0] <= gsd_cm <= PLAUSIBLE_GSD_CM[1]:
        return _wrong(file, f"By its coordinates a pixel of the picture shows {_length(gsd_cm)} of ground", crs.name)
    issues = []
    if not 1 / MOST_SQUEEZED < wide_m / high_m < MOST_SQUEEZED:
        issues.append(faults.not_square(file, wide_m / high_m))
    name, error_m = "", 0.0
    if crs.is_projected and _in_metres(crs) and _is_true(affine, area_m2):
        name = name_of(crs)
    else:
        name = local_metres(*middle)
        affine, residual_m = _fitted(name, lat, lon, shape)
        if residual_m > LARGEST_RESIDUAL_PX * gsd_cm / 100:
            issues.append(faults.approximate(file, 100 * residual_m / gsd_cm))
            error_m = residual_m
    return Georeference(
        is_stated=True,
        crs=name,
        transform=affine,
        gsd_cm=gsd_cm,
        latitude=middle[0],
        longitude=middle[1],
        error_m=error_m or None,
        issues=tuple(issues),
    )


def _local(crs: CRS, affine: Affine, file: str) -> Georeference:
    """Take the sizes of a picture in a local system, where its unit is told."""
    factors = {axis.unit_conversion_factor for axis in crs.axis_info[:2]}
    if len(factors) != 1 or not crs.is_engineering:
        return _wrong(file, "The coordinate system of the picture is none of places on the ground", crs.name)
    gsd_cm = 100 * factors.pop() * math.sqrt(abs(affine[0] * affine[4] - affine[1] * affine[3]))
    if not PLAUSIBLE_GSD_CM[0] <= gsd_cm <= PLAUSIBLE_GSD_CM[1]:
        return _wrong(file, f"By its coordinates a pixel of the picture shows {_length(gsd_cm)} of ground", crs.name)
    return Georeference(is_stated=True, gsd_cm=gsd_cm, issues=(faults.local_crs(file, crs.name),))


def _wrong(file: str, message: str, value: str) -> Georeference:
    return Georeference(is_stated=True, issues=(faults.wrong_crs(file, message, value),))


def _grid_positions(crs: CRS, affine: Affine, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return latitude and longitude of 5 × 5 points: corners, edges, the centre in the middle."""
    rows, cols = _grid(shape)
    lon, lat = _to_wgs84(crs).transform(*to_map(affine, rows, cols))
    return np.asarray(lat), np.asarray(lon)


def _grid(shape: tuple[int, int]) -> tuple[Floats, Floats]:
    rows, cols = np.linspace(0, shape[0], FIT_POINTS), np.linspace(0, shape[1], FIT_POINTS)
    grid = np.meshgrid(rows, cols, indexing="ij")
    return grid[0], grid[1]


def _to_wgs84(crs: CRS) -> Transformer:
    return transformer(crs.to_wkt(), WGS84)


def _misplaced(crs: CRS, lat: Floats, lon: Floats) -> str:
    """Say why positions cannot be right (``""``: they may be)."""
    if not (np.isfinite(lat).all() and np.isfinite(lon).all()) or np.abs(lat).max() > 90 or np.abs(lon).max() > 540:
        return "The picture does not lie on the earth by its coordinates"
    area = crs.area_of_use
    if area is None:
        return ""
    middle_lat, middle_lon = float(lat[2, 2]), float(lon[2, 2])
    south, north = area.south - AREA_MARGIN_DEG[0], area.north + AREA_MARGIN_DEG[0]
    west, width = area.west - AREA_MARGIN_DEG[1], (area.east - area.west) % 360 or 360
    inside = (middle_lon - west) % 360 <= width + 2 * AREA_MARGIN_DEG[1] or width + 2 * AREA_MARGIN_DEG[1] >= 360
    if south <= middle_lat <= north and inside:
        return ""
    return f"The picture lies at {middle_lat:.2f}, {middle_lon:.2f}, where its coordinate system is not made for"


def _pixel_on_ground(lat: Floats, lon: Floats, shape: tuple[int, int]) -> tuple[float, float, float]:
    """Return width and height (m) and area (m²) of a pixel, from the lines through the middle of the picture."""
    east, _, across_m = GEOD.inv(lon[2, 0], lat[2, 0], lon[2, -1], lat[2, -1])
    north, _, down_m = GEOD.inv(lon[0, 2], lat[0, 2], lon[-1, 2], lat[-1, 2])
    wide_m, high_m = across_m / shape[1], down_m / shape[0]
    return wide_m, high_m, wide_m * high_m * abs(math.sin(math.radians(north - east)))


def _in_metres(crs: CRS) -> bool:
    return all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2])


def _is_true(affine: Sequence[float], area_m2: float) -> bool:
    nominal = abs(affine[0] * affine[4] - affine[1] * affine[3])
    return abs(math.sqrt(nominal / area_m2) - 1) < MOST_STRETCHED


def _fitted(crs: str, lat: Floats, lon: Floats, shape: tuple[int, int]) -> tuple[Affine, float]:
    """Return the affine map that fits positions best, and by how many metres it is off at most."""
    rows, cols = (values.ravel() for values in _grid(shape))
    x, y = transformer(WGS84, crs).transform(lon.ravel(), lat.ravel())
    first = np.array([x[0], y[0]])
    terms = np.column_stack([cols / shape[1], rows / shape[0], np.ones_like(rows)])
    places = np.column_stack([x, y]) - first
    found, *_ = np.linalg.lstsq(terms, places, rcond=None)
    off = np.hypot(*(terms @ found - places).T).max()
    (a, d), (b, e), (c, f) = found[0] / shape[1], found[1] / shape[0], found[2] + first
    return tuple(float(value) for value in (a, b, c, d, e, f)), float(off)


def _length(gsd_cm: float) -> str:
    return f"{gsd_cm / 100:,.0f} m" if gsd_cm >= 100 else f"{gsd_cm:.2g} cm"
