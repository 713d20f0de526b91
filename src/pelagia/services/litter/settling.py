"""From what was found in blocks to items: each once, numbered, measured, on the map."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pelagia.imaging.tiles import suppress
from pelagia.io.rasters.ground import to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.codes import codes_of
from pelagia.services.litter.columns import ITEM_COLUMNS
from pelagia.services.litter.overlaps import mark_duplicates
from pelagia.services.litter.service import LitterParams

Record = dict[str, Any]


def settle_items(params: LitterParams, pictures: Sequence[Record], found: str) -> list[Record]:
    """Return the items of all pictures.

    Parameters
    ----------
    params
        Of the request.
    pictures
        As the inventory has them, in the order items are kept where photos overlap.
    found
        The table of what the blocks found, in the order of the pictures.
    """
    by_picture = {record["image_id"]: Picture.from_record(record) for record in pictures}
    items: list[Record] = []
    rows = pq.read_table(found).to_pylist()
    for image_id, group in groupby(rows, key=itemgetter("image_id")):
        items += _of_picture(by_picture[image_id], list(group), params)
    if params.merge_overlaps:
        mark_duplicates(items, list(by_picture.values()), params.overlap_tolerance_m)
    return items


def _of_picture(picture: Picture, rows: Sequence[Record], params: LitterParams) -> Iterator[Record]:
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
    kept = suppress(edges, np.array([row["score"] for row in rows], np.float64), labels)
    ordered = sorted((rows[index] for index in kept), key=itemgetter("row_px", "col_px", "predicted_class"))
    for number, row in enumerate(ordered, start=1):
        item: Record = {column.name: row.get(column.name) for column in ITEM_COLUMNS}
        item |= {
            "object_id": f"{picture.image_id}_{number}",
            "item_class": row["predicted_class"],
            "status": "predicted",
            "source": "model",
        }
        item |= placed(picture, item) | named(item["item_class"])
        yield item | {"is_counted": is_long_enough(item, params)}


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


def named(item_class: str) -> Record:
    """Return what is certain of a class of items: its material and its codes."""
    codes = codes_of(item_class)
    return {
        "material": codes.material or None,
        "plq_class": codes.plq_class or None,
        "j_code": codes.j_code or None,
        "ospar_code": codes.ospar_code or None,
    }


def is_long_enough(item: Mapping[str, Any], params: LitterParams) -> bool:
    """Return whether an item is as long as those that are counted; one whose length is unknown is."""
    return (
        item["length_m"] is None
        or item["length_m"] * 100 >= params.min_length_cm
        or math.isclose(item["length_m"] * 100, params.min_length_cm)
    )
