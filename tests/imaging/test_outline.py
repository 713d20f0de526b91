"""An outline encloses its object, wherever it lies, with as few points as it needs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pelagia.imaging.outline import outline
from pelagia.imaging.region import Region


def region(filled: np.ndarray, row: int = 0, col: int = 0) -> Region:
    return Region(row=row, col=col, filled=filled, grey=np.where(filled, 100, 255).astype(np.uint8))


def disk(radius: int) -> np.ndarray:
    rows, cols = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return rows**2 + cols**2 <= radius**2


def test_a_square_has_four_corners_where_it_lies() -> None:
    points = outline(region(np.ones((5, 9), np.bool_), row=100, col=200))
    assert sorted(map(tuple, points.tolist())) == [(100, 200), (100, 208), (104, 200), (104, 208)]


def test_a_single_pixel_is_its_own_outline() -> None:
    assert outline(region(np.ones((1, 1), np.bool_), row=7, col=8)).tolist() == [[7, 8]]


@pytest.mark.parametrize("radius", [3, 20, 150])
def test_what_is_within_the_outline_is_the_object(radius: int) -> None:
    filled = disk(radius)
    drawn = np.zeros(filled.shape, np.uint8)
    cv2.fillPoly(drawn, [outline(region(filled))[:, ::-1].astype(np.int32)], 1)
    # The points left out are within half a pixel of the outline: only pixels at the edge may differ.
    assert (drawn.astype(np.bool_) ^ filled).sum() <= 0.5 * 2 * np.pi * radius


def test_simpler_outlines_have_fewer_points() -> None:
    whole, simple = (outline(region(disk(100)), simpler_px=away) for away in (0.0, 3.0))
    assert len(simple) < len(whole) / 5


def test_there_are_never_more_points_than_asked_for() -> None:
    comb = np.ones((40, 801), np.bool_)
    comb[:30, 1::2] = False
    assert len(outline(region(comb))) > 500
    assert 3 <= len(outline(region(comb), most_points=100)) <= 100
