"""GeoPackage: items, tiles, cells, survey and pictures as layers of one file, for QGIS and ArcGIS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.geopackages import dated
from pelagia.exports.litter import layers
from pelagia.exports.litter.colours import LITTER_CLASSES
from pelagia.exports.litter.needs import MAP_LAYERS
from pelagia.exports.litter.pictures import common_crs, lies_somewhere, nowhere, origin_tags, read_pictures
from pelagia.exports.litter.places import Ground
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = MAP_LAYERS
FILE = "litter.gpkg"
GEOMETRY = "geom"
TILES_AT_MOST = 2_000_000
"""Of a map that a program still draws; a gigapixel at 0.2 cm has about 60,000."""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``litter.gpkg``: ``items`` (points), ``item_boxes``, ``tiles``, ``cells``, ``survey``, ``pictures``.

    Every layer is in the coordinate system that all pictures share, in WGS 84 where they share none. Layers are
    written piece by piece, so that the size of a table does not matter.
    """
    pictures = read_pictures(result)
    issues = list(nowhere(pictures.values()))
    if not any(lies_somewhere(picture) for picture in pictures.values()):
        return ExportOutcome(files=(), issues=tuple(issues))
    out.mkdir(parents=True, exist_ok=True)
    path = out / FILE
    ground = Ground(pictures, common_crs(pictures.values()))
    tiles = result.tables["tiles"]
    only: Sequence[str] = ()
    if tiles.rows > TILES_AT_MOST:
        only = LITTER_CLASSES
        remedy = "The class map (export density-map) and tiles.parquet have all of them."
        issues.append(layers.too_many_tiles(FILE, tiles.rows, TILES_AT_MOST, remedy))
    tags = origin_tags(result, pictures.values())
    items, shapes = result.tables["items"], layers.footprints(pictures, ground)
    with dated(options.created):
        for name, kind, fields, table, parts in (
            ("pictures", "Polygon", layers.PICTURE_FIELDS, result.tables["pictures"], [shapes]),
            ("tiles", "Polygon", layers.TILE_FIELDS, tiles, layers.tile_boxes(result, ground, only=only)),
            ("cells", "Polygon", layers.CELL_FIELDS, result.tables["cells"], layers.cells(result, ground)),
            ("survey", "Unknown", layers.SURVEY_FIELDS, result.tables["survey"], layers.survey(result, ground)),
            ("item_boxes", "Polygon", layers.ITEM_FIELDS, items, layers.item_boxes(result, ground)),
            ("items", "Point", layers.ITEM_FIELDS, items, layers.item_points(result, ground)),
        ):
            _write_layer(path, name, kind, ground.crs, _schema(table, fields), parts, tags)
    return ExportOutcome(files=(path,), issues=tuple(issues))


def _write_layer(
    path: Path,
    name: str,
    kind: str,
    crs: str,
    schema: pa.Schema,
    parts: Iterable[layers.Part],
    tags: Mapping[str, str],
) -> None:
    reader = pa.RecordBatchReader.from_batches(schema, _batches(schema, parts))
    pyogrio.write_arrow(
        reader,
        path,
        layer=name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type=kind,
        crs=crs,
        append=path.exists(),
        layer_metadata=dict(tags),
    )


def _schema(table: Table, fields: Sequence[str]) -> pa.Schema:
    types = {column.name: column.type for column in table.columns}
    return pa.schema(
        [
            *(pa.field(name, types[name]) for name in fields if name in types),
            pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
        ]
    )


def _batches(schema: pa.Schema, parts: Iterable[layers.Part]) -> Iterator[pa.RecordBatch]:
    for rows, shapes in parts:
        columns: list[Any] = [
            pa.array([row[field.name] for row in rows], field.type) for field in schema if field.name != GEOMETRY
        ]
        columns.append(pa.array(list(shapely.to_wkb(shapes)), pa.binary()))
        yield pa.record_batch(columns, schema=schema)
