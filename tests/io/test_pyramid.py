"""Large pictures in tiles and sizes: nothing is lost, the smaller ones are means, any part can be had."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.pyramid import TILE_PX, halved, level_count, open_pyramid, write_pyramid


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (1301, 2507), np.uint8)


def test_every_tile_is_the_part_of_the_picture_it_stands_for(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture, dpi=2400)
    found = open_pyramid(tmp_path / "a.tif")
    rows = [np.hstack([found.tile(0, row, col) for col in range(found.levels[0].cols)]) for row in range(3)]
    assert np.array_equal(np.vstack(rows), picture)


def test_smaller_sizes_are_means_and_the_last_fits_a_screen(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture)
    found = open_pyramid(tmp_path / "a.tif")
    assert [(level.height, level.width) for level in found.levels] == [(1301, 2507), (651, 1254), (326, 627)]
    assert np.array_equal(found.tile(2, 0, 1), halved(halved(picture))[:TILE_PX, TILE_PX:])


def test_half_a_picture_is_the_mean_of_four_pixels(picture) -> None:
    even = picture[:1300, :2506].astype(np.int32)
    mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    assert np.abs(halved(picture)[:650, :1253] - mean).max() <= 0.5


def test_any_window_can_be_read_also_beyond_the_edge(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture)
    found = open_pyramid(tmp_path / "a.tif")
    assert np.array_equal(found.window(500, 1000, 100, 900), picture[500:600, 1000:1900])
    beyond = found.window(-10, 2400, 30, 200)
    assert np.array_equal(beyond[10:, :107], picture[:20, 2400:])
    assert (beyond[:10] == 255).all()
    assert (beyond[:, 107:] == 255).all()


def test_the_file_opens_elsewhere(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture, dpi=2400)
    assert np.array_equal(cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED), picture)


def test_equal_pictures_give_equal_files(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture, dpi=2400)
    write_pyramid(tmp_path / "b.tif", picture, dpi=2400, threads=1)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_a_tile_that_is_not_there_is_told(tmp_path, picture) -> None:
    write_pyramid(tmp_path / "a.tif", picture)
    for place in ((9, 0, 0), (0, 99, 0), (0, 0, -1)):
        with pytest.raises(NotFound):
            open_pyramid(tmp_path / "a.tif").tile(*place)


def test_another_file_is_told(tmp_path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\x00nonsense")
    with pytest.raises(BadInput):
        open_pyramid(tmp_path / "a.tif")


def test_a_small_picture_is_kept_once() -> None:
    assert level_count(100, 1024) == 1
