"""Turning an object onto its long axis, symmetry and thickness."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import blotch, disc, ell, rectangle

from pelagia.imaging.measures.symmetry import isodata_level, rotate, symmetry, thickness_ratio, turn


def _rotated(image: np.ndarray, angle: float) -> np.ndarray:
    """ImageJ's rotation, pixel by pixel."""
    side = len(image)
    middle = (side - 1) / 2.0
    cos, sin = math.cos(-angle / (180.0 / math.pi)), math.sin(-angle / (180.0 / math.pi))
    turned = np.zeros_like(image)
    for row in range(side):
        for col in range(side):
            x = col * cos + (middle * sin - middle * cos - row * sin + middle)
            y = col * sin + (-middle * sin - middle * cos + row * cos + middle)
            if not (-0.01 <= x < side and -0.01 <= y < side):
                continue
            x, y = (side - 1.001 if at >= side - 1.0 else max(at, 0.0) for at in (x, y))
            left, top = int(x), int(y)
            square = image[top : top + 2, left : left + 2].astype(float)
            upper = square[0, 0] + (x - left) * (square[0, 1] - square[0, 0])
            lower = square[1, 0] + (x - left) * (square[1, 1] - square[1, 0])
            turned[row, col] = int(upper + (y - top) * (lower - upper) + 0.5)
    return turned


@pytest.mark.parametrize("seed", range(12))
def test_an_image_is_turned_as_pixel_by_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = np.zeros((40, 40), dtype=np.uint8)
    object_ = blotch(rng, largest=34)
    row, col = (int(rng.integers(0, 41 - size)) for size in object_.shape)  # to the very edge
    image[row : row + object_.shape[0], col : col + object_.shape[1]][object_] = 255
    angle = float(rng.uniform(180, 360))
    np.testing.assert_array_equal(rotate(image, angle), _rotated(image, angle))


def test_a_wide_image_is_turned_in_strips_without_a_seam() -> None:
    image = np.zeros((180, 180), dtype=np.uint8)
    image[20:160, 20:160][disc(140)] = 255
    np.testing.assert_array_equal(rotate(image, 217.3), _rotated(image, 217.3))


def test_nothing_turns_into_nothing() -> None:
    assert not rotate(np.zeros((9, 9), dtype=np.uint8), 200.0).any()


@pytest.mark.parametrize("angle", [0.0, 20.0, 77.0])
def test_the_long_axis_comes_to_lie_along_the_rows(angle: float) -> None:
    image = np.zeros((121, 121), dtype=np.uint8)
    image[55:66, 20:101] = 255
    bar = rotate(image, angle) > 127
    rows, cols = np.flatnonzero(bar.any(axis=1)), np.flatnonzero(bar.any(axis=0))
    bar = np.ascontiguousarray(bar[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])
    turned = turn(bar, bar) > 127
    assert np.ptp(np.flatnonzero(turned.any(axis=1))) < 16
    assert np.ptp(np.flatnonzero(turned.any(axis=0))) > 75


def _isodata(image: np.ndarray) -> int:
    """ImageJ's iteration as it is written: sums anew at every level."""
    histogram = np.bincount(image.ravel(), minlength=256)
    histogram[0] = histogram[255] = 0
    levels = np.flatnonzero(histogram)
    if len(levels) < 2:
        return 128
    low, high = int(levels[0]), int(levels[-1])
    level = low
    while True:
        below, above = np.arange(low, level + 1), np.arange(level + 1, high + 1)
        mean = (np.average(below, weights=histogram[below]) + np.average(above, weights=histogram[above])) / 2
        level += 1
        if not (level + 1 <= mean and level < high - 1):
            return math.floor(mean + 0.5)


@pytest.mark.parametrize("seed", range(20))
def test_the_automatic_threshold_is_that_of_the_iteration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.choice(rng.integers(0, 256, 12), (20, 20)).astype(np.uint8)
    assert isodata_level(image) == _isodata(image)


def test_of_black_and_white_alone_the_threshold_is_the_middle() -> None:
    assert isodata_level(np.array([[0, 255]], dtype=np.uint8)) == 128


def test_what_is_its_own_mirror_image_counts_every_pixel() -> None:
    image = np.zeros((20, 20), dtype=np.uint8)
    image[5:15, 5:15] = 255
    found = symmetry(image, 100)
    assert found.horizontal == found.vertical == 400 / 2 / 100


def test_what_overlaps_its_mirror_image_nowhere_loses_twice_its_area() -> None:
    image = np.zeros((20, 20), dtype=np.uint8)
    image[2:6, 2:6] = 255
    found = symmetry(image, 16)
    assert found.horizontal == found.vertical == (400 - 32) / 2 / 16


def test_a_tadpole_is_symmetric_about_its_long_axis_only() -> None:
    image = np.zeros((60, 60), dtype=np.uint8)
    image[20:40, 5:25] = 255
    image[28:32, 25:55] = 255
    found = symmetry(image, int(np.count_nonzero(image)))
    assert found.vertical > found.horizontal


def test_an_even_bar_is_as_thick_everywhere() -> None:
    # Two of three columns are in the sum, all three in its divisor.
    image = np.zeros((60, 60), dtype=np.uint8)
    image[25:35, 15:45] = 255
    assert thickness_ratio(image, 0.0106) == pytest.approx(10 / (20 / 3))


def test_a_step_makes_the_thickness_uneven() -> None:
    image = np.zeros((60, 60), dtype=np.uint8)
    image[25:35, 9:30] = 255
    image[29:31, 30:55] = 255
    # Columns 9, 18, 27 are 10 px thick; 36, 45, 54 are 2 px and the last of them is left out.
    assert thickness_ratio(image, 0.0106) == pytest.approx(10 / (34 / 6))


def test_an_object_met_by_one_column_or_none_has_the_ratio_one() -> None:
    image = np.zeros((40, 40), dtype=np.uint8)
    assert thickness_ratio(image, 0.0106) == 1.0
    image[10:20, 17:20] = 255
    assert thickness_ratio(image, 0.0106) == 1.0


@pytest.mark.parametrize("mask", [rectangle(1, 1), rectangle(1, 40), rectangle(40, 1), ell(30, 30, 1)])
def test_thin_objects_are_turned_without_loss_of_the_canvas(mask: np.ndarray) -> None:
    turned = turn(mask, mask)
    side = int(1.2 * math.hypot(*mask.shape))
    assert turned.shape == (side, side)
