"""Perimeter and Feret diameter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import blotch, disc, ell, rectangle, wand_perimeter

from pelagia.imaging.measures.outline import crack_steps, feret_diameter, traced_perimeter

CORNER = 2.0 - math.sqrt(2.0)


@pytest.mark.parametrize("seed", range(150))
def test_the_perimeter_is_that_of_a_wand_going_from_corner_to_corner(seed: int) -> None:
    filled = blotch(np.random.default_rng(seed))
    assert traced_perimeter(crack_steps(filled)) == pytest.approx(wand_perimeter(filled), abs=1e-9)


def test_the_walk_closes_and_takes_every_side_once() -> None:
    filled = blotch(np.random.default_rng(7), largest=60)
    steps = crack_steps(filled)
    padded = np.pad(filled, 1)
    sides = sum(int(np.count_nonzero(np.diff(padded, axis=axis))) for axis in (0, 1))
    assert np.bincount(steps, minlength=4).tolist() == [len(steps[steps == (way + 2) % 4]) for way in range(4)]
    assert len(steps) == sides


def test_a_rectangle_loses_its_four_corners() -> None:
    assert traced_perimeter(crack_steps(rectangle(7, 11))) == pytest.approx(36 - 4 * CORNER)


def test_a_diagonal_is_as_long_as_its_steps() -> None:
    filled = np.eye(9, dtype=np.bool_)
    assert traced_perimeter(crack_steps(filled)) == pytest.approx(36 - 18 * CORNER)


def test_of_a_single_pixel_every_second_corner_counts() -> None:
    assert traced_perimeter(crack_steps(rectangle(1, 1))) == pytest.approx(4 - 2 * CORNER)


def test_a_line_of_one_pixel_is_walked_there_and_back() -> None:
    assert len(crack_steps(rectangle(1, 9))) == 20
    assert len(crack_steps(rectangle(9, 1))) == 20


@pytest.mark.parametrize("seed", range(20))
def test_turning_changes_the_perimeter_by_staircases_only(seed: int) -> None:
    # Of a staircase every second corner counts: which ones depends on where the walk begins.
    filled = blotch(np.random.default_rng(seed))
    here = traced_perimeter(crack_steps(filled))
    turned = traced_perimeter(crack_steps(np.ascontiguousarray(np.rot90(filled))))
    assert turned == pytest.approx(here, abs=1.01 * CORNER)


def test_the_feret_diameter_runs_from_corner_to_corner() -> None:
    assert feret_diameter(rectangle(3, 4)) == 5.0
    assert feret_diameter(rectangle(1, 1)) == pytest.approx(math.sqrt(2))
    assert feret_diameter(disc(40)) == pytest.approx(40, abs=1.5)


@pytest.mark.parametrize("seed", range(20))
def test_turning_and_mirroring_keep_the_feret_diameter(seed: int) -> None:
    filled = blotch(np.random.default_rng(seed))
    for other in (np.rot90(filled), filled[::-1], filled[:, ::-1]):
        assert feret_diameter(other) == feret_diameter(filled)


def test_the_feret_diameter_is_the_largest_of_all_distances() -> None:
    filled = ell(9, 6, 2)
    rows, cols = np.nonzero(filled)
    corners = np.array([(r + dr, c + dc) for r, c in zip(rows, cols, strict=True) for dr in (0, 1) for dc in (0, 1)])
    apart = corners[:, None] - corners[None]
    assert feret_diameter(filled) == pytest.approx(math.sqrt((apart**2).sum(axis=2).max()))
