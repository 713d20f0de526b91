"""Lines and polygons of a survey, from the files people draw them in: GeoJSON, KML, GeoPackage.

Files are hostile until read: each is bounded in size, shapes and points; no program looks for another format in them,
and nothing outside of them is opened.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from pelagia.core.errors import BadInput
from pelagia.io.rasters.ground import WGS84, transformer
from pelagia.io.sources import open_source
from pelagia.services.litter.survey_kml import read_kml

LIMIT_BYTES = 64 << 20
TEXT_LIMIT_BYTES = 8 << 20
"""Of GeoJSON and KML: a point is some 40 bytes of text, and up to twenty times as much in memory while it is read."""
MOST_SHAPES = 1_000
MOST_POINTS = 10_000
"""Of one shape."""
MOST_LAYERS = 50
MOST_TABLES = 10_000
"""Tables, indices and triggers of a GeoPackage; a layer brings some twenty."""
LONGEST_NAME = 200
NAMES = ("transect_id", "name", "id", "title", "label")
AREAS = ("area_id", "area", "beach", "beach_id")
LENGTHS = ("length_m",)
_RTREE = re.compile(r'create virtual table ("[^"]*"|\w+) using rtree ?\(.*')
_SQLITE, _MARK = b"SQLite format 3\0", slice(68, 72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A line or polygon as it was drawn.

    Parameters
    ----------
    geometry
        LineString or Polygon, longitude and latitude (WGS 84).
    name, area_id
        As the file calls them; empty where it does not.
    length_m
        Length of beach the file tells, m.
    """

    geometry: shapely.Geometry
    name: str = ""
    area_id: str = ""
    length_m: float | None = None


def read_drawn(uri: str) -> tuple[list[Drawn], str]:
    """Read what was drawn, and the name of its file.

    Raises
    ------
    BadInput
        Where the file is none of the three formats, is damaged or larger than a survey can be.
    """
    source = open_source(uri)
    entry = next(source.entries(), None)
    name = PurePosixPath(uri.replace("\\", "/")).name if entry is None else entry.name
    data = source.read(name, LIMIT_BYTES)
    shapes: list[Drawn] = []
    for geometry, told in _features(data, name):
        for part in _parts(geometry, name):
            if len(shapes) == MOST_SHAPES:
                raise _bad(f"it has more than {MOST_SHAPES:,} lines and polygons", name)
            shapes.append(_drawn(part, told))
    return shapes, name


def _features(data: bytes, file: str) -> Iterable[tuple[shapely.Geometry, Mapping[str, Any]]]:
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith(_SQLITE) and data[_MARK].startswith(b"GP"):
        return _of_geopackage(data, file)
    if len(text) > TEXT_LIMIT_BYTES:
        raise _bad(f"it has more than {TEXT_LIMIT_BYTES >> 20} MB of text", file)
    if text.startswith(b"{"):
        return _of_geojson(text, file)
    if text.startswith(b"<"):
        return _of_kml(text, file)
    raise _bad("it is neither GeoJSON, KML nor GeoPackage", file)


