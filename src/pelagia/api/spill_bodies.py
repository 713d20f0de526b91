"""The bodies of what is answered about an oil spill: maps by time, slicks, coast, ways of elements; oils."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Place = tuple[float, float]


class SpillGrid(BaseModel):
    """The grid of the maps: row 0 in the south, column 0 in the west."""

    south_lat: float
    west_lon: float = Field(description="°; cells east of the date line are beyond 180.")
    lat_step: float
    lon_step: float
    rows: int
    cols: int
    cell_m: float
    bounds: list[float] | None = Field(description="South, west, north, east of the cells with oil at any time, °.")


class SpillLayer(BaseModel):
    """A layer that the map has, with its scale, the same at all times."""

    name: Literal["surface", "dispersed", "beached", "probability", "mean", "arrival"]
    unit: str
    scale: Literal["log", "linear"]
    low: float
    high: float
    most: float = Field(description="The largest value at any time.")
    times: list[str] = Field(description="When there is a map of it, UTC; `time` is a place in this list, from 0 on.")
    whole: bool = Field(description="Whether there is one of the whole run: asked for without `time`.")


class SpillMoment(BaseModel):
    """Where the oil is at one time."""

    time_utc: str
    hours: float = Field(description="Since the start; negative backward.")
    fractions: dict[str, float] = Field(description="Shares of the spilled oil by fate; they sum to one.")
    centre_lat: float | None = Field(description="Of the oil at the surface.")
    centre_lon: float | None
    water_fraction: float | None = Field(description="Water in the emulsion at the surface.")
    viscosity_mm2_s: float | None = Field(description="Of that emulsion.")


class Spill(BaseModel):
    """What there is of a spill, to be shown on a map."""

    grid: SpillGrid | None = Field(description="Null where nothing was forecast.")
    layers: list[SpillLayer]
    slicks: int
    stretches: int = Field(description="Stretches of coast that oil reaches.")
    has_tracks: bool
    spilled_t: float | None
    balance: list[SpillMoment] = Field(description="Of many times every so many-th, and the last.")
    members: int = Field(description="Forecasts of the ensemble; 0 without one.")


class SpillCells(BaseModel):
    """A layer at one time."""

    name: str
    time_utc: str = Field(description="Empty for the whole run.")
    unit: str
    scale: Literal["log", "linear"]
    low: float
    high: float
    most: float = Field(description="The largest value at this time.")
    block: int = Field(description="So many rows and columns of the grid are one cell here: more than 1 where many.")
    cells: int
    rows: list[tuple[int, list[int | str]]] = Field(
        description="Row, and what stands in it: a column and the levels of the cells from there on, by turns. A level "
        "is two hexadecimal digits, 00 the low and ff the high end of the scale."
    )


class SpillShape(BaseModel):
    """Where something lies: places are (latitude, longitude), °."""

    areas: list[list[list[Place]]] = Field(description="Polygons: the outer ring and its holes each.")
    lines: list[list[Place]]
    points: list[Place]


class SpillSlick(SpillShape):
    """A slick: given for the start, seen later, or detected in a scene."""

    slick_id: str
    role: str
    file: str
    observed_utc: str | None
    area_km2: float | None
    length_km: float | None
    width_km: float | None
    probability: float | None
    look_alike: str | None
    age_hint: str | None
    mass_t: float | None
    mass_source: str | None
    oil: str | None


class SpillSlicks(BaseModel):
    """Slicks; `next` is the `after` of the next page."""

    items: list[SpillSlick]
    total: int
    next: int | None


class SpillStretch(SpillShape):
    """A stretch of coast that oil reaches."""

    stretch_id: str
    coast_type: int | None = Field(description="1 sand to 9 marsh.")
    length_km: float | None
    lat: float | None
    lon: float | None
    beached_t: float | None
    seeped_t: float | None
    load_kg_m: float | None
    first_arrival_utc: str | None
    first_arrival_h: float | None
    impact_probability: float | None = Field(description="Null without an ensemble.")
    impact_low: float | None
    impact_high: float | None
    arrival_low_h: float | None
    arrival_high_h: float | None
    load_high_kg_m: float | None


class SpillCoast(BaseModel):
    """Stretches of coast; `next` is the `after` of the next page."""

    items: list[SpillStretch]
    total: int
    next: int | None


class SpillTrack(BaseModel):
    """The way of an element; lists of equal length."""

    element: int
    source: int
    times: list[str]
    places: list[Place]
    statuses: list[str]


class SpillTracks(BaseModel):
    """The ways of some elements."""

    items: list[SpillTrack]


class SpillShore(BaseModel):
    """Lines of the shore around the maps; `next` is the `after` of the next page."""

    lines: list[list[Place]]
    bounds: list[float] | None = Field(description="South, west, north, east of where the shore is known, °.")
    next: int | None


class OilFound(BaseModel):
    """An oil of the table."""

    name: str
    choice: str = Field(description="What to give as `oil`: its name, or its record where others have that name too.")
    api: float = Field(description="API gravity, °API.")
    density_kg_m3: float = Field(description="At 15 °C.")
    location: str
    product_type: str
    is_complete: bool = Field(description="Whether its record is complete enough for models.")
    estimated: int = Field(description="How many of its values are from relations, since no record told them.")
    reference: str = Field(description="Who measured it.")


class OilsFound(BaseModel):
    """Oils whose name or record has the words asked for, the nearest first."""

    items: list[OilFound]
