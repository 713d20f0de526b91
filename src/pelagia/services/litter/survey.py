"""Lines and polygons of the survey as rows of a table: which area each is of, how long it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from pelagia.core.result import Issue
from pelagia.io.rasters.ground import GEOD, WGS84, to_lat_lon
from pelagia.services.litter.frames import lay_out, reproject
from pelagia.services.litter.survey_files import Drawn, read_drawn

Record = dict[str, Any]
ON_PICTURES_FROM = 0.5
"""A line or polygon is of every area whose pictures show at least this share of it."""
NEAR_M = 100.0
"""A line beside the pictures, at the back of the beach, is of an area that is so near."""
MOSTLY = 0.9


def read_survey(
    uri: str, pictures: Sequence[Mapping[str, Any]], strip_width_m: float | None = None
) -> tuple[list[Record], list[Issue]]:
    """Read a survey and find the areas its lines and polygons are of.

    Parameters
    ----------
    uri
        GeoJSON, GeoPackage or KML.
    pictures
        As records: their names, areas, sizes and where they lie.
    strip_width_m
        Width of the strip along lines.

    Returns
    -------
    list of dict
        Rows of ``survey``. A line along a beach that was surveyed twice is of both areas, and has a row for each.
    list of Issue
        What lies elsewhere, and lines of which pictures show a part only.

    Raises
    ------
    BadInput
        Where the file cannot be read.
    """
    drawn, file = read_drawn(uri)
    grounds = grounds_of(pictures)
    rows: list[Record] = []
    issues: list[Issue] = []
    if not drawn:
        issues.append(_empty(file))
    for number, one in enumerate(drawn, start=1):
        shape = "polygon" if one.geometry.geom_type == "Polygon" else "line"
        shares = _shares(one.geometry, grounds, one.area_id)
        name = one.name or f"{shape} {number}"
        if shape == "line" and one.geometry.length == 0:
            issues.append(_without_length(file, name))
            continue
        if not shares:
            issues.append(_elsewhere(file, name))
        for area, share in shares.items():
            row = row_of(one, area, _unique(name, area, rows), source="file", strip_width_m=strip_width_m)
            rows.append(row)
            if shape == "line" and share < MOSTLY:
                issues.append(_beyond(file, row, share))
    return rows, issues


def grounds_of(pictures: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, shapely.Geometry]]:
    """Return the ground that the pictures of each area show, in the coordinate system of the area."""
    layout = lay_out([{"tile_m": None, **row} for row in pictures])
    outlines: dict[int, list[shapely.Polygon]] = {}
    for sheet in layout.sheets.values():
        if sheet.crs is not None:
            outlines.setdefault(sheet.frame, []).append(sheet.footprint())
    frames = layout.frames
    return {
        frames[number].area_id: (frames[number].crs or "", shapely.union_all(shapes))
        for number, shapes in outlines.items()
    }


def row_of(drawn: Drawn, area_id: str, name: str, *, source: str, strip_width_m: float | None = None) -> Record:
    """Return the row of a line or polygon that lies on the map.

    The length of a line is the geodesic one on the WGS 84 ellipsoid; that of a polygon what was told.
    """
    is_line = drawn.geometry.geom_type == "LineString"
    points = shapely.get_coordinates(drawn.geometry if is_line else drawn.geometry.exterior)
    return {
        "transect_id": name,
        "area_id": area_id,
        "image_id": "",
        "shape": "line" if is_line else "polygon",
        "latitudes": points[:, 1].tolist(),
        "longitudes": points[:, 0].tolist(),
        "length_m": float(GEOD.geometry_length(drawn.geometry)) if is_line else drawn.length_m,
        "width_m": strip_width_m if is_line else None,
        "source": source,
    }


def drawn_by_person(
    value: Mapping[str, Any],
    shape: str,
    name: str,
    pictures: Sequence[Mapping[str, Any]],
    strip_width_m: float | None,
) -> list[Record]:
    """Return the rows of what a person drew: on the map, or on a picture that lies nowhere.

    Parameters
    ----------
    value
        As the editor keeps it: ``area_id``, ``image_id``, ``points``, perhaps ``length_m``.
    shape, name
        line or polygon, and what it is called.
    pictures
        Rows of the table.
    strip_width_m
        Width of the strip along lines.

    Returns
    -------
    list of dict
        None where it lies on no picture; one otherwise, but for a line drawn over several areas.
    """
    first, second = (np.array(part, np.float64) for part in zip(*value["points"], strict=True))
    width_m = strip_width_m if shape == "line" else None
    if value.get("image_id"):
        return _on_picture(value, shape, name, pictures, width_m)
    points = np.column_stack([second, first])
    geometry = shapely.LineString(points) if shape == "line" else shapely.Polygon(points)
    drawn = Drawn(geometry=geometry, length_m=value.get("length_m"))
    shares = _shares(geometry, grounds_of(pictures), value.get("area_id") or "")
    return [row_of(drawn, area, name, source="person", strip_width_m=width_m) for area in shares]


def _on_picture(
    value: Mapping[str, Any], shape: str, name: str, pictures: Sequence[Mapping[str, Any]], width_m: float | None
) -> list[Record]:
    picture = next((row for row in pictures if row["image_id"] == value["image_id"]), None)
    if picture is None:
        return []
    layout = lay_out([{"tile_m": None, **picture}])
    rows_px, cols_px = (np.array(part, np.float64) for part in zip(*value["points"], strict=True))
    sheet = layout.sheets[picture["image_id"]]
    if sheet.crs is not None:
        latitudes, longitudes = to_lat_lon(sheet.crs, *sheet.to_frame(rows_px, cols_px))
        points = np.column_stack([longitudes, latitudes])
        geometry = shapely.LineString(points) if shape == "line" else shapely.Polygon(points)
        drawn = Drawn(geometry=geometry, length_m=value.get("length_m"))
        return [row_of(drawn, picture["area_id"], name, source="person", strip_width_m=width_m)]
    steps_px = np.hypot(np.diff(rows_px), np.diff(cols_px)).sum()
    length_m = float(steps_px * picture["gsd_cm"] / 100) if picture["gsd_cm"] is not None else None
    return [
        {
            "transect_id": name,
            "area_id": picture["area_id"],
            "image_id": picture["image_id"],
            "shape": shape,
            "latitudes": rows_px.tolist(),
            "longitudes": cols_px.tolist(),
            "length_m": length_m if shape == "line" else value.get("length_m"),
            "width_m": width_m,
            "source": "person",
        }
    ]


def _shares(
    geometry: shapely.Geometry, grounds: Mapping[str, tuple[str, shapely.Geometry]], named: str
) -> dict[str, float]:
    """Return the areas that a line or polygon is of, and which share of it their pictures show."""
    shares = {area: share for area, share, _ in _measured(geometry, grounds)}
    if named in shares:
        return {named: shares[named]}
    chosen = {area: share for area, share in shares.items() if share >= ON_PICTURES_FROM}
    if chosen:
        return chosen
    best = max(shares, key=lambda area: shares[area], default="")
    if best and shares[best] > 0:
        return {best: shares[best]}
    near = {area: far_m for area, _, far_m in _measured(geometry, grounds) if far_m <= NEAR_M}
    is_line = geometry.geom_type == "LineString"
    return {min(near, key=lambda area: near[area]): 0.0} if near and is_line else {}


def _measured(
    geometry: shapely.Geometry, grounds: Mapping[str, tuple[str, shapely.Geometry]]
) -> Iterator[tuple[str, float, float]]:
    """Yield each area with the share of a shape its pictures show, and how far they are from it, m."""
    for area, (crs, ground) in grounds.items():
        points = shapely.get_coordinates(geometry)
        x, y = reproject(WGS84, crs, points[:, 0], points[:, 1])
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            continue
        flat = shapely.set_coordinates(geometry, np.column_stack([x, y]))
        flat = flat if flat.geom_type == "LineString" else shapely.make_valid(flat)
        size = shapely.length if flat.geom_type == "LineString" else shapely.area
        whole = float(size(flat))
        share = float(size(flat.intersection(ground))) / whole if whole > 0 else 0.0
        yield area, share, float(shapely.distance(flat, ground))


def _unique(name: str, area: str, rows: Sequence[Mapping[str, Any]]) -> str:
    taken = {row["transect_id"] for row in rows if row["area_id"] == area}
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def _empty(file: str) -> Issue:
    return Issue(
        file=file,
        code="survey-empty",
        message="The survey has no line and no polygon.",
        remedy="Draw the line that was walked, or the outline of the ground.",
    )


def _elsewhere(file: str, name: str) -> Issue:
    return Issue(
        file=file,
        code="survey-elsewhere",
        message="A line or polygon of the survey lies on no picture and was left out.",
        value=name,
        remedy="Check its coordinate system, and that the pictures are of the same place.",
    )


def _without_length(file: str, name: str) -> Issue:
    return Issue(
        file=file,
        code="survey-without-length",
        message="All points of a survey line are the same; it was left out.",
        value=name,
        remedy="Draw the line that was walked, from its first to its last point.",
    )


def _beyond(file: str, row: Mapping[str, Any], share: float) -> Issue:
    return Issue(
        file=file,
        code="survey-beyond-pictures",
        message=f"Pictures show {share:.0%} of a survey line; all {row['length_m']:,.1f} m of it count as length.",
        value=str(row["transect_id"]),
        remedy="Draw the line as long as the beach that the pictures show.",
        severity="note",
    )
