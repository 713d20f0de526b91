from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from pelagia.imaging.cuts import apply_cuts
from pelagia.imaging.region import Region
from pelagia.imaging.seams import find_seams
from pelagia.imaging.watershed import PLAIN, distance_to_edge, hills, watershed_cuts


def region_of(mask: np.ndarray, row: int = 50, col: int = 70) -> Region:
    return Region(row, col, mask, np.where(mask, 100, 255).astype(np.uint8))


def discs(*places: tuple[int, int, int], shape: tuple[int, int] = (120, 200)) -> np.ndarray:
    canvas = np.zeros(shape, np.uint8)
    for row, col, radius in places:
        cv2.circle(canvas, (col, row), radius, 1, -1)
    return canvas > 0


def blob(rng: np.random.Generator) -> np.ndarray:
    noise = ndimage.gaussian_filter(rng.normal(size=(90, 110)), 4)
    labels, _ = ndimage.label(noise > 0.02, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())[1:]
    return ndimage.binary_fill_holes(labels == sizes.argmax() + 1)


def test_two_touching_discs_are_cut_in_the_middle() -> None:
    region = region_of(discs((60, 60, 30), (60, 115, 30)))
    (cut,) = watershed_cuts(region)
    assert cut.source == "watershed"
    assert cut.score is None
    assert all(abs(col - (70 + 87.5)) < 3 for _, col in cut.points)
    assert len(apply_cuts(region, [cut], min_area_px=500)) == 2


def test_a_disc_and_a_rod_are_not_cut() -> None:
    rod = np.zeros((120, 200), bool)
    rod[50:62, 10:180] = True
    for mask in (discs((60, 90, 40)), rod):
        assert watershed_cuts(region_of(mask)) == []


def test_parts_smaller_than_asked_for_are_not_cut_off() -> None:
    region = region_of(discs((60, 60, 30), (60, 104, 16)))
    assert watershed_cuts(region)
    assert watershed_cuts(region, min_area_px=1000) == []


@pytest.mark.parametrize("seed", range(8))
def test_the_lines_of_any_blob_separate_the_parts_they_lie_between(seed: int) -> None:
    mask = blob(np.random.default_rng(seed))
    region = region_of(mask)
    labels = hills(distance_to_edge(mask), mask, PLAIN.joins, min_area_px=120)
    pieces = apply_cuts(region, watershed_cuts(region, PLAIN, min_area_px=120), min_area_px=1)
    for piece in pieces:
        box = np.s_[piece.row - 50 : piece.row - 50 + piece.height, piece.col - 70 : piece.col - 70 + piece.width]
        shares = np.bincount(labels[box][piece.filled])[1:]
        assert shares.max() >= 0.8 * shares.sum() or shares.sum() < 40
    assert np.array_equal(labels > 0, mask)


def test_every_hill_hangs_together_and_holds_one_summit_of_a_smooth_map() -> None:
    mask = discs((60, 60, 40), (60, 130, 40))
    labels = hills(distance_to_edge(mask), mask, PLAIN.joins)
    assert labels.max() == 2
    for label in (1, 2):
        assert ndimage.label(labels == label, np.ones((3, 3)))[1] == 1


def test_parts_that_meet_at_a_corner_only_have_a_seam_there() -> None:
    for labels in ([[1, 0], [0, 2]], [[0, 1], [2, 0]]):
        (seam,) = find_seams(np.array(labels, np.int32), smooth_px=0.75)
        assert (0.5, 0.5) in seam.points
        assert len(seam.points) == 2


def test_parts_that_meet_twice_have_two_seams() -> None:
    labels = np.array([[1, 1, 2, 2], [1, 0, 0, 2], [1, 1, 2, 2]], np.int32)
    assert [(s.first, s.second, s.points) for s in find_seams(labels, smooth_px=0)] == [
        (1, 2, ((-0.5, 1.5), (0.5, 1.5))),
        (1, 2, ((1.5, 1.5), (2.5, 1.5))),
    ]


def test_a_part_within_another_has_a_closed_seam() -> None:
    labels = np.ones((5, 5), np.int32)
    labels[2, 2] = 2
    (seam,) = find_seams(labels, smooth_px=0.75)
    assert seam.points[0] == seam.points[-1]
    assert len(seam.points) == 5
