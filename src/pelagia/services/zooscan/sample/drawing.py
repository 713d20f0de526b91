"""A raw scan of a ZooScan drawn from nothing: light, frame, noise, organisms, and the two empty scans before it.

Grey levels are those of real scans: a median of 54,900 of 65,535 in the water, a dark frame on all sides. Everything
follows from the seed. Images are drawn in strips, so that memory does not grow with the scan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from pelagia.core.errors import BadParameter
from pelagia.imaging.strips import over_strips
from pelagia.services.zooscan.sample.organisms import Floats, Sprite, draw_sprite
from pelagia.services.zooscan.sample.texts import write_texts

FULL_DPI = 2400
NAME = "pelagia2026_wp2_st01_tot"
BACK = "20260602_0915_back_large"
WATER, FRAME = 55_414.0, 20_500.0  # levels of 16 bits; the lamp makes a median of 54,921 of the first
NOISE = 330.0  # standard deviation, levels
# How much brighter than the scan each background is, as in a real log, and the slow change between them.
BACK_GAINS = (0.998, 0.947)
# Frame by size of the raw image; in the turned picture these sides are right, left, bottom, top.
FRAME_TOP, FRAME_BOTTOM, FRAME_LEFT, FRAME_RIGHT = 0.0204, 0.0136, 0.026, 0.022
EDGE_PX = 1.5  # softness of the frame's edge at 2400 dpi
DISTINCT = 400  # organisms drawn; further ones are their mirror images
SPECKS_PER_OBJECT = 6
CELL_PX, MARGIN_CELLS = 32, 1  # at 2400 dpi: things keep this distance
TRIES = 400
LEAST_SIDE_PX = 400


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """What was drawn, and where it is in the turned picture, px."""

    kind: str
    row: int
    col: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class DrawnScan:
    """Where a drawn scan stands, and what is true of it."""

    folder: Path
    name: str
    raw: Path
    backgrounds: tuple[Path, Path]
    dpi: int
    background_dpi: int
    objects: tuple[DrawnObject, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A thing at its place in the raw image, px."""

    row: int
    col: int
    sprite: Sprite


