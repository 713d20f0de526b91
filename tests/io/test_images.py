from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pelagia.core.errors import BadInput
from pelagia.io.findings import finding
from pelagia.io.image_headers import read_header
from pelagia.io.images import decode_image, encode_png, is_image_name

RNG = np.random.default_rng(7)
COLOUR = RNG.integers(0, 256, (7, 11, 3), np.uint8)
GREY = COLOUR[..., 0]
ALPHA = RNG.integers(0, 256, (7, 11), np.uint8)
GREY_16 = RNG.integers(0, 65_536, (7, 11), np.uint16)
RGB, MODE_L = Image.fromarray(COLOUR), Image.fromarray(GREY)
RGBA = Image.fromarray(np.dstack([COLOUR, ALPHA]))
LA = Image.merge("LA", [MODE_L, Image.fromarray(ALPHA)])
PALETTE = RGB.convert("P", palette=Image.Palette.ADAPTIVE, colors=13)
SIXTEEN = Image.fromarray(GREY_16)


def save(image: Image.Image, kind: str, **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def on_white(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


LZW = {"compression": "tiff_lzw"}
WHOLE = {
    "png-rgb": (RGB, "PNG", {}, []),
    "png-grey": (MODE_L, "PNG", {}, []),
    "png-1-bit": (MODE_L.convert("1"), "PNG", {}, []),
    "png-interlaced-palette": (PALETTE, "PNG", {}, ["image-palette"]),
    "png-rgba": (RGBA, "PNG", {}, ["image-alpha"]),
    "png-grey-alpha": (LA, "PNG", {}, ["image-alpha"]),
    "png-palette-alpha": (PALETTE, "PNG", {"transparency": 3}, ["image-palette", "image-alpha"]),
    "png-rgb-transparent": (RGB, "PNG", {"transparency": tuple(map(int, COLOUR[2, 2]))}, ["image-alpha"]),
    "tiff-lzw-rgb": (RGB, "TIFF", LZW, []),
    "tiff-lzw-mask": (MODE_L, "TIFF", LZW, []),
    "tiff-lzw-1-bit": (MODE_L.convert("1"), "TIFF", LZW, []),
    "tiff-raw-rgb": (RGB, "TIFF", {}, []),
    "tiff-deflate": (RGB, "TIFF", {"compression": "tiff_adobe_deflate"}, []),
    "tiff-packbits": (MODE_L, "TIFF", {"compression": "packbits"}, []),
    "tiff-palette": (PALETTE, "TIFF", LZW, ["image-palette"]),
    "tiff-rgba": (RGBA, "TIFF", LZW, ["image-alpha"]),
    "tiff-big": (RGB, "TIFF", {"big_tiff": True}, []),
    "bmp-rgb": (RGB, "BMP", {}, []),
    "bmp-grey": (MODE_L, "BMP", {}, []),
    "bmp-palette": (PALETTE, "BMP", {}, []),
}


def expected(image: Image.Image, kind: str, options: dict[str, Any]) -> np.ndarray:
    return on_white(Image.open(io.BytesIO(save(image, kind, **options))) if kind == "PNG" else image)


@pytest.mark.parametrize(("image", "kind", "options", "codes"), WHOLE.values(), ids=WHOLE)
def test_every_kind_of_file_becomes_rgb_of_8_bits(
    image: Image.Image, kind: str, options: dict[str, Any], codes: list[str]
) -> None:
    decoded = decode_image(save(image, kind, **options), file=f"x.{kind.lower()}")
    assert decoded.array.dtype == np.uint8
    assert decoded.array.shape == (7, 11, 3)
    # Compositing on white rounds to the nearest of 256 values.
    np.testing.assert_allclose(decoded.array, expected(image, kind, options), atol=0.51)
    assert [note.code for note in decoded.notes] == codes


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_values_are_scaled_by_one_rule_for_all_images(kind: str) -> None:
    decoded = decode_image(save(SIXTEEN, kind), file=f"x.{kind.lower()}")
    np.testing.assert_array_equal(decoded.array, np.repeat(np.round(GREY_16 / 257)[..., None], 3, axis=2))
    assert [(note.code, note.severity) for note in decoded.notes] == [("image-16-bit", "note")]


def test_a_16_bit_image_that_will_look_black_is_a_warning() -> None:
    decoded = decode_image(save(Image.fromarray(GREY_16 // 20), "PNG"), file="x.png")
    assert [(note.code, note.severity) for note in decoded.notes] == [("image-16-bit", "warning")]


def test_16_bit_colour_keeps_the_order_of_its_channels() -> None:
    bgr = np.zeros((2, 2, 3), np.uint16)
    bgr[..., 2] = 65_535
    for suffix in (".png", ".tif"):
        data = cv2.imencode(suffix, bgr)[1].tobytes()
        assert decode_image(data, file=f"x{suffix}").array[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("image", [RGB, MODE_L], ids=["rgb", "grey"])
def test_jpeg_is_decoded_as_others_decode_it(image: Image.Image, progressive: bool) -> None:
    data = save(image, "JPEG", quality=95, progressive=progressive)
    reference = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    # Decoders may differ by their chroma upsampling.
    assert np.abs(decode_image(data, file="x.jpg").array - reference).max() <= 3


def test_a_stated_orientation_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_image(save(RGB, "JPEG", exif=exif), file="x.jpg").array.shape == (7, 11, 3)


def test_a_second_page_is_told() -> None:
    data = save(RGB.copy(), "TIFF", save_all=True, append_images=[RGB.copy()])
    decoded = decode_image(data, file="x.tif")
    np.testing.assert_array_equal(decoded.array, COLOUR)
    assert [note.code for note in decoded.notes] == ["image-pages"]


def test_a_suffix_that_lies_is_told_and_the_image_read() -> None:
    decoded = decode_image(save(RGB, "PNG"), file="x.JPG")
    np.testing.assert_array_equal(decoded.array, COLOUR)
    assert [(note.code, note.file) for note in decoded.notes] == [("image-suffix", "x.JPG")]


FILES = {
    "png": save(RGB, "PNG"),
    "png16": save(SIXTEEN, "PNG"),
    "jpeg": save(RGB, "JPEG"),
    "progressive": save(RGB, "JPEG", progressive=True),
    "tiff": save(RGB, "TIFF", compression="tiff_lzw"),
    "big-tiff": save(RGB, "TIFF", big_tiff=True),
    "bmp": save(RGB, "BMP"),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_file_cut_anywhere_is_told_or_whole_and_never_half_decoded(data: bytes) -> None:
    whole = decode_image(data, file="x").array
    for length in range(len(data)):
        try:
            np.testing.assert_array_equal(decode_image(data[:length], file="x").array, whole)
        except BadInput as error:
            assert error.code in {"image-truncated", "image-empty", "image-unknown", "image-damaged"}


@given(kind=st.sampled_from(sorted(FILES)), place=st.floats(0, 1), value=st.integers(0, 255))
def test_a_spoilt_byte_never_ends_in_another_error(kind: str, place: float, value: int) -> None:
    data = bytearray(FILES[kind])
    data[int(place * (len(data) - 1))] = value
    try:
        assert decode_image(bytes(data), file="x", max_pixels=10_000).array.ndim == 3
    except BadInput as error:
        assert error.code.startswith("image-")
        assert error.remedy


def test_a_wrong_checksum_in_a_png_is_damage() -> None:
    data = bytearray(save(RGB, "PNG"))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    with pytest.raises(BadInput) as told:
        decode_image(bytes(data), file="x.png")
    assert told.value.code == "image-damaged"


def test_an_image_that_claims_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 100_000, 90_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(BadInput) as told:
        decode_image(bomb, file="bomb.png")
    assert (told.value.code, told.value.value) == ("image-too-large", "100000 × 90000 pixels")


def test_the_limit_of_pixels_can_be_set() -> None:
    assert decode_image(FILES["png"], file="x.png", max_pixels=77).array.size == 231
    with pytest.raises(BadInput):
        decode_image(FILES["png"], file="x.png", max_pixels=76)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image-empty"),
        (b"GIF89a" + bytes(40), "image-unknown"),
        (b"not an image at all", "image-unknown"),
        (save(RGB.convert("CMYK"), "JPEG"), "image-colours"),
        (save(RGB.convert("CMYK"), "TIFF"), "image-colours"),
        (save(MODE_L.convert("F"), "TIFF"), "image-colours"),
        (save(LA, "TIFF"), "image-colours"),
        (save(MODE_L, "PNG", transparency=3), "image-colours"),
        (save(RGB, "PNG")[:-5], "image-truncated"),
        (save(RGB, "JPEG")[:-2], "image-truncated"),
        (save(RGB, "BMP")[:-1], "image-truncated"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_value_and_remedy(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as told:
        decode_image(data, file="a/x.png")
    error = told.value
    assert (error.code, error.file) == (code, "a/x.png")
    assert error.value
    assert error.remedy
    assert finding(error).code == code


def test_the_header_is_read_without_decoding() -> None:
    header = read_header(save(RGBA, "PNG"), file="x.png")
    assert (header.format, header.rows, header.columns, header.alpha, header.bits) == ("png", 7, 11, True, 8)


@pytest.mark.parametrize("array", [COLOUR, GREY], ids=["rgb", "grey"])
def test_png_is_written_without_loss_and_equal_every_time(array: np.ndarray) -> None:
    data = encode_png(array)
    assert data == encode_png(array.copy())
    found = decode_image(data, file="x.png").array
    np.testing.assert_array_equal(found, array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=2))


def test_jpeg_is_read_with_its_channels_in_order() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 250
    _, encoded = cv2.imencode(".jpg", red[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    found = decode_image(encoded.tobytes(), file="x.jpg").array
    # JPEG at this quality keeps a flat colour within a few grey values.
    assert np.abs(found.astype(int) - red).max() <= 4


def test_names_of_images_are_known_by_their_suffix() -> None:
    assert is_image_name("a/b.PNG")
    assert is_image_name("x.tif")
    assert not is_image_name("x.lst")
    assert not is_image_name("png")
    assert not is_image_name("x.gif")
