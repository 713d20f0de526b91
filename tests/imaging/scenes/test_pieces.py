"""Slicks in parts and whole: the same wherever the parts are cut."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
import shapely

from pelagia.imaging.scenes.joining import join_pieces
from pelagia.imaging.scenes.pieces import find_pieces

SIDE = 200


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and values of a sea with a slick that has a hole, and a speck."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (100, 100), (70, 30), 20, 0, 360, 1, -1)
    cv2.circle(mask, (100, 100), 10, 0, -1)
    mask[10:12, 10:12] = 1
    return np.where(mask > 0, 0.9, 0.1).astype(np.float32), np.where(mask > 0, -20.0, -12.0).astype(np.float32)


def spots(cuts: list[int], least_px: int = 50):
    """Return the spots when the picture is cut at some rows and columns."""
    probability, values = drawn()
    edges = [0, *cuts, SIDE]
    parts = []
    for top, bottom in pairwise(edges):
        for left, right in pairwise(edges):
            row, col = max(0, top - 40), max(0, left - 40)
            window = slice(row, bottom + 40), slice(col, right + 40)
            parts.append(
                find_pieces(
                    probability[window],
                    values[window],
                    np.ones(probability[window].shape, np.bool_),
                    core=(top - row, left - col, bottom - row, right - col),
                    origin=(row, col),
                    probability_from=0.5,
                    least_px=least_px,
                )
            )
    return join_pieces(parts)


def test_a_slick_is_told_with_its_area_probability_and_contrast() -> None:
    (spot,) = spots([])
    mask = drawn()[0] > 0.5
    mask[:20, :20] = False
    assert spot.pixels == mask.sum()
    assert spot.probability == pytest.approx(0.9, abs=1e-6)
    assert spot.contrast == pytest.approx(8.0, abs=1e-5)
    assert spot.outline.is_valid
    assert len(spot.outline.interiors) == 1
    # Simplified to a pixel: the area may be off by a part of a pixel along the edge.
    assert spot.outline.area == pytest.approx(spot.pixels, abs=0.5 * spot.outline.length)


@pytest.mark.parametrize("cuts", [[100], [64, 128], [97, 101, 150]])
def test_a_slick_is_the_same_however_its_scene_is_cut(cuts: list[int]) -> None:
    (whole,), (cut,) = spots([]), spots(cuts)
    assert cut.pixels == whole.pixels
    assert cut.probability == pytest.approx(whole.probability)
    assert shapely.symmetric_difference(cut.outline, whole.outline).area < 0.02 * whole.outline.area


def test_specks_are_left_out_unless_they_are_asked_for() -> None:
    assert len(spots([])) == 1
    assert [spot.pixels for spot in spots([], least_px=4)][1:] == [4]


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert join_pieces([]) == []
