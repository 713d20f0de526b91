"""Views lie where the picture lies, hold its pixels, and hide what must not be seen."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from pelagia.io.rasters.picture import Picture
from pelagia.io.rasters.reading import open_raster
from pelagia.services.litter import views
from pelagia.services.litter.grid import cut_blocks, lay_grid
from pelagia.services.litter.patch import edges, read_patch, resample
from pelagia.services.litter.views import finish_pictures, remove_pieces, view_level, view_name, write_piece

HEIGHT, WIDTH = 700, 1100


@pytest.fixture
def picture(tmp_path):
    rows, cols = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([rows * 255 / HEIGHT, cols * 255 / WIDTH, np.full((HEIGHT, WIDTH), 120)]).astype(np.uint8)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, :100] = 0
    path = tmp_path / "beach.tif"
    profile = {"driver": "GTiff", "height": HEIGHT, "width": WIDTH, "count": 3, "dtype": "uint8"}
    lies = {"crs": "EPSG:32748", "transform": from_origin(500_000, 9_000_000, 0.002, 0.002)}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"), rasterio.open(path, "w", **profile, **lies) as file:
        file.write(rgb)
        file.write_mask(mask)
    return Picture(
        image_id="beach",
        file="beach.tif",
        path=str(path),
        area_id="beach",
        kind="orthophoto",
        height_px=HEIGHT,
        width_px=WIDTH,
        bands=3,
        dtype="uint8",
        gsd_cm=0.2,
        crs="EPSG:32748",
        transform=(0.002, 0.0, 500_000.0, 0.0, -0.002, 9_000_000.0),
    )


def finished(picture, tmp_path, monkeypatch, core_px):
    """Put a view together from blocks of a size."""
    monkeypatch.setattr("pelagia.services.litter.grid.CORE_PX", core_px)
    grid = lay_grid(picture, model_tile_px=64, model_gsd_cm=0.4)
    blocks = []
    for number, block in enumerate(cut_blocks(grid)):
        with open_raster(picture) as reader:
            patch = read_patch(reader, grid, block, 20)
        piece = tmp_path / "pieces" / str(number)
        write_piece(piece, patch, grid, block)
        top, bottom = edges(block.first_row, block.last_row, grid.tile_px, HEIGHT)
        left, right = edges(block.first_col, block.last_col, grid.tile_px, WIDTH)
        inside = patch.valid[top - patch.row : bottom - patch.row, left - patch.col : right - patch.col]
        place = {"top": top, "bottom": bottom, "left": left, "right": right}
        blocks.append(place | {"is_read": True, "is_whole": bool(inside.all()), "piece": str(piece)})
    item = {"pictures": [{"picture": picture.to_record(), "blocks": blocks}], "folder": str(tmp_path)}
    return finish_pictures(item), blocks


@pytest.mark.parametrize("core_px", [128, 300, 4096])
def test_a_view_of_blocks_of_any_size_is_the_picture_where_it_lies(picture, tmp_path, monkeypatch, core_px):
    done, _ = finished(picture, tmp_path, monkeypatch, core_px)
    assert done == {"images": 1, "pictures": [{"image_id": "beach", "view_scale": 1.0}]}
    with rasterio.open(tmp_path / view_name("beach")) as view, rasterio.open(picture.path) as original:
        assert view.crs == original.crs
        assert view.transform == original.transform
        assert view.shape == original.shape
        shown = view.dataset_mask() > 0
        assert (shown == (original.dataset_mask() > 0)).all()
        difference = np.abs(view.read().astype(int) - original.read())[:, shown]
        assert difference.mean() < 2  # JPEG


def test_a_large_picture_is_shown_halved_and_still_lies_where_it_lies(picture, tmp_path, monkeypatch):
    monkeypatch.setattr(views, "MOST_PX", HEIGHT * WIDTH // 5)
    assert view_level(HEIGHT, WIDTH) == 2
    done, _ = finished(picture, tmp_path, monkeypatch, 300)
    assert done["pictures"][0]["view_scale"] == 4.0
    with rasterio.open(tmp_path / view_name("beach")) as view:
        assert view.shape == (HEIGHT // 4, WIDTH // 4)
        assert view.transform.a == pytest.approx(0.008)
        column = view.read(2)[HEIGHT // 8]
        expected = (np.arange(WIDTH // 4) * 4 + 1.5) * 255 / WIDTH
        assert np.abs(column[30:] - expected[30:]).max() < 6


def test_a_picture_that_could_not_be_read_has_no_view_and_is_not_billed(picture, tmp_path):
    item = {"pictures": [{"picture": picture.to_record(), "blocks": [{"is_read": False}]}], "folder": str(tmp_path)}
    assert finish_pictures(item) == {"images": 0, "pictures": [{"image_id": "beach", "view_scale": None}]}


def test_pieces_are_gone_once_the_view_stands(picture, tmp_path, monkeypatch):
    _, blocks = finished(picture, tmp_path, monkeypatch, 300)
    assert remove_pieces([block["piece"] for block in blocks]) == len(blocks)
    assert not list((tmp_path / "pieces").iterdir())


def test_a_window_in_another_resolution_shows_the_same_ground_and_mirrors_what_lies_outside(picture):
    grid = lay_grid(picture, model_tile_px=64, model_gsd_cm=0.4)
    with open_raster(picture) as reader:
        patch = read_patch(reader, grid, next(iter(cut_blocks(grid))), 0)
    small = resample(patch, 100.0, 200.0, rows=100, cols=200, scale=0.5)
    expected = patch.rgb[100:300, 200:600].reshape(100, 2, 200, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - expected).max() <= 1
    outside = resample(patch, -64.0, 200.0, rows=64, cols=100, scale=1.0)
    assert (outside == patch.rgb[1:65, 200:300][::-1]).all()
