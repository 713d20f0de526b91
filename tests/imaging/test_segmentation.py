"""Objects of a scan, against a plain implementation and against truth."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import esd_to_area_px, find_regions, is_stripe, segment

EVERYTHING = {"min_area_px": 1, "max_area_px": 10**9}
IMAGES = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=16), elements=st.sampled_from([100, 243, 244])
)


def white(height: int = 60, width: int = 80) -> np.ndarray:
    return np.full((height, width), 255, np.uint8)


def boxes(regions: list[Region]) -> list[tuple[int, int, int, int]]:
    return [(region.row, region.col, region.height, region.width) for region in regions]


def plain(image: np.ndarray, minimum: int = 1, maximum: int = 10**9) -> list[tuple[int, int, bytes]]:
    """Follow the rules one object after the other on whole label images."""
    labels, count = ndimage.label(image <= 243, ndimage.generate_binary_structure(2, 2))
    filled = {label: ndimage.binary_fill_holes(labels == label) for label in range(1, count + 1)}
    found = []
    for label, mask in filled.items():
        swallowed = any(other != label and (whole & (labels == label)).any() for other, whole in filled.items())
        edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
        if swallowed or edge or not minimum <= mask.sum() <= maximum:
            continue
        (box,) = ndimage.find_objects(mask.astype(int))
        found.append((box[0].start, box[1].start, mask[box].tobytes()))
    return sorted(found)


@settings(deadline=None)
@given(IMAGES)
def test_small_images_give_what_the_plain_rules_give(image: np.ndarray) -> None:
    ours = segment(image, **EVERYTHING, open_frame=False).regions
    assert sorted((region.row, region.col, region.filled.tobytes()) for region in ours) == plain(image)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(10, 40))
def test_areas_are_bounded_on_both_sides_with_holes_counted(seed: int, minimum: int, maximum: int) -> None:
    image = np.where(np.random.default_rng(seed).random((24, 31)) < 0.4, 90, 250).astype(np.uint8)
    ours = segment(image, min_area_px=minimum, max_area_px=maximum, open_frame=False).regions
    assert sorted((region.row, region.col, region.filled.tobytes()) for region in ours) == plain(
        image, minimum, maximum
    )


def test_grey_243_belongs_and_244_does_not() -> None:
    image = white()
    image[10:14, 10:14], image[10:14, 30:34] = 243, 244
    assert boxes(find_regions(image, **EVERYTHING)) == [(10, 10, 4, 4)]


def test_pixels_that_meet_at_a_corner_are_one_object() -> None:
    image = white()
    image[10, 10] = image[11, 11] = image[12, 10] = 0
    (region,) = find_regions(image, **EVERYTHING)
    assert region.filled.tolist() == [[True, False], [False, True], [True, False]]


def test_holes_are_filled_and_what_lies_in_them_belongs_to_the_object() -> None:
    image = white()
    cv2.circle(image, (40, 30), 20, 50, 3)
    cv2.circle(image, (40, 30), 4, 60, -1)
    (region,) = find_regions(image, **EVERYTHING)
    disc = np.zeros_like(image)
    cv2.circle(disc, (40, 30), 20, 1, 3)
    assert np.array_equal(region.filled, ndimage.binary_fill_holes(disc)[8:53, 18:63])


def test_a_hole_open_only_over_a_corner_is_a_hole() -> None:
    image = white()
    image[10:15, 10:15] = 0
    image[11:14, 11:14] = 255
    image[10, 10] = 255  # from here the light gets into the ring only over a corner, as light does not
    (region,) = find_regions(image, **EVERYTHING)
    assert region.filled.sum() == 24


@pytest.mark.parametrize("corner", [(0, 20), (56, 20), (20, 0), (20, 76)])
def test_objects_at_an_edge_are_left_out(corner: tuple[int, int]) -> None:
    image = white()
    image[corner[0] : corner[0] + 4, corner[1] : corner[1] + 4] = 0
    image[30:34, 40:44] = 0
    assert boxes(find_regions(image, **EVERYTHING)) == [(30, 40, 4, 4)]


def test_the_order_is_that_of_first_pixels_in_reading_order() -> None:
    image = white()
    cv2.fillPoly(image, [np.array([[50, 5], [60, 20], [40, 20]])], 0)  # its first pixel is at column 50
    image[5:9, 20:24] = image[5:9, 70:74] = image[4:6, 30:32] = 0
    found = find_regions(image, **EVERYTHING)
    assert [(region.row_start, region.col_start) for region in found] == [(4, 30), (5, 20), (5, 50), (5, 70)]


def test_a_region_holds_its_grey_and_owns_it() -> None:
    image = white()
    image[10:14, 10:14] = np.arange(16).reshape(4, 4)
    (region,) = find_regions(image, **EVERYTHING)
    assert np.array_equal(region.grey, np.arange(16).reshape(4, 4))
    region.grey[:] = 0
    assert image[10, 11] == 1


def framed(*, closed: bool) -> np.ndarray:
    image = white(200, 300)
    for line in (image[:, 10], image[:, 290], image[8], image[190]):
        line[:] = 0
        if not closed:
            line[50:54] = 255
    cv2.circle(image, (150, 100), 12, 90, -1)
    return image


@pytest.mark.parametrize("closed", [False, True])
def test_an_object_within_the_frame_is_found_whether_the_frame_is_closed_or_not(*, closed: bool) -> None:
    found = segment(framed(closed=closed), **EVERYTHING)
    assert boxes(found.regions) == [(88, 138, 25, 25)]
    assert found.frame_closed is closed


def test_a_closed_frame_swallows_everything_where_asked_to_be_like_imagej() -> None:
    assert segment(framed(closed=True), **EVERYTHING, open_frame=False).regions == []


def test_the_ratio_of_dark_to_light_pixels() -> None:
    image = white(10, 10)
    image[3:5, 2:7] = 0
    assert segment(image, **EVERYTHING).dark_ratio == pytest.approx(10 / 90)


@pytest.mark.parametrize("make", [white, lambda: np.zeros((40, 50), np.uint8), lambda: white(1, 1)])
def test_empty_and_full_images_hold_no_object(make: Callable[[], np.ndarray]) -> None:
    assert find_regions(make(), **EVERYTHING) == []


def test_rings_in_rings_in_rings_are_one_object() -> None:
    image = white(401, 401)
    for radius in range(10, 190, 6):
        cv2.circle(image, (200, 200), radius, 0, 1)
    (region,) = find_regions(image, **EVERYTHING)
    assert (region.row, region.height) == (16, 369)
    assert region.filled[184].all()


@pytest.mark.parametrize(("esd_mm", "dpi", "area_px"), [(0.3, 2400, 631), (100, 2400, 70_120_652), (0.3, 1200, 158)])
def test_sizes_in_mm_are_the_areas_that_zooprocess_logged(esd_mm: float, dpi: int, area_px: int) -> None:
    assert esd_to_area_px(esd_mm, dpi) == area_px


def test_stripes_are_40_times_as_wide_as_high() -> None:
    stripe = Region(0, 0, np.ones((2, 80), bool), np.zeros((2, 80), np.uint8))
    animal = Region(0, 0, np.ones((2, 79), bool), np.zeros((2, 79), np.uint8))
    assert is_stripe(stripe)
    assert not is_stripe(animal)
