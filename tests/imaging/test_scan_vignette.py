"""Vignettes of a scan: the object alone, a bar of a millimetre."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.imaging.region import Region
from pelagia.imaging.scan_vignette import draw_vignette

PIXEL_MM = 25.4 / 2400
WITHOUT_FOOT = slice(None, -31)


def region(height: int, width: int, seed: int = 0) -> Region:
    rng = np.random.default_rng(seed)
    filled = rng.random((height, width)) < 0.7
    filled[0, 0] = filled[-1, -1] = filled[0, -1] = filled[-1, 0] = True
    return Region(0, 0, filled, rng.integers(0, 243, (height, width), dtype=np.uint8))


@pytest.mark.parametrize(
    ("height", "width", "canvas"), [(100, 200, (171, 280)), (50, 20, (101, 114)), (7, 83, (41, 116))]
)
def test_the_canvas_is_two_fifths_larger_and_holds_the_bar(height: int, width: int, canvas: tuple[int, int]) -> None:
    assert draw_vignette(region(height, width), pixel_mm=PIXEL_MM).shape == canvas


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 150), st.integers(0, 99))
def test_the_object_stands_in_the_middle_and_all_else_is_white(height: int, width: int, seed: int) -> None:
    drawn = region(height, width, seed)
    above = draw_vignette(drawn, pixel_mm=PIXEL_MM)[WITHOUT_FOOT]
    rows, cols = np.nonzero(above != 255)
    assert (rows.max() - rows.min() + 1, cols.max() - cols.min() + 1) == (height, width)
    assert abs(rows.min() - (above.shape[0] - 1 - rows.max())) <= 1
    assert abs(cols.min() - (above.shape[1] - 1 - cols.max())) <= 1
    box = above[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    assert np.array_equal(box[drawn.filled], drawn.grey[drawn.filled])
    assert (box[~drawn.filled] == 255).all()


@pytest.mark.parametrize(("dpi", "bar_px"), [(2400, 94), (1200, 47), (4800, 189)])
def test_the_bar_is_a_millimetre_long_and_two_pixels_high(dpi: int, bar_px: int) -> None:
    vignette = draw_vignette(region(40, 30), pixel_mm=25.4 / dpi)
    black = np.argwhere((vignette == 0).sum(axis=1)[:, None] >= bar_px)[:, 0]
    assert black.tolist() == [len(vignette) - 6, len(vignette) - 5]
    assert np.flatnonzero(vignette[-5] == 0).tolist() == list(range(10, 10 + bar_px))


def test_the_words_stand_above_the_bar_and_below_the_object() -> None:
    foot = draw_vignette(region(40, 30), pixel_mm=PIXEL_MM)[-31:-6]
    rows, cols = np.nonzero(foot < 128)
    assert 0 < rows.min() < rows.max() <= 24
    assert cols.min() >= 10
    assert cols.max() < 60
