"""Pixels and places of pictures for the map of a result; runs in the processes beside the web process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.io.rasters import lattice, map_tiles

CLOSE_UP_PX = 480
AROUND = 0.5
"""A close-up shows this much of the longer side of its box around it."""


def tile(path: str, z: int, x: int, y: int) -> bytes:
    """Return a tile of the map of the world, as WebP; see :func:`pelagia.io.rasters.map_tiles.mercator_tile`."""
    return map_tiles.as_webp(map_tiles.mercator_tile(Path(path), z, x, y))


def pixels(path: str, scale: float, level: int, x: int, y: int) -> bytes:
    """Return a tile of a picture in its own pixels, as WebP; see :func:`pelagia.io.rasters.map_tiles.pixel_tile`."""
    return map_tiles.as_webp(map_tiles.pixel_tile(Path(path), scale, level, x, y))


def small(path: str, side_px: int) -> bytes:
    """Return a whole picture small, as WebP."""
    return map_tiles.as_webp(map_tiles.small(Path(path), side_px))


def close_up(path: str, scale: float, row: float, col: float, height: float, width: float) -> bytes:
    """Return a box of a picture and what is around it, as WebP.

    Parameters
    ----------
    path, scale
        The view, and the side of its pixels in pixels of the picture.
    row, col, height, width
        In pixels of the picture.
    """
    side = max(height, width) * (1 + 2 * AROUND)
    around = (row + height / 2 - side / 2, col + width / 2 - side / 2, side, side)
    drawn = max(32, min(CLOSE_UP_PX, round(side / scale)))
    return map_tiles.as_webp(map_tiles.window(Path(path), scale, around, (drawn, drawn)))


def lattices(pictures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    """Return where pictures lie, ``None`` where that is nowhere; see :func:`pelagia.io.rasters.lattice.lattice`.

    Parameters
    ----------
    pictures
        Rows of the table ``pictures``.
    """
    return [
        lattice.lattice(one["crs"], one["transform"], one["height_px"], one["width_px"])
        if one["crs"] and one["transform"]
        else None
        for one in pictures
    ]


def outlines(cells: Sequence[Mapping[str, Any]]) -> list[list[list[float]]]:
    """Return the corners of cells of density, (latitude, longitude) each.

    Parameters
    ----------
    cells
        Rows of the table ``cells`` that lie on the ground.
    """
    by_crs: dict[str, list[int]] = {}
    for number, one in enumerate(cells):
        by_crs.setdefault(one["crs"], []).append(number)
    found: list[list[list[float]]] = [[]] * len(cells)
    for crs, numbers in by_crs.items():
        boxes = [_box(cells[number]) for number in numbers]
        for number, corners in zip(numbers, lattice.outlines(crs, boxes), strict=True):
            found[number] = corners
    return found


def _box(cell: Mapping[str, Any]) -> tuple[float, float, float, float]:
    west, north, side = cell["west_m"], cell["north_m"], cell["cell_m"]
    return west, north - side, west + side, north
