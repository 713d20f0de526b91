from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.learning.tiny_slicks import tiny_slicks

from pelagia.core.errors import BadInput, BadParameter
from pelagia.learning.slick_segmenter import (
    CLIP,
    Level,
    SlickSegmenter,
    level_of,
    load_slick_segmenter,
    standardise,
)


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> SlickSegmenter:
    return load_slick_segmenter(tiny_slicks(tmp_path_factory.mktemp("model") / "1.0.0").path, threads=1)


def sea(rows: int, cols: int) -> np.ndarray:
    """Sea of −12 dB with a patch 8 dB darker."""
    picture = np.random.default_rng(1).normal(-12, 1, (rows, cols)).astype(np.float32)
    picture[rows // 4 : rows // 2, cols // 4 : cols // 2] -= 8
    return picture


def test_the_dark_patch_is_oil_and_the_sea_is_not(segmenter: SlickSegmenter) -> None:
    found = segmenter.probabilities(sea(100, 150))
    assert found.shape == (100, 150)
    assert found.dtype == np.float32
    assert found[27:48, 40:72].mean() > 0.99
    assert found[60:].mean() < 0.25


@pytest.mark.parametrize("shape", [(5, 7), (64, 64), (65, 64), (63, 200), (200, 17)])
def test_windows_give_what_one_look_gives(segmenter: SlickSegmenter, shape: tuple[int, int]) -> None:
    # The tiny network judges every pixel alone, so that windows may not show.
    picture = np.random.default_rng(2).normal(0, 1, shape).astype(np.float32)
    seen = standardise(picture, level_of(picture))
    expected = 1 / (1 + np.exp(8 * (seen.astype(np.float64) + 1)))
    np.testing.assert_allclose(segmenter.probabilities(picture), expected, atol=1e-5)


@pytest.mark.parametrize(("gain", "shift"), [(0.01, 0.0), (3.7, -900.0), (100.0, 1000.0)])
def test_the_unit_of_a_picture_does_not_matter(segmenter: SlickSegmenter, gain: float, shift: float) -> None:
    # Away from the threshold: float32 rounds what lies at it either way.
    picture = sea(64, 64)
    mine = segmenter.probabilities(picture) > 0.5
    told = segmenter.probabilities((picture * np.float32(gain) + np.float32(shift)).astype(np.float32)) > 0.5
    assert (mine != told).mean() < 0.01


def test_what_is_not_sea_is_never_oil_and_changes_nothing_around(segmenter: SlickSegmenter) -> None:
    picture = sea(80, 80)
    level = level_of(picture)
    with_land = picture.copy()
    with_land[:, 60:] = np.nan
    found = segmenter.probabilities(with_land, level)
    assert not found[:, 60:].any()
    np.testing.assert_array_equal(found[:, :60], segmenter.probabilities(picture, level)[:, :60])


def test_land_alone_is_answered_with_no_oil(segmenter: SlickSegmenter) -> None:
    assert not segmenter.probabilities(np.full((20, 20), np.nan, np.float32)).any()


def test_a_part_that_is_all_oil_is_found_by_the_level_of_its_scene(segmenter: SlickSegmenter) -> None:
    picture = sea(128, 128)
    inside = picture[36:60, 36:60]
    assert segmenter.probabilities(inside, level_of(picture)).mean() > 0.99
    assert segmenter.probabilities(inside).mean() < 0.3


def test_a_level_is_told_by_the_sea_alone() -> None:
    picture = np.full((50, 50), np.nan, np.float32)
    picture[0, 0] = 3.0
    assert level_of(picture) == Level(middle=3.0, spread=1e-6)
    with pytest.raises(BadParameter, match="shows the sea"):
        level_of(np.full((4, 4), np.nan, np.float32))


def test_ships_are_clipped() -> None:
    seen = standardise(np.array([[1e9, -1e9, np.inf, np.nan]], np.float32), Level(middle=0, spread=1))
    assert seen.tolist() == [[CLIP, -CLIP, CLIP, 0]]


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros((0, 4), np.float32)],
    ids=["colour", "8 bit", "empty"],
)
def test_a_picture_that_is_no_band_of_numbers_is_refused(segmenter: SlickSegmenter, picture: np.ndarray) -> None:
    with pytest.raises(BadParameter, match="rows and columns"):
        segmenter.maps(picture)


@pytest.mark.parametrize(
    "told",
    [{"task": "classification"}, {"recipe": {}}, {"recipe": {"feed": {"pixel_m": 40}}}, {"classes": ("foam", "sea")}],
    ids=["another task", "no feed", "half a feed", "no oil"],
)
def test_a_model_for_something_else_is_refused(tmp_path: Path, told: dict[str, object]) -> None:
    package = tiny_slicks(tmp_path / "1.0.0", **told)
    with pytest.raises(BadInput, match="does not find oil slicks"):
        load_slick_segmenter(package.path, threads=1)


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    package = tiny_slicks(tmp_path / "1.0.0", window_px=128)
    assert load_slick_segmenter(package.path, threads=1) is load_slick_segmenter(package.path, threads=1)
