"""The ground that was looked at, from the tiles: each part once, with its classes, as far as it was surveyed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from pelagia.core.ground import TILE_CLASSES
from pelagia.core.table import Table
from pelagia.io.rasters.ground import Floats
from pelagia.services.litter.frames import Layout, Sheet
from pelagia.services.litter.parts import Parts
from pelagia.services.litter.transects import OUTSIDE, Surveyed

ROWS_AT_ONCE = 1 << 18
SHOWS_FROM = 0.5
"""A tile shows its ground where at least this share of it shows something."""
_COLUMNS = (
    "image_id",
    "tile_row",
    "tile_col",
    "row_px",
    "col_px",
    "height_px",
    "width_px",
    "valid_share",
    "area_m2",
    "tile_class",
    "searched",
)
Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Ground:
    """What was looked at; pictures are numbered as in their table.

    Parameters
    ----------
    tiles, searched
        (pictures,) tiles, and those of them that items were looked for in.
    covered_m2
        (pictures,) ground of the tiles.
    counted_m2
        (pictures,) the part of it that no earlier picture of the area shows.
    classes_m2
        (pictures, 8) the surveyed part of it, by class of tile.
    transects_m2
        (pictures, transects + 1) the same by transect, what belongs to none last.
    """

    tiles: NDArray[np.int64]
    searched: NDArray[np.int64]
    covered_m2: Floats
    counted_m2: Floats
    classes_m2: Floats
    transects_m2: Floats


def look_over(
    tiles: Table, layout: Layout, surveyed: Sequence[Surveyed], parts: Parts, *, transects: int, is_merged: bool
) -> Ground:
    """Add up the ground of all tiles, in one pass; it falls into ``parts`` as well.

    Parameters
    ----------
    tiles
        The table, picture by picture in the order of the table ``pictures``.
    layout, surveyed
        Where pictures and survey lie.
    parts
        Takes the surveyed ground.
    transects
        How many rows the survey has.
    is_merged
        Whether ground that several pictures show counts once.
    """
    count = len(layout.sheets)
    ground = Ground(
        tiles=np.zeros(count, np.int64),
        searched=np.zeros(count, np.int64),
        covered_m2=np.zeros(count),
        counted_m2=np.zeros(count),
        classes_m2=np.zeros((count, len(TILE_CLASSES))),
        transects_m2=np.zeros((count, transects + 1)),
    )
    earlier = _Earlier(layout) if is_merged else None
    for piece in _pieces(tiles):
        sheet = layout.sheets[piece.image_id]
        x, y = sheet.to_frame(piece.rows_px, piece.cols_px)
        is_new = np.ones(len(x), np.bool_) if earlier is None else ~earlier.show(sheet, x, y)
        if earlier is not None:
            earlier.add(sheet, piece)
        areas = np.nan_to_num(piece.areas_m2)
        ground.tiles[sheet.number] += len(x)
        ground.searched[sheet.number] += np.count_nonzero(piece.searched)
        ground.covered_m2[sheet.number] += areas.sum()
        ground.counted_m2[sheet.number] += areas[is_new].sum()
        transect = surveyed[sheet.frame].assign(x, y)
        inside = is_new & (transect != OUTSIDE)
        np.add.at(ground.classes_m2[sheet.number], piece.classes[inside], areas[inside])
        np.add.at(ground.transects_m2[sheet.number], transect[inside], areas[inside])
        numbers = parts.find(sheet.frame, transect[inside], x[inside], y[inside])
        parts.add_ground(numbers, areas[inside])
    return ground


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Some tiles of one picture; the places are their middles."""

    image_id: str
    tile_rows: NDArray[np.int64]
    tile_cols: NDArray[np.int64]
    rows_px: Floats
    cols_px: Floats
    shows: Mask
    searched: Mask
    areas_m2: Floats
    classes: NDArray[np.int64]

    def part(self, first: int, last: int, image_id: str) -> _Piece:
        """Return some of the tiles, those of one picture."""
        return _Piece(
            image_id=image_id,
            tile_rows=self.tile_rows[first:last],
            tile_cols=self.tile_cols[first:last],
            rows_px=self.rows_px[first:last],
            cols_px=self.cols_px[first:last],
            shows=self.shows[first:last],
            searched=self.searched[first:last],
            areas_m2=self.areas_m2[first:last],
            classes=self.classes[first:last],
        )


