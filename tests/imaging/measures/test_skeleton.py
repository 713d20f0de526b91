"""The skeleton."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage
from tests.imaging.measures.shapes import blotch, disc, rectangle

from pelagia.imaging.measures.skeleton import _TABLE, skeleton, skeleton_area


def _thinned(mask: np.ndarray) -> np.ndarray:
    """ImageJ's thinning, pixel by pixel: two passes from a copy until the second removes nothing."""
    image = np.pad(mask, 1).astype(int)
    around = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
    removed = 1
    while removed:
        for kind in (1, 2):
            copy = image.copy()
            removed = 0
            for row, col in zip(*np.nonzero(copy), strict=True):
                code = sum(int(copy[row + down, col + across]) << bit for bit, (down, across) in enumerate(around))
                if _TABLE[code] & kind:
                    image[row, col] = 0
                    removed += 1
    return image[1:-1, 1:-1] > 0


@pytest.mark.parametrize("seed", range(60))
def test_an_object_is_thinned_as_pixel_by_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = blotch(rng, largest=50)
    mask &= rng.random(mask.shape) > 0.05 * rng.random()  # pinholes
    np.testing.assert_array_equal(skeleton(mask), _thinned(mask))


def test_two_thick_parts_far_from_each_other_are_both_thinned() -> None:
    mask = np.zeros((40, 90), dtype=np.bool_)
    mask[5:35, 5:35] = mask[10:30, 65:85] = mask[19:21, 35:65] = True
    np.testing.assert_array_equal(skeleton(mask), _thinned(mask))


def test_a_line_of_one_pixel_is_its_own_skeleton() -> None:
    assert skeleton_area(rectangle(1, 12)) == 12
    assert skeleton_area(rectangle(12, 1)) == 12


def test_a_bar_becomes_a_line() -> None:
    thinned = skeleton(rectangle(5, 30))
    assert thinned.sum(axis=0).max() <= 2
    assert 20 <= skeleton_area(rectangle(5, 30)) <= 30


def test_a_ring_stays_a_ring() -> None:
    outer = disc(41)
    outer[10:31, 10:31] &= ~disc(21)
    thinned = skeleton(outer)
    _, holes = ndimage.label(np.pad(~thinned, 1, constant_values=True))
    assert holes == 2  # the hole and the outside
    assert ndimage.label(thinned, np.ones((3, 3)))[1] == 1


@pytest.mark.parametrize("seed", range(20))
def test_an_object_keeps_in_one_piece_and_shrinks(seed: int) -> None:
    mask = blotch(np.random.default_rng(seed), largest=50)
    thinned = skeleton(mask)
    assert not (thinned & ~mask).any()
    assert cv2.connectedComponents(thinned.astype(np.uint8), connectivity=8)[0] == 2


def test_nothing_is_left_of_nothing() -> None:
    assert skeleton_area(np.zeros((4, 4), dtype=np.bool_)) == 0
