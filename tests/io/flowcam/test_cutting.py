from __future__ import annotations

import numpy as np
import pytest

from pelagia.io.flowcam import cut, mask_areas, mask_issue, outside

COLLAGE = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)


def test_a_vignette_is_the_collage_at_its_box_pixel_for_pixel() -> None:
    (vignette,) = cut(COLLAGE, [(4, 3, 10, 5)])
    assert vignette is not None
    assert vignette.shape == (5, 10, 3)
    np.testing.assert_array_equal(vignette, COLLAGE[3:8, 4:14])


@pytest.mark.parametrize("box", [(0, 0, 30, 20), (29, 19, 1, 1)])
def test_a_box_may_touch_the_edges(box: tuple[int, int, int, int]) -> None:
    assert cut(COLLAGE, [box])[0] is not None


@pytest.mark.parametrize(
    "box", [(-1, 0, 5, 5), (26, 0, 5, 5), (0, 16, 5, 5), (0, 0, 0, 5), (5, 5, -2, 5), (40, 40, 2, 2)]
)
def test_a_box_that_leaves_the_collage_is_not_cut_and_not_clipped(box: tuple[int, int, int, int]) -> None:
    assert outside(COLLAGE.shape, [box]).tolist() == [True]
    assert cut(COLLAGE, [(0, 0, 2, 2), box])[1] is None


def test_no_boxes_give_no_vignettes() -> None:
    assert cut(COLLAGE, np.empty((0, 4))) == []


def test_the_area_of_a_mask_is_its_pixels_that_are_not_zero() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 255
    counted = mask_areas(mask, [(0, 0, 30, 20), (3, 2, 2, 2), (10, 10, 5, 5), (29, 0, 2, 2)])
    assert counted.tolist() == [18, 4, 0, -1]
    assert mask_issue("run_000001_bin.tif", [1, 2, 3], counted[:3], [18, 4, 0]) is None
    issue = mask_issue("run_000001_bin.tif", [1, 2, 3], counted[:3], [18, 5, 0])
    assert issue is not None
    assert (issue.code, issue.objects) == ("mask-mismatch", 1)
    assert "particle 2: 4 and 5" in issue.message
