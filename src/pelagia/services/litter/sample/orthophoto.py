"""An orthophoto of any size, drawn block by block from nothing, with the place of every piece of litter on the map."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from pelagia.core.errors import BadParameter
from pelagia.services.litter.sample.beach import Beach, draw_beach
from pelagia.services.litter.sample.noise import Bytes, Floats, View, smooth
from pelagia.services.litter.sample.placing import Placed, class_of, place_litter, place_lookalikes
from pelagia.services.litter.sample.sprites import lay
from pelagia.services.litter.sample.truth import Tally, check_size

BLOCK_PX, TILE_PX = 1024, 512
"""What is drawn at once, and the tiles of the file."""
COVERING = 0.25
"""What hides at least this much of the ground is seen as litter."""
MARK_RGB = (255, 0, 255)
MARK_PX = 11.0
JPEG_QUALITY = 88
GDAL_CACHE_BYTES = 48 << 20
VIEW_SUN, VIEW_SHADOW, VIEW_STRENGTH = (0.62, 0.78), 0.8, 0.55
# Where the beach of the sample lies: the sea in the west, the land in the east. Carita, Banten, Indonesia.
EPSG, WEST, NORTH = 32748, 592_084.0, 9_304_222.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the file is written, for tests of what reads it.

    Parameters
    ----------
    bands
        3, or 4: the last one tells where there is ground.
    bits
        8, or 16: 257 times the value of eight bits.
    border
        Share of each side that has no ground, with an uneven edge; 0 where the band or the value says so.
    turn_deg
        By how much the picture is turned against the grid of the map, clockwise.
    marks
        How many sharp magenta squares lie over the beach, at places between pixels.
    """

    bands: int = 3
    bits: int = 8
    border: float = 0.0
    turn_deg: float = 0.0
    marks: int = 0


