"""Tiles and blocks: every tile once, all of the picture, sizes by the ground."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.litter.marks import MarkDetector

from pelagia.io.rasters.picture import Picture
from pelagia.learning.boxes import Boxes
from pelagia.services.litter.grid import TILES_PER_SIDE_AT_MOST, cut_blocks, lay_grid
from pelagia.services.litter.patch import Patch
from pelagia.services.litter.searching import Search


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


@pytest.mark.parametrize("gsd_cm", [0.02, 1e-3, 1e-6])
def test_however_fine_a_picture_is_said_to_be_a_block_fits_into_memory(gsd_cm):
    grid = lay_grid(picture(100_000, 100_000, gsd_cm), model_tile_px=64, model_gsd_cm=0.4)
    assert grid.tile_m == pytest.approx(grid.tile_px * gsd_cm / 100)
    search = Search(detector=MarkDetector(), gsd_cm=gsd_cm, tile_px=grid.tile_px)
    block = next(cut_blocks(grid))
    side = (block.last_row - block.first_row) * grid.tile_px + 2 * search.margin_px
    assert side < 8_000


def test_a_detector_trained_on_coarser_pictures_asks_for_no_endless_margin():
    detector = MarkDetector()
    detector.gsd_cm = 5.0
    assert Search(detector=detector, gsd_cm=1e-3, tile_px=128.0).margin_px < 2_000


def test_what_a_detector_finds_in_the_mirror_image_beside_a_small_picture_is_nothing():
    rgb = np.full((600, 600, 3), 120, np.uint8)
    small = picture(600, 600, 0.2)
    grid = lay_grid(small, model_tile_px=64, model_gsd_cm=0.4)
    (block,) = cut_blocks(grid)

    class Beside(MarkDetector):
        def _find(self, window):
            edges = [(300.0, 300.0, 320.0, 320.0), (601.0, 100.0, 607.0, 120.0), (100.0, 601.0, 120.0, 607.0)]
            return Boxes.make(edges, np.zeros(3, np.int32), np.full(3, 0.9))

    patch = Patch(row=0, col=0, rgb=rgb, valid=np.ones((600, 600), bool))
    search = Search(detector=Beside(), gsd_cm=0.2, tile_px=grid.tile_px)
    found = search.run(patch, grid, block, np.ones((grid.rows + 2, grid.cols + 2), bool))
    assert found.edges.tolist() == [[300.0, 300.0, 320.0, 320.0]]


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
