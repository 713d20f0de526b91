"""Tiles and blocks: every tile once, all of the picture, sizes by the ground."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.grid import TILES_PER_SIDE_AT_MOST, cut_blocks, lay_grid


def picture(height_px, width_px, gsd_cm):
    return Picture(
        image_id="one",
        file="one.tif",
        path="one.tif",
        area_id="beach",
        kind="orthophoto",
        height_px=height_px,
        width_px=width_px,
        bands=3,
        dtype="uint8",
        gsd_cm=gsd_cm,
    )


def test_a_tile_is_25_6_cm_on_the_ground_whatever_the_pixel_is():
    for gsd_cm in (0.1, 0.2, 0.37, 0.8):
        grid = lay_grid(picture(3000, 4000, gsd_cm), model_tile_px=64, model_gsd_cm=0.4)
        assert grid.tile_m == pytest.approx(0.256)
        assert grid.tile_px * gsd_cm == pytest.approx(25.6)


def test_a_coarse_picture_is_enlarged_twice_and_no_more_so_that_its_tiles_are_larger():
    grid = lay_grid(picture(3000, 4000, 2.0), model_tile_px=64, model_gsd_cm=0.4)
    assert grid.scale == 2.0
    assert grid.tile_px == 32
    assert grid.tile_m == pytest.approx(0.64)


def test_without_a_ground_sampling_distance_tiles_have_the_usual_pixels_and_no_size():
    grid = lay_grid(picture(3000, 4000, None), model_tile_px=64, model_gsd_cm=0.4)
    assert grid.tile_px == 128
    assert grid.tile_m is None


@given(
    st.integers(1, 20_000),
    st.integers(1, 20_000),
    st.floats(0.05, 5.0),
)
def test_blocks_hold_every_tile_once_and_tiles_all_of_the_picture(height_px, width_px, gsd_cm):
    grid = lay_grid(picture(height_px, width_px, gsd_cm), model_tile_px=64, model_gsd_cm=0.4)
    held = np.zeros((grid.rows, grid.cols), np.int64)
    for block in cut_blocks(grid):
        held[block.first_row : block.last_row, block.first_col : block.last_col] += 1
        assert block.last_row - block.first_row <= TILES_PER_SIDE_AT_MOST
        assert block.last_col - block.first_col <= TILES_PER_SIDE_AT_MOST
    assert (held == 1).all()
    assert grid.rows * grid.tile_px >= height_px - 0.5 - 1e-6
    assert (grid.rows - 1) * grid.tile_px < height_px
