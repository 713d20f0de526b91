from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.data.zooscan.make import write_tiff

from pelagia.core.errors import BadInput
from pelagia.io.zooscan import read_mask, read_vis1, read_vis1_header

GREY = np.random.default_rng(4).integers(0, 256, (700, 93), np.uint8)


def zipped(path: Path, inner: str, grey: np.ndarray = GREY) -> Path:
    tiff = path.with_name("inner.tif")
    write_tiff(tiff, grey, dpi=None)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tiff, inner)
    return path


def png(path: Path, grey: np.ndarray, dpi: int | None = None) -> Path:
    data = cv2.imencode(".png", grey)[1].tobytes()
    if dpi:
        body = b"pHYs" + struct.pack(">IIB", round(dpi / 0.0254), round(dpi / 0.0254), 1)
        chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
        data = data[:33] + chunk + data[33:]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["zip", "tif", "png"])
def test_vis1_is_read_from_a_zip_a_tiff_or_a_png(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"st1_tot_1_vis1.{kind}"
    if kind == "zip":
        zipped(path, "st1_tot_1_vis1.tif")
    elif kind == "tif":
        write_tiff(path, GREY, dpi=2400, compression="zlib", tile=(64, 64))
    else:
        png(path, GREY, dpi=2400)
    with path.open("rb") as stream:
        header = read_vis1_header(stream, file=path.name)
        found = read_vis1(stream, file=path.name)
    assert (header.rows, header.cols, header.issues) == (700, 93, ())
    assert header.dpi == (None if kind == "zip" else 2400)
    np.testing.assert_array_equal(found.grey, GREY)


def test_an_image_renamed_inside_its_zip_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "st1_tot_1_vis1.zip", "st2_tot_1_vis1.tif")
    with path.open("rb") as stream:
        (issue,) = read_vis1(stream, file=path.name).header.issues
    assert (issue.code, issue.value) == ("zip-inner-name", "st2_tot_1_vis1")


def test_a_raw_image_is_not_taken_for_vis1(tmp_path: Path) -> None:
    tiff, picture = tmp_path / "a.tif", tmp_path / "a.png"
    write_tiff(tiff, GREY.astype(np.uint16))
    png(picture, GREY.astype(np.uint16))
    for path in (tiff, picture):
        with path.open("rb") as stream, pytest.raises(BadInput) as caught:
            read_vis1_header(stream, file=path.name)
        assert caught.value.code == "vis1-16-bit"


def test_a_colour_png_is_turned_to_grey_and_told(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", cv2.cvtColor(GREY, cv2.COLOR_GRAY2BGR))
    with path.open("rb") as stream:
        found = read_vis1(stream, file=path.name)
    assert [issue.code for issue in found.header.issues] == ["vis1-colours"]
    np.testing.assert_array_equal(found.grey, GREY)


@pytest.mark.parametrize("kind", ["zip", "png"])
def test_a_damaged_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a_vis1.{kind}"
    path = zipped(path, "a_vis1.tif") if kind == "zip" else png(path, GREY)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    path.write_bytes(data)
    with path.open("rb") as stream, pytest.raises(BadInput):
        read_vis1(stream, file=path.name)


def test_a_zip_with_two_images_or_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a_vis1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with path.open("rb") as stream, pytest.raises(BadInput) as caught:
        read_vis1(stream, file=path.name)
    assert (caught.value.code, caught.value.value) == ("image-zip", "0 TIFF files")


def gif(mask: np.ndarray, *, inverted: bool = False, palette: bool = False) -> io.BytesIO:
    dark = ~mask if inverted else mask
    image = Image.fromarray(dark.astype(np.uint8) * (1 if palette else 255), "P" if palette else "L")
    if palette:
        image.putpalette([255, 255, 255, 0, 0, 0] if inverted else [0, 0, 0, 255, 255, 255])
    data = io.BytesIO()
    image.save(data, "GIF")
    return data


@pytest.mark.parametrize("width", [64, 77])
@pytest.mark.parametrize("palette", [False, True])
def test_the_lines_of_a_mask_are_where_it_is_bright(width: int, palette: bool) -> None:
    mask = np.zeros((600, width), bool)
    mask[np.arange(600), np.arange(600) % width] = True
    found = read_mask(gif(mask, palette=palette), file="a_sep.gif")
    assert (found.height, found.width, found.count(), found.issues) == (600, width, 600, ())
    np.testing.assert_array_equal(found.rows(500, 600), mask[500:])
    np.testing.assert_array_equal(np.stack(found.lines()), np.stack(np.nonzero(mask)))


def test_an_inverted_mask_is_turned_and_told() -> None:
    mask = np.zeros((40, 77), bool)
    mask[10:13] = True
    found = read_mask(gif(mask, inverted=True), file="a_sep.gif")
    assert [issue.code for issue in found.issues] == ["mask-inverted"]
    np.testing.assert_array_equal(found.rows(0, 40), mask)
    assert found.count() == 3 * 77


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "mask-unreadable"),
        (b"GIF89a\xff\xff\xff\xff" + bytes(40), "image-too-large"),
        (b"GIF89a\x40\x00\x40\x00" + bytes(3) + b"\x2c" + bytes(20), "image-damaged"),
    ],
)
def test_a_hostile_mask_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_mask(io.BytesIO(data), file="a_sep.gif")
    assert caught.value.code == code


