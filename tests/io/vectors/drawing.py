"""Small files of shapes in all formats."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

SQUARE = [[5.0, 38.0], [5.1, 38.0], [5.1, 38.1], [5.0, 38.1], [5.0, 38.0]]
"""Longitude and latitude, against the clock."""


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def geojson(path: Path, *features: tuple[dict[str, Any], dict[str, Any]], **told: Any) -> str:
    listed = [{"type": "Feature", "geometry": shape, "properties": names} for shape, names in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed, **told}))
    return str(path)


def layer(path: Path, shape: shapely.Geometry, told: dict[str, Any], crs: str, driver: str) -> str:
    """Write a GeoPackage or shapefile of one shape."""
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shape)], dtype=object),
        field_data=[
            np.array([value]) if not isinstance(value, str) else np.array([value], object) for value in told.values()
        ],
        fields=list(told),
        geometry_type=shape.geom_type,
        crs=crs,
        driver=driver,
    )
    return str(path)


def packed(path: Path, folder: Path) -> str:
    """Pack a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"data/{file.name}")
    return str(path)


def gml(path: Path, geometry: str, told: str = "") -> str:
    path.write_text(
        '<?xml version="1.0"?><o:collection xmlns:o="urn:o" xmlns:gml="http://www.opengis.net/gml"><o:oilMember><o:oil>'
        f"<o:spill>{geometry}</o:spill>{told}<o:centre><gml:Point><gml:pos>5.05 38.05</gml:pos></gml:Point></o:centre>"
        "</o:oil></o:oilMember></o:collection>"
    )
    return str(path)


def gml_ring(text: str, system: str = "") -> str:
    named = f' srsName="{system}"' if system else ""
    return f"<gml:Polygon{named}><gml:exterior><gml:LinearRing>{text}</gml:LinearRing></gml:exterior></gml:Polygon>"
