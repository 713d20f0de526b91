"""The bodies of what is answered about a result on a map: pictures, items, classes of ground, density, survey."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class PictureLattice(BaseModel):
    """Where points of a picture lie: at the nodes of a lattice, ° (WGS 84); between them the way is straight."""

    rows: list[float] = Field(description="Of the nodes, px from the upper edge.")
    cols: list[float] = Field(description="Of the nodes, px from the left edge.")
    latitudes: list[list[float]]
    longitudes: list[list[float]]


class PictureOnMap(BaseModel):
    """A picture of a result."""

    image_id: str
    file: str | None
    area_id: str | None
    kind: str | None
    height_px: int
    width_px: int
    gsd_cm: float | None = Field(description="Side of a pixel on the ground, cm; null where nobody told it.")
    gsd_source: str | None
    position_error_m: float | None
    taken_at: str | None
    has_view: bool = Field(description="Whether there is a view of it: its tiles.")
    view_scale: float = Field(description="Side of the pixels of the view in pixels of the picture.")
    lattice: PictureLattice | None = Field(description="Null where the picture lies nowhere on the ground.")
    items: int | None
    counted_items: int | None
    covered_m2: float | None
    people: int | None = Field(description="People found and blurred; null where nobody was looked for.")


class PicturesOnMap(BaseModel):
    """Pictures of a result; `next` is the `after` of the next page."""

    items: list[PictureOnMap]
    total: int
    next: int | None


class MapItem(BaseModel):
    """A piece of litter; its box in pixels of the picture, whose upper left corner is (0, 0)."""

    name: str
    image_id: str
    row: float
    col: float
    height: float
    width: float
    latitude: float | None
    longitude: float | None
    item_class: str
    score: float | None = Field(description="How sure the model is; null where a person drew it.")
    status: Literal["predicted", "validated"]
    counted: bool
    duplicate_of: str | None = Field(description="The item of an overlapping picture that this one is again.")
    state: Literal["", "deleted", "changed", "added"] = Field(description="What a person made of it.")
    pending: bool = Field(description="Whether the figures of the result do not have that yet.")


class MapItems(BaseModel):
    """Items of a result, the surest first; `next` is the `after` of the next page."""

    items: list[MapItem]
    total: int
    next: int | None


class MapItemDetail(MapItem):
    """All that is known of an item."""

    file: str | None
    area_id: str | None
    predicted_class: str | None
    material: str | None
    plq_class: str | None
    j_code: str | None
    ospar_code: str | None
    length_m: float | None
    area_m2: float | None
    easting_m: float | None
    northing_m: float | None
    crs: str | None
    source: str | None = Field(description="Who found it: model, person or import.")
    validated_by: str | None
    validated_at: str | None


class ClassTotal(BaseModel):
    """Items of a class."""

    item_class: str
    items: int
    predicted: int
    validated: int


class Density(BaseModel):
    """How many items there are on a beach: a row of the table `density` of the latest result."""

    area_id: str
    transect_id: str
    item_class: str
    items: int | None
    items_low: float | None
    items_high: float | None
    covered_m2: float | None
    length_m: float | None
    items_per_100m: float | None
    items_per_100m_low: float | None
    items_per_100m_high: float | None
    items_per_km2: float | None
    items_per_km2_low: float | None
    items_per_km2_high: float | None


class ItemTotals(BaseModel):
    """Items of a choice by class, what the figures of the latest result say, and what these do not have yet."""

    items: int
    predicted: int
    validated: int
    classes: list[ClassTotal]
    density: list[Density]
    pending: int = Field(description="Changes that are not in the figures yet.")


class TileClasses(BaseModel):
    """The classes of the tiles of a picture, or of a part of it."""

    names: list[str] = Field(description="What the digits of `classes` stand for.")
    tile_px: float = Field(description="Side of a tile in pixels of the picture.")
    first_row: int
    first_col: int
    classes: list[str] = Field(description="A text for each row: a digit for each tile, a dot where there is none.")
    searched: list[str] = Field(description="Likewise: 1 where items were looked for.")


class Cell(BaseModel):
    """A cell of the density map."""

    area_id: str
    image_id: str
    cell_row: int
    cell_col: int
    west_m: float | None
    north_m: float | None
    cell_m: float | None
    outline: list[list[float]] = Field(
        description="Its corners: (latitude, longitude), or with an image_id (row, column) px."
    )
    covered_m2: float | None
    items: int | None
    items_per_m2: float | None


class Cells(BaseModel):
    """Cells of the density map; `complete` says whether these are all."""

    items: list[Cell]
    total: int
    complete: bool


class SurveyLine(BaseModel):
    """A line or polygon of the survey."""

    name: str
    area_id: str | None
    image_id: str = Field(description="The picture it was drawn on, where that lies nowhere; else empty.")
    shape: Literal["line", "polygon"]
    points: list[list[float]] = Field(description="(latitude, longitude) each; (row, column) where it has an image_id.")
    length_m: float | None = Field(description="Null until the figures have it.")
    width_m: float | None
    source: str | None
    pending: bool = Field(description="Whether the figures do not have it yet.")


class Survey(BaseModel):
    """The lines and polygons of a survey, and the lengths of beach that people told, by area."""

    items: list[SurveyLine]
    lengths_m: dict[str, float]
