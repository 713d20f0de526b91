"""Slicks, oil by thickness and time, coast and paths: as GeoJSON and as layers of one GeoPackage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyogrio
import shapely

from pelagia.core.result import Issue, Result
from pelagia.exports.geopackages import dated
from pelagia.exports.oilspill.frames import is_too_large, read_grid, too_large, written_times
from pelagia.exports.oilspill.layers import Row, coast_layer, feature, oil_layer, path_layer, slick_layer
from pelagia.exports.oilspill.needs import OUTLINES
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = OUTLINES
FOLDER = "outlines"
GEOPACKAGE = "oilspill.gpkg"
CRS = "EPSG:4326"
GEOMETRY = "geom"


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``outlines/slicks.geojson``, ``coast.geojson``, ``oil_<time>.geojson``, and all of it in ``oilspill.gpkg``.

    The GeoPackage has the layers ``slicks``, ``oil`` (all times), ``coast`` and ``paths``.
    """
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    times, issues = written_times(result, FOLDER) if "mass_balance" in result.tables else (frozenset[str](), ())
    oil = list(oil_layer(result, times))
    layers = {
        "slicks": slick_layer(result),
        "coast": coast_layer(result),
        "oil": [row for _, rows in oil for row in rows],
        "paths": path_layer(result),
    }
    files = [_geojson(folder / f"{name}.geojson", layers[name]) for name in ("slicks", "coast") if layers[name]]
    for time, rows in oil:
        if rows:
            files.append(_geojson(folder / f"oil_{time.replace('-', '').replace(':', '')}.geojson", rows))
    package = folder / GEOPACKAGE
    with dated(options.created):
        for name, rows in layers.items():
            if rows:
                _layer(package, name, rows)
    return ExportOutcome(
        files=(*files, package) if package.exists() else tuple(files), issues=(*issues, *_left_out(result))
    )


def _left_out(result: Result) -> tuple[Issue, ...]:
    """Tell where the oil has too many cells to be outlined."""
    if "concentration" not in result.tables or not is_too_large(grid := read_grid(result)):
        return ()
    return (too_large(grid, FOLDER),)


def _geojson(path: Path, rows: Sequence[Row]) -> Path:
    features = ",\n".join(json.dumps(feature(row), separators=(",", ":")) for row in rows)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{features}\n]}}\n', encoding="utf-8", newline="\n")
    return path


def _layer(path: Path, name: str, rows: Sequence[Row]) -> None:
    names = [key for key in rows[0] if key != "geometry"]
    columns = {key: pa.array([row[key] for row in rows]) for key in names}
    wkb = pa.array([None if row["geometry"] is None else shapely.to_wkb(row["geometry"]) for row in rows], pa.binary())
    geometry = pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
    fields = [pa.field(key, _kind(column.type)) for key, column in columns.items()]
    batch = pa.record_batch(
        [*(column.cast(_kind(column.type)) for column in columns.values()), wkb], schema=pa.schema([*fields, geometry])
    )
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(batch.schema, [batch]),
        path,
        layer=name,
        driver="GPKG",
        geometry_name=GEOMETRY,
        geometry_type="Unknown",
        crs=CRS,
        append=path.exists(),
    )


def _kind(kind: pa.DataType) -> pa.DataType:
    """Return the type a layer stores: a column without any value is a text."""
    return pa.string() if pa.types.is_null(kind) else kind
