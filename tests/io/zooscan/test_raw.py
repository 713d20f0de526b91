from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.zooscan.make import truncate, write_tiff

from pelagia.core.errors import BadInput
from pelagia.io.zooscan import open_raw
from pelagia.io.zooscan.seeking import Reopened
from pelagia.io.zooscan.tiff import read_tiff_header

GREY = np.random.default_rng(3).integers(0, 65_536, (173, 91), np.uint16)
LAYOUTS = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "strips": {"rowsperstrip": 16},
    "deflate": {"compression": "zlib", "rowsperstrip": 16},
    "deflate, big-endian": {"compression": "zlib", "rowsperstrip": 16, "byteorder": ">"},
    "tiles": {"tile": (32, 48)},
    "deflate tiles": {"tile": (32, 48), "compression": "zlib"},
}


def code_of(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        open_raw(path)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_those_of_the_image_however_it_is_stored(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY, **LAYOUTS[layout])
    with open_raw(path) as raw:
        assert (raw.height, raw.width, raw.dpi) == (173, 91, 2400)
        for start, stop in ((0, 173), (0, 1), (15, 17), (100, 173), (40, 40)):
            found = raw.rows(start, stop)
            assert found.dtype == np.uint16
            np.testing.assert_array_equal(found, GREY[start:stop])
        np.testing.assert_array_equal(raw[10:20], GREY[10:20])


def test_horizontal_differences_are_undone(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY, compression="zlib", rowsperstrip=16, predictor=2)
    with open_raw(path) as raw:
        np.testing.assert_array_equal(raw.rows(0, 173), GREY)


def test_white_is_zero_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY)
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack("<HHIH", 262, 3, 1, 1))
    data[at + 8] = 0
    path.write_bytes(data)
    with open_raw(path) as raw:
        np.testing.assert_array_equal(raw.rows(0, 5), 65_535 - GREY[:5])


def test_a_zipped_raw_image_is_read(tmp_path: Path) -> None:
    tiff, path = tmp_path / "a_raw_1.tif", tmp_path / "a_raw_1.zip"
    write_tiff(tiff, GREY, rowsperstrip=16)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tiff, tiff.name)
    with open_raw(path) as raw:
        np.testing.assert_array_equal(raw.rows(100, 173), GREY[100:])
        np.testing.assert_array_equal(raw.rows(0, 10), GREY[:10])


def test_a_truncated_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY)
    truncate(path, 0.7)
    assert code_of(path) == "raw-truncated"
    path.write_bytes(b"")
    assert code_of(path) == "raw-truncated"


def test_eight_bits_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, (GREY >> 8).astype(np.uint8))
    assert code_of(path) == "raw-8-bit"


def test_colours_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, np.zeros((8, 8), np.uint16), extratags=[])
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack("<HHIH", 277, 3, 1, 1))
    data[at + 8] = 3
    path.write_bytes(data)
    assert code_of(path) == "raw-colours"


def test_what_is_no_tiff_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    path.write_bytes(b"\x89PNG" + bytes(100))
    assert code_of(path) == "raw-unreadable"


def test_an_image_that_claims_to_be_huge_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY)
    data = bytearray(path.read_bytes())
    for tag, value in ((256, 91), (257, 173)):
        at = data.index(struct.pack("<H", tag) + data[data.index(struct.pack("<H", tag)) + 2 :][:2])
        kind = struct.unpack_from("<H", data, at + 2)[0]
        struct.pack_into("<I" if kind == 4 else "<H", data, at + 8, 60_000)
        assert value
    path.write_bytes(data)
    assert code_of(path) in {"raw-too-large", "raw-truncated"}


def test_packed_pixels_that_are_damaged_are_told_when_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    write_tiff(path, GREY, compression="zlib", rowsperstrip=173)
    with path.open("rb") as stream:
        header = read_tiff_header(stream, file=path.name, size=path.stat().st_size)
    data = bytearray(path.read_bytes())
    data[header.offsets[0] + 5 : header.offsets[0] + 60] = bytes(55)
    path.write_bytes(data)
    with open_raw(path) as raw, pytest.raises(BadInput) as caught:
        raw.rows(0, 173)
    assert caught.value.code == "image-damaged"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=12))
def test_a_damaged_header_never_raises_anything_but_our_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a_raw_1.tif"
    write_tiff(path, GREY, rowsperstrip=16)
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    path.write_bytes(data)
    try:
        with open_raw(path) as raw:
            assert raw.rows(0, min(raw.height, 4)).shape == (min(raw.height, 4), raw.width)
    except BadInput as error:
        assert error.code.startswith(("raw-", "image-"))


def test_an_image_without_a_resolution_says_none(tmp_path: Path) -> None:
    path = tmp_path / "a_raw_1.tif"
    for dpi, expected in ((None, None), (72, None), (1200, 1200)):
        write_tiff(path, GREY, dpi=dpi)
        with open_raw(path) as raw:
            assert raw.dpi == expected


def test_a_stream_that_only_goes_forward_is_sought_in_by_opening_it_again() -> None:
    data = bytes(range(256)) * 40
    opened: list[int] = []

    def opener() -> io.BytesIO:
        opened.append(1)
        return io.BytesIO(data)

    with io.BufferedReader(Reopened(opener, len(data)), 64) as stream:
        for at in (5_000, 9_000, 100, 10_230):
            stream.seek(at)
            assert stream.read(20) == data[at : at + 20]
        assert stream.seek(0, io.SEEK_END) == len(data)
        assert stream.read(1) == b""
    assert len(opened) == 2
