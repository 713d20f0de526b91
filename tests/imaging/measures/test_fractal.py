"""Distance map and fractal dimension."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import blotch, disc, rectangle

from pelagia.imaging.measures.fractal import FURTHEST, ONE, REACHES, distance_map, fractal_dimension

STEPS = [(dr, dc, 41) for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))]
STEPS += [(dr, dc, 58) for dr in (-1, 1) for dc in (-1, 1)]
STEPS += [(dr, dc, 92) for dr in (-2, -1, 1, 2) for dc in (-2, -1, 1, 2) if abs(dr) + abs(dc) == 3]


def _shortest_paths(inside: np.ndarray) -> np.ndarray:
    """Distances by Dijkstra's algorithm over the same steps."""
    distances = np.where(inside, 10**6, 0)
    queue = [(0, int(row), int(col)) for row, col in zip(*np.nonzero(~inside), strict=True)]
    while queue:
        here, row, col = heapq.heappop(queue)
        if here > distances[row, col]:
            continue
        for down, across, cost in STEPS:
            to = row + down, col + across
            if 0 <= to[0] < inside.shape[0] and 0 <= to[1] < inside.shape[1] and here + cost < distances[to]:
                distances[to] = here + cost
                heapq.heappush(queue, (here + cost, *to))
    return distances


@pytest.mark.parametrize("seed", range(12))
def test_distances_inside_are_shortest_paths(seed: int) -> None:
    inside = np.pad(blotch(np.random.default_rng(seed)), 1)
    np.testing.assert_array_equal(distance_map(inside), _shortest_paths(inside))


def test_distances_inside_a_large_object_are_exact_up_to_the_furthest_reach() -> None:
    inside = np.pad(disc(111), 1)
    exact = _shortest_paths(inside)
    near = exact <= ONE * FURTHEST + ONE // 2
    found = distance_map(inside)
    np.testing.assert_array_equal(found[near], exact[near])
    assert (found[~near] > ONE * FURTHEST + ONE // 2).all()


def _dimension(mask: np.ndarray) -> float:
    """The definition: a canvas, two maps, areas within reach, two standard deviations."""
    height, width = mask.shape
    factor = 2 if height >= 200 and width >= 200 else 4
    canvas = np.zeros((factor * height, factor * width), dtype=np.bool_)
    top, left = math.floor(factor * height / 2 - height / 2), math.floor(factor * width / 2 - width / 2)
    canvas[top : top + height, left : left + width] = mask
    total = sum((_shortest_paths(side) + 20) // 41 for side in (canvas, ~canvas))
    areas = [np.count_nonzero(total <= reach) for reach in REACHES]
    return 2 - np.std(np.log(areas)) / np.std(np.log(2 * REACHES))


@pytest.mark.parametrize("seed", range(8))
def test_the_dimension_is_that_of_the_definition_on_small_canvases(seed: int) -> None:
    mask = blotch(np.random.default_rng(100 + seed), largest=16)
    assert fractal_dimension(mask) == pytest.approx(_dimension(mask), abs=1e-12)


def test_the_reaches_are_powers_rounded_once_each() -> None:
    assert REACHES.tolist()[:5] == [1, 2, 3, 4, 5]
    assert REACHES[-1] == FURTHEST == 45
    assert len(set(REACHES.tolist())) == len(REACHES) == 26


def test_a_ragged_outline_has_a_higher_dimension_than_a_smooth_one() -> None:
    rng = np.random.default_rng(4)
    smooth = disc(120)
    ragged = smooth & (rng.random(smooth.shape) > 0.2)
    assert 0.9 < fractal_dimension(smooth) < 1.1 < fractal_dimension(ragged)


@pytest.mark.parametrize("mask", [rectangle(1, 1), rectangle(1, 30), rectangle(30, 1), rectangle(210, 205)])
def test_the_dimension_of_plain_shapes_is_finite(mask: np.ndarray) -> None:
    assert math.isfinite(fractal_dimension(mask))


@pytest.mark.parametrize("seed", range(10))
def test_turning_and_mirroring_keep_the_dimension_of_objects_with_room_around(seed: int) -> None:
    # An odd side leaves one pixel more on one side of the canvas: with even ones the canvas is symmetric.
    mask = np.zeros((40, 40), dtype=np.bool_)
    mask[2:38, 2:38] = np.random.default_rng(seed).random((36, 36)) < 0.8
    for other in (np.rot90(mask), mask[::-1], mask[:, ::-1]):
        assert fractal_dimension(other) == pytest.approx(fractal_dimension(mask), abs=1e-12)
