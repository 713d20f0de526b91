"""Grey levels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pelagia.imaging.measures.greys import cumulative_greys, grey_contrast, statistics


def _histogram(values: np.ndarray) -> np.ndarray:
    return np.bincount(values.ravel(), minlength=256)


@pytest.mark.parametrize("seed", range(20))
def test_moments_are_those_of_the_pixels(seed: int) -> None:
    values = np.random.default_rng(seed).integers(90, 250, 500).astype(np.uint8)
    found = statistics(_histogram(values))
    greys = values.astype(float)
    assert found["mean"] == pytest.approx(greys.mean())
    assert found["stddev"] == pytest.approx(greys.std(ddof=1))
    assert found["skew"] == pytest.approx(stats.skew(greys))
    assert found["kurt"] == pytest.approx(stats.kurtosis(greys))
    assert (found["min"], found["max"], found["intden"]) == (greys.min(), greys.max(), greys.sum())


def test_of_equally_frequent_greys_the_darkest_is_the_mode() -> None:
    assert statistics(_histogram(np.array([7, 7, 200, 200, 90])))["mode"] == 7


def test_the_median_is_the_first_grey_that_more_than_half_do_not_exceed() -> None:
    assert statistics(_histogram(np.array([1, 2, 3])))["median"] == 2
    assert statistics(_histogram(np.array([1, 2, 3, 4])))["median"] == 3


def test_a_constant_grey_has_no_skewness() -> None:
    found = statistics(_histogram(np.full(9, 120)))
    assert found["stddev"] == 0.0
    assert math.isnan(found["skew"]) and math.isnan(found["kurt"])


def test_one_pixel_has_a_standard_deviation_of_zero() -> None:
    assert statistics(_histogram(np.array([0])))["stddev"] == 0.0


def test_the_quartiles_are_the_last_greys_below_the_fraction() -> None:
    cleaned = np.array([[10, 20, 30, 40, 255, 255]], dtype=np.uint8)
    # Cumulated: 10 a quarter, 20 half, 30 three quarters; "less than" stops one short of each.
    assert cumulative_greys(cleaned).quartiles == (9, 19, 29)


def test_a_level_without_pixels_gives_way_to_the_next_with_some() -> None:
    cleaned = np.array([[10, 20, 30, 40, 255, 255]], dtype=np.uint8)
    assert cumulative_greys(cleaned).first_dark == 30


def test_black_alone_has_quartiles_of_zero() -> None:
    greys = cumulative_greys(np.zeros((3, 3), dtype=np.uint8))
    assert greys.quartiles == (0, 0, 0)
    assert greys.first_dark == 0


def _contrast(cleaned: np.ndarray) -> float:
    """ZooProcess' sum, pixel by pixel."""
    histogram = _histogram(cleaned)
    chosen = []
    for limit in cumulative_greys(cleaned).quartiles:
        chosen.append(max([k for k in range(255) if 0 < histogram[k] <= limit], default=0))
    sums, total, count = np.zeros(256), 0.0, 1
    for col in range(1, cleaned.shape[1] - 1):
        for row in range(1, cleaned.shape[0] - 1):
            here = int(cleaned[row, col])
            if here in chosen:
                square = cleaned[row - 1 : row + 2, col - 1 : col + 2].astype(int)
                sums[here] += abs(here - (square.sum() - here) / 8)
                total += sums[here] * histogram[here] / 256
                count += 1
    return total / count


@pytest.mark.parametrize("seed", range(20))
def test_the_contrast_is_summed_column_by_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cleaned = rng.integers(60, 244, (30, 24)).astype(np.uint8)
    cleaned[rng.random(cleaned.shape) < 0.3] = 255
    if seed % 2:
        cleaned[cleaned < 255] //= 40  # few levels, each often
    assert grey_contrast(cleaned, cumulative_greys(cleaned)) == pytest.approx(_contrast(cleaned), rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (9, 2), (3, 3)])
def test_a_vignette_without_inner_pixels_has_no_contrast(shape: tuple[int, int]) -> None:
    cleaned = np.full(shape, 120, dtype=np.uint8)
    assert grey_contrast(cleaned, cumulative_greys(cleaned)) == 0.0


def test_a_flat_grey_has_no_slope_but_that_of_its_single_peak() -> None:
    cleaned = np.full((15, 17), 100, dtype=np.uint8)
    counts = np.zeros(255)
    counts[100] = 255
    assert cumulative_greys(cleaned).slope == pytest.approx(counts.std() / np.arange(255).std())