def draw_scan(
    folder: Path, *, height: int, width: int, objects: int, seed: int, dpi: int = FULL_DPI, name: str = NAME
) -> DrawnScan:
    """Draw a project with one scan: raw image, two backgrounds at half its resolution, their logs, its metadata.

    Parameters
    ----------
    folder
        Of the project; made where it is missing.
    height, width
        Of the raw image, px: 24,480 × 14,992 is a whole large frame at 2400 dpi.
    objects
        Dark things apart from each other, each larger than 0.3 mm; one of twelve is two organisms that touch.
    seed
        Equal seeds draw equal scans.
    dpi
        Resolution, pixels per inch.
    name
        Of the scan: sample and fraction.
    """
    if min(height, width) < LEAST_SIDE_PX:
        raise BadParameter(
            "The scan to draw is too small",
            value=f"{width} × {height} pixels",
            remedy=f"Ask for at least {LEAST_SIDE_PX} pixels on each side",
        )
    placed = place_sprites(height, width, objects, seed=seed, dpi=dpi)
    raw = folder / "Zooscan_scan" / "_raw" / f"{name}_raw_1.tif"
    draw_image(raw, (height, width), placed, seed=seed, dpi=dpi)
    backs = tuple(folder / "Zooscan_back" / f"{BACK}_raw_{number}.tif" for number in (1, 2))
    for number, (back, gain) in enumerate(zip(backs, BACK_GAINS, strict=True), start=1):
        draw_image(back, (height // 2, width // 2), (), seed=seed + number, dpi=dpi // 2, gain=gain)
    write_texts(folder, name=name, back=BACK, dpi=dpi)
    drawn = tuple(_turned(one, height, width) for one in placed if one.sprite.kind != "speck")
    return DrawnScan(folder, name, raw, (backs[0], backs[1]), dpi, dpi // 2, drawn)


def draw_image(
    path: Path, shape: tuple[int, int], placed: Sequence[Placed], *, seed: int, dpi: int, gain: float = 1.0
) -> None:
    """Draw a 16-bit TIFF as the scanner leaves it: light through water and organisms, frame, noise.

    Parameters
    ----------
    path
        Of the TIFF.
    shape
        (height, width), px.
    placed
        What lies on the glass.
    seed, dpi
        Of the noise, and of the image.
    gain
        Brightness by that of a scan.
    """
    height, width = shape
    path.parent.mkdir(parents=True, exist_ok=True)
    with tifffile.TiffWriter(path) as tiff:
        place = tiff.write(
            shape=shape,
            dtype=np.uint16,
            photometric="minisblack",
            resolution=(dpi, dpi),
            resolutionunit="INCH",
            software=None,
            metadata=None,
            returnoffset=True,
        )
    if place is None:
        raise AssertionError("tifffile tells where the pixels of an image without compression begin")
    offset = place[0]
    down, frame_down = _profiles(height, FRAME_TOP, FRAME_BOTTOM, dpi, phase=0.3)
    along, frame_along = _profiles(width, FRAME_LEFT, FRAME_RIGHT, dpi, phase=1.1)

    def draw(start: int, stop: int) -> None:
        rng = np.random.default_rng([seed, start])
        level = rng.standard_normal((stop - start, width), np.float32)
        level *= NOISE
        light = down[start:stop, None] * along
        for one in placed:
            _shade(light, one, start)
        light *= (WATER - FRAME) * gain
        light *= frame_down[start:stop, None]
        light *= frame_along
        level += light
        level += FRAME * gain
        pixels = np.clip(level, 0, 65_535, out=level).astype("<u2")
        with path.open("r+b") as file:
            file.seek(offset + start * width * 2)
            file.write(pixels.data)

    for _ in over_strips(draw, height):
        pass


def place_sprites(height: int, width: int, objects: int, *, seed: int, dpi: int) -> list[Placed]:
    """Draw organisms and specks of dirt, and strew them over the water so that none touches another.

    Parameters
    ----------
    height, width
        Of the raw image, px.
    objects
        How many, apart from the specks.
    seed, dpi
        Of the scan.
    """
    rng = np.random.default_rng([seed, 2026])
    pixel_mm = 25.4 / dpi
    drawn = [draw_sprite(rng, pixel_mm=pixel_mm) for _ in range(min(objects, DISTINCT))]
    sprites = drawn + [
        drawn[int(rng.integers(len(drawn)))].mirrored(int(rng.integers(8))) for _ in range(objects - len(drawn))
    ]
    sprites.sort(key=lambda sprite: -sprite.density.size)
    sprites += [_speck(rng, dpi) for _ in range(SPECKS_PER_OBJECT * objects)]
    cell = max(8, CELL_PX * dpi // FULL_DPI)
    taken = np.ones((height // cell + 1, width // cell + 1), np.bool_)
    inside = (
        slice(int(height * FRAME_TOP * 1.3) // cell + 2, int(height * (1 - FRAME_BOTTOM * 1.3)) // cell - 2),
        slice(int(width * FRAME_LEFT * 1.3) // cell + 2, int(width * (1 - FRAME_RIGHT * 1.3)) // cell - 2),
    )
    taken[inside] = False
    return [_place(rng, sprite, taken, cell) for sprite in sprites]


def _place(rng: np.random.Generator, sprite: Sprite, taken: NDArray[np.bool_], cell: int) -> Placed:
    """Find a free place at random, and take it."""
    rows, cols = (math.ceil(side / cell) + MARGIN_CELLS for side in sprite.density.shape)
    room = taken.shape[0] - rows, taken.shape[1] - cols
    for _ in range(TRIES if min(room) > 0 else 0):
        row, col = int(rng.integers(room[0])), int(rng.integers(room[1]))
        if not taken[row : row + rows, col : col + cols].any():
            taken[row : row + rows, col : col + cols] = True
            off_row, off_col = rng.integers(cell // 2, size=2)
            return Placed(row * cell + int(off_row), col * cell + int(off_col), sprite)
    raise BadParameter(
        "There is no room for so many objects on the scan",
        value=f"a {sprite.kind} of {sprite.density.shape[1]} × {sprite.density.shape[0]} pixels",
        remedy="Draw fewer objects or a larger scan",
    )


def _speck(rng: np.random.Generator, dpi: int) -> Sprite:
    """Draw a speck of dirt, too small to be an object."""
    radius = float(rng.uniform(1, 5)) * dpi / FULL_DPI
    reach = math.ceil(2 * radius)
    rows, cols = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    return Sprite("speck", float(rng.uniform(0.1, 0.9)) * np.exp(-(rows**2 + cols**2) / radius**2).astype(np.float32))


def _profiles(size: int, before: float, after: float, dpi: int, *, phase: float) -> tuple[Floats, Floats]:
    """Return (size,) each: how bright the lamp is along a side, and where the frame leaves the water free."""
    place = (np.arange(size) + 0.5) / size
    lamp = 1 + 0.02 * np.cos(math.pi * (place - 0.5)) + 0.006 * np.cos(5 * math.pi * place + phase) - 0.02
    soft = EDGE_PX * dpi / FULL_DPI / size
    edges = np.minimum(place - before, 1 - after - place) / soft
    return lamp.astype(np.float32), (1 / (1 + np.exp(-np.clip(edges, -40, 40)))).astype(np.float32)


def _shade(light: Floats, one: Placed, start: int) -> None:
    """Let light through a thing as far as it lies in these rows."""
    density = one.sprite.density
    first, last = max(one.row, start), min(one.row + density.shape[0], start + len(light))
    if first < last:
        window = light[first - start : last - start, one.col : one.col + density.shape[1]]
        window *= np.exp(-density[first - one.row : last - one.row, : window.shape[1]])


def _turned(one: Placed, height: int, width: int) -> DrawnObject:
    rows, cols = one.sprite.density.shape
    return DrawnObject(one.sprite.kind, width - one.col - cols, height - one.row - rows, cols, rows)
