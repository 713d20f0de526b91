"""The size of an image is read from the begin of its file, and is that of the decoded image."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.io.image_size import read_image_size

PICTURE = np.random.default_rng(0).integers(0, 255, (37, 53, 3), np.uint8)


class Counting(io.BytesIO):
    """Counts the bytes that were read."""

    taken = 0

    def read(self, size=-1):
        data = super().read(size)
        self.taken += len(data)
        return data


def encoded(suffix, picture=PICTURE) -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff"])
def test_the_size_is_that_of_the_pixels(suffix):
    assert read_image_size(io.BytesIO(encoded(suffix)), file="a") == (37, 53)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_no_more_than_the_begin_is_read(suffix):
    large = np.random.default_rng(0).integers(0, 255, (700, 900, 3), np.uint8)
    data = Counting(encoded(suffix, large))
    assert read_image_size(data, file="a") == (700, 900)
    assert data.taken < 70_000 < len(data.getvalue())


def test_a_jpeg_with_a_long_preview_before_its_size_is_read():
    data = encoded(".jpg")
    preview = b"\xff\xe1\xff\xff" + bytes(65_533)
    assert read_image_size(io.BytesIO(data[:2] + 3 * preview + data[2:]), file="a") == (37, 53)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"text, no image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x10",
        encoded(".jpg")[:30], b"\xff\xd8\xff\xda\x00\x02" + bytes(20), b"\x89PNG\r\n\x1a\n" + bytes(24),
        b"\xff\xd8\xffzzzzzzzzzzzzzzzzzzzzzzzz",
    ],
)  # fmt: skip
def test_what_has_no_size_is_told(data):
    with pytest.raises(BadInput) as refused:
        read_image_size(io.BytesIO(data), file="a.jpg")
    assert refused.value.code.startswith("image-")
