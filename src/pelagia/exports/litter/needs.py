"""What the exports of litter cannot work without; kept apart, so that asking for it loads no library of maps."""

from __future__ import annotations

from collections.abc import Mapping

Needs = Mapping[str, tuple[str, ...]]

PICTURES = ("image_id", "file", "area_id", "height_px", "width_px", "crs", "transform")
BOX = ("row_px", "col_px", "height_px", "width_px")
MAP_LAYERS: Needs = {
    "pictures": PICTURES,
    "items": ("object_id", "image_id", "area_id", *BOX, "item_class"),
    "tiles": ("object_id", "image_id", "area_id", *BOX, "tile_class"),
    "cells": ("area_id", "crs", "west_m", "north_m", "cell_m", "items", "items_per_m2", "covered_m2"),
    "survey": ("transect_id", "area_id", "image_id", "shape", "latitudes", "longitudes", "length_m"),
}
DENSITY_MAP: Needs = {
    "pictures": PICTURES,
    "cells": ("area_id", "cell_row", "cell_col", "crs", "west_m", "north_m", "cell_m", "covered_m2", "items"),
    "tiles": ("image_id", "tile_row", "tile_col", *BOX, "tile_class"),
}
BOXES: Needs = {"pictures": PICTURES, "items": ("object_id", "image_id", *BOX, "item_class")}
OVERVIEW: Needs = {
    "pictures": (*PICTURES, "view"),
    "items": BOXES["items"],
    "tiles": DENSITY_MAP["tiles"],
}
EMODNET: Needs = {
    "pictures": PICTURES,
    "density": ("area_id", "transect_id", "item_class", "j_code", "items", "length_m"),
    "survey": ("transect_id", "area_id", "shape", "latitudes", "longitudes", "length_m"),
}
