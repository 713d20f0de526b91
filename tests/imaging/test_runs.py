"""Stretches of dark pixels, and which of them hang together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from pelagia.imaging.runs import Runs, find_runs, first_of_each, gaps, label_runs

CROSS = ndimage.generate_binary_structure(2, 1)
SQUARE = ndimage.generate_binary_structure(2, 2)
IMAGES = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.sampled_from([0, 243, 244, 255])
)


def painted(runs: Runs, values: np.ndarray) -> np.ndarray:
    image = np.full((runs.height, runs.width), -1)
    for row, start, end, value in zip(runs.row, runs.start, runs.end, values, strict=True):
        assert (image[row, start:end] == -1).all(), "stretches overlap"
        image[row, start:end] = value
    return image


def numbered_alike(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Tell whether two label images part the pixels alike, whatever the numbers are."""
    pairs = {(int(a), int(b)) for a, b in zip(ours.ravel(), theirs.ravel(), strict=True)}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@settings(deadline=None)
@given(IMAGES)
def test_runs_cover_exactly_the_dark_pixels(image: np.ndarray) -> None:
    runs = find_runs(image, 243)
    assert np.array_equal(painted(runs, np.zeros(len(runs))) == 0, image <= 243)


@settings(deadline=None)
@given(IMAGES)
def test_gaps_cover_exactly_the_rest(image: np.ndarray) -> None:
    runs = find_runs(image, 243)
    light = gaps(runs)
    assert np.array_equal(painted(light, np.zeros(len(light))) == 0, image > 243)
    assert len(light) == len(runs) + image.shape[0]


@settings(deadline=None)
@given(IMAGES)
def test_every_gap_is_found_beside_its_run(image: np.ndarray) -> None:
    runs = find_runs(image, 243)
    light = gaps(runs)
    left = np.arange(len(runs)) + runs.row
    assert np.array_equal(light.end[left], runs.start)
    assert np.array_equal(light.start[left + 1], runs.end)
    assert np.array_equal(light.row[left], runs.row)


@pytest.mark.parametrize(("diagonal", "structure"), [(True, SQUARE), (False, CROSS)])
@settings(deadline=None)
@given(image=IMAGES)
def test_groups_are_those_of_an_image_labelled_at_once(
    image: np.ndarray, *, diagonal: bool, structure: np.ndarray
) -> None:
    runs = find_runs(image, 243)
    count, labels = label_runs(runs, diagonal=diagonal)
    theirs, their_count = ndimage.label(image <= 243, structure)
    assert count == their_count
    assert numbered_alike(painted(runs, labels + 1), np.where(theirs == 0, -1, theirs))


@settings(deadline=None)
@given(IMAGES)
def test_light_groups_are_those_of_an_image_labelled_at_once(image: np.ndarray) -> None:
    light = gaps(find_runs(image, 243))
    _, labels = label_runs(light, diagonal=False)
    theirs, _ = ndimage.label(image > 243, CROSS)
    assert numbered_alike(painted(light, labels + 1), np.where(theirs == 0, -1, theirs))


def test_an_image_higher_than_a_strip_is_labelled_over_the_seams() -> None:
    image = np.full((700, 40), 255, np.uint8)
    image[5:695, 7] = 10
    image[300, 20:30] = 10
    count, _ = label_runs(find_runs(image, 243), diagonal=True)
    assert count == 2


def test_the_first_of_each_group_is_the_topmost_then_leftmost() -> None:
    assert first_of_each(np.array([1, 0, 1, 2, 0], np.int32), 3).tolist() == [1, 0, 3]
