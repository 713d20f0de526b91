"""The limits of the frame."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.imaging.limits import FrameLimits, find_limits


def scan(left: int, right: int, top: int, bottom: int, height: int = 720, width: int = 1200) -> np.ndarray:
    image = np.full((height, width), 100, np.uint8)
    image[top:bottom, left:right] = 220
    return image


def test_each_limit_is_a_step_of_a_240th_inch_before_the_first_dark_slab() -> None:
    # Walks start at columns 1000 and 60, rows 684 and 36; the step is 2 px at 400 dpi.
    found = find_limits(scan(20, 1170, 16, 706), 400)
    assert found == FrameLimits(left=20, right=1168, top=16, bottom=704)


def test_limits_are_found_on_a_scan_as_large_as_a_real_one() -> None:
    # Walks start at 23,800 and 1,250, 14,250 and 750, in steps of 10 px, as logged by ZooProcess.
    image = np.broadcast_to(np.uint8(220), (15_000, 25_000))
    image = image.copy()
    image[:, 24_490:], image[:, :340], image[:330], image[14_610:] = 90, 90, 90, 90
    assert find_limits(image, 2400) == FrameLimits(left=340, right=24_480, top=330, bottom=14_600)


def test_a_slab_must_be_darker_than_nine_tenths_of_the_water() -> None:
    image = scan(0, 1200, 0, 720)
    image[:, 1100:] = 198
    assert "right" in find_limits(image, 400).not_found
    image[:, 1100:] = 197
    assert find_limits(image, 400).right == 1098


def test_a_side_without_a_frame_ends_at_the_edge_and_is_named() -> None:
    found = find_limits(scan(20, 1200, 0, 706), 400)
    assert (found.right, found.top) == (1200, 0)
    assert found.not_found == ("right", "top")


def test_nothing_is_found_where_the_grey_ratio_says_so() -> None:
    found = find_limits(scan(20, 1170, 16, 706), 400, grey_ratio=0.01)
    assert found == FrameLimits(0, 1200, 0, 720, ("right", "left", "bottom", "top"))


def test_the_last_columns_that_make_no_eight_are_not_looked_at() -> None:
    image = scan(20, 1207, 16, 706, width=1207)
    image[:, 1200:] = 0
    assert find_limits(image, 400).right == 1200


@pytest.mark.parametrize(("shape", "dpi"), [((30, 1200), 400), ((720, 1200), 90)])
def test_an_image_too_small_for_its_resolution_is_refused(shape: tuple[int, int], dpi: int) -> None:
    with pytest.raises(BadInput, match="too small"):
        find_limits(np.full(shape, 200, np.uint8), dpi)
