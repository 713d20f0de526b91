"""Boxes of pictures as outlines on the ground, many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.table import Table
from pelagia.exports.litter.pictures import WGS84, lies_somewhere
from pelagia.exports.tables import record_batches
from pelagia.io.rasters.ground import from_lat_lon, to_lat_lon, to_map, transformer

BOX_COLUMNS = ("image_id", "row_px", "col_px", "height_px", "width_px")
ROWS_AT_A_TIME = 32_768

Floats = NDArray[np.float64]
Row = Mapping[str, Any]


class Ground:
    """Where the pictures of a result lie, in one coordinate system.

    Parameters
    ----------
    pictures
        Rows of ``pictures`` by name.
    crs
        The system outlines are wanted in.
    """

    def __init__(self, pictures: Mapping[str, Row], crs: str = WGS84) -> None:
        self.crs = crs
        self._pictures = pictures

    def outlines(self, rows: Sequence[Row]) -> Floats:
        """Return the corners of boxes on the ground.

        Parameters
        ----------
        rows
            With :data:`BOX_COLUMNS`.

        Returns
        -------
        ndarray
            (N, 4, 2) float64: easting (longitude) and northing (latitude) of the corners, from the top left one, once
            around; NaN where it is not known where the picture lies.
        """
        names, which = np.unique([row["image_id"] for row in rows], return_inverse=True)
        boxes = np.array([[row[name] for name in BOX_COLUMNS[1:]] for row in rows], np.float64).reshape(-1, 4)
        found = np.full((len(rows), 4, 2), np.nan)
        for number, name in enumerate(names.tolist()):
            picture = self._pictures.get(name)
            if picture is not None and lies_somewhere(picture):
                own = which == number
                found[own] = self._corners(picture, boxes[own])
        return found

    def picture(self, picture: Row) -> Floats:
        """Return the corners of a whole picture, (4, 2)."""
        box = np.array([[0.0, 0.0, picture["height_px"], picture["width_px"]]])
        corners: Floats = self._corners(picture, box)[0]
        return corners

    def points(self, latitudes: Sequence[float], longitudes: Sequence[float]) -> Floats:
        """Return places told in latitude and longitude, (N, 2)."""
        if self.crs == WGS84:
            return np.column_stack([np.asarray(longitudes, np.float64), np.asarray(latitudes, np.float64)])
        return np.column_stack(from_lat_lon(self.crs, latitudes, longitudes))

    def moved(self, crs: str, east: Floats, north: Floats) -> Floats:
        """Return places told in another system, (…, 2)."""
        if crs == self.crs:
            return np.stack([east, north], axis=-1)
        if self.crs == WGS84:
            lat, lon = to_lat_lon(crs, east, north)
            return np.stack([lon, lat], axis=-1)
        return np.stack(transformer(crs, self.crs).transform(east, north), axis=-1)

    def _corners(self, picture: Row, boxes: Floats) -> Floats:
        top, left, height, width = boxes.T
        rows = np.stack([top, top, top + height, top + height], axis=1)
        cols = np.stack([left, left + width, left + width, left], axis=1)
        return self.moved(picture["crs"], *to_map(picture["transform"], rows, cols))


def placed_batches(
    table: Table, columns: Sequence[str], ground: Ground
) -> Iterator[tuple[list[dict[str, Any]], Floats]]:
    """Read a table of boxes piece by piece: the rows that lie somewhere, and their outlines (N, 4, 2)."""
    for rows in record_batches(table, tuple(dict.fromkeys((*columns, *BOX_COLUMNS))), ROWS_AT_A_TIME):
        outlines = ground.outlines(rows)
        known = np.asarray(np.isfinite(outlines).all(axis=(1, 2)))
        yield [row for row, is_known in zip(rows, known.tolist(), strict=True) if is_known], outlines[known]


def cell_outlines(cells: Sequence[Row], ground: Ground) -> Floats:
    """Return the corners of cells of the density map, (N, 4, 2), NaN for those told in pixels of a picture."""
    found = np.full((len(cells), 4, 2), np.nan)
    for crs in sorted({cell["crs"] for cell in cells if cell["crs"]}):
        own = np.array([cell["crs"] == crs for cell in cells])
        values = np.array([[c["west_m"], c["north_m"], c["cell_m"]] for c in cells if c["crs"] == crs], np.float64)
        west, north, side = values.T
        east = np.stack([west, west + side, west + side, west], axis=1)
        found[own] = ground.moved(crs, east, np.stack([north, north, north - side, north - side], axis=1))
    return found
