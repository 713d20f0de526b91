"""The layers every map of a litter result has, with the columns that go onto it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from pelagia.core.result import Issue, Result
from pelagia.exports.litter.needs import MAP_LAYERS
from pelagia.exports.litter.pictures import lies_somewhere
from pelagia.exports.litter.places import Floats, Ground, cell_outlines, placed_batches
from pelagia.exports.tables import record_batches

ITEM_FIELDS = (
    *("object_id", "image_id", "area_id", "item_class", "material", "j_code", "ospar_code", "score", "status"),
    *("is_counted", "duplicate_of", "length_m", "area_m2", "latitude", "longitude", "file"),
)
TILE_FIELDS = (
    *("object_id", "image_id", "area_id", "tile_class", "score", "litter_probability", "area_m2", "searched"),
)
CELL_FIELDS = ("area_id", "cell_row", "cell_col", "items", "items_per_m2", "covered_m2", "litter_m2", "cell_m")
SURVEY_FIELDS = ("transect_id", "area_id", "shape", "length_m", "width_m", "source")
PICTURE_FIELDS = (
    *("image_id", "file", "area_id", "kind", "gsd_cm", "gsd_source", "position_error_m", "altitude_m", "taken_at"),
    *("covered_m2", "counted_m2", "items", "counted_items"),
)

Part = tuple[list[dict[str, Any]], Any]
"""Rows, and as many shapely geometries."""


def item_boxes(result: Result, ground: Ground) -> Iterator[Part]:
    """Yield items with the outline of their box."""
    for rows, outlines in _items(result, ground):
        yield rows, shapely.polygons(_closed(outlines))


def item_points(result: Result, ground: Ground) -> Iterator[Part]:
    """Yield items with the middle of their box."""
    for rows, outlines in _items(result, ground):
        yield rows, shapely.points(outlines.mean(axis=1))


def tile_boxes(result: Result, ground: Ground, *, only: Sequence[str] = ()) -> Iterator[Part]:
    """Yield tiles with their outline; of the classes ``only`` where some are named."""
    for rows, outlines in placed_batches(result.tables["tiles"], TILE_FIELDS, ground):
        kept = [at for at, row in enumerate(rows) if not only or row["tile_class"] in only]
        yield [rows[at] for at in kept], shapely.polygons(_closed(outlines[kept]))


def cells(result: Result, ground: Ground) -> Iterator[Part]:
    """Yield the cells of the density map with their outline."""
    columns = tuple(dict.fromkeys((*CELL_FIELDS, *MAP_LAYERS["cells"])))
    for rows in record_batches(result.tables["cells"], columns):
        outlines = cell_outlines(rows, ground)
        known = np.asarray(np.isfinite(outlines).all(axis=(1, 2)))
        placed = [row for row, is_known in zip(rows, known.tolist(), strict=True) if is_known]
        yield placed, shapely.polygons(_closed(outlines[known]))


def survey(result: Result, ground: Ground) -> Iterator[Part]:
    """Yield the lines and polygons that were surveyed on the ground."""
    columns = tuple(dict.fromkeys((*SURVEY_FIELDS, *MAP_LAYERS["survey"])))
    for rows in record_batches(result.tables["survey"], columns):
        placed = [row for row in rows if not row["image_id"] and _is_shape(row)]
        yield placed, [_shape(row, ground) for row in placed]


def footprints(pictures: Mapping[str, Mapping[str, Any]], ground: Ground) -> Part:
    """Return the pictures that lie somewhere with their outline."""
    placed = [dict(picture) for picture in pictures.values() if lies_somewhere(picture)]
    return placed, [shapely.Polygon(ground.picture(picture)) for picture in placed]


def too_many_tiles(file: str, tiles: int, at_most: int, remedy: str) -> Issue:
    """Return the finding on a map that has only the tiles that show litter."""
    return Issue(
        file=file,
        code="export-tiles-left-out",
        severity="note",
        message=f"There are more than {at_most:,} tiles: only those that show litter are on this map",
        value=f"{tiles:,}",
        remedy=remedy,
    )


def _items(result: Result, ground: Ground) -> Iterator[tuple[list[dict[str, Any]], Floats]]:
    """Yield items but those that a person deleted, with the corners of their boxes."""
    for rows, outlines in placed_batches(result.tables["items"], (*ITEM_FIELDS, "is_deleted"), ground):
        kept = [at for at, row in enumerate(rows) if not row["is_deleted"]]
        yield [rows[at] for at in kept], outlines[kept]


def _closed(outlines: Floats) -> Floats:
    """Return outlines that run against the clock and end where they begin, as polygons have them."""
    if not len(outlines):
        return np.zeros((0, 5, 2))
    x, y = outlines[..., 0], outlines[..., 1]
    twice_area = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)
    turned = np.where((twice_area < 0)[:, None, None], outlines[:, ::-1], outlines)
    return np.concatenate([turned, turned[:, :1]], axis=1)


def _is_shape(row: Mapping[str, Any]) -> bool:
    points = len(row["latitudes"] or ())
    return points == len(row["longitudes"] or ()) and points >= (3 if row["shape"] == "polygon" else 2)


def _shape(row: Mapping[str, Any], ground: Ground) -> Any:
    points = ground.points(row["latitudes"], row["longitudes"])
    return shapely.orient_polygons(shapely.Polygon(points)) if row["shape"] == "polygon" else shapely.LineString(points)
