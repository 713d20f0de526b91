"""A finished litter run as the server keeps it: drawn beaches, and tables that anybody can work out."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from pelagia.core.provenance import Provenance
from pelagia.core.result import OWN_FILE, Artifact, Figure, Issue, Result
from pelagia.core.service import Request
from pelagia.core.table import Column, Table, write_table
from pelagia.orders.result_folder import write_result_folder
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import NewJob, claim_job, create_job, finish_job
from pelagia.runtime.result_file import write_result
from pelagia.runtime.runner import Runtime
from pelagia.services.litter import columns
from pelagia.services.litter.sample.drawing import Scene, draw_scene
from pelagia.services.litter.service import SERVICE

ROOT = Path(__file__).resolve().parents[2]
CRS = "EPSG:32748"
WEST, NORTH, GSD_CM = 698_000.0, 9_328_000.0, 0.5
HEIGHT, WIDTH = 1200, 1600
CLASSES = ("plastic", "metal", "glass", "paper")
TILE_M = 0.256
AREA = "kuta-north"
SEEDS = (24,)
SECOND = (24, 14)
"""Seeds of pictures that show a beach."""
LENGTH_M = WIDTH * GSD_CM / 100


def install_litter(packages: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the service an installed one, for processes started meanwhile as well."""
    info = packages / "litter_here-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: litter-here\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pelagia.services]\nlitter = pelagia.services.litter.service:SERVICE\n")
    patch.syspath_prepend(str(packages))
    patch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{ROOT}")


