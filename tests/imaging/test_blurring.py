"""Blurring: nothing of what was inside a box can be had back, nothing outside is touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.imaging.blurring import CELLS, MARGIN, blur


def noise(height: int = 200, width: int = 240, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def boxes(*edges: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(edges, np.float32).reshape(-1, 4)


def test_the_picture_that_was_given_stays_as_it_is() -> None:
    picture = noise()
    before = picture.copy()
    blurred = blur(picture, boxes((20, 30, 80, 90)))
    assert (picture == before).all() and (blurred != before).any()


def test_without_boxes_it_is_a_copy() -> None:
    picture = noise()
    copy = blur(picture, boxes())
    assert (copy == picture).all() and not np.shares_memory(copy, picture)


def test_what_is_farther_away_than_the_margin_is_not_touched() -> None:
    picture = noise()
    blurred = blur(picture, boxes((60, 80, 100, 120)))
    around = np.ones(picture.shape[:2], bool)
    around[60 - 10 : 100 + 10, 80 - 10 : 120 + 10] = False
    assert (blurred[around] == picture[around]).all()
    assert (blurred[~around] != picture[~around]).any(axis=1).mean() > 0.99


@pytest.mark.parametrize("side", [9, 16, 40, 128])
def test_at_most_a_few_colours_are_left_whatever_the_size(side: int) -> None:
    """Two pictures that differ inside, but not in the means of a few cells, give the same: the rest is gone."""
    first = noise(3 * side, 3 * side)
    blurred = blur(first, boxes((side, side, 2 * side, 2 * side))).astype(float)
    part = blurred[side : 2 * side, side : 2 * side, 0]
    values = np.linalg.svd(part - part.mean(), compute_uv=False)
    # Interpolation between CELLS² means has no more than CELLS independent rows, but for rounding.
    assert (values[CELLS:] < max(1.0, side / 2)).all()


def test_pixels_exchanged_within_a_cell_leave_no_trace() -> None:
    first = noise(240, 240)
    second = first.copy()
    # The box with its margin is 60 to 180, in cells of 30.
    second[60:90, 60:90] = first[60:90, 60:90][::-1, ::-1]
    second[120:150, 90:120] = np.rot90(first[120:150, 90:120])
    box = boxes((80, 80, 160, 160))
    assert (first != second).any()
    assert (blur(first, box) == blur(second, box)).all()


def test_a_face_that_is_sharpened_again_is_no_face() -> None:
    """The usual undoing of a blur, unsharp masking, brings no edges back."""
    picture = np.full((160, 160, 3), 200, np.uint8)
    for col in (65, 95):
        cv2.circle(picture, (col, 70), 6, (20, 20, 20), -1)
    cv2.ellipse(picture, (80, 100), (18, 8), 0, 0, 180, (40, 0, 0), 3)
    blurred = blur(picture, boxes((40, 40, 120, 120)))
    sharpened = cv2.addWeighted(blurred, 4, cv2.GaussianBlur(blurred, (0, 0), 5), -3, 0)
    steps = np.abs(np.diff(sharpened[45:115, 45:115, 0].astype(int), axis=1))
    assert np.abs(np.diff(picture[45:115, 45:115, 0].astype(int), axis=1)).max() > 150
    assert steps.max() < 30


def test_boxes_at_the_edge_outside_and_across_each_other_are_no_trouble() -> None:
    picture = noise()
    found = boxes((-30, -30, 20, 20), (190, 230, 260, 300), (500, 500, 600, 600), (50, 50, 90, 90), (70, 70, 110, 110))
    blurred = blur(picture, found)
    assert blurred.shape == picture.shape and blurred.dtype == np.uint8
    for region in (np.s_[:20, :20], np.s_[190:, 230:], np.s_[70:90, 70:90]):
        assert blurred[region].astype(float).std() < picture[region].astype(float).std() / 3


@settings(max_examples=60, deadline=None)
@given(row=st.floats(-40, 120), col=st.floats(-40, 120), height=st.floats(0, 150), width=st.floats(0, 150))
def test_any_box_leaves_the_outside_and_the_shape(row: float, col: float, height: float, width: float) -> None:
    picture = noise(90, 100, seed=3)
    blurred = blur(picture, boxes((row, col, row + height, col + width)))
    rows, cols = np.mgrid[:90, :100]
    margin_rows, margin_cols = max(2, MARGIN * height) + 1, max(2, MARGIN * width) + 1
    inside = (rows >= row - margin_rows) & (rows < row + height + margin_rows)
    inside &= (cols >= col - margin_cols) & (cols < col + width + margin_cols)
    assert blurred.shape == picture.shape
    assert (blurred[~inside] == picture[~inside]).all()
