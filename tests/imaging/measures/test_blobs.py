"""Dark blobs."""

from __future__ import annotations

import numpy as np
from tests.imaging.measures.shapes import disc, rectangle

from pelagia.imaging.measures.blobs import blob_count, fill_holes, largest_blob


def _canvas(*boxes: tuple[slice, slice]) -> np.ndarray:
    dark = np.zeros((40, 60), dtype=np.bool_)
    for box in boxes:
        dark[box] = True
    return dark


def test_blobs_of_five_pixels_after_the_erosion_count() -> None:
    # 5 x 3 erodes to 3 x 1: too small. 7 x 3 erodes to 5 x 1: counts.
    assert blob_count(_canvas(np.s_[2:5, 2:7])) == 0
    assert blob_count(_canvas(np.s_[2:5, 2:9])) == 1
    assert blob_count(_canvas(np.s_[2:5, 2:9], np.s_[20:26, 20:26])) == 2


def test_the_edge_of_the_vignette_erodes_too() -> None:
    assert blob_count(rectangle(3, 7)) == 1
    assert blob_count(rectangle(2, 30)) == 0


def test_touching_corners_join_blobs() -> None:
    # Eroded, the two squares touch at a corner.
    assert blob_count(_canvas(np.s_[2:9, 2:9], np.s_[7:14, 7:14])) == 1


def test_what_lies_in_a_hole_belongs_to_the_blob_around() -> None:
    dark = disc(39)
    dark[12:27, 12:27] = False
    dark[16:23, 16:23] = True
    assert blob_count(dark) == 1
    assert fill_holes(dark).sum() == disc(39).sum()


def test_a_hole_open_at_a_corner_only_is_closed() -> None:
    dark = np.ones((5, 5), dtype=np.bool_)
    dark[1:4, 1:4] = False
    dark[0, 0] = False
    assert fill_holes(dark).sum() == 24


def test_the_largest_blob_is_cut_out_with_what_is_dark_in_it() -> None:
    dark = _canvas(np.s_[2:6, 2:6], np.s_[10:30, 20:50])
    dark[15:20, 25:30] = False
    filled, inside = largest_blob(dark)
    assert filled.shape == (20, 30) and filled.all()
    assert np.count_nonzero(inside) == 600 - 25


def test_holes_count_for_which_blob_is_the_largest() -> None:
    dark = _canvas(np.s_[1:19, 1:19], np.s_[20:32, 30:55])  # 324 px with its hole, 300 px
    dark[2:18, 2:18] = False
    filled, inside = largest_blob(dark)
    assert filled.shape == (18, 18)
    assert np.count_nonzero(inside) == 68


def test_of_equal_blobs_the_first_row_by_row_is_taken() -> None:
    first, second = np.s_[3:7, 40:45], np.s_[4:9, 2:6]
    assert largest_blob(_canvas(first, second))[0].shape == (4, 5)


def test_nothing_dark_has_no_blob() -> None:
    assert blob_count(np.zeros((9, 9), dtype=np.bool_)) == 0
