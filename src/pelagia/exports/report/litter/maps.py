"""Maps that need no network: pictures, items, survey lines and density of each area, drawn into the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Result
from pelagia.exports.litter.cell_grids import CellGrid, cell_grids
from pelagia.exports.litter.pictures import common_crs, lies_somewhere
from pelagia.exports.litter.places import Floats, Ground
from pelagia.exports.litter.views import read_view, view_paths
from pelagia.exports.report.litter.backdrop import Extent, draw_backdrop, jpeg_uri, png_uri
from pelagia.exports.report.litter.marks import (
    MARKS_AT_MOST,
    WIDTH,
    ClassMarks,
    Frame,
    Label,
    class_marks,
    frame_around,
    graticule,
    scale_bar,
)
from pelagia.exports.report.numbers import quantity
from pelagia.exports.tables import records

MAPS_AT_MOST = 6
"""Areas, and pictures that lie nowhere; more are left to the files."""
BACKDROP_BYTES = 300_000
BYTES_PER_REPORT = 1_200_000
BACKDROP_SIDE_PX = 1400
CELLS_AT_LEAST = 6
"""Fewer cells are no map."""
CELLS_AT_MOST = 2000
"""Along a side: finer maps are left to the GeoTIFF."""
ITEM_COLUMNS = ("image_id", "area_id", "item_class", "row_px", "col_px", "height_px", "width_px", "is_counted")
SURVEY_COLUMNS = ("transect_id", "area_id", "image_id", "shape", "latitudes", "longitudes")
SHADES = ((0, 34, 78), (66, 78, 107), (125, 124, 120), (188, 174, 108), (254, 232, 56))
"""Of density, none to most: the map cividis at five places."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line or polygon of the survey."""

    name: str
    points: str
    label: Label
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """The density of an area as a small picture, a pixel a cell; ``steps`` are colours and what they stand for."""

    uri: str
    box: tuple[float, float, float, float]
    steps: tuple[tuple[str, str], ...]
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """One map; lengths are in units of the drawing, which is 720 wide."""

    title: str
    height: float
    backdrop: str
    backdrop_box: tuple[float, float, float, float]
    outlines: tuple[str, ...]
    lines: tuple[Line, ...]
    marks: tuple[ClassMarks, ...]
    items: int
    drawn_every: int
    crosses: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]
    scale: tuple[float, str] | None
    density: Density | None
    is_on_the_ground: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """All maps of a report, and how many areas and pictures have none here."""

    maps: tuple[Map, ...]
    left_out: int


def draw_maps(result: Result, pictures: Mapping[str, Row], classes: Sequence[str]) -> Maps:
    """Draw a map of every area, and of every picture that lies nowhere, those with most items first.

    Parameters
    ----------
    result
        With its views among the artifacts.
    pictures
        Rows of ``pictures`` by name.
    classes
        Of all items, the most frequent first.
    """
    items: dict[str, list[dict[str, Any]]] = {}
    for row in records(result.tables["items"], ITEM_COLUMNS):
        if row["is_counted"]:
            items.setdefault(row["image_id"], []).append(row)
    shapes = list(records(result.tables["survey"], SURVEY_COLUMNS))
    grids, _ = cell_grids(result)
    areas: dict[str, list[Row]] = {}
    for picture in pictures.values():
        if lies_somewhere(picture):
            areas.setdefault(picture["area_id"], []).append(picture)
    lost = [picture for picture in pictures.values() if not lies_somewhere(picture) and picture["view"]]
    lost.sort(key=lambda picture: -len(items.get(picture["image_id"], ())))
    views, budget = view_paths(result), BYTES_PER_REPORT // max(1, min(len(areas) + len(lost), MAPS_AT_MOST))
    budget = min(BACKDROP_BYTES, budget)
    drawn: list[Map] = []
    for area, own in list(areas.items())[:MAPS_AT_MOST]:
        found = [item for picture in own for item in items.get(picture["image_id"], ())]
        told = [shape for shape in shapes if shape["area_id"] == area and not shape["image_id"]]
        grid = [one for one in grids if one.area_id == area]
        drawn.append(_area_map(area, own, found, told, grid, views, classes, budget))
    for picture in lost[: max(0, MAPS_AT_MOST - len(drawn))]:
        own_shapes = [shape for shape in shapes if shape["image_id"] == picture["image_id"]]
        drawn.append(_picture_map(picture, items.get(picture["image_id"], ()), own_shapes, views, classes, budget))
    return Maps(maps=tuple(drawn), left_out=len(areas) + len(lost) - len(drawn))


