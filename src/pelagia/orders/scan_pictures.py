"""Pixels of scans for the viewer and the separation editor; runs in the processes beside the web process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import NotFound
from pelagia.imaging.cuts import Cut, divide
from pelagia.imaging.outline import outline
from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import esd_to_area_px
from pelagia.io.images import encode_webp
from pelagia.io.pyramid import TILE_PX, Pyramid, open_pyramid
from pelagia.services.zooscan.pack import read_objects

QUALITY = 82
PICTURES_KEPT = 16

Grey = NDArray[np.uint8]
Line = Sequence[Sequence[float]]
Outline = list[list[int]]
Sizes = Mapping[str, Any]
"""``threshold``, ``min_esd_mm``, ``dpi`` of the scan, as its row of the table ``scans`` says."""


def sizes(path: str) -> dict[str, Any]:
    """Return ``tile_px`` and, the largest first, (height, width) of every ``level`` of a picture."""
    pyramid = _open(path)
    return {"tile_px": TILE_PX, "levels": [(one.height, one.width) for one in pyramid.levels]}


def tile(path: str, level: int, row: int, col: int) -> bytes:
    """Return a tile of a picture as WebP.

    Parameters
    ----------
    path
        Of the picture.
    level
        0 is the full size, each further one half of it.
    row, col
        Of the tile, from 0.

    Raises
    ------
    NotFound
        There is no such tile.
    """
    return _webp(_open(path).tile(level, row, col))


def small(path: str, side_px: int) -> bytes:
    """Return a whole picture small, as WebP.

    Parameters
    ----------
    path
        Of the picture.
    side_px
        Of the square it shall fit in.
    """
    pyramid = _open(path)
    level, least = len(pyramid.levels) - 1, pyramid.levels[-1]
    rows = [[pyramid.tile(level, row, col) for col in range(least.cols)] for row in range(least.rows)]
    return _webp(np.vstack([np.hstack(row) for row in rows]), largest_side_px=side_px)


def outlines(
    pack: str, wanted: Sequence[tuple[int, int | None]], lines: Mapping[int, Sequence[Line]], sizes: Sizes
) -> list[Outline]:
    """Return the outlines of objects and pieces of a scan, in the order asked for.

    Parameters
    ----------
    pack
        The objects cut out of the scan.
    wanted
        Number of the object, and of its piece, if one is asked for.
    lines
        Of every object that was cut, by its number: along which.
    sizes
        What decides on the smallest piece.

    Returns
    -------
    list
        Of each its points (row, column) in pixels of the scan; none where it is not there.
    """
    regions = read_objects(Path(pack), {number for number, _ in wanted})
    pieces = {
        number: _divided(regions[number], drawn, sizes)[0] for number, drawn in lines.items() if number in regions
    }
    found: list[Outline] = []
    for number, piece in wanted:
        if number not in regions:
            found.append([])
        elif piece is None:
            found.append(_outline(regions[number]))
        else:
            mine = pieces.get(number, [])
            found.append(_outline(mine[piece - 1]) if piece <= len(mine) else [])
    return found


def preview(pack: str, number: int, lines: Sequence[Line], sizes: Sizes) -> dict[str, Any]:
    """Return what lines would make of an object.

    Parameters
    ----------
    pack
        The objects cut out of the scan.
    number
        Of the object.
    lines
        Each a list of (row, column) in pixels of the scan.
    sizes
        What decides on the smallest piece.

    Returns
    -------
    dict
        ``whole`` and each of ``pieces``: ``row``, ``col``, ``height``, ``width``, ``area_px``, ``outline``;
        ``divided``; ``dropped``: areas of the pieces too small to be an object, px.

    Raises
    ------
    NotFound
        There is no such object.
    """
    region = read_objects(Path(pack), [number]).get(number)
    if region is None:
        raise NotFound("There is no such object on this scan", value=number, remedy="Open the scan again.")
    pieces, dropped, is_divided = _divided(region, lines, sizes)
    return {
        "whole": _told(region),
        "pieces": [_told(one) for one in pieces],
        "divided": is_divided,
        "dropped": list(dropped),
    }


def _divided(region: Region, lines: Sequence[Line], sizes: Sizes) -> tuple[list[Region], tuple[int, ...], bool]:
    cuts = [Cut(points=tuple((row, col) for row, col in line), source="person") for line in lines]
    smallest = esd_to_area_px(sizes["min_esd_mm"], sizes["dpi"])
    done = divide(region, cuts, min_area_px=smallest, threshold=sizes["threshold"])
    # As the service does: where nothing large enough is left, the object stays as it is.
    if not done.divided or not done.pieces:
        return [region], (), False
    return done.pieces, done.dropped_px, True


def _told(region: Region) -> dict[str, Any]:
    return {
        "row": region.row,
        "col": region.col,
        "height": region.height,
        "width": region.width,
        "area_px": int(region.filled.sum()),
        "outline": _outline(region),
    }


def _outline(region: Region) -> Outline:
    points: Outline = outline(region).tolist()
    return points


def _webp(grey: Grey, *, largest_side_px: int = TILE_PX) -> bytes:
    return encode_webp(np.stack([grey] * 3, axis=2), quality=QUALITY, largest_side_px=largest_side_px)


def _open(path: str) -> Pyramid:
    stat = Path(path).stat()
    return _opened(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=PICTURES_KEPT)
def _opened(path: str, _size: int, _changed_ns: int) -> Pyramid:
    """Read where the tiles are; kept as long as the file is the same."""
    return open_pyramid(Path(path))