def test_the_real_mask_of_a_whole_scan_is_read(shared_data: Path) -> None:
    folder = shared_data / "zooscan" / "imagej_reference" / "project" / "work"
    path = folder / "apero2023_tha_bioness_017_st66_d_n1_d3_1_sep.gif"
    with path.open("rb") as stream:
        mask = read_mask(stream, file=path.name)
    assert (mask.height, mask.width, mask.count()) == (14_992, 24_514, 50_386)


def jpeg(path: Path, grey: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
    return path


SMOOTH = cv2.GaussianBlur(GREY, (0, 0), 8)


@pytest.mark.parametrize(("picture", "value"), [(SMOOTH, "JPEG in grey"), (np.dstack([SMOOTH] * 3), "JPEG in colours")])
def test_a_jpeg_is_read_and_what_it_lost_is_told(picture: np.ndarray, value: str, tmp_path: Path) -> None:
    path = jpeg(tmp_path / "a.jpg", picture)
    with path.open("rb") as stream:
        header = read_vis1_header(stream, file=path.name)
        found = read_vis1(stream, file=path.name)
    assert (header.rows, header.cols, header.dpi) == (700, 93, None)
    assert [(issue.code, issue.value, issue.severity) for issue in found.header.issues] == [
        ("vis1-lossy", value, "note")
    ]
    assert header == found.header
    assert found.grey.shape == (700, 93) and np.abs(found.grey.astype(int) - SMOOTH).max() < 8


def test_a_jpeg_is_taken_as_it_is_stored_whatever_side_a_viewer_turns_up(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.fromarray(SMOOTH).save(path, exif=exif, dpi=(300, 300))
    with path.open("rb") as stream:
        found = read_vis1(stream, file=path.name)
    assert found.grey.shape == (700, 93) and found.header.dpi is None


def test_a_jpeg_that_is_cut_off_or_lies_of_its_size_is_refused(tmp_path: Path) -> None:
    data = jpeg(tmp_path / "a.jpg", SMOOTH).read_bytes()
    frame = data.index(b"\xff\xc0")
    lying = data[: frame + 5] + struct.pack(">HH", 65_000, 65_000) + data[frame + 9 :]
    for sent, code in ((data[: len(data) // 2], "image-truncated"), (lying, "image-too-large"), (data[:20], "image-")):
        for read in (read_vis1_header, read_vis1):
            with pytest.raises(BadInput) as caught:
                read(io.BytesIO(sent), file="a.jpg")
            assert caught.value.code.startswith(code)
