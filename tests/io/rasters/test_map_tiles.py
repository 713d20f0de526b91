"""Tiles of a map show every pixel of a picture where it lies, and nothing beside it."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from pelagia.core.errors import BadInput
from pelagia.io.rasters import map_tiles
from pelagia.io.rasters.lattice import lattice, outlines, places

HEIGHT, WIDTH = 1100, 1500
MARK = (700.0, 400.0)
"""Row and column of the middle of the only bright thing."""
GROUNDS = [
    ("EPSG:32748", 698_000.0, 9_328_000.0, 0.0),
    ("EPSG:32632", 480_000.0, 5_990_000.0, 31.0),
    ("EPSG:2154", 900_000.0, 6_250_000.0, -120.0),
]


def write_view(path: Path, crs: str | None, transform: Affine | None, *, masked: bool = False) -> Path:
    """Write a grey picture with one bright square, its smaller copies beside it."""
    pixels = np.full((3, HEIGHT, WIDTH), 60, np.uint8)
    row, col = map(int, MARK)
    pixels[:, row - 10 : row + 10, col - 10 : col + 10] = 250
    profile: dict[str, Any] = {
        **{"driver": "GTiff", "height": HEIGHT, "width": WIDTH, "count": 3, "dtype": "uint8", "tiled": True},
        **{"blockxsize": 256, "blockysize": 256, "compress": "JPEG", "photometric": "YCBCR", "jpeg_quality": 95},
    }
    if crs:
        profile |= {"crs": crs, "transform": transform}
    with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as view:
            view.write(pixels)
            if masked:
                mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
                mask[:, : WIDTH // 2] = 0
                view.write_mask(mask)
            view.build_overviews([2, 4], Resampling.average)
    return path


def laid(ground: tuple[str, float, float, float], pixel_m: float = 0.02) -> Affine:
    _, west, north, yaw = ground
    return Affine.translation(west, north) @ Affine.rotation(yaw) @ Affine.scale(pixel_m, -pixel_m)


def middle_of_bright(rgba: NDArray[np.uint8]) -> tuple[float, float]:
    """Return row and column of the middle of what is bright, at the corners of pixels."""
    weight = np.clip(rgba[..., 0].astype(float) - 100, 0, None) * (rgba[..., 3] > 0)
    rows, cols = np.mgrid[: rgba.shape[0], : rgba.shape[1]] + 0.5
    return float((rows * weight).sum() / weight.sum()), float((cols * weight).sum() / weight.sum())


def place_in_world(longitude: float, latitude: float, z: int) -> tuple[float, float]:
    """Return column and row of a place in tiles of the map of the world."""
    x = (longitude + 180) / 360 * 2**z
    return x, (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground[0])
@pytest.mark.parametrize("zoom", [20, 22, 23])
def test_a_pixel_is_drawn_where_it_lies(tmp_path: Path, ground: tuple[str, float, float, float], zoom: int) -> None:
    transform = laid(ground)
    path = write_view(tmp_path / "view.tif", ground[0], transform)
    easting, northing = transform @ (MARK[1], MARK[0])
    longitude, latitude = Transformer.from_crs(ground[0], "EPSG:4326", always_xy=True).transform(easting, northing)
    x, y = place_in_world(longitude, latitude, zoom)
    tile = map_tiles.mercator_tile(path, zoom, int(x), int(y))
    assert tile.shape == (map_tiles.TILE_PX, map_tiles.TILE_PX, 4)
    row, col = middle_of_bright(tile)
    # A quarter of the pixel of the screen beside what the warper itself allows (an eighth).
    assert (row, col) == pytest.approx((y % 1 * map_tiles.TILE_PX, x % 1 * map_tiles.TILE_PX), abs=0.4)


def test_what_a_picture_does_not_show_is_transparent(tmp_path: Path) -> None:
    ground = GROUNDS[0]
    path = write_view(tmp_path / "view.tif", ground[0], laid(ground), masked=True)
    longitude, latitude = Transformer.from_crs(ground[0], "EPSG:4326", always_xy=True).transform(
        *(laid(ground) @ (0, 0))
    )
    x, y = (int(place) for place in place_in_world(longitude, latitude, 20))
    whole = write_view(tmp_path / "whole.tif", ground[0], laid(ground))

    def shown(view: Path) -> int:
        tiles = [map_tiles.mercator_tile(view, 20, x + right, y + down) for right in (0, 1) for down in (0, 1)]
        return sum(int((tile[..., 3] == 255).sum()) for tile in tiles)

    assert shown(path) / shown(whole) == pytest.approx(0.5, abs=0.02)
    assert not map_tiles.mercator_tile(path, 20, x + 5, y).any()


def test_from_far_a_picture_is_small_and_still_there(tmp_path: Path) -> None:
    ground = GROUNDS[0]
    path = write_view(tmp_path / "view.tif", ground[0], laid(ground))
    longitude, latitude = Transformer.from_crs(ground[0], "EPSG:4326", always_xy=True).transform(
        *(laid(ground) @ (0, 0))
    )
    for zoom in (0, 3, 17):
        x, y = place_in_world(longitude, latitude, zoom)
        assert map_tiles.mercator_tile(path, zoom, int(x), int(y)).shape[2] == 4
    # 30 m of ground at zoom 17: a pixel of the screen is 0.6 m.
    pixel_m = 2 * map_tiles.HALF_WORLD_M * math.cos(math.radians(latitude)) / 2**17 / map_tiles.TILE_PX
    drawn = (map_tiles.mercator_tile(path, 17, int(x), int(y))[..., 3] > 127).sum()
    assert drawn == pytest.approx(HEIGHT * WIDTH * (0.02 / pixel_m) ** 2, rel=0.1)


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_pixel_tiles_are_reckoned_in_pixels_of_the_picture(tmp_path: Path, scale: float, level: int) -> None:
    path = write_view(tmp_path / "view.tif", None, None)
    row, col = (value * scale / 2**level for value in MARK)
    side = map_tiles.TILE_PX
    tile = map_tiles.pixel_tile(path, scale, level, int(col // side), int(row // side))
    assert middle_of_bright(tile) == pytest.approx((row % side, col % side), abs=0.6)


def test_a_tile_at_the_edge_ends_with_the_picture(tmp_path: Path) -> None:
    path = write_view(tmp_path / "view.tif", None, None)
    tile = map_tiles.pixel_tile(path, 1.0, 0, 2, 2)
    rows, cols = HEIGHT - 2 * map_tiles.TILE_PX, WIDTH - 2 * map_tiles.TILE_PX
    assert (tile[:rows, :cols, 3] == 255).all()
    assert not tile[rows:, :, 3].any() and not tile[:, cols:, 3].any()
    assert not map_tiles.pixel_tile(path, 1.0, 0, 9, 9).any()


def test_small_and_close_keep_the_shape(tmp_path: Path) -> None:
    path = write_view(tmp_path / "view.tif", None, None)
    assert map_tiles.small(path, 300).shape == (220, 300, 4)
    close = map_tiles.window(path, 1.0, (MARK[0] - 20, MARK[1] - 20, 40, 40), (80, 80))
    assert middle_of_bright(close) == pytest.approx((40, 40), abs=1)


def test_webp_keeps_what_is_transparent() -> None:
    rgba = np.full((8, 8, 4), 255, np.uint8)
    assert cv2.imdecode(np.frombuffer(map_tiles.as_webp(rgba), np.uint8), cv2.IMREAD_UNCHANGED).shape == (8, 8, 3)
    rgba[:4] = 0
    decoded = cv2.imdecode(np.frombuffer(map_tiles.as_webp(rgba), np.uint8), cv2.IMREAD_UNCHANGED)
    assert (decoded[..., 3] == rgba[..., 3]).all()


def test_a_picture_that_lies_nowhere_has_no_place_on_the_map(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere"):
        map_tiles.mercator_tile(write_view(tmp_path / "view.tif", None, None), 3, 1, 1)


def test_what_is_no_picture_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "view.tif"
    path.write_bytes(b"II*\0 broken")
    with pytest.raises(BadInput, match=r"view\.tif: The view of the picture cannot be read"):
        map_tiles.small(path, 100)


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground[0])
def test_between_the_nodes_of_the_lattice_the_way_is_straight_to_two_millimetres(
    ground: tuple[str, float, float, float],
) -> None:
    transform = laid(ground, pixel_m=0.05)
    height, width = 30_000, 40_000
    told = lattice(ground[0], tuple(transform)[:6], height, width)
    assert (told["rows"][0], told["rows"][-1], told["cols"][-1]) == (0, height, width)
    middles = [(np.array(told[side][:-1]) + np.array(told[side][1:])) / 2 for side in ("rows", "cols")]
    exact = places(ground[0], tuple(transform)[:6], *np.meshgrid(*middles, indexing="ij"))
    for name, truth in zip(("latitudes", "longitudes"), exact, strict=True):
        nodes = np.array(told[name])
        straight = (nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4
        # 1e-8 ° are 1.1 mm of latitude.
        assert np.abs(straight - truth).max() < 1.8e-8


@pytest.mark.parametrize(("crs", "easting"), [("EPSG:32760", 819_600.0), ("EPSG:32701", 180_100.0)])
def test_a_picture_across_the_meridian_of_180_degrees_is_not_torn(crs: str, easting: float) -> None:
    told = lattice(crs, (0.02, 0, easting, 0, -0.02, 8_140_000.0), 5_000, 20_000)
    longitudes = np.array(told["longitudes"])
    assert (np.abs(longitudes) > 180).any() and (np.abs(longitudes) < 180).any()
    assert np.ptp(longitudes) < 0.01


def test_corners_of_cells_lie_where_their_edges_are() -> None:
    (corners,) = outlines("EPSG:32748", [(698_000.0, 9_327_990.0, 698_010.0, 9_328_000.0)])
    back = Transformer.from_crs("EPSG:4326", "EPSG:32748", always_xy=True)
    found = [back.transform(longitude, latitude) for latitude, longitude in corners]
    wanted = [(698_000, 9_328_000), (698_010, 9_328_000), (698_010, 9_327_990), (698_000, 9_327_990)]
    assert np.array(found) == pytest.approx(np.array(wanted), abs=1e-3)
    assert outlines("EPSG:32748", []) == []


def test_a_coordinate_system_nobody_knows_is_told() -> None:
    with pytest.raises(BadInput, match="coordinate system"):
        lattice("EPSG:99", (1, 0, 0, 0, -1, 0), 10, 10)
