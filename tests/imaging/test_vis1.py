"""From a raw scan to vis1, and separation lines on it."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.imaging.background import combine_backgrounds, remove_background
from pelagia.imaging.grey import filter_parts, grey_range, to_8_bit
from pelagia.imaging.limits import find_limits
from pelagia.imaging.segmentation import find_regions
from pelagia.imaging.vis1 import GreySettings, add_lines, make_background, make_vis1

DPI = 800


def raw(seed: int, height: int, width: int, *, objects: int = 0, scale: int = 1) -> np.ndarray:
    """Light water, a dark frame on all sides, some dark squares."""
    rng = np.random.default_rng(seed)
    image = rng.normal(54_000, 250, (height, width))
    for index in range(objects):
        row, col = 120 + index * 60, 150 + index * 40
        image[row : row + 30, col : col + 20] = 20_000
    edge = 24 // scale
    image[:edge] = image[-edge:] = image[:, :edge] = image[:, -edge:] = 18_000
    return image.clip(0, 65_535).astype(np.uint16)


@pytest.fixture(scope="module")
def background() -> np.ndarray:
    return make_background(raw(1, 600, 400, scale=2), raw(2, 600, 400, scale=2))


def test_the_whole_way_is_its_steps_one_after_the_other(background: np.ndarray) -> None:
    scan = raw(3, 1200, 800, objects=5)
    made = make_vis1(scan, background, dpi=DPI, background_dpi=DPI / 2)
    grey = grey_range(scan)
    scan_8 = to_8_bit(scan, grey)
    limits = find_limits(scan_8, DPI)
    assert (made.grey, made.limits) == (grey, limits)
    assert np.array_equal(made.image, remove_background(scan_8, background, limits, dpi=DPI, background_dpi=DPI / 2))


def test_backgrounds_are_each_converted_by_their_own_greys_and_combined() -> None:
    first, second = raw(1, 600, 400, scale=2), raw(2, 600, 400, scale=2) // 2
    ours = make_background(first, second)
    theirs = combine_backgrounds(*(to_8_bit(image, grey_range(image)) for image in (first, second)))
    assert np.array_equal(ours, theirs)


def test_objects_are_found_where_they_were_put_turned_and_flipped(background: np.ndarray) -> None:
    scan = raw(3, 1200, 800, objects=5)
    made = make_vis1(scan, background, dpi=DPI, background_dpi=DPI / 2)
    assert not made.limits.not_found
    found = find_regions(made.image, min_area_px=500, max_area_px=10_000)
    # Column and row of the raw image, from the other end, are row and column here.
    put = {(800 - (150 + index * 40 + 20), 1200 - (120 + index * 60 + 30)) for index in range(5)}
    assert {(region.row, region.col) for region in found} == put
    assert {(region.height, region.width) for region in found} == {(20, 30)}


def test_the_median_filter_is_that_of_the_raw_image_in_parts(background: np.ndarray) -> None:
    scan = raw(4, 1200, 800, objects=2)
    settings = GreySettings(median_filter=True)
    made = make_vis1(scan, background, dpi=DPI, background_dpi=DPI / 2, settings=settings)
    scan_8 = to_8_bit(scan, grey_range(scan), filter_parts=filter_parts(800, DPI))
    limits = find_limits(scan_8, DPI)
    assert np.array_equal(made.image, remove_background(scan_8, background, limits, dpi=DPI, background_dpi=DPI / 2))


def test_lines_of_a_mask_part_what_they_cross_and_change_nothing_else() -> None:
    vis1 = np.full((300, 60), 255, np.uint8)
    vis1[100:120, 10:50] = 90
    lines = np.zeros((300, 60), np.uint8)
    lines[:, 28:31] = 255
    limits = {"min_area_px": 1, "max_area_px": 10**6}
    lined = add_lines(vis1, lines)
    assert [(region.col, region.width) for region in find_regions(vis1, **limits)] == [(10, 40)]
    assert [(region.col, region.width) for region in find_regions(lined, **limits)] == [(10, 18), (31, 19)]
    assert np.array_equal(lined[lines == 0], vis1[lines == 0])


def test_a_mask_is_added_and_saturates() -> None:
    vis1 = np.arange(256, dtype=np.uint8)[None].repeat(2, axis=0)
    assert np.array_equal(add_lines(vis1, np.full_like(vis1, 100))[0], np.minimum(np.arange(256) + 100, 255))


@pytest.mark.parametrize("shape", [(4, 4), (20, 20), (4, 20)])
def test_a_mask_of_another_size_acts_where_both_are(shape: tuple[int, int]) -> None:
    lined = add_lines(np.full((10, 12), 7, np.uint8), np.full(shape, 255, np.uint8))
    assert (lined == 255).sum() == min(10, shape[0]) * min(12, shape[1])


def test_vis1_may_be_overwritten_by_its_lines() -> None:
    vis1 = np.full((10, 12), 7, np.uint8)
    assert add_lines(vis1, np.full((10, 12), 255, np.uint8), out=vis1) is vis1
    assert (vis1 == 255).all()
