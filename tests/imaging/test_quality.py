"""Quality of pictures: values computed by hand, and what must follow when a picture gets worse."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.imaging.quality import distance, exposure, measure_quality, perceptual_hash
from pelagia.imaging.quality.colour import uciqe
from pelagia.imaging.quality.contrast import uicm, uiconm, uiqm, uism
from pelagia.imaging.quality.light import sharpness, sharpness_behind, structure, turbidity

HEIGHT, WIDTH = 180, 320


def scene(seed: int = 0) -> np.ndarray:
    """Return a picture with things of several sizes, (180, 320, 3)."""
    rng = np.random.default_rng(seed)
    total = np.full((HEIGHT, WIDTH, 3), 100.0)
    for cells in (6, 18, 60):
        grid = rng.normal(0, 14, (cells, 2 * cells, 3)).astype(np.float32)
        total += cv2.resize(grid, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0, 255).astype(np.uint8)


def grey(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def plain(*colour: int, height: int = 40, width: int = 60) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def rgb2lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIELAB under D65 by the formulas of IEC 61966-2-1 and CIE 15."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def with_specks(luma: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    copy = luma.copy()
    for row, col in rng.integers(4, (luma.shape[0] - 4, luma.shape[1] - 4), (count, 2)).tolist():
        copy[row : row + 2, col : col + 2] = 230
    return copy


class TestExposure:
    def test_of_a_picture_half_black_half_white(self) -> None:
        luma = np.zeros((10, 10), np.uint8)
        luma[:, 5:] = 255
        assert exposure(luma) == pytest.approx((0.5, 0.5, 0.5, 0.5))

    def test_of_no_pixel_is_zero(self) -> None:
        assert exposure(np.zeros((0, 4), np.uint8)) == (0.0, 0.0, 0.0, 0.0)

    @given(st.integers(0, 255))
    def test_of_one_grey_has_no_contrast(self, level: int) -> None:
        brightness, contrast, dark, saturated = exposure(np.full((9, 7), level, np.uint8))
        assert brightness == pytest.approx(level / 255)
        assert (contrast, dark, saturated) == (pytest.approx(0, abs=1e-9), float(level < 16), float(level >= 250))


class TestSharpness:
    def test_of_one_bright_pixel_is_the_variance_of_its_laplacian(self) -> None:
        luma = np.zeros((9, 9), np.uint8)
        luma[4, 4] = 10
        # One value of -40 and four of 10 among 81; their mean is 0.
        assert sharpness(luma) == pytest.approx((40**2 + 4 * 10**2) / 81)

    @given(st.integers(0, 20))
    @settings(max_examples=10, deadline=None)
    def test_falls_with_every_blur(self, seed: int) -> None:
        luma = grey(scene(seed))
        values = [sharpness(luma), *(sharpness(cv2.GaussianBlur(luma, (0, 0), sigma)) for sigma in (0.7, 1.2, 2, 4))]
        assert values == sorted(values, reverse=True)

    def test_behind_specks_is_that_of_the_scene(self) -> None:
        luma = cv2.GaussianBlur(grey(scene()), (0, 0), 4)
        specks = with_specks(luma, 300)
        assert sharpness(specks) > 20 * sharpness(luma)
        assert sharpness_behind(specks) < 4


class TestStructure:
    def test_a_gradient_of_light_is_none(self) -> None:
        water = np.repeat(np.linspace(180, 60, HEIGHT).astype(np.uint8)[:, None], WIDTH, 1)
        assert structure(water) < 0.01 < 0.04 < structure(grey(scene()))

    def test_survives_a_blur_that_takes_the_sharpness(self) -> None:
        luma = grey(scene())
        blurred = cv2.GaussianBlur(luma, (0, 0), 3)
        assert structure(blurred) > structure(luma) / 2
        assert sharpness(blurred) < sharpness(luma) / 20


class TestTurbidity:
    def test_is_the_share_that_specks_cover(self) -> None:
        luma = np.full((100, 100), 60, np.uint8)
        for row in range(10, 90, 20):
            luma[row : row + 2, 20:22] = 200
        assert turbidity(luma) == pytest.approx(4 * 4 / 10_000)

    def test_neither_dark_specks_nor_lines_nor_large_things_count(self) -> None:
        luma = np.full((100, 100), 120, np.uint8)
        luma[10:12, 10:12] = 0
        luma[40, 5:95] = 250
        luma[60:80, 60:80] = 250
        assert turbidity(luma) == 0

    @given(st.integers(0, 1000))
    @settings(max_examples=10, deadline=None)
    def test_rises_with_the_specks(self, seed: int) -> None:
        water = np.full((HEIGHT, WIDTH), 90, np.uint8)
        values = [turbidity(with_specks(water, count, seed)) for count in (0, 50, 200, 600)]
        assert values == sorted(values) and values[0] == 0 < values[1]


class TestUciqe:
    def test_of_grey_is_nothing(self) -> None:
        assert uciqe(plain(100, 100, 100)) == pytest.approx(0, abs=5e-4)

    def test_of_one_colour_is_its_saturation(self) -> None:
        light, green_red, blue_yellow = rgb2lab(plain(20, 140, 160))[0, 0]
        chroma = np.hypot(green_red, blue_yellow)
        # OpenCV takes the white point to four digits.
        assert uciqe(plain(20, 140, 160)) == pytest.approx(0.2576 * chroma / np.hypot(chroma, light), abs=1e-3)

    def test_of_two_halves_follows_the_formula(self) -> None:
        picture = np.concatenate([plain(10, 60, 90), plain(200, 210, 120)])
        lab = rgb2lab(picture).reshape(-1, 3) / 100
        chroma = np.hypot(lab[:, 1], lab[:, 2])
        spread, contrast = chroma.std(), lab[:, 0].max() - lab[:, 0].min()
        saturation = (chroma / np.hypot(chroma, lab[:, 0])).mean()
        assert uciqe(picture) == pytest.approx(0.4680 * spread + 0.2745 * contrast + 0.2576 * saturation, abs=2e-3)

    def test_falls_where_a_veil_lies_before_the_scene(self) -> None:
        veil = cv2.addWeighted(scene(), 0.4, plain(90, 140, 150, height=HEIGHT, width=WIDTH), 0.6, 0)
        assert uciqe(veil) < uciqe(scene())


class TestUiqm:
    def test_of_one_grey_is_nothing(self) -> None:
        assert uiqm(plain(90, 90, 90)) == pytest.approx(0, abs=1e-9)

    def test_colourfulness_of_one_colour(self) -> None:
        # RG = 30, YB = 45 - 90 = -45, both without a spread.
        assert uicm(plain(60, 30, 90)) == pytest.approx(-0.0268 * np.hypot(30, -45))

    def test_colourfulness_leaves_out_a_tenth_at_either_end(self) -> None:
        picture = plain(0, 0, 0, height=10, width=10)
        picture[0, :, 0] = 200  # RG = 200 in a tenth of the pixels
        spread = 0.1 * (200**2 + 100**2)  # from the trimmed means, which are 0
        assert uicm(picture) == pytest.approx(0.1586 * np.sqrt(spread))

    def test_contrast_of_a_block_follows_the_formula(self) -> None:
        picture = plain(50, 50, 50, height=10, width=10)
        picture[5] = 150
        michelson = (1026 * 100 / (1026 - 50)) / (150 + 50 - 150 * 50 / 1026)
        assert uiconm(picture) == pytest.approx(-michelson * np.log(michelson), rel=1e-5)

    def test_sharpness_of_a_ramp_follows_the_formula(self) -> None:
        ramp = np.repeat(np.arange(10, 40, dtype=np.uint8)[None, :], 30, 0)
        picture = np.stack([ramp] * 3, axis=-1)
        # The gradient is 8 everywhere but at the edges, where reflection makes it 0: only the middle block has no 0.
        assert uism(picture) == pytest.approx(2 * np.log(29 / 20) / 3, rel=1e-5)

    def test_smaller_than_a_block_has_only_its_colour(self) -> None:
        picture = scene()[:9, :9]
        assert uiqm(picture) == pytest.approx(0.0282 * uicm(picture))

    def test_falls_with_blur(self) -> None:
        values = [uiqm(scene()), *(uiqm(cv2.GaussianBlur(scene(), (0, 0), sigma)) for sigma in (1.5, 4))]
        assert values == sorted(values, reverse=True)


class TestFingerprint:
    @given(st.integers(0, 50))
    @settings(max_examples=15, deadline=None)
    def test_survives_scaling_and_compression(self, seed: int) -> None:
        luma = grey(scene(seed))
        larger = cv2.resize(luma, (640, 360), interpolation=cv2.INTER_CUBIC)
        _, data = cv2.imencode(".jpg", larger, (cv2.IMWRITE_JPEG_QUALITY, 70))
        assert distance(perceptual_hash(luma), perceptual_hash(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))) <= 6

    def test_different_scenes_differ(self) -> None:
        prints = [perceptual_hash(grey(scene(seed))) for seed in range(12)]
        assert min(distance(one, other) for at, one in enumerate(prints) for other in prints[:at]) > 10

    def test_the_brightness_does_not_matter(self) -> None:
        luma = grey(scene())
        assert perceptual_hash(luma) == perceptual_hash(cv2.add(luma, 20))


@pytest.mark.parametrize("shape", [(1, 1), (1, 320), (180, 1), (3, 5), (240, 320)])
@pytest.mark.parametrize("level", [0, 255])
def test_any_picture_has_finite_measures(shape: tuple[int, int], level: int) -> None:
    quality = measure_quality(np.full((*shape, 3), level, np.uint8))
    assert all(np.isfinite(getattr(quality, name)) for name in quality.__slots__)
