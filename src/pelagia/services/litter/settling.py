"""From what was found in blocks to items: each once, numbered, measured, on the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pelagia.core.table import ROWS_PER_GROUP, TableWriter
from pelagia.io.rasters.ground import to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.columns import ITEM_COLUMNS
from pelagia.services.litter.overlaps import mark_duplicates
from pelagia.services.litter.sameness import distinct
from pelagia.services.litter.service import LitterParams

Record = dict[str, Any]


def settle_items(params: LitterParams, pictures: Sequence[Record], found: str, path: str) -> dict[str, int]:
    """Write the table ``items``: of all pictures, each thing on a picture once.

    Parameters
    ----------
    params
        Of the request.
    pictures
        As the inventory has them, in the order items are kept where photos overlap.
    found
        The table of what the blocks found, in the order of the pictures.
    path
        Where the table shall stand.

    Returns
    -------
    dict
        ``items``: how many there are; ``duplicates``: how many of them are seen again on a later picture.
    """
    by_picture = {record["image_id"]: Picture.from_record(record) for record in pictures}
    items: list[Record] = []
    rows = pq.read_table(found).to_pylist()
    for image_id, group in groupby(rows, key=itemgetter("image_id")):
        items += _of_picture(by_picture[image_id], list(group))
    if params.merge_overlaps:
        mark_duplicates(items, list(by_picture.values()), params.overlap_tolerance_m)
    with TableWriter("items", Path(path), ITEM_COLUMNS) as writer:
        for start in range(0, len(items), ROWS_PER_GROUP):
            writer.write_records(items[start : start + ROWS_PER_GROUP])
    return {"items": len(items), "duplicates": sum(item["duplicate_of"] is not None for item in items)}


def _of_picture(picture: Picture, rows: Sequence[Record]) -> Iterator[Record]:
    """Yield the items of a picture: what two blocks found on both sides of their seam is one."""
    edges = np.array(
        [
            (row["row_px"], row["col_px"], row["row_px"] + row["height_px"], row["col_px"] + row["width_px"])
            for row in rows
        ],
        np.float64,
    )
    names = sorted({row["predicted_class"] for row in rows})
    labels = np.array([names.index(row["predicted_class"]) for row in rows], np.int32)
    kept = distinct(edges, np.array([row["score"] for row in rows], np.float64), labels)
    ordered = sorted((rows[index] for index in kept), key=itemgetter("row_px", "col_px", "predicted_class"))
    for number, row in enumerate(ordered, start=1):
        item: Record = {column.name: row.get(column.name) for column in ITEM_COLUMNS}
        item |= {
            "object_id": f"{picture.image_id}_{number}",
            "item_class": row["predicted_class"],
            "status": "predicted",
            "source": "model",
            "is_deleted": False,
        }
        yield item | placed(picture, item)


def placed(picture: Picture, item: Mapping[str, Any]) -> Record:
    """Return how large an item is on the ground, and where it lies; empty where the picture does not tell.

    Parameters
    ----------
    picture
        It is on.
    item
        Its box: ``row_px``, ``col_px``, ``height_px``, ``width_px``.
    """
    height, width = item["height_px"], item["width_px"]
    told: Record = dict.fromkeys(
        ("length_m", "area_m2", "easting_m", "northing_m", "crs", "latitude", "longitude"), None
    )
    if picture.gsd_cm is not None:
        gsd_m = picture.gsd_cm / 100
        told |= {"length_m": max(height, width) * gsd_m, "area_m2": height * width * gsd_m**2}
    if picture.transform is not None and picture.crs is not None:
        row, col = item["row_px"] + height / 2, item["col_px"] + width / 2
        east, north = to_map(picture.transform, np.array([row]), np.array([col]))
        latitude, longitude = to_lat_lon(picture.crs, east, north)
        told |= {
            "easting_m": float(east[0]),
            "northing_m": float(north[0]),
            "crs": picture.crs,
            "latitude": float(latitude[0]),
            "longitude": float(longitude[0]),
        }
    return told
