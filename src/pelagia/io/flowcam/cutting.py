"""Vignettes cut from collages, exactly at the boxes of the list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pelagia.core.result import Issue

Image = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int64]


def outside(shape: Sequence[int], boxes: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which boxes are not wholly inside an image, or are empty.

    Parameters
    ----------
    shape
        Of the image: rows, columns, …
    boxes
        (n, 4): column, row, width, height, px.
    """
    col, row, width, height = np.asarray(boxes, dtype=np.int64).reshape(-1, 4).T
    is_inside = (col >= 0) & (row >= 0) & (width > 0) & (height > 0)
    return ~(is_inside & (col + width <= shape[1]) & (row + height <= shape[0]))


def cut(collage: Image, boxes: npt.ArrayLike) -> list[Image | None]:
    """Cut vignettes out of a collage (or masks out of a mask, or background out of a calibration image).

    Parameters
    ----------
    collage
        (row, col) or (row, col, band) uint8.
    boxes
        (n, 4): column, row, width, height, px.

    Returns
    -------
    list of ndarray or None
        Views of the collage, pixel for pixel; None where the box is not wholly inside: nothing is clipped.
    """
    table = np.asarray(boxes, dtype=np.int64).reshape(-1, 4)
    lost = outside(collage.shape, table)
    return [
        None if is_lost else collage[row : row + height, col : col + width]
        for is_lost, (col, row, width, height) in zip(lost, table.tolist(), strict=True)
    ]


def mask_areas(mask: Image, boxes: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Count the particle pixels of each box in a binary mask (``_bin.tif``).

    Returns
    -------
    ndarray of int64
        (n,) px; equal to the list's ``raw_area`` (on all 5,506 particles with a mask at hand);
        -1 where the box is not inside the mask.
    """
    flat = mask if mask.ndim == 2 else mask.max(axis=2)
    return np.array([-1 if part is None else np.count_nonzero(part) for part in cut(flat, boxes)], dtype=np.int64)


def mask_issue(mask: str, particle_ids: Sequence[int], counted: npt.ArrayLike, listed: npt.ArrayLike) -> Issue | None:
    """Return the finding for particles whose mask has another area than the list, None if all agree.

    Parameters
    ----------
    mask
        File name of the mask.
    counted
        (n,) as :func:`mask_areas` gives them.
    listed
        (n,) ``raw_area`` of the list, px.
    """
    pixels, stated = np.asarray(counted), np.asarray(listed)
    wrong = np.flatnonzero(pixels != stated)
    if not len(wrong):
        return None
    first = wrong[0]
    return Issue(
        file=mask,
        code="mask-mismatch",
        message=f"{len(wrong)} particles have another number of pixels in the mask than in the list; "
        f"particle {particle_ids[first]}: {pixels[first]:g} and {stated[first]:g}.",
        value=f"{pixels[first]:g}",
        remedy="Check that mask and list belong to the same run.",
        objects=len(wrong),
    )
