"""The user's own shoreline: land polygons, lines, or a dtm.map, with kinds of coast where they are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.shoreline.dialect import Coastlines, coastlines
from pelagia.io.shoreline.kinds import KINDS, UNKNOWN_KIND, kind_of
from pelagia.io.shoreline.medslik import is_dtm_map, read_dtm_map
from pelagia.io.sources import open_source
from pelagia.io.vectors.reading import MOST_ENTRIES, read_shapes
from pelagia.io.vectors.rules import Rules, Shape

RULES = Rules(
    subject="The shoreline",
    code="shoreline-unreadable",
    remedy="Give land polygons or lines as GeoJSON, GeoPackage, KML, GML or shapefile (zipped), in longitude and "
    "latitude (WGS 84) or with their coordinate system named; or a dtm.map.",
    limit_bytes=256 << 20,
    text_limit_bytes=64 << 20,
    most_shapes=200_000,
    most_points=2_000_000,
)
KIND_NAMES = frozenset({"coast_type", "coasttype", "coast_kind", "shore_type", "shoretype", "coast"})
_HEAD_BYTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenShoreline:
    """A shoreline as a file gives it.

    Parameters
    ----------
    land
        Outlines of land: land is known to lie to their left.
    lines
        Lines nobody told the sides of.
    issues
        Kinds of coast that are none.
    """

    land: Coastlines
    lines: Coastlines
    issues: tuple[Issue, ...] = ()


def read_shoreline(uri: str) -> GivenShoreline:
    """Read a shoreline.

    Parameters
    ----------
    uri
        A file of polygons or lines (:func:`pelagia.io.vectors.reading.read_shapes`), with their kind of coast as
        ``coast_type`` (1 to 9, or its name); a ``dtm.map``, in an archive or folder with its ``dtm.cst`` where there is
        one.

    Raises
    ------
    BadInput
        ``shoreline-unreadable``, ``shoreline-empty``.
    """
    of_medslik = _of_medslik(uri)
    if of_medslik is not None:
        return GivenShoreline(land=of_medslik, lines=coastlines([], [], has_sides=False, source=of_medslik.source))
    shapes, file = read_shapes(uri, RULES)
    if not shapes:
        raise BadInput(
            "The shoreline holds neither a polygon nor a line",
            remedy="Give land polygons or lines of the shore.",
            file=file,
            code="shoreline-empty",
        )
    polygons = [shape for shape in shapes if shape.geometry.geom_type == "Polygon"]
    lines = [shape for shape in shapes if shape.geometry.geom_type == "LineString"]
    return GivenShoreline(
        land=_outlines(polygons, file),
        lines=_joined([(_unrolled(line.geometry), _kind(line)) for line in lines], has_sides=False, file=file),
        issues=tuple(_unknown(shapes, file)),
    )


def _of_medslik(uri: str) -> Coastlines | None:
    """Read a ``dtm.map``; ``None`` where the file is another."""
    source = open_source(uri)
    names = [entry.name for entry in islice(source.entries(), MOST_ENTRIES)]
    maps = [name for name in names if name.lower().endswith(".map")] or names[:1]
    for name in maps:
        with source.open(name) as stream:
            head = stream.read(_HEAD_BYTES)
        if is_dtm_map(head):
            kinds = [other for other in names if other.lower().endswith(".cst")]
            told = source.read(kinds[0], RULES.text_limit_bytes) if kinds else None
            return read_dtm_map(source.read(name, RULES.limit_bytes), name, told)
    return None


def _outlines(polygons: list[Shape], file: str) -> Coastlines:
    """Return the outlines of land; polygons that touch or overlap are one land without a shore between them."""
    if not polygons:
        return coastlines([], [], has_sides=True, source=file)
    shapes = np.array([_whole(shape, file) for shape in polygons], dtype=object)
    kinds = [_kind(shape) for shape in polygons]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    if (first == second).all():
        rings = [(ring, kind) for shape, kind in zip(shapes, kinds, strict=True) for ring in _rings(shape)]
    else:
        joined = shapely.union_all(shapes)
        rings = [part for ring in _rings(joined) for part in _by_kind(ring, shapes, kinds)]
    return _joined(rings, has_sides=True, file=file)


def _whole(shape: Shape, file: str) -> shapely.Geometry:
    polygon = _unrolled(shape.geometry)
    return polygon if polygon.is_valid else shapely.make_valid(polygon, method="structure", keep_collapsed=False)


def _rings(land: shapely.Geometry) -> list[shapely.Geometry]:
    """Return all rings with land to the left: outer ones against the clock, holes with it."""
    parts = [part for part in shapely.get_parts(land).tolist() if part.geom_type == "Polygon" and not part.is_empty]
    parts = [shapely.orient_polygons(part) for part in parts]
    return [ring for part in parts for ring in (part.exterior, *part.interiors)]


def _by_kind(
    ring: shapely.Geometry, shapes: NDArray[np.object_], kinds: list[int]
) -> list[tuple[shapely.Geometry, int]]:
    """Cut a ring of joined polygons where the kind changes: each segment has that of the polygon it came from."""
    if len(set(kinds)) == 1:
        return [(ring, kinds[0])]
    points = shapely.get_coordinates(ring)
    middles = shapely.points((points[:-1] + points[1:]) / 2)
    nearest = shapely.STRtree(shapely.boundary(shapes)).nearest(middles)
    kind = np.array(kinds)[nearest]
    edges = np.flatnonzero(np.diff(kind)) + 1
    parts = zip(np.concatenate([[0], edges]), np.concatenate([edges, [len(kind)]]), strict=True)
    return [(shapely.LineString(points[begin : end + 1]), int(kind[begin])) for begin, end in parts]


def _joined(lines: list[tuple[shapely.Geometry, int]], *, has_sides: bool, file: str) -> Coastlines:
    points = [np.ascontiguousarray(shapely.get_coordinates(line)[:, ::-1]) for line, _ in lines]
    return coastlines(points, [kind for _, kind in lines], has_sides=has_sides, source=file)


def _unrolled(shape: shapely.Geometry) -> shapely.Geometry:
    """Let longitudes go on beyond 180 where a shape crosses that meridian."""

    def unroll(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.where(points[:, 0] < 0, points[:, 0] + 360, points[:, 0]), points[:, 1]])

    west, _, east, _ = shape.bounds
    return shapely.transform(shape, unroll) if east - west > 180 and west > -180 else shape


def _told(shape: Shape) -> object:
    for name, value in shape.told.items():
        if str(name).lower().replace(" ", "_") in KIND_NAMES and value is not None and str(value).strip():
            told: object = value
            return told
    return None


def _kind(shape: Shape) -> int:
    told = _told(shape)
    return UNKNOWN_KIND if told is None else kind_of(told)


def _unknown(shapes: Iterable[Shape], file: str) -> list[Issue]:
    """Tell kinds of coast that are none, each once."""
    values = {
        str(told)[:60] for shape in shapes if (told := _told(shape)) is not None and kind_of(told) == UNKNOWN_KIND
    }
    return [
        Issue(
            file=file,
            code="shoreline-kind",
            message="A kind of coast is not known; such coast is taken to be of the kind of the rest",
            remedy="Give coast_type as one of " + ", ".join(f"{number} {name}" for number, name in KINDS.items()) + ".",
            value=value,
            severity="warning",
        )
        for value in sorted(values)[:20]
    ]
