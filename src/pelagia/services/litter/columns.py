"""The columns of the litter tables: pictures, tiles, items, density, cells, quantities, survey."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.ground import TILE_CLASSES
from pelagia.core.table import Column

STRING, FLOAT, INT, SMALL, BOOL = pa.string(), pa.float64(), pa.int64(), pa.int32(), pa.bool_()

ALL = "all"
"""Stands for every area, every class together."""


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


def probability_column(tile_class: str) -> str:
    """Return the column of ``tiles`` with the probability of a class."""
    return f"p_{tile_class.replace(' ', '_')}"


PICTURE_COLUMNS: tuple[Column, ...] = (
    _column("image_id", STRING, "Name of the picture, unique in the result"),
    _column("file", STRING, "The file it came from"),
    _column("area_id", STRING, "The area its litter is summed over"),
    _column("kind", STRING, "photo, orthophoto or tile"),
    _column("height_px", SMALL, "Height", "px"),
    _column("width_px", SMALL, "Width", "px"),
    _column("gsd_cm", FLOAT, "Ground sampling distance: side of a pixel on the ground; empty where unknown", "cm"),
    _column("gsd_source", STRING, "Who told it: file, flight or user"),
    _column("crs", STRING, "Coordinate system of the transform, in metres; empty where it lies nowhere"),
    _column("transform", pa.list_(FLOAT), "a, b, c, d, e, f: easting a·col + b·row + c, northing d·col + e·row + f"),
    _column("position_error_m", FLOAT, "Standard deviation of its position", "m"),
    _column("altitude_m", FLOAT, "Height above the ground it was taken from", "m"),
    _column("latitude", FLOAT, "Latitude of its centre (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude of its centre (WGS 84)", "°"),
    _column("taken_at", STRING, "When it was taken, ISO 8601"),
    _column("valid_px", INT, "Pixels that show something", "px"),
    _column("covered_m2", FLOAT, "Ground that they show; empty where the ground sampling distance is unknown", "m²"),
    _column("counted_m2", FLOAT, "The part of it that no earlier picture of the area shows", "m²"),
    _column("tile_m", FLOAT, "Side of a tile on the ground", "m"),
    _column("tiles", INT, "Tiles that show something"),
    _column("searched_tiles", INT, "Tiles the items were looked for in"),
    _column("items", INT, "Items found on it, those of overlapping pictures among them"),
    _column("counted_items", INT, "Items that count"),
    _column("people", INT, "People found and blurred; empty where nobody was looked for"),
    _column("view", STRING, "The picture as it may be shown: smaller, people blurred; empty where there is none"),
    _column("view_scale", FLOAT, "Side of its pixels in pixels of the picture", "px"),
)

TILE_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the tile, unique in the result"),
    _column("image_id", STRING, "The picture it is on"),
    _column("file", STRING, "The file of the picture"),
    _column("area_id", STRING, "The area of the picture"),
    _column("tile_row", SMALL, "Its row in the grid of tiles, from 0"),
    _column("tile_col", SMALL, "Its column in the grid of tiles, from 0"),
    _column("row_px", FLOAT, "Top edge in the picture", "px"),
    _column("col_px", FLOAT, "Left edge in the picture", "px"),
    _column("height_px", FLOAT, "Height, cut off at the edge of the picture", "px"),
    _column("width_px", FLOAT, "Width, cut off at the edge of the picture", "px"),
    _column("valid_share", FLOAT, "Share of it that shows something", "share"),
    _column("area_m2", FLOAT, "Ground that it shows; empty where the ground sampling distance is unknown", "m²"),
    _column("latitude", FLOAT, "Latitude of its centre (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude of its centre (WGS 84)", "°"),
    _column("tile_class", STRING, "The most probable class"),
    _column("score", FLOAT, "Its probability"),
    _column("litter_probability", FLOAT, "Probability of litter, high or low"),
    *(_column(probability_column(name), FLOAT, f"Probability of {name}") for name in TILE_CLASSES),
    _column("searched", BOOL, "Whether items were looked for here"),
)

ITEM_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the item, unique in the result"),
    _column("image_id", STRING, "The picture it is on"),
    _column("file", STRING, "The file of the picture"),
    _column("area_id", STRING, "The area of the picture"),
    _column("source_uri", STRING, "The archive of the result that holds its vignette"),
    _column("source_file", STRING, "The vignette in it"),
    _column("row_px", FLOAT, "Top edge of its box in the picture", "px"),
    _column("col_px", FLOAT, "Left edge of its box in the picture", "px"),
    _column("height_px", FLOAT, "Height of its box", "px"),
    _column("width_px", FLOAT, "Width of its box", "px"),
    _column("length_m", FLOAT, "Longer side of its box on the ground", "m"),
    _column("area_m2", FLOAT, "Ground that its box covers: an upper bound of the item's own area", "m²"),
    _column("easting_m", FLOAT, "Easting of its middle in the coordinate system of the picture", "m"),
    _column("northing_m", FLOAT, "Northing of its middle", "m"),
    _column("crs", STRING, "That coordinate system"),
    _column("latitude", FLOAT, "Latitude of its middle (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude of its middle (WGS 84)", "°"),
    _column("score", FLOAT, "How sure the model is, 0 to 1; empty where a person drew it"),
    _column("predicted_class", STRING, "What the model calls it; empty where a person drew it"),
    _column("item_class", STRING, "What it is called: by a person where one decided, else by the model"),
    _column("material", STRING, "plastic, metal, glass, paper, rubber, wood, textile or other; empty where unknown"),
    _column("plq_class", STRING, "The class of APLASTIC-Q that is certain of it; empty where none is"),
    _column("j_code", STRING, "Code of the Joint List that is certain of it; empty where none is"),
    _column("ospar_code", STRING, "OSPAR code that is certain of it; empty where none is"),
    _column("status", STRING, "predicted or validated"),
    _column("source", STRING, "Who found it: model, person or import"),
    _column("duplicate_of", STRING, "The item of an overlapping picture that this one is again"),
    _column("is_deleted", BOOL, "Whether a person decided that it is none"),
    _column("is_counted", BOOL, "Whether it counts: no duplicate, not deleted, inside the surveyed ground"),
    _column("validated_by", STRING, "The person who decided"),
    _column("validated_at", STRING, "When the person decided"),
)

_ESTIMATES = (
    ("items_per_100m", "Items per 100 m of beach", "1/100 m"),
    ("items_per_km2", "Items per square kilometre", "1/km²"),
)
DENSITY_COLUMNS: tuple[Column, ...] = (
    _column("area_id", STRING, f"The area; '{ALL}' for all of them together"),
    _column("transect_id", STRING, "The line or polygon of the survey; empty for the whole area"),
    _column("item_class", STRING, f"What was counted; '{ALL}' for every class together"),
    _column("j_code", STRING, "Code of the Joint List, where one is certain"),
    _column("items", INT, "Items counted"),
    _column("items_low", FLOAT, "Lower 95 % bound (bootstrap over parts of the ground; Poisson where too few)"),
    _column("items_high", FLOAT, "Upper 95 % bound"),
    _column("validated_items", INT, "Those of them that a person validated"),
    _column("covered_m2", FLOAT, "Ground looked at, each part once", "m²"),
    _column("length_m", FLOAT, "Length of beach looked at", "m"),
    *(
        _column(f"{name}{bound}", FLOAT, f"{words}{told}", unit)
        for name, words, unit in _ESTIMATES
        for bound, told in (("", ""), ("_low", ", lower 95 % bound"), ("_high", ", upper 95 % bound"))
    ),
    _column("items_per_m2", FLOAT, "Items per square metre", "1/m²"),
    _column("litter_m2", FLOAT, "Ground that the boxes of the items cover", "m²"),
    _column("litter_m2_per_m2", FLOAT, "Share of the ground that they cover", "m²/m²"),
    _column("interval_method", STRING, "bootstrap or poisson"),
)

CELL_COLUMNS: tuple[Column, ...] = (
    _column("area_id", STRING, "The area"),
    _column("image_id", STRING, "The picture, where it lies nowhere and cells are told in its pixels; else empty"),
    _column("cell_row", SMALL, "Row of the grid, from the north (from the top of the picture)"),
    _column("cell_col", SMALL, "Column of the grid, from the west (from the left)"),
    _column("crs", STRING, "Coordinate system of the grid"),
    _column("west_m", FLOAT, "Western edge in it", "m"),
    _column("north_m", FLOAT, "Northern edge in it", "m"),
    _column("cell_m", FLOAT, "Side of the cell", "m"),
    _column("latitude", FLOAT, "Latitude of its middle (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude of its middle (WGS 84)", "°"),
    _column("covered_m2", FLOAT, "Ground looked at in it", "m²"),
    _column("items", INT, "Items counted in it"),
    _column("items_per_m2", FLOAT, "Items per square metre looked at", "1/m²"),
    _column("litter_m2", FLOAT, "Ground that the boxes of its items cover", "m²"),
)

QUANTITY_COLUMNS: tuple[Column, ...] = (
    _column("image_id", STRING, f"The picture; '{ALL}' for all of them"),
    _column("area_id", STRING, "The area of the picture"),
    _column("tile_class", STRING, f"Class of tiles, or class of APLASTIC-Q; '{ALL}' for all litter"),
    _column("kind", STRING, "tiles (PLD: from classes of tiles) or items (PLQ: from items and their factors)"),
    _column("tiles", FLOAT, "Tiles of the class"),
    _column("area_m2", FLOAT, "Litter-covered area by the formula of APLASTIC-Q", "m²"),
    _column("volume_m3", FLOAT, "Volume by the formula of APLASTIC-Q", "m³"),
    _column("items", FLOAT, "Items by the factors of APLASTIC-Q"),
    _column("counted_items", INT, "Items counted directly, beside it"),
)

SURVEY_COLUMNS: tuple[Column, ...] = (
    _column("transect_id", STRING, "Name of the line or polygon"),
    _column("area_id", STRING, "The area it belongs to"),
    _column("image_id", STRING, "The picture it was drawn on, where that lies nowhere; else empty"),
    _column("shape", STRING, "line or polygon"),
    _column("latitudes", pa.list_(FLOAT), "Latitudes of its points (rows where image_id is set)", "°"),
    _column("longitudes", pa.list_(FLOAT), "Longitudes of its points (columns where image_id is set)", "°"),
    _column("length_m", FLOAT, "Its length; of a polygon, the length of beach in it where told", "m"),
    _column("width_m", FLOAT, "Width of the strip counted on both sides of a line together", "m"),
    _column("source", STRING, "file or person"),
)
