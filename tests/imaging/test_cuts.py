from __future__ import annotations

import cv2
import numpy as np
import pytest

from pelagia.imaging.cuts import Cut, apply_cuts, divide, divide_by_mask, line_mask
from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import find_regions

ROW, COL = 100, 200


def scan_of(*discs: tuple[int, int, int], grey: int = 90) -> np.ndarray:
    scan = np.full((400, 500), 255, np.uint8)
    for row, col, radius in discs:
        cv2.circle(scan, (col, row), radius, grey, -1)
    return scan


def only(scan: np.ndarray) -> Region:
    (region,) = find_regions(scan, min_area_px=1, max_area_px=scan.size)
    return region


def line(*points: tuple[float, float]) -> Cut:
    return Cut(points=points, source="person")


PAIR = scan_of((200, 200, 30), (200, 255, 30))
THROUGH = line((160.0, 227.5), (240.0, 227.5))


def test_a_line_through_two_discs_makes_two_objects_where_they_are_in_the_scan() -> None:
    left, right = apply_cuts(only(PAIR), [THROUGH], min_area_px=500)
    assert (left.row, left.col) == (170, 170)
    assert right.col + right.width == 286
    assert left.col + left.width <= 227 <= right.col
    assert left.filled.sum() == pytest.approx(right.filled.sum(), rel=0.03)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 13).tolist())
@pytest.mark.parametrize("width", [2, 3])
def test_a_line_of_any_slope_separates_under_eight_neighbours(angle: float, width: int) -> None:
    region = only(scan_of((200, 200, 40)))
    step = 60 * np.array([np.sin(angle), np.cos(angle)])
    cut = line(tuple(200.3 - step), tuple(200.3 + step))
    pieces = apply_cuts(region, [cut], min_area_px=100, line_px=width)
    assert len(pieces) == 2
    assert sum(int(p.filled.sum()) for p in pieces) < region.filled.sum()


def test_an_object_that_no_line_divides_is_the_same_object() -> None:
    region = only(PAIR)
    before = region.grey.copy()
    for cut in (line((160.0, 227.5), (200.0, 227.5)), line((10.0, 10.0), (50.0, 400.0)), line((200.0, 200.0))):
        division = divide(region, [cut], min_area_px=1)
        assert division.pieces == [region]
        assert not division.divided
        assert division.dropped_px == ()
    assert apply_cuts(region, [], min_area_px=1) == [region]
    assert np.array_equal(region.grey, before)


def test_a_line_over_a_neighbour_in_the_same_box_leaves_it_alone() -> None:
    scan = scan_of((200, 200, 30), (200, 255, 30))
    cv2.circle(scan, (228, 172), 4, 10, -1)  # in the box of the pair, between the discs, touching neither
    pair = max(find_regions(scan, min_area_px=1, max_area_px=scan.size), key=lambda r: r.filled.sum())
    pieces = apply_cuts(pair, [THROUGH], min_area_px=500)
    neighbour = scan == 10
    for piece in pieces:
        box = np.s_[piece.row : piece.row + piece.height, piece.col : piece.col + piece.width]
        assert np.array_equal(piece.grey[neighbour[box]], scan[box][neighbour[box]])
        assert not (piece.filled & neighbour[box]).any()
    mask = line_mask(pair, [THROUGH])
    assert mask.any()
    assert not (mask & ~pair.filled).any()


def test_pieces_too_small_are_dropped_and_their_area_is_told() -> None:
    division = divide(only(PAIR), [line((160.0, 180.0), (240.0, 180.0))], min_area_px=500)
    assert len(division.pieces) == 1
    (area,) = division.dropped_px
    assert 0 < area < 500
    kept = int(division.pieces[0].filled.sum())
    assert kept + area + division.line_px == only(PAIR).filled.sum()


def test_a_ring_needs_two_lines() -> None:
    scan = np.full((300, 300), 255, np.uint8)
    cv2.circle(scan, (150, 150), 60, 90, 12)
    ring = only(scan)
    above, below = line((150.0, 80.0), (150.0, 110.0)), line((150.0, 190.0), (150.0, 220.0))
    assert apply_cuts(ring, [above], min_area_px=100) == [ring]
    assert len(apply_cuts(ring, [above, below], min_area_px=100)) == 2


def test_what_lay_in_the_hole_of_a_ring_that_was_opened_is_an_object() -> None:
    scan = np.full((300, 300), 255, np.uint8)
    cv2.circle(scan, (150, 150), 60, 90, 12)
    cv2.circle(scan, (150, 150), 20, 60, -1)
    pieces = apply_cuts(only(scan), [line((150.0, 80.0), (150.0, 110.0))], min_area_px=100)
    assert sorted(int(piece.filled.sum()) for piece in pieces)[0] == (scan == 60).sum()


def test_pieces_are_those_of_the_scan_with_the_line_in_white() -> None:
    region = only(PAIR)
    painted = PAIR.copy()
    mask = line_mask(region, [THROUGH])
    painted[region.row : region.row + region.height, region.col : region.col + region.width][mask] = 255
    expected = find_regions(painted, min_area_px=500, max_area_px=painted.size)
    found = apply_cuts(region, [THROUGH], min_area_px=500)
    assert len(found) == len(expected) == 2
    for a, b in zip(found, expected, strict=True):
        assert (a.row, a.col) == (b.row, b.col)
        assert np.array_equal(a.filled, b.filled)
        assert np.array_equal(a.grey, b.grey)


def test_a_separation_mask_divides_the_objects_it_crosses_and_no_other() -> None:
    scan = scan_of((100, 100, 30), (100, 155, 30), (300, 100, 30))
    pair, single = find_regions(scan, min_area_px=1, max_area_px=scan.size)
    mask = np.zeros(scan.shape, np.uint8)
    mask[60:140, 126:129] = 255
    mask[290:310, 50:90] = 255
    assert len(divide_by_mask(pair, mask, min_area_px=500).pieces) == 2
    assert divide_by_mask(single, mask, min_area_px=500).pieces == [single]
    assert divide_by_mask(single, mask[:150], min_area_px=500).pieces == [single]
