"""From 16 to 8 bits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.core.errors import BadInput, BadParameter
from pelagia.imaging.grey import GreyRange, filter_parts, grey_range, refuse_unknown_options, to_8_bit

REAL = GreyRange(54_921, 756, 63_159)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(50_000, 6_000, (height, width)).clip(0, 65_535).astype(np.uint16)


class FromFile:
    """Gives rows when asked for them, and nothing else."""

    def __init__(self, image: np.ndarray) -> None:
        self.shape = image.shape
        self.most = 0
        self._image = image

    def __getitem__(self, rows: slice) -> np.ndarray:
        part = self._image[rows]
        self.most = max(self.most, len(part))
        return part


def test_a_median_of_54921_gives_the_levels_that_zooprocess_logged() -> None:
    assert grey_range(np.full((100, 100), 54_921, np.uint16)) == REAL


def test_the_brightest_level_is_at_most_65536() -> None:
    assert grey_range(np.full((100, 100), 65_000, np.uint16)).high == 65_536


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(22, 700), st.integers(4, 60))
def test_the_median_is_the_mean_of_twenty_medians_of_strips(seed: int, height: int, width: int) -> None:
    image = noise(seed, height, width)
    step = int(height * 0.93 / 20)
    left, inner = int(width * 0.03 + 0.5), int(width * 0.94 + 0.5)
    medians, top = [], height * 0.05
    while top < height * 0.93 + step:
        first = int(top + 0.5)
        strip = np.sort(image[first : first + step, left : left + inner].ravel())
        medians.append(int(strip[strip.size // 2]))
        top += step
    assert grey_range(image).median == pytest.approx(np.mean(medians))


def test_what_lies_outside_of_the_inner_rectangle_does_not_count() -> None:
    image = np.full((1000, 1000), 40_000, np.uint16)
    image[:50] = image[985:] = image[:, :30] = image[:, 970:] = 100
    assert grey_range(image).median == 40_000


def test_8_bits_are_those_of_the_formula_for_every_level() -> None:
    levels = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    expected = [min(255, int(max(level - 756, 0) * (256.0 / (63_159 - 756 + 1)) + 0.5)) for level in range(65_536)]
    turned = np.array(expected, np.uint8).reshape(256, 256)[::-1, ::-1].T
    assert np.array_equal(to_8_bit(levels, REAL), turned)


def test_a_highest_level_of_65536_is_taken_as_65535() -> None:
    white = np.full((2, 2), 65_535, np.uint16)
    grey = GreyRange(60_000, 0, 65_536)
    assert (to_8_bit(white // 2, grey) == int(32_767 * (256 / 65_536) + 0.5)).all()
    assert (to_8_bit(white, grey) == 255).all()


@pytest.mark.parametrize("height", [1, 255, 256, 257, 600])
def test_strips_are_turned_as_the_whole_image_is(height: int) -> None:
    image = noise(1, height, 37)
    assert np.array_equal(to_8_bit(image, REAL), to_8_bit(image.T, REAL)[::-1, ::-1].T[::-1, ::-1])
    assert np.array_equal(to_8_bit(image, REAL)[:, 0], to_8_bit(image[-1:], REAL)[:, 0])


def test_rows_are_read_a_strip_at_a_time() -> None:
    image = FromFile(noise(2, 5000, 20))
    to_8_bit(image, grey_range(image))
    assert image.most <= 256


def test_the_image_given_is_not_changed() -> None:
    image = noise(3, 300, 20)
    before = image.copy()
    to_8_bit(image, REAL)
    assert np.array_equal(image, before)


def naive_filter(image: np.ndarray) -> np.ndarray:
    around = np.pad(image, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(around, (3, 3))
    return np.median(windows, axis=(2, 3)).astype(np.uint8)


@pytest.mark.parametrize("parts", [1, 3, 6])
@pytest.mark.parametrize("height", [100, 256 * 3, 1000])
def test_the_median_filter_runs_in_each_part_by_itself(parts: int, height: int) -> None:
    image = noise(4, height, 30)
    grey_8 = to_8_bit(image, REAL)[::-1, ::-1].T
    part = height // parts
    cuts = [*(index * part for index in range(parts)), height]
    expected = np.concatenate([naive_filter(grey_8[a:b]) for a, b in itertools.pairwise(cuts)])
    assert np.array_equal(to_8_bit(image, REAL, filter_parts=parts), expected[::-1, ::-1].T)


def test_how_many_parts_are_filtered_depends_on_resolution_and_frame() -> None:
    assert [filter_parts(15_000, 1200), filter_parts(14_000, 2400), filter_parts(15_000, 2400)] == [1, 3, 6]


@pytest.mark.parametrize("shape", [(10, 100), (21, 100), (100, 0)])
def test_an_image_too_small_for_twenty_strips_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match="too small"):
        grey_range(np.zeros(shape, np.uint16))


def test_a_black_image_is_refused() -> None:
    with pytest.raises(BadInput, match="black"):
        grey_range(np.zeros((100, 100), np.uint16))


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ({"gamma": 0.8}, "lut-gamma"),
        ({"filter_radius_px": 2}, "lut-median-filter"),
        ({"reduced_dpi": 1200}, "lut-reduction"),
    ],
)
def test_options_whose_result_is_not_known_are_refused(option: dict[str, float], code: str) -> None:
    with pytest.raises(BadParameter) as refused:
        refuse_unknown_options(**option, shape=(25_000, 15_000), dpi=2400)
    assert refused.value.code == code


def test_known_options_pass() -> None:
    refuse_unknown_options(gamma=1, filter_radius_px=1, reduced_dpi=2400, shape=(25_000, 15_000), dpi=2400)
    refuse_unknown_options(reduced_dpi=1200, shape=(25_000, 9_000), dpi=2400)
