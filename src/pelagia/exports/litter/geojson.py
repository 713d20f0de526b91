"""GeoJSON (RFC 7946): items, tiles, cells and survey in WGS 84, for web maps and for anything that reads text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
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
            for row, geometry in zip(rows, _geometries(shapes), strict=True):
                file.write(f"{separator}{_feature(row, geometry, fields)}")
                separator = ",\n"
        file.write("\n]}\n")


def _geometries(shapes: Any) -> list[str]:
    rounded = shapely.transform(np.asarray(shapes, dtype=object), lambda points: points.round(DECIMALS))
    texts: list[str] = np.asarray(shapely.to_geojson(rounded), dtype=object).tolist()
    return texts


def _feature(row: dict[str, Any], geometry: str, fields: Sequence[str]) -> str:
    told = json.dumps(
        {name: _value(row[name]) for name in fields if name in row},
        ensure_ascii=False, allow_nan=False, separators=(",", ":"),
    )  # fmt: skip
    name = f'"id":{json.dumps(row["object_id"], ensure_ascii=False)},' if "object_id" in fields else ""
    return f'{{"type":"Feature",{name}"geometry":{geometry},"properties":{told}}}'


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
