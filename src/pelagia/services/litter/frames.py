"""Where pictures lie to each other: one plane in metres for each area, one for each picture that lies nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from pelagia.io.rasters.ground import Floats, to_map, to_pixels, transformer


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A plane.

    Parameters
    ----------
    area_id
        The area it is of.
    image_id
        The picture, where that lies nowhere; empty for the map of the area.
    crs
        Coordinate system of the map.
    unit_m
        What a unit of its coordinates is on the ground, m: about 1, but for projections that stretch. ``None`` in a
        picture whose ground sampling distance is unknown: its units are pixels.
    """

    area_id: str
    image_id: str = ""
    crs: str | None = None
    unit_m: float | None = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A picture in its frame.

    Parameters
    ----------
    number
        Its place among the pictures: what an earlier one shows counts there.
    image_id
        Its name.
    frame
        The number of its frame.
    transform
        Pixels to its own plane, as of the table ``pictures``.
    crs, frame_crs
        Of its own plane and of the frame; they differ where an area has pictures in several.
    shape_px
        Height and width.
    tile_px
        Side of its tiles; ``None`` where it has no ground sampling distance.
    """

    number: int
    image_id: str
    frame: int
    transform: tuple[float, ...]
    crs: str | None
    frame_crs: str | None
    shape_px: tuple[int, int]
    tile_px: float | None

    def to_frame(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
        """Return where pixels lie in the frame."""
        return reproject(self.crs, self.frame_crs, *to_map(self.transform, rows, cols))

    def to_pixels(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return rows and columns of points of the frame."""
        return to_pixels(self.transform, *reproject(self.frame_crs, self.crs, x, y))

    def footprint(self) -> shapely.Polygon:
        """Return its outline in the frame."""
        height, width = self.shape_px
        x, y = self.to_frame([0, 0, height, height], [0, width, width, 0])
        return shapely.Polygon(list(zip(x.tolist(), y.tolist(), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All frames, and the sheets in them by ``image_id``."""

    frames: tuple[Frame, ...]
    sheets: Mapping[str, Sheet] = field(default_factory=dict)


def lay_out(pictures: Sequence[Mapping[str, Any]]) -> Layout:
    """Return how pictures lie.

    Parameters
    ----------
    pictures
        Rows of the table. The first picture of an area that lies somewhere gives the area its coordinate system; one
        on another side of the earth, which that cannot hold, is taken as if it lay nowhere.
    """
    frames: dict[tuple[str, str], Frame] = {}
    numbers: dict[tuple[str, str], int] = {}
    sheets: dict[str, Sheet] = {}
    for number, row in enumerate(pictures):
        is_placed = _lies(row, frames.get((row["area_id"], "")))
        key = (row["area_id"], "" if is_placed else row["image_id"])
        if key not in frames:
            numbers[key] = len(frames)
            frames[key] = Frame(
                area_id=key[0],
                image_id=key[1],
                crs=row["crs"] if is_placed else None,
                unit_m=_unit_m(row, is_placed),
            )
        sheets[row["image_id"]] = Sheet(
            number=number,
            image_id=row["image_id"],
            frame=numbers[key],
            transform=tuple(row["transform"]) if is_placed else _plain(row["gsd_cm"]),
            crs=row["crs"] if is_placed else None,
            frame_crs=frames[key].crs,
            shape_px=(row["height_px"], row["width_px"]),
            tile_px=_tile_px(row),
        )
    return Layout(frames=tuple(frames.values()), sheets=sheets)


def _lies(row: Mapping[str, Any], frame: Frame | None) -> bool:
    """Tell whether a picture lies somewhere, and there on the map of its area, if that has one."""
    if not row["crs"] or row["transform"] is None:
        return False
    height, width = row["height_px"], row["width_px"]
    corners = to_map(row["transform"], [0, 0, height, height], [0, width, width, 0])
    return frame is None or bool(np.isfinite(reproject(row["crs"], frame.crs, *corners)).all())


def _unit_m(row: Mapping[str, Any], is_placed: bool) -> float | None:
    if row["gsd_cm"] is None:
        return 1.0 if is_placed else None
    if not is_placed:
        return 1.0
    a, b, _, d, e, _ = row["transform"]
    return float(row["gsd_cm"] / 100 / abs(a * e - b * d) ** 0.5)


def _plain(gsd_cm: float | None) -> tuple[float, ...]:
    """Return the transform of a picture that lies nowhere: metres from its corner, the second axis up."""
    side = 1.0 if gsd_cm is None else gsd_cm / 100
    return (side, 0.0, 0.0, 0.0, -side, 0.0)


def _tile_px(row: Mapping[str, Any]) -> float | None:
    if row["tile_m"] is None or row["gsd_cm"] is None:
        return None
    return float(row["tile_m"] * 100 / row["gsd_cm"])


def reproject(source: str | None, target: str | None, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return points of one coordinate system, easting or longitude first, in another.

    Those that it cannot hold are infinite.
    """
    if source == target or source is None or target is None:
        return np.asarray(x, np.float64), np.asarray(y, np.float64)
    moved = transformer(source, target).transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return np.asarray(moved[0], np.float64), np.asarray(moved[1], np.float64)
