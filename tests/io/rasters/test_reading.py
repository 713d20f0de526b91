from __future__ import annotations

import multiprocessing
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from rasterio.enums import ColorInterp, Resampling
from tests.io.rasters.making import NORTH_UP, colours, write_photo, write_tiff

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.rasters.picture import Picture
from pelagia.io.rasters.reading import open_raster

TILED = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate", "interleave": "pixel"}


def picture_of(path: Path, kind: Any = "orthophoto") -> Picture:
    return Picture(
        image_id=path.stem,
        file=path.name,
        path=str(path),
        area_id="a",
        kind=kind,
        height_px=1,
        width_px=1,
        bands=3,
        dtype="uint8",
    )


def read_all(path: Path, kind: Any = "orthophoto") -> tuple[np.ndarray, np.ndarray]:
    with open_raster(picture_of(path, kind)) as reader:
        return reader.read(0, 0, *reader.shape)


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        read_all(path)
    return error.value.code


def test_a_picture_is_read_as_it_is(tmp_path: Path) -> None:
    rgb, valid = read_all(write_tiff(tmp_path / "a.tif"))
    assert (rgb == colours()).all()
    assert valid.all()


@given(st.integers(-70, 110), st.integers(-70, 140), st.integers(0, 200), st.integers(0, 200))
@settings(deadline=None, max_examples=60)
def test_a_window_over_the_edge_is_filled_up_and_invalid_there(
    tmp_path_factory: pytest.TempPathFactory, row: int, col: int, height: int, width: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "edge.tif"
    if not path.exists():
        write_tiff(path, **TILED)
    around = np.zeros((600, 700, 4), np.uint8)
    around[200:296, 200:328] = np.dstack([colours(), np.ones((96, 128), np.uint8)])
    wanted = around[200 + row : 200 + row + height, 200 + col : 200 + col + width]
    with open_raster(picture_of(path)) as reader:
        rgb, valid = reader.read(row, col, height, width)
    assert (rgb == wanted[..., :3]).all()
    assert (valid == wanted[..., 3].astype(bool)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_photo_is_read_as_a_person_is_shown_it(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    told = {"tiffinfo": {0x0112: orientation}} if suffix == "tif" else {"exif": _turned(orientation)}
    Image.fromarray(colours()).save(path, **told)
    with Image.open(path) as image:
        shown = np.asarray(ImageOps.exif_transpose(image))
    with open_raster(picture_of(path, "photo")) as reader:
        assert reader.shape == shown.shape[:2]
        assert (reader.read(0, 0, *reader.shape)[0] == shown).all()
        assert (reader.read(7, 20, 30, 41)[0] == shown[7:37, 20:61]).all()
        assert (reader.read_reduced(500)[0] == shown).all()


def test_an_orthophoto_is_read_as_it_is_stored(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.png", orientation=6)
    assert (read_all(path, "orthophoto")[0] == colours()).all()


def test_a_photo_is_decoded_as_by_others(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", quality=90, subsampling=0)
    with Image.open(path) as image:
        difference = read_all(path, "photo")[0].astype(int) - np.asarray(image)
    assert np.abs(difference).max() <= 2  # the way colours are interpolated is free


def test_a_palette_becomes_colours(tmp_path: Path) -> None:
    image = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE, colors=40)
    image.save(tmp_path / "a.png")
    rgb, valid = read_all(tmp_path / "a.png")
    assert (rgb == np.asarray(image.convert("RGB"))).all()
    assert valid.all()


def test_a_colour_of_a_palette_may_be_transparent(tmp_path: Path) -> None:
    image = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE, colors=40)
    image.save(tmp_path / "a.png", transparency=7)
    assert (read_all(tmp_path / "a.png")[1] == (np.asarray(image) != 7)).all()


def test_grey_becomes_three_equal_colours(tmp_path: Path) -> None:
    grey = colours()[..., 0]
    assert (read_all(write_tiff(tmp_path / "a.tif", grey))[0] == grey[..., np.newaxis]).all()


@pytest.mark.parametrize(("name", "options"), [("a.webp", {"lossless": True}), ("a.bmp", {}), ("a.png", {})])
def test_other_formats_without_loss_are_read_as_they_are(tmp_path: Path, name: str, options: dict) -> None:
    Image.fromarray(colours()).save(tmp_path / name, **options)
    assert (read_all(tmp_path / name, "photo")[0] == colours()).all()


def test_inks_become_colours(tmp_path: Path) -> None:
    inks = Image.fromarray(colours()).convert("CMYK")
    inks.save(tmp_path / "a.tif")
    rgb, _ = read_all(tmp_path / "a.tif", "photo")
    assert np.abs(rgb.astype(int) - np.asarray(inks.convert("RGB"))).max() <= 1
    inks.save(tmp_path / "a.jpg", quality=95, subsampling=0)
    difference = np.abs(read_all(tmp_path / "a.jpg", "photo")[0].astype(int) - colours())
    assert np.percentile(difference, 95) <= 12  # packed with loss


def test_pixels_that_are_more_than_half_transparent_show_nothing(tmp_path: Path) -> None:
    alpha = np.arange(96 * 128).reshape(96, 128) % 256
    rgba = np.dstack([colours(), alpha.astype(np.uint8)])
    path = write_tiff(tmp_path / "a.tif", rgba, photometric="RGB", alpha="YES")
    assert (read_all(path)[1] == (alpha >= 128)).all()


def test_a_fourth_band_of_zeros_and_255_that_says_nothing_of_itself_is_transparency(tmp_path: Path) -> None:
    alpha = np.where(colours(seed=1)[..., 0] > 99, 255, 0).astype(np.uint8)
    path = write_tiff(tmp_path / "a.tif", np.dstack([colours(), alpha]), photometric="MINISBLACK")
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp.gray, *[ColorInterp.undefined] * 3]
    rgb, valid = read_all(path)
    assert (valid == (alpha == 255)).all()
    assert (rgb == colours()).all()


def test_a_fourth_band_of_anything_else_is_not_looked_at(tmp_path: Path) -> None:
    infrared = np.dstack([colours(), colours(seed=1)[..., 0]])
    path = write_tiff(tmp_path / "a.tif", infrared, photometric="MINISBLACK", alpha="no")
    rgb, valid = read_all(path)
    assert (rgb == colours()).all()
    assert valid.all()


def test_bands_are_taken_by_their_meaning(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", colours()[..., ::-1])
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp.blue, ColorInterp.green, ColorInterp.red]
    assert (read_all(path)[0] == colours()).all()


def test_pixels_of_which_all_bands_are_nodata_show_nothing(tmp_path: Path) -> None:
    rgb = colours()
    rgb[:10] = 0
    rgb[20, 20] = (0, 9, 9)
    _, valid = read_all(write_tiff(tmp_path / "a.tif", rgb, nodata=0))
    assert not valid[:10].any()
    assert valid[10:].all()


def test_a_mask_in_the_file_is_used(tmp_path: Path) -> None:
    path, mask = tmp_path / "a.tif", colours(seed=2)[..., 0] > 120
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        write_tiff(path, **TILED)
        with rasterio.open(path, "r+") as file:
            file.write_mask(mask)
    assert (read_all(path)[1] == mask).all()


def test_pure_black_in_the_corners_of_an_orthophoto_means_nothing(tmp_path: Path) -> None:
    rgb = colours()
    rgb[:, :40] = 0
    _, valid = read_all(write_tiff(tmp_path / "a.tif", rgb))
    assert not valid[:, :40].any()
    assert valid[:, 40:].all()
    assert read_all(tmp_path / "a.tif", "photo")[1].all()


def test_sixteen_bits_are_stretched_alike_in_every_part(tmp_path: Path) -> None:
    values = np.linspace(1_000, 9_000, 96 * 128 * 3).reshape(96, 128, 3).astype(np.uint16)
    path = write_tiff(tmp_path / "a.tif", values, **TILED)
    with open_raster(picture_of(path)) as reader:
        whole, _ = reader.read(0, 0, 96, 128)
        part, _ = reader.read(40, 50, 20, 20)
    assert (part == whole[40:60, 50:70]).all()
    low, high = np.percentile(values, (0.5, 99.5))
    assert np.abs(whole - np.clip((values - low) / (high - low) * 255, 0, 255)).max() <= 1


def test_sixteen_bits_of_a_large_picture_are_stretched_by_a_sample_of_all_of_it(tmp_path: Path) -> None:
    values = np.zeros((2_100, 2_100), np.uint16)
    values[:, 1_050:] = 10_000
    rgb, _ = read_all(write_tiff(tmp_path / "a.tif", values, **TILED))
    assert (rgb[:, 0] == 0).all()
    assert (rgb[:, -1] == 255).all()


def test_eight_bits_in_sixteen_stay_as_they_are(tmp_path: Path) -> None:
    assert (read_all(write_tiff(tmp_path / "a.tif", colours().astype(np.uint16)))[0] == colours()).all()


def test_what_is_not_a_number_shows_nothing(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 96 * 128 * 3).reshape(96, 128, 3).astype(np.float32)
    values[3, 4] = np.nan
    values[5, 6] = np.inf
    rgb, valid = read_all(write_tiff(tmp_path / "a.tif", values))
    assert np.argwhere(~valid).tolist() == [[3, 4], [5, 6]]
    assert (int(rgb[0, 0, 0]), int(rgb[-1, -1, 2])) == (0, 255)


def test_one_value_everywhere_is_no_trouble(tmp_path: Path) -> None:
    rgb, valid = read_all(write_tiff(tmp_path / "a.tif", np.full((20, 20), 700, np.uint16)))
    assert len(np.unique(rgb)) == 1
    assert valid.all()


def test_a_small_view_is_the_mean_of_what_it_shows(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", **TILED)
    with open_raster(picture_of(path)) as reader:
        rgb, valid = reader.read_reduced(32)
    means = colours().reshape(24, 4, 32, 4, 3).mean(axis=(1, 3))
    assert np.abs(rgb - means).max() <= 1
    assert valid.all()


def test_a_small_view_of_a_large_picture_is_put_together_of_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = np.kron(colours(30, 40), np.ones((10, 10, 1), np.uint8))
    rgb[:100, :50] = 0
    path = write_tiff(tmp_path / "a.tif", rgb, nodata=0, **TILED)
    with open_raster(picture_of(path)) as reader:
        whole, shown = reader.read_reduced(40)
        monkeypatch.setattr("pelagia.io.rasters.reading.LARGE_PX", 0)
        monkeypatch.setattr("pelagia.io.rasters.reading.STEP_PX", 90)
        parts, seen = reader.read_reduced(40)
    assert (parts == whole).all()
    assert (seen == shown).all()


def test_a_small_view_is_taken_from_the_overviews(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", colours(512, 512), **TILED)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4, 8], Resampling.average)
    data = path.read_bytes()
    with open_raster(picture_of(path)) as reader:
        expected = reader.read_reduced(64)[0]
    with rasterio.open(path) as file:
        place = int(file.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    path.write_bytes(data[:place] + b"\0" * 2_000 + data[place + 2_000 :])
    with open_raster(picture_of(path)) as reader:
        assert (reader.read_reduced(64)[0] == expected).all()


def test_what_is_left_of_a_cut_tiff_is_read(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", colours(256, 256), **TILED)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_raster(picture_of(path)) as reader:
        rgb, valid = reader.read(0, 0, 256, 256)
        assert reader.missing_px(0, 0, 256, 256) == 256 * 256 - valid.sum() > 0
        reduced, shown = reader.read_reduced(64)
    assert valid[:64].all()
    assert not valid[-64:].any()
    assert (rgb[valid] == colours(256, 256)[valid]).all()
    assert reduced.shape == (64, 64, 3)
    assert shown[:16].all()
    assert not shown[-16:].any()


def test_a_damaged_part_is_missing_alone(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", colours(256, 256), **TILED)
    with rasterio.open(path) as file:
        place = int(file.get_tag_item("BLOCK_OFFSET_1_2", "TIFF", bidx=1))
    data = path.read_bytes()
    path.write_bytes(data[:place] + b"\0" * 3_000 + data[place + 3_000 :])
    rgb, valid = read_all(path)
    missing = np.zeros((256, 256), bool)
    missing[128:192, 64:128] = True
    assert (valid == ~missing).all()
    assert (rgb[valid] == colours(256, 256)[valid]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_how_much_of_a_window_is_missing_is_told_as_it_is_shown(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.tif"
    exif = _turned(orientation)
    Image.fromarray(colours(96, 128)).save(
        path, "TIFF", exif=exif, compression="tiff_adobe_deflate", tiffinfo={278: 16}
    )
    with Image.open(path) as image:
        strips = image.tag_v2[273]
    data = bytearray(path.read_bytes())
    for place in (strips[1], strips[4]):
        data[place : place + 1_000] = bytes(1_000)
    path.write_bytes(bytes(data))
    with open_raster(picture_of(path, "photo")) as reader:
        for window in ((0, 0, *reader.shape), (10, 7, 60, 70), (5, 90, 3, 3)):
            _, valid = reader.read(*window)
            assert reader.missing_px(*window) == np.count_nonzero(~valid)
        _, valid = reader.read(0, 0, *reader.shape)
        assert valid.size > valid.sum() > 0
        assert reader.missing_px(10, 7, 60, 70) == np.count_nonzero(~valid[10:70, 7:77])


def test_a_failure_of_one_picture_is_not_told_of_the_next(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", rgb=colours(400, 300))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    whole = write_tiff(tmp_path / "whole.tif", **TILED)
    for _ in range(2):
        assert not read_all(path, "photo")[1].all()
        assert read_all(whole)[1].all()


def test_what_is_left_of_a_cut_photo_is_read(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", rgb=colours(400, 300), quality=90)
    whole, _ = read_all(path, "photo")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with open_raster(picture_of(path, "photo")) as reader:
        rgb, valid = reader.read(0, 0, 400, 300)
        missing = reader.missing_px(0, 0, 400, 300)
        assert reader.read_reduced(100)[1].any()
    rows = valid.all(axis=1)
    assert 200 <= rows.sum() <= 260
    assert missing == 400 * 300 - valid.sum()
    assert rows[: rows.sum()].all()
    assert (rgb[:200] == whole[:200]).all()


def test_a_tiff_whose_description_is_cut_off_is_refused(tmp_path: Path) -> None:
    Image.fromarray(colours()).save(tmp_path / "a.tif")
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[:4] + (len(data) + 999).to_bytes(4, "little") + data[8:])
    assert refused(tmp_path / "a.tif") == "truncated"


def test_a_file_is_judged_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    image = Image.fromarray(colours())
    image.save(tmp_path / "a.tif", "PNG")
    assert (read_all(tmp_path / "a.tif")[0] == colours()).all()


def test_a_file_that_speaks_of_another_is_no_picture(tmp_path: Path) -> None:
    secret = write_tiff(tmp_path / "secret.tif")
    source = f"<SimpleSource><SourceFilename>{secret}</SourceFilename></SimpleSource>"
    band = f'<VRTRasterBand dataType="Byte" band="1">{source}</VRTRasterBand>'
    (tmp_path / "a.tif").write_text(f'<VRTDataset rasterXSize="128" rasterYSize="96">{band}</VRTDataset>')
    assert refused(tmp_path / "a.tif") == "not-a-picture"


def test_overviews_in_another_file_are_never_followed(tmp_path: Path) -> None:
    secret = write_tiff(tmp_path / "secret.tif", np.full((48, 64, 3), 77, np.uint8))
    path = write_tiff(tmp_path / "a.tif")
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=str(secret))
    with rasterio.open(path) as file:
        assert file.read(1, out_shape=(12, 16)).mean() == 77, "GDAL follows it by itself"
    assert refused(path) == "refers-elsewhere"


@pytest.mark.parametrize("name", ["a.tif.ovr", "a.tif.aux.xml", "a.tif.msk"])
def test_nothing_beside_a_picture_is_looked_at(tmp_path: Path, name: str) -> None:
    path = write_tiff(tmp_path / "a.tif")
    if name.endswith("xml"):
        item = f'<MDI key="OVERVIEW_FILE">{tmp_path / "secret.tif"}</MDI>'
        (tmp_path / name).write_text(f'<PAMDataset><Metadata domain="OVERVIEWS">{item}</Metadata></PAMDataset>')
        write_tiff(tmp_path / "secret.tif", np.full((48, 64, 3), 77, np.uint8))
    else:
        write_tiff(tmp_path / name, np.full((48, 64, 3), 77, np.uint8), driver="GTiff")
    with open_raster(picture_of(path)) as reader:
        rgb, valid = reader.read_reduced(64)
    assert (rgb != 77).any()
    assert valid.all()


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    data = bytearray(write_photo(tmp_path / "a.png").read_bytes())
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(bytes(data))
    assert refused(tmp_path / "a.png") == "too-large"


def test_a_tiff_with_a_tile_that_does_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    told = {"driver": "GTiff", "height": 40_000, "width": 40_000, "count": 1, "dtype": "uint8", "sparse_ok": True}
    with rasterio.open(path, "w", tiled=True, blockxsize=32_768, blockysize=32_768, transform=NORTH_UP, **told):
        pass
    assert refused(path) == "too-large"


def test_complex_numbers_are_no_colours(tmp_path: Path) -> None:
    assert refused(write_tiff(tmp_path / "a.tif", np.zeros((20, 20), np.complex64))) == "damaged"


@pytest.mark.parametrize(
    "start", [b"II*\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBP", b"BM\0\0\0\0"]
)
@given(rest=st.binary(max_size=200))
@settings(deadline=None, max_examples=40)
def test_no_hostile_header_does_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(start + rest)
    assert refused(path) in {"damaged", "truncated", "too-large", "not-a-picture", "empty"}


def test_a_picture_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        read_all(tmp_path / "gone.tif")


def _mean(picture: Picture) -> float:
    with open_raster(picture) as reader:
        return float(reader.read(0, 0, *reader.shape)[0].mean())


def test_several_processes_read_at_once(tmp_path: Path) -> None:
    picture = picture_of(write_tiff(tmp_path / "a.tif", **TILED))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_mean, [picture] * 4)) == [_mean(picture)] * 4