@dataclass(frozen=True, slots=True)
class TrueItem:
    """A piece of litter, or a mark: its box in the picture, px, and its middle in the picture and on the map.

    ``row_middle`` and ``col_middle`` count from the corner of the first pixel: 0.5 is its middle.
    """

    label: str
    kind: str
    row: float
    col: float
    height: float
    width: float
    row_middle: float
    col_middle: float
    x: float
    y: float
    visible: float


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of a drawn orthophoto.

    Parameters
    ----------
    path
        Of the file.
    gsd_cm
        Ground sampling distance, cm per pixel.
    epsg, transform
        As :class:`~pelagia.io.rasters.picture.Picture` has it, in the system of the file, which may be in degrees.
    classes
        (rows, cols) int8: class of each tile of 25.6 cm, index into :data:`~.truth.CLASSES`.
    items
        The pieces of litter that are seen.
    marks
        The sharp marks.
    """

    path: Path
    gsd_cm: float
    epsg: int | None
    transform: tuple[float, ...]
    classes: NDArray[np.int8]
    items: tuple[TrueItem, ...]
    marks: tuple[TrueItem, ...]


def draw_orthophoto(
    path: Path,
    *,
    height_px: int,
    width_px: int,
    gsd_cm: float = 0.2,
    epsg: int | None = EPSG,
    west: float = WEST,
    north: float = NORTH,
    seed: int = 0,
    littered: float = 0.1,
    compress: str = "JPEG",
    form: Form | None = None,
) -> Truth:
    """Draw a beach into a tiled GeoTIFF; memory does not grow with its size but for the list of what lies on it.

    Parameters
    ----------
    path
        Of the file.
    height_px, width_px
        Its size; a file above 4 GB is a BigTIFF.
    gsd_cm
        Ground sampling distance, cm per pixel.
    epsg
        Coordinate system; ``None`` leaves the file without one.
    west, north
        Of its first corner, in that system.
    seed
        Equal seeds draw equal beaches.
    littered
        Share of the tiles of 25.6 cm on which litter is strewn: a line along the shore, and heaps.
    compress
        ``JPEG``, ``DEFLATE``, or another that the format knows.
    form
        How the file is written.
    """
    form = form or Form()
    check_size(height_px, width_px, gsd_cm)
    _check(compress, form)
    rng = np.random.default_rng([seed, height_px, width_px])
    beach = draw_beach(rng, (height_px, width_px), View(gsd_cm, VIEW_SUN, VIEW_SHADOW, VIEW_STRENGTH))
    litter, others = place_litter(rng, beach, littered), place_lookalikes(rng, beach)
    transform = _transform(epsg, west, north, gsd_cm, form.turn_deg)
    marks = _place_marks(rng, beach, form.marks, transform)
    ground = _Ground(beach, litter, others, marks, _border(rng, beach, form.border))
    profile = _profile(beach, epsg, transform, compress, form)
    with rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_BYTES), _opened(path, profile) as file:
        if form.bands == 4:
            file.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        for row, col, height, width in _blocks(height_px, width_px):
            pixels = ground.block(row, col, height, width, alpha=form.bands == 4)
            if form.bits == 16:
                pixels = pixels.astype(np.uint16) * np.uint16(257)
            file.write(np.moveaxis(pixels, -1, 0), window=Window(col, row, width, height))
    return Truth(
        path=path,
        gsd_cm=gsd_cm,
        epsg=epsg,
        transform=tuple(transform)[:6],
        classes=ground.tally.classes(),
        items=tuple(ground.items(transform)),
        marks=marks,
    )


class _Ground:
    """Draws the blocks one after the other, with all that lies on them, and keeps count of what is seen."""

    def __init__(
        self, beach: Beach, litter: Placed, others: Placed, marks: tuple[TrueItem, ...], border: Floats | None
    ) -> None:
        self.beach, self.litter, self.others, self.marks, self.border = beach, litter, others, marks, border
        pixels = np.array([float((thing.sprite.alpha > COVERING).sum()) for thing in litter.things])
        self.tally = Tally(beach.shape, beach.view.gsd_cm, pixels[litter.which].tolist())
        self._litter_in, self._others_in = _by_block(litter, beach.view), _by_block(others, beach.view)

    def block(self, row: int, col: int, height: int, width: int, *, alpha: bool) -> Bytes:
        """Draw one, (height, width, 3 or 4)."""
        rgb, kinds = self.beach.block(row, col, height, width)
        owners = np.zeros((height, width), np.int32)
        key = row // BLOCK_PX, col // BLOCK_PX
        for number in self._others_in.get(key, ()):
            thing = self.others.things[self.others.which[number]]
            covered = self._lay(rgb, self.others, number, (row, col))
            if covered is not None:
                kinds = np.full((height, width), kinds, np.uint8) if isinstance(kinds, int) else kinds
                kinds[covered[0]][covered[1] > 0.5] = class_of(thing)
        for number in self._litter_in.get(key, ()):
            covered = self._lay(rgb, self.litter, number, (row, col))
            if covered is not None:
                owners[covered[0]][covered[1] > COVERING] = number + 1
        for mark in self.marks:
            _draw_mark(rgb, mark, (row, col))
        valid = None if self.border is None else self.beach.field(self.border, row, col, (height, width)) > 0
        if valid is not None:
            rgb = np.where(valid[..., None], np.maximum(rgb, 1), 0).astype(np.uint8)
            owners[~valid] = 0
        self.tally.add(kinds, owners, (row, col))
        if not alpha:
            return rgb
        shown = np.full((height, width), 255, np.uint8) if valid is None else valid.astype(np.uint8) * np.uint8(255)
        return np.dstack([rgb, shown])

    def _lay(
        self, rgb: Bytes, placed: Placed, number: int, at: tuple[int, int]
    ) -> tuple[tuple[slice, slice], Floats] | None:
        sprite = placed.things[placed.which[number]].sprite.mirrored(int(placed.mirrored[number]))
        place = int(placed.rows[number]) - at[0], int(placed.cols[number]) - at[1]
        return lay(rgb, sprite, place, self.beach.view)

    def items(self, transform: Affine) -> Iterator[TrueItem]:
        """Yield the pieces of litter that are seen."""
        for seen in self.tally.seen():
            thing = self.litter.things[self.litter.which[seen.number - 1]]
            box = float(seen.row), float(seen.col), float(seen.height), float(seen.width)
            yield _true_item(thing.label, thing.kind, box, transform, seen.visible)


def _true_item(
    label: str, kind: str, box: tuple[float, float, float, float], transform: Affine, visible: float
) -> TrueItem:
    middle = box[0] + box[2] / 2, box[1] + box[3] / 2
    x, y = transform @ (middle[1], middle[0])
    return TrueItem(label, kind, *box, *middle, float(x), float(y), visible)


def _by_block(placed: Placed, view: View) -> dict[tuple[int, int], list[int]]:
    """Return which things, or their shadows, reach into each block."""
    sizes = placed.sizes()
    tall = np.array([thing.sprite.relief_cm for thing in placed.things] or [0.0])[placed.which]
    reach = np.ceil(tall * (view.shadow * 1.5 / view.gsd_cm)).astype(np.int64) + 3
    first = np.stack([placed.rows - reach, placed.cols - reach], 1) // BLOCK_PX
    last = (np.stack([placed.rows + reach, placed.cols + reach], 1) + sizes) // BLOCK_PX
    blocks: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, ((top, left), (bottom, right)) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                blocks[row, col].append(number)
    return blocks


def _place_marks(rng: np.random.Generator, beach: Beach, count: int, transform: Affine) -> tuple[TrueItem, ...]:
    """Place sharp squares away from the edges, each somewhere between pixels."""
    room = np.array(beach.shape, float) - 2 * MARK_PX
    corners = MARK_PX / 2 + rng.random((count, 2)) * room
    return tuple(
        _true_item("mark", "mark", (row, col, MARK_PX, MARK_PX), transform, 1.0) for row, col in corners.tolist()
    )


def _draw_mark(rgb: Bytes, mark: TrueItem, at: tuple[int, int]) -> None:
    """Draw the part of a mark that lies in a block; a pixel is coloured as far as the mark covers it."""
    shares = []
    for start, size, first, side in zip((mark.row, mark.col), (mark.height, mark.width), at, rgb.shape, strict=False):
        edges = np.arange(side + 1) + first
        shares.append(np.diff(np.clip(edges, start, start + size)))
    rows, cols = (np.flatnonzero(share) for share in shares)
    if not len(rows) or not len(cols):
        return
    part = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    cover = (shares[0][rows][:, None] * shares[1][cols])[..., None]
    rgb[part] = np.round(rgb[part] * (1 - cover) + np.array(MARK_RGB) * cover).astype(np.uint8)


def _border(rng: np.random.Generator, beach: Beach, share: float) -> Floats | None:
    """Return a field that is above 0 where there is ground, on the coarse grid of the beach."""
    if not share:
        return None
    rows, cols = beach.inland.shape
    down, along = (np.minimum(np.arange(side), side - 1 - np.arange(side)) / side for side in (rows, cols))
    away = np.minimum(down[:, None], along[None]).astype(np.float32)
    uneven = 1 + smooth(rng, (rows, cols), max(2.0, rows / 12)) * np.float32(0.3)
    return np.asarray(away - np.float32(share) * uneven, np.float32)


def _transform(epsg: int | None, west: float, north: float, gsd_cm: float, turn_deg: float) -> Affine:
    """Return the affine transform from (col, row) to the map."""
    across = down = gsd_cm / 100
    crs = None if epsg is None else CRS.from_epsg(epsg)
    if crs is None:
        west, north = 0.0, 0.0
    elif crs.is_geographic:
        lat = math.radians(north)
        # Metres per degree on WGS 84, series for the ellipsoid.
        down /= 111_132.92 - 559.82 * math.cos(2 * lat) + 1.175 * math.cos(4 * lat)
        across /= 111_412.84 * math.cos(lat) - 93.5 * math.cos(3 * lat)
    else:
        factor = crs.linear_units_factor[1]
        across, down = across / factor, down / factor
    return Affine.translation(west, north) @ Affine.rotation(-turn_deg) @ Affine.scale(across, -down)


def _profile(beach: Beach, epsg: int | None, transform: Affine, compress: str, form: Form) -> dict[str, object]:
    profile: dict[str, object] = {
        "driver": "GTiff",
        "height": beach.shape[0],
        "width": beach.shape[1],
        "count": form.bands,
        "dtype": f"uint{form.bits}",
        "tiled": True,
        "blockxsize": TILE_PX,
        "blockysize": TILE_PX,
        "compress": compress,
        "bigtiff": "IF_SAFER",
    }
    if epsg is not None:
        profile |= {"crs": CRS.from_epsg(epsg), "transform": transform}
    if compress == "JPEG":
        profile |= {"jpeg_quality": JPEG_QUALITY} | ({"photometric": "YCBCR"} if form.bands == 3 else {})
    if form.border and form.bands == 3:
        profile["nodata"] = 0
    return profile


def _opened(path: Path, profile: dict[str, object]) -> rasterio.io.DatasetWriter:
    """Open the file to be written; one without a place on the map is meant to be so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, "w", **profile)


def _blocks(height: int, width: int) -> Iterator[tuple[int, int, int, int]]:
    for row in range(0, height, BLOCK_PX):
        for col in range(0, width, BLOCK_PX):
            yield row, col, min(BLOCK_PX, height - row), min(BLOCK_PX, width - col)


def _check(compress: str, form: Form) -> None:
    if form.bands not in (3, 4) or form.bits not in (8, 16) or (form.bits == 16 and compress == "JPEG"):
        raise BadParameter(
            "An orthophoto cannot be written in this form",
            value=f"{form.bands} bands of {form.bits} bits, {compress}",
            remedy="Write 3 or 4 bands of 8 bits, or of 16 bits with DEFLATE",
        )
