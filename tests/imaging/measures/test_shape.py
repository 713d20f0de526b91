"""Ellipse and convex hull."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import blotch, disc, ell, rectangle

from pelagia.imaging.measures.shape import convex_hull, fit_ellipse


@pytest.mark.parametrize("seed", range(40))
def test_the_ellipse_has_the_area_of_the_object(seed: int) -> None:
    filled = blotch(np.random.default_rng(seed))
    ellipse = fit_ellipse(filled)
    assert math.pi / 4 * ellipse.major * ellipse.minor == pytest.approx(np.count_nonzero(filled), rel=1e-9)
    assert ellipse.major >= ellipse.minor > 0


def test_a_disc_has_equal_axes_of_its_diameter() -> None:
    ellipse = fit_ellipse(disc(61))
    assert ellipse.major == pytest.approx(61, rel=0.005)
    assert ellipse.minor == pytest.approx(61, rel=0.005)
    assert (ellipse.x, ellipse.y) == pytest.approx((30.5, 30.5))


def test_the_axes_of_a_rectangle_lie_along_its_sides() -> None:
    wide, high = fit_ellipse(rectangle(5, 20)), fit_ellipse(rectangle(20, 5))
    assert (wide.angle, high.angle) == (0.0, 90.0)
    assert wide.major / wide.minor == pytest.approx(4.0, rel=1e-5)
    assert (wide.major, wide.minor) == pytest.approx((high.major, high.minor), rel=1e-5)


def test_the_angle_is_counter_clockwise_from_the_row() -> None:
    rising = np.eye(30, dtype=np.bool_)[::-1]  # from bottom left to top right
    assert fit_ellipse(rising).angle == pytest.approx(45.0, abs=1e-3)


@pytest.mark.parametrize("seed", range(20))
def test_turning_adds_a_right_angle_and_mirroring_takes_the_supplement(seed: int) -> None:
    filled = blotch(np.random.default_rng(seed), largest=50)
    ellipse = fit_ellipse(filled)
    if ellipse.major - ellipse.minor < 0.5:
        pytest.skip("as good as round: it has no angle")
    turned, mirrored = fit_ellipse(np.rot90(filled)), fit_ellipse(filled[:, ::-1])
    assert (turned.angle - ellipse.angle - 90) % 180 == pytest.approx(0, abs=1e-3) or (
        turned.angle - ellipse.angle - 90
    ) % 180 == pytest.approx(180, abs=1e-3)
    assert (mirrored.angle + ellipse.angle) % 180 == pytest.approx(0, abs=1e-3) or (
        mirrored.angle + ellipse.angle
    ) % 180 == pytest.approx(180, abs=1e-3)


def test_the_hull_of_a_rectangle_is_itself() -> None:
    assert convex_hull(rectangle(6, 9)) == (54, 26)
    assert convex_hull(rectangle(1, 9)) == (9, 9)
    assert convex_hull(rectangle(1, 1)) == (1, 1)


def test_the_hull_of_two_pixels_is_the_line_between_them() -> None:
    mask = np.zeros((6, 6), dtype=np.bool_)
    mask[0, 0] = mask[5, 5] = True
    assert convex_hull(mask) == (6, 6)


def test_the_hull_of_an_ell_is_its_triangle_and_what_the_line_covers() -> None:
    # 10 pixels on the slope and 45 below it. On the edge: 27 on the three sides and the 7 next to the slope, which
    # have the outside at a corner.
    assert convex_hull(ell(10, 10, 1)) == (55, 34)


@pytest.mark.parametrize("seed", range(30))
def test_the_hull_covers_the_object_and_is_its_own_hull_but_for_drawing(seed: int) -> None:
    mask = blotch(np.random.default_rng(seed))
    area, perimeter = convex_hull(mask)
    assert np.count_nonzero(mask) <= area <= mask.size
    assert 0 < perimeter <= area
