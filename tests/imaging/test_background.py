"""Backgrounds: combined, smoothed, enlarged, taken from the scan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.core.errors import BadInput
from pelagia.imaging.background import DISC, combine_backgrounds, remove_background, smooth
from pelagia.imaging.limits import FrameLimits
from pelagia.imaging.resizing import Enlarged


def noise(seed: int, height: int, width: int, low: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, 256, (height, width), dtype=np.uint8)


def test_halves_are_rounded_up_and_their_sum_saturates() -> None:
    first = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, axis=1)
    expected = np.minimum((first.astype(int) + 1) // 2 + (first.T.astype(int) + 1) // 2, 255)
    assert np.array_equal(combine_backgrounds(first, first.T), expected)


def test_backgrounds_of_two_sizes_are_refused() -> None:
    with pytest.raises(BadInput, match="differ in size"):
        combine_backgrounds(noise(1, 20, 20), noise(1, 20, 21))


def test_the_disc_has_37_pixels() -> None:
    assert DISC.sum(axis=1).tolist() == [3, 5, 7, 7, 7, 5, 3]


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_smoothing_is_the_rounded_mean_over_the_disc(seed: int) -> None:
    image = noise(seed, 17, 23)
    around = np.pad(image, 3, mode="edge").astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(around, (7, 7))
    sums = (windows * DISC.astype(int)).sum(axis=(2, 3))
    assert np.array_equal(smooth(image), (2 * sums + 37) // 74)


def one_by_one(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge pixel by pixel, as ImageJ's ByteProcessor.resize is described."""
    rows, cols = image.shape
    enlarged = np.zeros((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            place = []
            for at, new, old in ((y, height, rows), (x, width, cols)):
                scale = new / old
                source = (at - (new / 2.0 + scale / 2.0)) / scale + old / 2.0
                source = max(source, 0.0)
                place.append(old - 1.001 if source >= old - 1.0 else source)
            row, col = int(place[0]), int(place[1])
            down, along = place[0] - row, place[1] - col
            corner = image[row : row + 2, col : col + 2].astype(float)
            upper = corner[0, 0] + along * (corner[0, 1] - corner[0, 0])
            lower = corner[1, 0] + along * (corner[1, 1] - corner[1, 0])
            enlarged[y, x] = int(upper + down * (lower - upper) + 0.5)
    return enlarged


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(2, 9), st.integers(2, 9), st.integers(1, 40), st.integers(1, 40))
def test_enlarging_in_strips_is_enlarging_pixel_by_pixel(
    seed: int, rows: int, cols: int, height: int, width: int
) -> None:
    image = noise(seed, rows, cols)
    enlarged = Enlarged(image, height, width)
    cut = height // 2
    parts = [enlarged.rows(0, cut)] if cut else []
    assert np.array_equal(np.concatenate([*parts, enlarged.rows(cut, height)]), one_by_one(image, height, width))


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(2, 12), st.sampled_from([2, 3, 4, 8]), st.integers(1, 16))
def test_enlarging_by_whole_numbers_is_enlarging_pixel_by_pixel(
    seed: int, rows: int, cols: int, times: int, strip: int
) -> None:
    image = noise(seed, rows, cols)
    height, width = rows * times, cols * times
    enlarged = Enlarged(image, height, width)
    parts = [enlarged.rows(start, min(start + strip, height)) for start in range(0, height, strip)]
    assert np.array_equal(np.concatenate(parts), one_by_one(image, height, width))


