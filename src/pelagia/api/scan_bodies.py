"""The bodies of what is asked and answered about scans and the lines that cut touching organisms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pelagia.api.decision_bodies import NO_ZERO, Status

MOST_LINES = 60
MOST_POINTS = 400
FARTHEST_PX = 200_000.0
"""As the editor of the service has them: what is previewed can be saved."""

Coordinate = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX, allow_inf_nan=False)]
Point = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
DrawnLine = Annotated[list[Point], Field(min_length=2, max_length=MOST_POINTS)]


class Box(BaseModel):
    """A box in a scan, px; (0, 0) is the middle of its first pixel."""

    row: int
    col: int
    height: int
    width: int


class Size(BaseModel):
    """One size a picture is kept in, px."""

    height: int
    width: int


class Frame(BaseModel):
    """The borders of the scanner's frame, px; what was not found, or not looked for, is not told."""

    left: int | None
    right: int | None
    top: int | None
    bottom: int | None


class ScanDetail(BaseModel):
    """A scan and its picture."""

    scan_id: str
    sample_id: str | None
    height_px: int
    width_px: int
    tile_px: int = Field(description="Side of a tile; those at the right and lower edge are smaller.")
    levels: list[Size] = Field(description="The sizes there are; level 0 is the full size, each further one half.")
    dpi: float | None
    pixel_size_mm: float | None
    frame: Frame
    verdict: str | None
    findings: int | None
    objects: int | None
    multiples: int | None
    cut_objects: int | None


class ScanObject(Box):
    """An object of a scan, as the latest result has it, with the name that holds now."""

    name: str
    number: int
    piece: int | None = Field(description="Number of the piece, where the object was cut.")
    cut_from: str | None
    cut_by: str | None
    taxon: str | None
    status: Status
    decided_by: str | None = Field(description="Who gave the name, where a person did.")
    score: float | None = Field(description="Probability that it is several organisms; of a piece, that of the whole.")
    multiple: bool = Field(description="Whether it is whole and was taken for several organisms.")
    area_mm2: float | None
    esd_mm: float | None
    major_mm: float | None
    minor_mm: float | None
    gallery_row: int | None = Field(description="Its row in the list of objects, for its image.")


class ScanObjects(BaseModel):
    """Objects of a scan; `next` is the `after` of the next page."""

    items: list[ScanObject]
    total: int
    next: int | None


class Outline(BaseModel):
    """An object and its outline: (row, column) each, px."""

    name: str
    outline: list[list[int]]


class Outlines(BaseModel):
    """The outlines in a window; where it has too many objects, the first of them."""

    items: list[Outline]
    complete: bool


class CutObject(Box):
    """An object that is, or may be, several organisms; its box is that of the whole."""

    name: str
    scan_id: str
    number: int
    score: float | None = Field(description="Probability that it is several organisms.")
    multiple: bool = Field(description="Whether the model took it for several.")
    proposed: list[list[list[float]]] = Field(description="The lines the machine drew: (row, column) each, px.")
    applied: bool = Field(description="Whether those cut it.")
    drawn: list[list[list[float]]] | None = Field(
        description="The lines a person wants instead: none at all keeps it whole; null where nobody has looked."
    )
    by: str
    at: str


class CutObjects(BaseModel):
    """Objects to be looked at, in order; `next` is the `after` of the next page."""

    items: list[CutObject]
    total: int
    looked_at: int
    next: int | None


class NewLines(BaseModel):
    """Lines to be tried on an object."""

    model_config = ConfigDict(extra="forbid")

    object: str = Field(max_length=400, pattern=NO_ZERO, description="The whole object.")
    lines: list[DrawnLine] = Field(max_length=MOST_LINES, description="(row, column) each, in pixels of the scan.")


class Piece(Box):
    """What would be an object of its own."""

    area_px: int = Field(description="Its area, holes included.")
    outline: list[list[int]]


class Preview(BaseModel):
    """What lines would make of an object; nothing is saved."""

    whole: Piece
    pieces: list[Piece]
    divided: bool
    dropped: list[int] = Field(description="Areas of the pieces too small to be an object, px.")
    pixel_size_mm: float | None


CutOrder = Literal["score", "scan"]
