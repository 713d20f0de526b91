"""GeoJSON (RFC 7946): items, tiles, cells and survey in WGS 84, for web maps and for anything that reads text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import shapely

from pelagia.core.result import Result
from pelagia.exports.litter import layers
from pelagia.exports.litter.colours import LITTER_CLASSES
from pelagia.exports.litter.needs import MAP_LAYERS
from pelagia.exports.litter.pictures import lies_somewhere, nowhere, read_pictures
from pelagia.exports.litter.places import Ground
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = MAP_LAYERS
FOLDER = "geojson"
DECIMALS = 9
"""Of a degree: a tenth of a millimetre, a fraction of the smallest pixel."""
TILES_AT_MOST = 200_000
"""Of one file: about 80 MB."""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``geojson/items.geojson`` (points), ``tiles.geojson``, ``cells.geojson`` and ``survey.geojson``.

    Longitude before latitude, outlines against the clock, no coordinate system named, as RFC 7946 wants it.
    """
    del options
    pictures = read_pictures(result)
    issues = list(nowhere(pictures.values()))
    if not any(lies_somewhere(picture) for picture in pictures.values()):
        return ExportOutcome(files=(), issues=tuple(issues))
    ground = Ground(pictures)
    only: Sequence[str] = ()
    if result.tables["tiles"].rows > TILES_AT_MOST:
        only = LITTER_CLASSES
        remedy = "The GeoPackage has all of them."
        issues.append(
            layers.too_many_tiles(f"{FOLDER}/tiles.geojson", result.tables["tiles"].rows, TILES_AT_MOST, remedy)
        )
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    made = (
        ("items", layers.ITEM_FIELDS, layers.item_points(result, ground)),
        ("tiles", layers.TILE_FIELDS, layers.tile_boxes(result, ground, only=only)),
        ("cells", layers.CELL_FIELDS, layers.cells(result, ground)),
        ("survey", layers.SURVEY_FIELDS, layers.survey(result, ground)),
    )
    files = []
    for name, fields, parts in made:
        path = folder / f"{name}.geojson"
        write_collection(path, fields, parts)
        files.append(path)
    return ExportOutcome(files=tuple(files), issues=tuple(issues))


def write_collection(path: Path, fields: Sequence[str], parts: Iterable[layers.Part]) -> None:
    """Write a FeatureCollection piece by piece, a feature a line.

    Parameters
    ----------
    path
        The file.
    fields
        The columns that become properties.
    parts
        Rows with as many geometries in longitude and latitude.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection","features":[')
        separator = "\n"
        for rows, shapes in parts:
            for row, shape in zip(rows, shapes, strict=True):
                file.write(separator + _feature(row, shape, fields))
                separator = ",\n"
        file.write("\n]}\n")


def _feature(row: dict[str, Any], shape: Any, fields: Sequence[str]) -> str:
    told = {
        "type": "Feature",
        **({"id": row["object_id"]} if "object_id" in fields else {}),
        "geometry": _rounded(shapely.geometry.mapping(shape)),
        "properties": {name: _value(row[name]) for name in fields if name in row},
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return round(value, DECIMALS) if isinstance(value, float) else value


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