class Drawn:
    """A drawn picture: where it lies, the items on it, its rows of the tables."""

    def __init__(self, image_id: str, scene: Scene, *, lies: bool, shift_m: float = 0.0, yaw_deg: float = 0.0) -> None:
        self.image_id, self.scene, self.lies = image_id, scene, lies
        self.height, self.width = scene.rgb.shape[:2]
        gsd = GSD_CM / 100
        self.transform = Affine.translation(WEST + shift_m, NORTH) @ Affine.rotation(yaw_deg) @ Affine.scale(gsd, -gsd)
        # A corner that the camera did not see.
        rows, cols = np.mgrid[: self.height, : self.width]
        self.valid: NDArray[np.bool_] = rows + cols > self.height // 4
        self.items = [one for one in scene.items if self.valid[one.row + one.height // 2, one.col + one.width // 2]]
        self.to_lat_lon = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def place(self, row: float, col: float) -> tuple[float | None, float | None, float | None, float | None]:
        """Return easting, northing, latitude, longitude of a point, px."""
        if not self.lies:
            return None, None, None, None
        easting, northing = self.transform @ (col, row)
        longitude, latitude = self.to_lat_lon.transform(easting, northing)
        return easting, northing, latitude, longitude

    def write_view(self, path: Path) -> None:
        """Write what may be shown of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        profile: dict[str, Any] = {
            **{"driver": "GTiff", "height": self.height, "width": self.width, "count": 3, "dtype": "uint8"},
            **{"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "JPEG", "photometric": "YCBCR"},
        }
        if self.lies:
            profile |= {"crs": CRS, "transform": self.transform}
        options = {"GDAL_TIFF_INTERNAL_MASK": "YES", "COMPRESS_OVERVIEW": "JPEG", "PHOTOMETRIC_OVERVIEW": "YCBCR"}
        with rasterio.Env(**options), _quiet(), rasterio.open(path, "w", **profile) as view:
            view.write(np.moveaxis(self.scene.rgb, -1, 0))
            view.write_mask(self.valid.astype(np.uint8) * 255)
            view.build_overviews([2, 4], Resampling.average)

    def picture_row(self) -> dict[str, Any]:
        """Return its row of the table ``pictures``."""
        _, _, latitude, longitude = self.place(self.height / 2, self.width / 2)
        covered = float(self.valid.sum()) * (GSD_CM / 100) ** 2
        return {
            **{"image_id": self.image_id, "file": f"{self.image_id}.tif", "area_id": AREA},
            **{"kind": "orthophoto" if self.lies else "photo", "height_px": self.height, "width_px": self.width},
            **{"gsd_cm": GSD_CM, "gsd_source": "file" if self.lies else "user"},
            "crs": CRS if self.lies else None,
            "transform": list(self.transform)[:6] if self.lies else None,
            **{"latitude": latitude, "longitude": longitude, "taken_at": "2026-06-02T08:30:00"},
            **{"valid_px": int(self.valid.sum()), "covered_m2": covered, "counted_m2": covered, "tile_m": TILE_M},
            **{"items": len(self.items), "counted_items": len(self.items), "people": 0},
            **{"view": f"views/{self.image_id}.tif", "view_scale": 1.0},
        }

    def tile_rows(self) -> Iterator[dict[str, Any]]:
        """Yield its rows of the table ``tiles``."""
        side = TILE_M * 100 / GSD_CM
        for (row, col), number in np.ndenumerate(self.scene.classes):
            top, left = row * side, col * side
            _, _, latitude, longitude = self.place(top + side / 2, left + side / 2)
            yield {
                **{"object_id": f"{self.image_id}-t{row}-{col}", "image_id": self.image_id, "area_id": AREA},
                **{"tile_row": row, "tile_col": col, "row_px": top, "col_px": left},
                **{"height_px": min(side, self.height - top), "width_px": min(side, self.width - left)},
                **{"valid_share": 1.0, "latitude": latitude, "longitude": longitude, "score": 0.8},
                **{"tile_class": columns.TILE_CLASSES[number], "litter_probability": 0.9 if number < 2 else 0.05},
                "searched": number < 2,
            }

    def item_rows(self) -> Iterator[dict[str, Any]]:
        """Yield its rows of the table ``items``: the first one is a duplicate, the second one validated."""
        for number, one in enumerate(self.items):
            easting, northing, latitude, longitude = self.place(one.row + one.height / 2, one.col + one.width / 2)
            is_double = number == 0
            yield {
                **{"object_id": f"{self.image_id}-{number:05d}", "image_id": self.image_id, "area_id": AREA},
                **{"file": f"{self.image_id}.tif", "source_uri": f"{OWN_FILE}vignettes/{self.image_id}-0.zip"},
                "source_file": f"{self.image_id}-{number:05d}.jpg",
                **{"row_px": one.row, "col_px": one.col, "height_px": one.height, "width_px": one.width},
                **{"length_m": max(one.height, one.width) * GSD_CM / 100, "easting_m": easting, "northing_m": northing},
                **{"area_m2": one.height * one.width * (GSD_CM / 100) ** 2, "crs": CRS if self.lies else None},
                **{"latitude": latitude, "longitude": longitude, "score": round(0.3 + 0.69 * (number % 10) / 10, 3)},
                **{"predicted_class": one.label, "item_class": one.label, "material": one.label},
                **{"status": "validated" if number == 1 else "predicted", "source": "model"},
                "duplicate_of": f"{self.image_id}-00001" if is_double else None,
                "is_counted": not is_double,
            }

    def vignettes(self) -> bytes:
        """Return the archive of its vignettes."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for number, one in enumerate(self.items):
                cut = self.scene.rgb[one.row : one.row + one.height, one.col : one.col + one.width, ::-1]
                archive.writestr(f"{self.image_id}-{number:05d}.jpg", cv2.imencode(".jpg", cut)[1].tobytes())
        return data.getvalue()


def draw_beaches(*, seeds: Sequence[int] = SEEDS, lies: bool = True, littered: float = 0.12) -> list[Drawn]:
    """Draw a picture for each seed, side by side; without ``lies`` they lie nowhere."""
    drawn = []
    for number, seed in enumerate(seeds):
        scene = draw_scene(np.random.default_rng(seed), HEIGHT, WIDTH, gsd_cm=GSD_CM, littered=littered)
        name = f"beach-{number + 1}"
        drawn.append(Drawn(name, scene, lies=lies, shift_m=number * LENGTH_M * 0.8, yaw_deg=2.0 * number))
    return drawn


def litter_result(folder: Path, beaches: Sequence[Drawn], *, length_m: float | None = LENGTH_M) -> Result:
    """Write the result of drawn beaches into a folder."""
    items = [row for one in beaches for row in one.item_rows()]
    artifacts = []
    for one in beaches:
        view = folder / f"{one.image_id}.tif"
        one.write_view(view)
        packed = folder / f"{one.image_id}.zip"
        packed.write_bytes(one.vignettes())
        for role, name, path, kind in (
            ("view", f"views/{one.image_id}.tif", view, "image/tiff"),
            ("vignettes", f"vignettes/{one.image_id}-0.zip", packed, "application/zip"),
        ):
            artifacts.append(Artifact(role=role, name=name, path=path, media_type=kind))
    counted = sum(row["is_counted"] for row in items)
    figures = {
        "items": Figure(value=counted, description="Items counted"),
        "items_per_100m": Figure(
            value=counted / length_m * 100 if length_m else None,
            description="Items per 100 m of beach",
            unit="1/100 m",
            low=0.7 * counted / length_m * 100 if length_m else None,
            high=1.4 * counted / length_m * 100 if length_m else None,
        ),
    }
    issue = Issue(file="beach-1.tif", code="gsd", message="The file tells its resolution", remedy="", severity="note")
    return Result(
        tables=dict(_tables(folder, beaches, items, length_m)),
        summary=figures,
        issues=(issue,),
        provenance=Provenance(
            service="litter", service_version=SERVICE.version, params={}, inputs=(), models=(), seed=0, versions={}
        ),
        artifacts=tuple(artifacts),
    )


def _tables(
    folder: Path, beaches: Sequence[Drawn], items: list[dict[str, Any]], length_m: float | None
) -> Iterator[tuple[str, Table]]:
    rows: dict[str, tuple[Sequence[Column], list[dict[str, Any]]]] = {
        "pictures": (columns.PICTURE_COLUMNS, [one.picture_row() for one in beaches]),
        "tiles": (columns.TILE_COLUMNS, [row for one in beaches for row in one.tile_rows()]),
        "items": (columns.ITEM_COLUMNS, items),
        "density": (columns.DENSITY_COLUMNS, list(_density(beaches, items, length_m))),
        "cells": (columns.CELL_COLUMNS, list(_cells(beaches, items))),
        "quantities": (columns.QUANTITY_COLUMNS, []),
        "survey": (columns.SURVEY_COLUMNS, list(_survey(beaches, length_m))),
    }
    for name, (told, records) in rows.items():
        yield name, write_table(name, folder, told, records)


def _density(beaches: Sequence[Drawn], items: list[dict[str, Any]], length_m: float | None) -> Iterator[dict[str, Any]]:
    covered = sum(one.picture_row()["covered_m2"] for one in beaches)
    for area in (columns.ALL, AREA):
        for name in (columns.ALL, *CLASSES):
            mine = [one for one in items if one["is_counted"] and name in (columns.ALL, one["item_class"])]
            low, high = 0.7 * len(mine), 1.4 * len(mine) + 1
            ends = (("", len(mine)), ("_low", low), ("_high", high))
            yield {
                **{"area_id": area, "transect_id": "", "item_class": name, "items": len(mine)},
                **{"items_low": low, "items_high": high, "covered_m2": covered, "length_m": length_m},
                "validated_items": sum(one["status"] == "validated" for one in mine),
                **{f"items_per_100m{end}": value / length_m * 100 if length_m else None for end, value in ends},
                **{f"items_per_km2{end}": value / covered * 1e6 for end, value in ends},
                **{"items_per_m2": len(mine) / covered, "interval_method": "poisson"},
            }


def _cells(beaches: Sequence[Drawn], items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield cells of 2 m."""
    side = 2.0
    for one in beaches:
        if not one.lies:
            continue
        for row in range(int(one.height * GSD_CM / 100 / side)):
            for col in range(int(one.width * GSD_CM / 100 / side)):
                west, north = one.transform.c + col * side, NORTH - row * side
                longitude, latitude = one.to_lat_lon.transform(west + side / 2, north - side / 2)
                there = sum(
                    west <= item["easting_m"] < west + side and north - side < item["northing_m"] <= north
                    for item in items
                    if item["is_counted"]
                )
                yield {
                    **{"area_id": AREA, "cell_row": row, "cell_col": col, "crs": CRS, "west_m": west, "north_m": north},
                    **{"cell_m": side, "latitude": latitude, "longitude": longitude, "covered_m2": side**2},
                    **{"items": there, "items_per_m2": there / side**2},
                }


def _survey(beaches: Sequence[Drawn], length_m: float | None) -> Iterator[dict[str, Any]]:
    first = beaches[0]
    if not first.lies or length_m is None:
        return
    ends = [first.place(first.height * 0.6, col) for col in (0, first.width)]
    yield {
        **{"transect_id": "waterline", "area_id": AREA, "shape": "line", "source": "file", "length_m": length_m},
        "latitudes": [end[2] for end in ends],
        "longitudes": [end[3] for end in ends],
    }


def littered_job(
    runtime: Runtime,
    folder: Path,
    *,
    asker: str = "visit:me",
    title: str = "Kuta, north",
    length_m: float | None = LENGTH_M,
    **drawn: Any,
) -> Job:
    """Put a finished run of drawn beaches among those of the server; ``drawn`` as of :func:`draw_beaches`."""
    beaches = draw_beaches(**drawn)
    picture = folder / "beach-1.tif"
    beaches[0].write_view(picture)
    request: Request[Any] = Request(
        service="litter",
        service_version=SERVICE.version,
        inputs={"pictures": (str(picture),)},
        params=SERVICE.params(),
        models={},
    )
    job = create_job(
        runtime.database,
        NewJob(
            request=request_record(request, f"{title} {asker}"),
            estimate={"steps": 1, "units": 1, "bytes": 0, "issues": [], "facts": {}},
            unit=SERVICE.unit.name,
            kind="analysis",
            route="web",
            asker=asker,
            title=title,
        ),
    )
    workdir = runtime.settings.workdir(job.id)
    workdir.mkdir(parents=True, exist_ok=True)
    result = litter_result(workdir, beaches, length_m=length_m)
    write_result(result, workdir)
    finish_job(runtime.database, claim_job(runtime.database, job.id), "succeeded", objects=1)
    job = find_job(runtime.database, job.id)
    write_result_folder(job, result, runtime.settings.result_folder(job.id))
    return job


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield
