"""Points, lines and polygons from the files people draw them in: GeoJSON, KML, GML, GeoPackage, shapefile.

Files are hostile until read: each is bounded in size, shapes and points; no program looks for another format in them,
and nothing outside of them is opened but what belongs to a shapefile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.rasters.ground import WGS84
from pelagia.io.sources import Source, open_source
from pelagia.io.sources.address import local_path, scheme_of
from pelagia.io.sources.archive import ZipSource
from pelagia.io.vectors.crs import named_crs, to_degrees
from pelagia.io.vectors.geojson import read_geojson, shape_of
from pelagia.io.vectors.geopackage import is_geopackage, read_geopackage
from pelagia.io.vectors.gml import read_gml
from pelagia.io.vectors.kml import read_kml
from pelagia.io.vectors.rules import Found, Rules, Shape
from pelagia.io.vectors.shapefile import BESIDE, MAGIC, read_shapefile

ENDINGS = (".geojson", ".json", ".kml", ".gml", ".xml", ".gpkg", ".shp")
MOST_FILES = 50
MOST_ENTRIES = 10_000


def read_shapes(uri: str, rules: Rules) -> tuple[list[Shape], str]:
    """Read what was drawn, and the name of its file.

    Parameters
    ----------
    uri
        A file, or a folder or zip archive of files; of a shapefile the ``.shp``, or the archive of its parts.
    rules
        What is taken, and the words of errors.

    Returns
    -------
    shapes, file
        Single points, lines and polygons in the order of the files; the first file's name.

    Raises
    ------
    BadInput
        Where a file is none of the formats, is damaged or larger than the rules allow.
    """
    source = open_source(uri)
    names = _names(source, uri, rules)
    shapes: list[Shape] = []
    feature = 0
    for name in names:
        for geometry, told in _features(source, uri, name, rules):
            feature += 1
            for part in _parts(geometry, name, rules):
                if len(shapes) == rules.most_shapes:
                    raise rules.bad(f"it has more than {rules.most_shapes:,} {rules.wanted}", name)
                shapes.append(Shape(geometry=part, told=told, file=name, feature=feature))
    return shapes, names[0]


def _names(source: Source, uri: str, rules: Rules) -> list[str]:
    """Return the files to read: those with a known ending, else the first."""
    entries = [entry.name for entry in islice(source.entries(), MOST_ENTRIES)]
    names = [name for name in entries if name.lower().endswith(ENDINGS)]
    if len(names) > MOST_FILES:
        raise rules.bad(f"it holds more than {MOST_FILES} files", names[0])
    if not entries and isinstance(source, ZipSource):
        raise rules.bad("its archive holds no file that may be read", PurePosixPath(uri).name)
    return names or entries[:1] or [PurePosixPath(uri.replace("\\", "/")).name]


def _features(source: Source, uri: str, file: str, rules: Rules) -> Iterable[Found]:
    data = source.read(file, rules.limit_bytes)
    if is_geopackage(data):
        return read_geopackage(data, file, rules)
    if data.startswith(MAGIC):
        return read_shapefile({".shp": data, **_beside(source, uri, file, rules)}, file, rules)
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if len(text) > rules.text_limit_bytes:
        raise rules.bad(f"it has more than {rules.text_limit_bytes >> 20} MB of text", file)
    if text.startswith(b"{"):
        return read_geojson(text, file, rules)
    if text.startswith(b"<"):
        return _of_markup(text, file, rules)
    raise rules.bad("it is neither GeoJSON, KML, GML, GeoPackage nor shapefile", file)


def _beside(source: Source, uri: str, file: str, rules: Rules) -> dict[str, bytes]:
    """Read the other parts of a shapefile: of its archive or folder, or beside it on this machine."""
    stem = file[: -len(".shp")] if file.lower().endswith(".shp") else file
    is_alone = all(entry.name == file for entry in islice(source.entries(), 2))
    if is_alone and scheme_of(uri) in {"", "file"}:
        source = open_source(str(local_path(uri).parent))
    parts: dict[str, bytes] = {}
    for ending in BESIDE:
        for name in (f"{stem}{ending}", f"{stem}{ending.upper()}"):
            try:
                parts.setdefault(ending, source.read(name, rules.limit_bytes))
            except (NotFound, BadInput):
                continue
    return parts


def _of_markup(text: bytes, file: str, rules: Rules) -> Iterator[Found]:
    is_kml = b"<kml" in text[:10_000] or b":kml" in text[:10_000]
    try:
        found = [(shape, told, "") for shape, told in read_kml(text)] if is_kml else read_gml(text)
    except ValueError as error:
        raise rules.bad(str(error), file) from error
    # The shapes of a placemark or feature come one after the other, with what is told of it in common.
    for _, group in groupby(found, key=lambda one: id(one[1])):
        several = list(group)
        yield (
            shapely.GeometryCollection([_placed(shape, system, file, rules) for shape, _, system in several]),
            several[0][1],
        )


def _placed(shape: dict[str, Any], system: str, file: str, rules: Rules) -> shapely.Geometry:
    crs, is_turned = _system(system, file, rules)
    geometry = shape_of(shape, file, rules)
    if is_turned:
        geometry = shapely.transform(geometry, lambda points: np.ascontiguousarray(points[:, ::-1]))
    return to_degrees(geometry, crs, file, rules)


def _system(name: str, file: str, rules: Rules) -> tuple[str, bool]:
    """Return a coordinate system of GML, and whether latitude or northing comes first in it.

    The long names of OGC (``urn:ogc:def:crs:EPSG::4326``, ``http://www.opengis.net/def/crs/…``) keep the order of the
    authority, which for degrees is latitude first; the short and old ones (``EPSG:4326``, ``…epsg.xml#4326``) do not.
    """
    if not name:
        return WGS84, False
    crs = named_crs(name, file, rules)
    is_long = name.lower().startswith(("urn:", "http://www.opengis.net/def/", "https://www.opengis.net/def/"))
    return crs, is_long and "CRS84" not in name and _is_north_first(crs)


def _is_north_first(crs: str) -> bool:
    return CRS.from_user_input(crs).axis_info[0].direction.lower() == "north"


def _parts(shape: shapely.Geometry, file: str, rules: Rules) -> Iterator[shapely.Geometry]:
    """Yield the points, lines and polygons of a shape, one by one."""
    for part in shapely.get_parts(shape).tolist():
        if part.geom_type in {"GeometryCollection", "MultiPolygon", "MultiLineString", "MultiPoint"}:
            yield from _parts(part, file, rules)
        if part.geom_type not in rules.kinds or part.is_empty:
            continue
        if shapely.get_num_coordinates(part) > rules.most_points:
            raise rules.bad(f"a shape of it has more than {rules.most_points:,} points", file)
        yield part
