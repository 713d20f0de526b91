"""Vignettes by where they stand: cut from a collage, or a file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source

Image = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

PLACE_COLUMNS = (
    "source_uri",
    "source_file",
    "box_col_px",
    "box_row_px",
    "box_width_px",
    "box_height_px",
)
"""The columns of ``objects`` that say where a vignette stands."""


def cut_box(image: Image, box: Box, *, file: str) -> Image:
    """Cut a box out of a collage.

    Parameters
    ----------
    image
        (row, col, 3) uint8.
    box
        Column, row, width, height, in pixels.
    file
        Name of the collage, for the error.

    Returns
    -------
    ndarray
        (height, width, 3) uint8, a view.

    Raises
    ------
    BadInput
        ``box-outside-collage`` if the box is empty or leaves the collage.
    """
    col, row, width, height = box
    rows, cols = image.shape[:2]
    if width < 1 or height < 1 or col < 0 or row < 0 or col + width > cols or row + height > rows:
        raise BadInput(
            f"the box of a particle is not inside the collage of {cols} × {rows} px",
            value=f"x {col}, y {row}, {width} × {height} px",
            remedy="Export the run again from VisualSpreadsheet, or copy the right collage beside the list.",
            file=file,
            code="box-outside-collage",
        )
    return image[row : row + height, col : col + width]


class Vignette(NamedTuple):
    """A vignette, or the error that kept it from being read; ``notes`` are findings of its file, told once."""

    image: Image | None
    error: PelagiaError | None = None
    notes: tuple[Issue, ...] = ()


def iter_vignettes(
    places: Iterable[Mapping[str, Any]], own: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Vignette]:
    """Read vignettes one after the other; what cannot be read is given as the error it raised.

    A collage is decoded once for all rows that follow each other, so keep the order of the list.
    No more than one collage is held.

    Parameters
    ----------
    places
        Rows with :data:`PLACE_COLUMNS`; an empty box means the whole file.
    own
        Where the files of the result itself are: ``source_uri`` as it stands in the table → its address.
    """
    held: tuple[str, str] | None = None
    file = Vignette(None)
    for place in places:
        name = (place["source_uri"], place["source_file"])
        fresh = name != held
        if fresh:
            held, file = name, _read(own.get(name[0], name[0]), name[1])
        if file.image is None or place["box_col_px"] is None:
            yield file
            continue
        try:
            yield Vignette(cut_box(file.image, box_of(place), file=name[1]), None, file.notes if fresh else ())
        except BadInput as error:
            yield Vignette(None, error)


def box_of(place: Mapping[str, Any]) -> Box:
    """Return column, row, width and height of a row's box."""
    return place["box_col_px"], place["box_row_px"], place["box_width_px"], place["box_height_px"]


def _read(uri: str, file: str) -> Vignette:
    try:
        decoded = decode_image(open_source(uri).read(file), file=file)
    except PelagiaError as error:
        return Vignette(None, error)
    return Vignette(decoded.array, None, decoded.notes)
