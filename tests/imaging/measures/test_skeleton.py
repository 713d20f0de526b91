"""The skeleton."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage
from tests.imaging.measures.shapes import blotch, disc, rectangle

from pelagia.imaging.measures import skeleton
from pelagia.imaging.measures.skeleton import skeleton_area


def _thinned(mask: np.ndarray) -> np.ndarray:
    image = np.pad(mask, 1).view(np.uint8)
    skeleton._thin_all(image)
    return image > 0


@pytest.mark.parametrize("seed", range(60))
def test_thinning_the_whole_box_and_thinning_its_edge_give_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = blotch(rng, largest=60)
    mask &= rng.random(mask.shape) > 0.05 * rng.random()
    whole, edge = (np.pad(mask, 1).view(np.uint8) for _ in range(2))
    assert skeleton._thin_all(whole) == skeleton._thin_changed(edge)
    np.testing.assert_array_equal(whole, edge)


def test_a_line_of_one_pixel_is_its_own_skeleton() -> None:
    assert skeleton_area(rectangle(1, 12)) == 12
    assert skeleton_area(rectangle(12, 1)) == 12


def test_a_bar_becomes_a_line() -> None:
    thinned = _thinned(rectangle(5, 30))
    assert thinned.sum(axis=0).max() <= 2
    assert 20 <= skeleton_area(rectangle(5, 30)) <= 30


def test_a_ring_stays_a_ring() -> None:
    outer = disc(41)
    outer[10:31, 10:31] &= ~disc(21)
    thinned = _thinned(outer)
    _, holes = ndimage.label(~thinned)
    assert holes == 2  # the hole and the outside
    assert ndimage.label(thinned, np.ones((3, 3)))[1] == 1


@pytest.mark.parametrize("seed", range(20))
def test_an_object_keeps_in_one_piece_and_shrinks(seed: int) -> None:
    mask = blotch(np.random.default_rng(seed), largest=50)
    thinned = _thinned(mask)
    assert not (thinned & ~np.pad(mask, 1)).any()
    assert cv2.connectedComponents(thinned.astype(np.uint8), connectivity=8)[0] == 2


def test_nothing_is_left_of_nothing() -> None:
    assert skeleton_area(np.zeros((4, 4), dtype=np.bool_)) == 0