def plain(scan: np.ndarray, background: np.ndarray, limits: FrameLimits, ratio: int, line_px: int) -> np.ndarray:
    """Follow the reference on whole images."""
    scan = scan[: scan.shape[0] // 8 * 8, : scan.shape[1] // 8 * 8]
    height, width = scan.shape
    part = background[background.shape[0] - height // ratio :, background.shape[1] - width // ratio :]
    wide = one_by_one(smooth(part), background.shape[0] * ratio, background.shape[1] * ratio)
    height, width = min(height, wide.shape[0]), min(width, wide.shape[1])
    vis1 = 255 - np.abs(wide[:height, :width].astype(int) - scan[:height, :width])
    side = min(int(limits.right + (scan.shape[1] - limits.right) / 10 + 0.5), width)
    vis1 = vis1[:, :side]
    white = np.full_like(vis1, 255)
    white[limits.top : limits.bottom, limits.left : limits.right] = vis1[
        limits.top : limits.bottom, limits.left : limits.right
    ]
    more = line_px - 1
    for along, at, size in (
        (white.T, limits.right, scan.shape[0]),
        (white.T, limits.left, scan.shape[0]),
        (white, limits.bottom, side),
        (white, limits.top, side),
    ):
        along[at - more : at + 1, : int(size / 4 + 0.5) + 1] = 0
        along[at - more : at + 1, int(size / 4 + 4.5) - more :] = 0
    return white.astype(np.uint8)


LIMITS = FrameLimits(left=12, right=151, top=9, bottom=110)


@pytest.mark.parametrize("ratio", [1, 2, 4, 8])
@pytest.mark.parametrize(("dpi", "line_px"), [(2400, 1), (1200, 2)])
@pytest.mark.parametrize("more", [0, 1])
def test_strips_give_what_whole_images_give(ratio: int, dpi: int, line_px: int, more: int) -> None:
    scan = noise(5, 128 + 3, 176 + 5, low=100)
    more *= ratio < 8  # a pixel more of the coarsest one would be too much
    background = noise(6, 128 // ratio + more, 176 // ratio + more, low=100)
    ours = remove_background(scan, background, LIMITS, dpi=dpi, background_dpi=dpi / ratio)
    assert np.array_equal(ours, plain(scan, background, LIMITS, ratio, line_px))


def test_a_scan_may_be_overwritten_and_is_not_otherwise() -> None:
    scan, background = noise(7, 128, 176), noise(8, 64, 88)
    before = scan.copy()
    apart = remove_background(scan, background, LIMITS, dpi=2400, background_dpi=1200)
    assert np.array_equal(scan, before)
    assert np.array_equal(remove_background(scan, background, LIMITS, dpi=2400, background_dpi=1200, out=scan), apart)


def test_an_even_background_gives_white_less_the_difference() -> None:
    scan, background = np.full((128, 176), 200, np.uint8), np.full((64, 88), 210, np.uint8)
    scan[50:60, 50:60] = 90
    vis1 = remove_background(scan, background, LIMITS, dpi=2400, background_dpi=1200)
    inside = vis1[10:110, 13:151]
    assert np.unique(inside).tolist() == [135, 245]
    assert (inside == 135).sum() == 100


def test_lines_are_open_after_a_quarter() -> None:
    scan, background = np.full((128, 176), 200, np.uint8), np.full((64, 88), 200, np.uint8)
    vis1 = remove_background(scan, background, LIMITS, dpi=2400, background_dpi=1200)
    assert vis1.shape == (128, 154)  # 151 + 25 / 10, halves up
    assert np.flatnonzero(vis1[:, 12]).tolist() == [33, 34, 35]
    assert np.flatnonzero(vis1[9]).tolist() == [40, 41, 42]  # a quarter of 154 is 38.5


def test_no_line_is_drawn_where_no_frame_was_found() -> None:
    scan, background = np.full((128, 176), 200, np.uint8), np.full((64, 88), 200, np.uint8)
    limits = FrameLimits(0, 176, 0, 128, ("right", "left", "bottom", "top"))
    vis1 = remove_background(scan, background, limits, dpi=2400, background_dpi=1200)
    assert vis1.shape == (128, 176)
    assert (vis1 == 255).all()


@pytest.mark.parametrize("shape", [(64, 44), (32, 88), (128, 176)])
def test_a_background_of_another_frame_or_resolution_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match="does not fit"):
        remove_background(noise(1, 128, 176), noise(2, *shape), LIMITS, dpi=2400, background_dpi=1200)
