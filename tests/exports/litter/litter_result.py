"""A small litter Result whose places and numbers are known: two orthophotos, a turned photo, a photo from nowhere."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from pelagia.core.ground import TILE_CLASSES
from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Artifact, Figure, Issue, Result
from pelagia.core.table import write_table
from pelagia.io.rasters.ground import to_lat_lon, to_map
from pelagia.services.litter.columns import (
    CELL_COLUMNS,
    DENSITY_COLUMNS,
    ITEM_COLUMNS,
    PICTURE_COLUMNS,
    QUANTITY_COLUMNS,
    SURVEY_COLUMNS,
    TILE_COLUMNS,
    probability_column,
)

CRS = "EPSG:32631"
WEST, NORTH = 500_000.0, 5_650_000.0
GSD_M = 0.02
TILE_PX = 50.0
HEIGHT, WIDTH = 1200, 1600
"""24 m × 32 m, 24 × 32 tiles of 1 m, cells of 5 m."""
CELL_M = 5.0
TURNED = (0.016, 0.012, WEST + 100.0, 0.012, -0.016, NORTH)
"""A pixel of 2 cm, the columns 36.87° north of east."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the made-up result holds."""

    pictures: tuple[str, ...] = ("north", "south", "turned", "nowhere")
    items: int = 12
    length_m: float | None = 32.0
    people: int | None = 2
    views: bool = True
    j_codes: bool = True
    issues: tuple[Issue, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


LIES: Mapping[str, tuple[str, tuple[float, ...] | None, str]] = {
    "north": ("beach", (GSD_M, 0.0, WEST, 0.0, -GSD_M, NORTH), "orthophoto"),
    "south": ("beach", (GSD_M, 0.0, WEST, 0.0, -GSD_M, NORTH - 24.0), "orthophoto"),
    "turned": ("river", TURNED, "photo"),
    "nowhere": ("desk", None, "photo"),
}


def make_litter(folder: Path, recipe: Recipe | None = None) -> Result:
    """Write tables, views and vignettes of a made-up survey into ``folder``."""
    made = recipe or Recipe()
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [picture_row(name, made) for name in made.pictures]
    items = [row for picture in pictures for row in item_rows(picture, made)]
    tables = {
        "pictures": (PICTURE_COLUMNS, pictures),
        "tiles": (TILE_COLUMNS, [row for picture in pictures for row in tile_rows(picture)]),
        "items": (ITEM_COLUMNS, items),
        "density": (DENSITY_COLUMNS, density_rows(pictures, items, made)),
        "cells": (CELL_COLUMNS, _merged(row for picture in pictures for row in cell_rows(picture, items))),
        "quantities": (QUANTITY_COLUMNS, quantity_rows(items)),
        "survey": (SURVEY_COLUMNS, survey_rows(pictures, made)),
    }
    artifacts = [_vignettes(folder, picture["image_id"], items) for picture in pictures]
    if made.views:
        artifacts += [_view(folder, picture) for picture in pictures]
    return Result(
        tables={name: write_table(name, folder, columns, rows) for name, (columns, rows) in tables.items()},
        summary=summary(items, made),
        issues=made.issues,
        provenance=provenance(),
        artifacts=tuple(artifacts),
        notes=("Boxes are an upper bound of the area of an item.",),
    )


def picture_row(name: str, made: Recipe) -> dict[str, Any]:
    """One picture; the one from nowhere has no scale either."""
    area, transform, kind = LIES[name]
    known = transform is not None
    row: dict[str, Any] = {
        "image_id": name, "file": f"flight/{area}/{name}.tif", "area_id": area, "kind": kind, "height_px": HEIGHT,
        "width_px": WIDTH, "gsd_cm": 2.0 if known else None, "gsd_source": "file" if known else "",
        "crs": CRS if known else None, "transform": None if transform is None else list(transform),
        "position_error_m": 0.05 if known else None, "taken_at": "2026-05-17T09:30:00" if known else None,
        "valid_px": HEIGHT * WIDTH, "covered_m2": 768.0 if known else None, "counted_m2": 768.0 if known else None,
        "tile_m": 1.0 if known else None, "tiles": 768, "searched_tiles": 60, "items": made.items,
        "counted_items": made.items, "people": made.people, "view": f"views/{name}.tif" if made.views else None,
        "view_scale": 2.0 if made.views else None,
    }  # fmt: skip
    if transform is not None:
        row["latitude"], row["longitude"] = place(transform, HEIGHT / 2, WIDTH / 2)
    return row


def place(transform: Sequence[float], row: float, col: float) -> tuple[float, float]:
    """Latitude and longitude of a point of a picture."""
    lat, lon = to_lat_lon(CRS, *to_map(transform, row, col))
    return float(lat), float(lon)


def item_rows(picture: Mapping[str, Any], made: Recipe) -> list[dict[str, Any]]:
    """Items on a diagonal; the last one of ``south`` is a duplicate."""
    rows = []
    for number in range(made.items):
        row_px, col_px = 40.0 + 90 * number, 60.0 + 120 * number
        kind = ("plastic", "plastic", "metal", "glass")[number % 4]
        one: dict[str, Any] = {
            "object_id": f"{picture['image_id']}-{number:04d}", "image_id": picture["image_id"],
            "file": picture["file"], "area_id": picture["area_id"], "source_file": f"{number:04d}.jpg",
            "source_uri": f"result:vignettes/{picture['image_id']}-1.zip", "row_px": row_px, "col_px": col_px,
            "height_px": 10.0, "width_px": 16.0, "score": 0.35 + 0.05 * number, "predicted_class": kind,
            "item_class": kind, "material": kind, "status": "validated" if number == 1 else "predicted",
            "source": "model", "is_counted": True, "j_code": "J200" if kind == "glass" and made.j_codes else None,
        }  # fmt: skip
        if picture["transform"] is not None:
            transform = picture["transform"]
            one["easting_m"], one["northing_m"] = (float(v) for v in to_map(transform, row_px + 5, col_px + 8))
            one["latitude"], one["longitude"] = place(transform, row_px + 5, col_px + 8)
            one |= {"crs": CRS, "length_m": 0.32, "area_m2": 0.064}
        if picture["image_id"] == "south" and number == made.items - 1:
            one |= {"is_counted": False, "duplicate_of": "north-0000"}
        rows.append(one)
    return rows


def tile_rows(picture: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tiles of 50 px whose class is told by where they are: ``tile_class_at``."""
    rows = []
    for row in range(int(HEIGHT / TILE_PX)):
        for col in range(int(WIDTH / TILE_PX)):
            name = tile_class_at(row, col)
            one = {
                "object_id": f"{picture['image_id']}-t{row}-{col}", "image_id": picture["image_id"],
                "file": picture["file"], "area_id": picture["area_id"], "tile_row": row, "tile_col": col,
                "row_px": row * TILE_PX, "col_px": col * TILE_PX, "height_px": TILE_PX, "width_px": TILE_PX,
                "valid_share": 1.0, "area_m2": 1.0, "tile_class": name, "score": 0.9, "searched": row < 2,
                "litter_probability": 0.9 if name.startswith("litter") else 0.05,
                **{probability_column(one): 0.9 if one == name else 0.1 / 7 for one in TILE_CLASSES},
            }  # fmt: skip
            rows.append(one)
    return rows


def tile_class_at(row: int, col: int) -> str:
    """Water on the left, litter along the diagonal, sand elsewhere, one of every other class in the corner."""
    if row == 0 and col < len(TILE_CLASSES):
        return TILE_CLASSES[col]
    if abs(row * WIDTH / HEIGHT - col) < 1.5:
        return "litter high" if row % 2 else "litter low"
    return "water" if col < 4 else "sand"


def cell_rows(picture: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cells of 5 m; of the turned photo those its middle lies in, of that from nowhere in its pixels."""
    own = [one for one in items if one["image_id"] == picture["image_id"] and one["is_counted"]]
    if picture["image_id"] in {"turned", "nowhere"}:
        told = {"area_id": picture["area_id"], "cell_row": 0, "cell_col": 0, "items": len(own), "covered_m2": 20.0}
        if picture["transform"] is None:
            return [told | {"image_id": picture["image_id"], "covered_m2": None}]
        east, north = WEST + 110.0, NORTH
        return [told | {"crs": CRS, "west_m": east, "north_m": north, "cell_m": CELL_M, "items_per_m2": len(own) / 20}]
    top = NORTH if picture["image_id"] == "north" else NORTH - 24.0
    rows = []
    for row in range(10):
        for col in range(7):
            north, west = NORTH - row * CELL_M, WEST + col * CELL_M
            height = max(0.0, min(north, top) - max(north - CELL_M, top - 24.0))
            width = min(west + CELL_M, WEST + 32.0) - west
            inside = [
                one
                for one in own
                if north - CELL_M < one["northing_m"] <= north and west <= one["easting_m"] < west + CELL_M
            ]
            if height:
                rows.append(
                    {
                        "area_id": picture["area_id"], "cell_row": row, "cell_col": col, "crs": CRS, "west_m": west,
                        "north_m": north, "cell_m": CELL_M, "covered_m2": height * width, "items": len(inside),
                        "items_per_m2": len(inside) / (height * width), "litter_m2": 0.064 * len(inside),
                    }
                )  # fmt: skip
    return rows


def _merged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for a cell that two pictures share."""
    cells: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        known = cells.setdefault((row["area_id"], row["cell_row"], row["cell_col"]), row)
        if known is not row:
            for name in ("covered_m2", "items", "litter_m2"):
                known[name] += row[name]
            known["items_per_m2"] = known["items"] / known["covered_m2"]
    return list(cells.values())


def density_rows(
    pictures: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]], made: Recipe
) -> list[dict[str, Any]]:
    """Rows of each area, of the line through the beach, and of all together."""
    rows = []
    areas = list(dict.fromkeys(picture["area_id"] for picture in pictures))
    for area in (*areas, "all"):
        own = [one for one in items if one["is_counted"] and area in {one["area_id"], "all"}]
        covered = [picture["covered_m2"] for picture in pictures if area in {picture["area_id"], "all"}]
        length = made.length_m if area in {"beach", "all"} and "beach" in areas else None
        for transect in ("", "line 1") if area == "beach" and length else ("",):
            rows += _counted(area, transect, own, sum(value or 0.0 for value in covered) or None, length, made)
    return rows


def _counted(
    area: str, transect: str, items: Sequence[Mapping[str, Any]], covered: float | None, length: float | None,
    made: Recipe,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = []
    for name in ("all", *dict.fromkeys(one["item_class"] for one in items)):
        own = [one for one in items if name in {"all", one["item_class"]}]
        row: dict[str, Any] = {
            "area_id": area, "transect_id": transect, "item_class": name, "items": len(own),
            "j_code": "J200" if name == "glass" and made.j_codes else None, "items_low": 0.6 * len(own),
            "items_high": 1.5 * len(own), "validated_items": sum(one["status"] == "validated" for one in own),
            "covered_m2": covered, "length_m": length, "litter_m2": 0.064 * len(own), "interval_method": "bootstrap",
        }  # fmt: skip
        for column, per, of in (("items_per_100m", length, 100.0), ("items_per_km2", covered, 1e6)):
            if per:
                value = len(own) * of / per
                row |= {column: value, f"{column}_low": 0.6 * value, f"{column}_high": 1.5 * value}
        if covered:
            row |= {"items_per_m2": len(own) / covered, "litter_m2_per_m2": 0.064 * len(own) / covered}
        rows.append(row)
    return rows


def quantity_rows(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Quantities by the formulas, all pictures together."""
    counted = sum(one["is_counted"] for one in items)
    told = (("litter high", "tiles", 12.0), ("litter low", "tiles", 12.0), ("all", "tiles", 24.0), ("all", "items", 0))
    return [
        {
            "image_id": "all", "area_id": "all", "tile_class": name, "kind": kind, "tiles": tiles or None,
            "area_m2": 0.75 * tiles or 1.1, "volume_m3": 0.2 * tiles or 0.04, "items": 2.0 * tiles or 37.5,
            "counted_items": counted if name == "all" else None,
        }
        for name, kind, tiles in told
    ]  # fmt: skip


def survey_rows(pictures: Sequence[Mapping[str, Any]], made: Recipe) -> list[dict[str, Any]]:
    """A line along the beach and a polygon in the river, and a line drawn on the photo from nowhere."""
    rows = []
    names = {picture["image_id"] for picture in pictures}
    if "north" in names and made.length_m:
        rows.append(_shape("line 1", "beach", "line", [(600.0, 0.0), (600.0, 1600.0)], LIES["north"][1], 32.0))
    if "turned" in names:
        corners = [(100.0, 100.0), (100.0, 900.0), (700.0, 900.0), (700.0, 100.0)]
        rows.append(_shape("polygon 1", "river", "polygon", corners, TURNED, None))
    if "nowhere" in names:
        row = _shape("line 2", "desk", "line", [], None, None)
        rows.append(row | {"image_id": "nowhere", "latitudes": [10.0, 900.0], "longitudes": [10.0, 1200.0]})
    return rows


def _shape(
    name: str, area: str, shape: str, points: Sequence[tuple[float, float]], transform: tuple[float, ...] | None,
    length: float | None,
) -> dict[str, Any]:  # fmt: skip
    places = [place(transform, *point) for point in points] if transform is not None else []
    return {
        "transect_id": name, "area_id": area, "image_id": "", "shape": shape, "latitudes": [lat for lat, _ in places],
        "longitudes": [lon for _, lon in places], "length_m": length, "width_m": None, "source": "file",
    }  # fmt: skip


def summary(items: Sequence[Mapping[str, Any]], made: Recipe) -> dict[str, Figure]:
    """Headline figures."""
    counted = sum(one["is_counted"] for one in items)
    return {
        "items": Figure(value=counted, description="Items counted", low=0.6 * counted, high=1.5 * counted),
        "items_per_100m": Figure(
            value=None if made.length_m is None else 100 * counted / made.length_m,
            description="Items per 100 m of beach", unit="1/100 m",
        ),
        "people": Figure(value=made.people, description="People found and blurred"),
    }  # fmt: skip


def provenance() -> Provenance:
    """Who made it."""
    return Provenance(
        service="litter",
        service_version="1.0.0",
        params={"gsd_cm": 2.0, "blur_people": True},
        inputs=(InputRecord(uri="flight", files=4, bytes=4, sha256="a" * 64),),
        models=(
            ModelRecord(role="tiles", name="litter-tiles", version="1.0.0", sha256="b" * 64),
            ModelRecord(role="items", name="litter-items", version="1.0.0", sha256="c" * 64),
            ModelRecord(role="people", name="people-faces", version="1.0.0", sha256="d" * 64),
        ),
        seed=0,
        versions={"pelagia": "0.9.0"},
    )


def _vignettes(folder: Path, image_id: str, items: Sequence[Mapping[str, Any]]) -> Artifact:
    name = f"vignettes/{image_id}-1.zip"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for one in items:
            if one["image_id"] == image_id:
                data = io.BytesIO()
                Image.new("RGB", (32, 24), (200, 160, 90)).save(data, "JPEG")
                archive.writestr(one["source_file"], data.getvalue())
    return Artifact(role="vignettes", name=name, path=path, media_type="application/zip")


def _view(folder: Path, picture: Mapping[str, Any]) -> Artifact:
    name = f"views/{picture['image_id']}.tif"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    rows, cols = np.mgrid[0 : HEIGHT // 2, 0 : WIDTH // 2]
    band = (170 + 40 * np.sin(rows / 37.0) * np.cos(cols / 51.0)).astype(np.uint8)
    profile = {
        **{"driver": "GTiff", "height": HEIGHT // 2, "width": WIDTH // 2, "count": 3, "dtype": "uint8"},
        **{"tiled": True, "compress": "JPEG", "photometric": "YCBCR"},
    }
    if picture["transform"] is not None:
        profile |= {"crs": CRS, "transform": Affine(*picture["transform"]) @ Affine.scale(2)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as view:
            view.write(np.stack([band, (band * 0.9).astype(np.uint8), (band * 0.7).astype(np.uint8)]))
    return Artifact(role="view", name=name, path=path, media_type="image/tiff")
