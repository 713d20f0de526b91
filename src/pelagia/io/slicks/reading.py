"""Slicks and points of oil from files: GeoJSON, GeoPackage, KML, GML, shapefile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import shapely

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.slicks.given import GivenSlick, Rings
from pelagia.io.slicks.outlines import checked_rings, ring_centroid
from pelagia.io.slicks.properties import (
    MASSES,
    NAMES,
    OILS,
    VOLUMES,
    amount,
    gravity,
    known_names,
    release_hours,
    text_of,
    texts,
    time_of,
)
from pelagia.io.vectors.reading import read_shapes
from pelagia.io.vectors.rules import Rules, Shape

RULES = Rules(
    subject="The slick",
    code="slick-unreadable",
    remedy="Give polygons or points as GeoJSON, GeoPackage, KML, GML or shapefile (zipped), in longitude and latitude "
    "(WGS 84) or with their coordinate system named.",
    kinds=frozenset({"Point", "LineString", "Polygon"}),
    wanted="shapes",
    most_points=50_000,
)


def read_slicks(uri: str, *, mend: bool = False) -> tuple[list[GivenSlick], list[Issue]]:
    """Read slicks: each feature is one, or as many as it has points.

    Parameters
    ----------
    uri
        A file, or a zip archive or folder of files; see :func:`pelagia.io.vectors.reading.read_shapes`.
    mend
        Whether outlines that cross themselves are mended instead of refused.

    Returns
    -------
    slicks, findings
        Findings tell which of several slicks had to be left out, and why.

    Raises
    ------
    BadInput
        Where the file cannot be read (``slick-unreadable``), holds no slick (``slick-empty``) or none that can be used;
        then with what is wrong with the first.
    """
    shapes, file = read_shapes(uri, RULES)
    slicks: list[GivenSlick] = []
    errors: list[BadInput] = []
    for number, (_, group) in enumerate(groupby(shapes, key=lambda shape: shape.feature), start=1):
        try:
            slicks += _of_feature(list(group), number, mend=mend)
        except BadInput as error:
            errors.append(error)
    if not slicks:
        raise errors[0] if errors else _empty(file)
    return [replace(slick, number=at) for at, slick in enumerate(slicks, start=1)], [finding(one) for one in errors]


def _of_feature(shapes: list[Shape], number: int, *, mend: bool) -> Iterator[GivenSlick]:
    """Yield the slick of a feature's polygons, and one for each of its points; an amount told is of all together."""
    polygons = [shape.geometry for shape in shapes if shape.geometry.geom_type == "Polygon"]
    points = [shape.geometry for shape in shapes if shape.geometry.geom_type == "Point"]
    if not polygons and not points:
        raise BadInput(
            f"Shape {number} is a line, not a slick",
            remedy="Close it to a polygon around the oil, or give a point.",
            file=shapes[0].file,
            code="slick-is-line",
        )
    if polygons:
        rings = checked_rings(polygons, shapes[0].file, number, mend=mend)
        yield _slick(shapes[0], number, rings, ring_centroid(rings), share=1.0)
    else:
        for point in points:
            yield _slick(shapes[0], number, (), point, share=1 / len(points))


def _slick(shape: Shape, number: int, rings: Rings, centre: shapely.Point, *, share: float) -> GivenSlick:
    known = known_names(shape.told)
    mass_t, volume_m3 = amount(known, MASSES, shape.file), amount(known, VOLUMES, shape.file)
    return GivenSlick(
        file=shape.file,
        number=number,
        name=text_of(known, NAMES) or str(number),
        rings=rings,
        lat=float(centre.y),
        lon=(float(centre.x) + 180) % 360 - 180,
        is_point=not rings,
        time_s=time_of(known, shape.file),
        mass_t=None if mass_t is None else mass_t * share,
        volume_m3=None if volume_m3 is None else volume_m3 * share,
        api=gravity(known, shape.file),
        oil=text_of(known, OILS),
        release_hours=release_hours(known, shape.file),
        properties=texts(shape.told),
    )


def _empty(file: str) -> BadInput:
    return BadInput(
        "The file holds no slick: neither a polygon nor a point",
        remedy="Draw the slick as a polygon, or give the point of the spill.",
        file=file,
        code="slick-empty",
    )