def _of_geojson(text: bytes, file: str) -> Iterator[tuple[shapely.Geometry, Mapping[str, Any]]]:
    """Yield the shapes of GeoJSON; its coordinates are WGS 84 (RFC 7946) but where an older file names others."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is not JSON: {error}", file) from error
    crs = _named_crs(read, file)
    features = read.get("features", [read])
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise _bad("its features are no list of features", file)
    for feature in features:
        told = feature.get("properties")
        shape = feature if "coordinates" in feature else feature.get("geometry")
        if shape is not None:
            yield _moved(_shape(shape, file), crs, file), told if isinstance(told, dict) else {}


def _named_crs(read: Any, file: str) -> str:
    named = read.get("crs") if isinstance(read, dict) else None
    if named is None:
        return WGS84
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise _bad("its coordinate system is not named", file)
    return _known_crs(name, file)


def _known_crs(text: str, file: str) -> str:
    # Only names of authorities: a text of another kind may make the library read a file.
    if "CRS84" in text:
        return WGS84
    code = text.replace("::", ":").rsplit(":", 1)[-1]
    try:
        return str(CRS.from_epsg(int(code)).to_string())
    except (CRSError, ValueError) as error:
        raise _bad(f"its coordinate system is not known: {text[:80]}", file) from error


def _shape(told: Any, file: str) -> shapely.Geometry:
    kind = told.get("type") if isinstance(told, dict) else None
    try:
        if kind in {"LineString", "MultiLineString", "Polygon", "MultiPolygon"}:
            parts = told["coordinates"]
            parts = [parts] if kind == "LineString" else parts
            if kind.endswith("Polygon"):
                polygons = [parts] if kind == "Polygon" else parts
                return shapely.MultiPolygon([shapely.Polygon(_points(rings[0], file)) for rings in polygons])
            return shapely.MultiLineString([_points(part, file) for part in parts])
    except (TypeError, ValueError, KeyError, IndexError, shapely.errors.GEOSException) as error:
        raise _bad(f"a shape of it is damaged: {error}", file) from error
    return shapely.GeometryCollection()


def _points(told: Any, file: str) -> list[tuple[float, float]]:
    if len(told) > MOST_POINTS:
        raise _bad(f"a shape of it has more than {MOST_POINTS:,} points", file)
    points = [(float(point[0]), float(point[1])) for point in told]
    if not all(math.isfinite(part) for point in points for part in point):
        raise _bad("a point of it is no place", file)
    return points


def _of_kml(text: bytes, file: str) -> Iterator[tuple[shapely.Geometry, Mapping[str, Any]]]:
    try:
        found = read_kml(text)
    except ValueError as error:
        raise _bad(str(error), file) from error
    for shape, told in found:
        yield _shape(shape, file), told


def _of_geopackage(data: bytes, file: str) -> Iterator[tuple[shapely.Geometry, Mapping[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        # By its ending and its mark the file can be opened as nothing else.
        path = Path(folder) / "survey.gpkg"
        path.write_bytes(data)
        _check_tables(path, file)
        try:
            layers = pyogrio.list_layers(path)[:MOST_LAYERS]
            for layer, kind in layers.tolist():
                if kind is not None:
                    yield from _of_layer(path, layer, file)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
            raise _bad("it is a damaged GeoPackage", file) from error


def _check_tables(path: Path, file: str) -> None:
    """Refuse a database in which reading a table may compute something or lead elsewhere."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            told = database.execute("SELECT type, coalesce(sql, '') FROM sqlite_master LIMIT ?", (MOST_TABLES + 1,))
            rows = told.fetchall()
    except sqlite3.Error as error:
        raise _bad(f"it is a damaged GeoPackage: {error}", file) from error
    if len(rows) > MOST_TABLES:
        raise _bad(f"it has more than {MOST_TABLES:,} tables and indices", file)
    for kind, sql in rows:
        made = " ".join(str(sql).lower().split())
        if kind == "view" or (made.startswith("create virtual table") and not _RTREE.fullmatch(made)):
            raise _bad("it has views or virtual tables", file)


def _of_layer(path: Path, layer: str, file: str) -> Iterator[tuple[shapely.Geometry, Mapping[str, Any]]]:
    meta, _, geometries, columns = pyogrio.raw.read(path, layer=layer, max_features=MOST_SHAPES + 1, force_2d=True)
    crs = _known_crs(meta["crs"], file) if meta["crs"] else WGS84
    names = [str(name) for name in meta["fields"]]
    for number, bytes_ in enumerate(geometries):
        if bytes_ is not None:
            told = {name: column[number] for name, column in zip(names, columns, strict=True)}
            yield _moved(shapely.from_wkb(bytes_), crs, file), told


def _moved(shape: shapely.Geometry, crs: str, file: str) -> shapely.Geometry:
    if crs != WGS84:
        change = transformer(crs, WGS84)
        shape = shapely.transform(shape, lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1])))
    west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
    if not (-180 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise _bad("its coordinates are no longitudes and latitudes, and it names no coordinate system", file)
    return shape


def _parts(shape: shapely.Geometry, file: str) -> Iterator[shapely.Geometry]:
    """Yield the lines and the outlines of polygons of a shape, one by one."""
    for part in shapely.get_parts(shape).tolist():
        if part.geom_type not in {"LineString", "Polygon"} or part.is_empty:
            continue
        if shapely.get_num_coordinates(part) > MOST_POINTS:
            raise _bad(f"a shape of it has more than {MOST_POINTS:,} points", file)
        yield shapely.Polygon(part.exterior) if part.geom_type == "Polygon" else part


def _drawn(part: shapely.Geometry, told: Mapping[str, Any]) -> Drawn:
    known = {str(name).lower(): value for name, value in told.items()}
    return Drawn(geometry=part, name=_text(known, NAMES), area_id=_text(known, AREAS), length_m=_length_m(known))


def _text(known: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = known.get(name)
        text = "" if value is None else " ".join(str(value).split())
        if text and text.isprintable():
            return text[:LONGEST_NAME]
    return ""


def _length_m(known: Mapping[str, Any]) -> float | None:
    for name in LENGTHS:
        try:
            value = float(known.get(name) or "nan")
        except (TypeError, ValueError):
            continue
        if math.isfinite(value) and value > 0:
            return value
    return None


def _bad(what: str, file: str) -> BadInput:
    return BadInput(
        f"The survey cannot be read: {what}",
        remedy="Give lines or polygons as GeoJSON, GeoPackage or KML, in longitude and latitude (WGS 84) or with their "
        "coordinate system named.",
        file=file,
        code="survey-unreadable",
    )