def _pieces(tiles: Table) -> Iterator[_Piece]:
    for batch in tiles.batches(_COLUMNS, ROWS_AT_ONCE):
        names = batch["image_id"].dictionary_encode()
        codes = np.asarray(names.indices)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])
        whole = _piece(batch)
        for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            if last > first:
                yield whole.part(first, last, names.dictionary[int(codes[first])].as_py())


def _piece(batch: pa.RecordBatch) -> _Piece:
    floats = {
        name: np.asarray(batch[name].to_numpy(zero_copy_only=False), np.float64)
        for name in ("row_px", "col_px", "height_px", "width_px", "valid_share", "area_m2")
    }
    classes = pc.index_in(batch["tile_class"], value_set=pa.array(TILE_CLASSES))
    return _Piece(
        image_id="",
        tile_rows=np.asarray(batch["tile_row"], np.int64),
        tile_cols=np.asarray(batch["tile_col"], np.int64),
        rows_px=floats["row_px"] + floats["height_px"] / 2,
        cols_px=floats["col_px"] + floats["width_px"] / 2,
        shows=floats["valid_share"] >= SHOWS_FROM,
        searched=np.asarray(pc.fill_null(batch["searched"], False).to_numpy(zero_copy_only=False), np.bool_),
        areas_m2=floats["area_m2"],
        classes=np.asarray(classes, np.int64),
    )


@dataclass(slots=True)
class _Earlier:
    """Which ground the pictures before a picture show, tile by tile.

    Only pictures on which others lie are remembered, a byte a tile.
    """

    layout: Layout
    _below: dict[int, list[Sheet]] = field(default_factory=dict)
    _shown: dict[int, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_frame: dict[int, list[Sheet]] = {}
        for sheet in self.layout.sheets.values():
            if sheet.tile_px is not None:
                by_frame.setdefault(sheet.frame, []).append(sheet)
        for sheets in by_frame.values():
            shapes = [sheet.footprint() for sheet in sheets]
            pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
            for later, sooner in pairs.T.tolist():
                if sooner < later:
                    self._below.setdefault(sheets[later].number, []).append(sheets[sooner])
                    self._shown.setdefault(sheets[sooner].number, _nothing(sheets[sooner]))

    def show(self, sheet: Sheet, x: Floats, y: Floats) -> Mask:
        """Return which points an earlier picture shows."""
        found = np.zeros(len(x), np.bool_)
        for sooner in self._below.get(sheet.number, ()):
            shown = self._shown[sooner.number]
            rows, cols = sooner.to_pixels(x, y)
            side = sooner.tile_px or np.inf
            with np.errstate(invalid="ignore"):
                row, col = np.floor(rows / side), np.floor(cols / side)
                height, width = sooner.shape_px
                inside = (rows >= 0) & (cols >= 0) & (rows < height) & (cols < width)
            found[inside] |= shown[row[inside].astype(np.int64), col[inside].astype(np.int64)]
        return found

    def add(self, sheet: Sheet, piece: _Piece) -> None:
        """Remember what a picture shows."""
        shown = self._shown.get(sheet.number)
        if shown is not None:
            shown[piece.tile_rows, piece.tile_cols] = piece.shows


def _nothing(sheet: Sheet) -> Mask:
    side = sheet.tile_px or np.inf
    height, width = sheet.shape_px
    return np.zeros((int(np.ceil(height / side)) + 1, int(np.ceil(width / side)) + 1), np.bool_)