def _area_map(
    area: str,
    pictures: Sequence[Row],
    items: Sequence[Row],
    shapes: Sequence[Row],
    grids: Sequence[CellGrid],
    views: Mapping[str, Path],
    classes: Sequence[str],
    budget: int,
) -> Map:
    crs = common_crs(pictures)
    if crs == "EPSG:4326":
        crs = pictures[0]["crs"]
    ground = Ground({picture["image_id"]: picture for picture in pictures}, crs)
    corners = np.array([ground.picture(picture) for picture in pictures])
    lines = [(shape, ground.points(shape["latitudes"], shape["longitudes"])) for shape in shapes if shape["latitudes"]]
    every = np.concatenate([corners.reshape(-1, 2), *(points for _, points in lines)])
    frame = frame_around(every.min(axis=0), every.max(axis=0))
    middles = ground.outlines(items).mean(axis=1) if items else np.zeros((0, 2))
    pixel = max(WIDTH, frame.height) * frame.unit / BACKDROP_SIDE_PX
    extent = Extent(
        west=frame.west, north=frame.north, width=WIDTH * frame.unit, height=frame.height * frame.unit, pixel=pixel
    )
    backdrop = draw_backdrop(pictures, views, crs, extent)
    crosses, labels = graticule(frame, crs)
    marks = class_marks([item["item_class"] or "" for item in items], middles, frame, classes)
    return Map(
        title=area,
        height=frame.height,
        backdrop="" if backdrop is None else jpeg_uri(backdrop, budget),
        backdrop_box=(0.0, 0.0, WIDTH, frame.height),
        outlines=tuple(frame.path(outline) for outline in corners),
        lines=tuple(_line(shape, points, frame) for shape, points in lines),
        marks=tuple(marks),
        items=len(items),
        drawn_every=_every(len(items)),
        crosses=tuple(crosses),
        labels=tuple(labels),
        scale=scale_bar(frame.unit),
        density=_density(grids, crs, frame),
        is_on_the_ground=True,
    )


def _picture_map(
    picture: Row,
    items: Sequence[Row],
    shapes: Sequence[Row],
    views: Mapping[str, Path],
    classes: Sequence[str],
    budget: int,
) -> Map:
    """Draw a picture of which nobody knows where it lies, in its own pixels."""
    size = np.array([picture["width_px"], picture["height_px"]], np.float64)
    frame = frame_around(np.zeros(2), size, is_north_up=False)
    middles = np.array(
        [[item["col_px"] + item["width_px"] / 2, item["row_px"] + item["height_px"] / 2] for item in items]
    ).reshape(-1, 2)
    lines = [
        (shape, np.column_stack([shape["longitudes"], shape["latitudes"]])) for shape in shapes if shape["latitudes"]
    ]
    outline = np.array([[0.0, 0.0], [size[0], 0.0], size, [0.0, size[1]]])
    scale = None if not picture["gsd_cm"] else scale_bar(frame.unit * picture["gsd_cm"] / 100)
    return Map(
        title=PurePosixPath(picture["file"] or picture["image_id"]).name,
        height=frame.height,
        backdrop=_picture_backdrop(picture, views, budget),
        backdrop_box=_box(frame, np.zeros(2), size),
        outlines=(frame.path(outline),),
        lines=tuple(_line(shape, points, frame) for shape, points in lines),
        marks=tuple(class_marks([item["item_class"] or "" for item in items], middles, frame, classes)),
        items=len(items),
        drawn_every=_every(len(items)),
        crosses=(),
        labels=(),
        scale=scale,
        density=None,
        is_on_the_ground=False,
    )


def _picture_backdrop(picture: Row, views: Mapping[str, Path], budget: int) -> str:
    path = views.get(picture["view"] or "")
    if path is None:
        return ""
    try:
        rgb, _ = read_view(path, BACKDROP_SIDE_PX)
    except BadInput:
        return ""
    return jpeg_uri(rgb, budget)


def _line(shape: Row, points: Floats, frame: Frame) -> Line:
    placed = frame.place(points)
    middle = placed.mean(axis=0) if shape["shape"] == "polygon" else placed[len(placed) // 2 - 1 :][:2].mean(axis=0)
    return Line(
        name=shape["transect_id"],
        points=frame.path(points),
        label=Label(x=float(middle[0]), y=float(middle[1]) - 8, text=shape["transect_id"], anchor="middle"),
        is_closed=shape["shape"] == "polygon",
    )


def _density(grids: Sequence[CellGrid], crs: str, frame: Frame) -> Density | None:
    """Return the density of an area; ``None`` where it has too few cells, or not in one grid."""
    if len(grids) != 1 or grids[0].crs != crs:
        return None
    grid = grids[0]
    values = grid.items_per_m2
    top = float(np.nanmax(values, initial=0.0))
    if grid.seen.sum() < CELLS_AT_LEAST or max(values.shape) > CELLS_AT_MOST:
        return None
    shares = np.nan_to_num(values / top if top > 0 else np.zeros(values.shape))
    rgba = np.concatenate([_shaded(shares), np.where(grid.seen, 255, 0)[..., None].astype(np.uint8)], axis=-1)
    low = np.array([grid.west_m, grid.north_m])
    high = low + np.array([values.shape[1], -values.shape[0]]) * grid.cell_m
    steps = tuple(
        ("#{:02x}{:02x}{:02x}".format(*shade), quantity(top * part / (len(SHADES) - 1), 2))
        for part, shade in enumerate(SHADES)
    )
    return Density(
        uri=png_uri(rgba), box=_box(frame, low, high), steps=steps if top > 0 else steps[:1], cell=f"{grid.cell_m:g} m"
    )


def _shaded(shares: Floats) -> NDArray[np.uint8]:
    """Return the colours of values from 0 to 1, (row, col, 3)."""
    places = np.linspace(0.0, 1.0, len(SHADES))
    bands = [np.interp(shares, places, [shade[band] for shade in SHADES]) for band in range(3)]
    return np.stack(bands, axis=-1).round().astype(np.uint8)


def _box(frame: Frame, one: Floats, other: Floats) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a rectangle in the drawing."""
    (left, top), (right, bottom) = frame.place(np.array([one, other])).tolist()
    return min(left, right), min(top, bottom), round(abs(right - left), 1), round(abs(bottom - top), 1)


def _every(items: int) -> int:
    """Return of how many items one is drawn."""
    return max(1, math.ceil(items / MARKS_AT_MOST))
