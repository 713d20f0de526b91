"""Image files to arrays and back: one form inside (row, column, RGB, uint8), whatever the file."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue, Severity
from pelagia.io.image_headers import ImageHeader, damaged, read_header

MAX_PIXELS = 100_000_000
"""A collage has 4 million pixels; decoding this many takes about 300 MB."""

FULL_16_BIT = 65_535
SCALE_16_TO_8 = 257
DARK_16_BIT = 4_096
SUFFIX_FORMATS = {
    "png": "png",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "jpe": "jpeg",
    "tif": "tiff",
    "tiff": "tiff",
    "bmp": "bmp",
    "dib": "bmp",
}
AS_RGB = int(cv2.IMREAD_COLOR_RGB) | int(cv2.IMREAD_IGNORE_ORIENTATION)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded image.

    Parameters
    ----------
    array
        Shape (row, column, 3), uint8, RGB, 0 to 255.
    notes
        What was changed on the way that the user should know of.
    """

    array: NDArray[np.uint8]
    notes: tuple[Issue, ...] = ()


def is_image_name(name: str) -> bool:
    """Tell whether a file name ends like that of an image which :func:`decode_image` reads."""
    _, dot, suffix = name.rpartition(".")
    return bool(dot) and suffix.lower() in SUFFIX_FORMATS


def decode_image(data: bytes, *, file: str, max_pixels: int = MAX_PIXELS) -> DecodedImage:
    """Decode a PNG, JPEG, TIFF or BMP file, after checking its header.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name, for messages and for comparing the suffix with the content.
    max_pixels
        Files that state more pixels are refused before anything is decoded.

    Returns
    -------
    DecodedImage
        Shape (row, column, 3), uint8, RGB. Greyscale is replicated to three equal channels, a
        palette expanded, transparency laid on white. An orientation in EXIF data is ignored:
        boxes of an instrument refer to the pixels as stored.

    Raises
    ------
    BadInput
        With the codes of :func:`~pelagia.io.image_headers.read_header` and ``image-too-large``.

    Notes
    -----
    16-bit values v are scaled as ``round(v / 257)``: 0 to 65,535 becomes 0 to 255, the same for
    every image, so that images stay comparable. Where no value reaches 4,096 the image will
    look black; this is a warning, since the camera then used fewer bits.
    """
    header = read_header(data, file=file)
    _check_size(header, file, max_pixels)
    encoded = np.frombuffer(data, np.uint8)
    plain = header.bits == 8 and not header.alpha and header.format != "tiff"
    stated = f"{header.format.upper()}, {header.columns} × {header.rows} pixels"
    try:
        array = cv2.imdecode(encoded, AS_RGB if plain else cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise damaged(file, stated) from error
    if array is None:
        raise damaged(file, stated)
    notes = _header_notes(header, file)
    if not plain:
        array, changes = _plain_rgb(array, file, premultiplied=header.format == "tiff")
        notes += changes
    if array.shape[:2] != (header.rows, header.columns):
        raise damaged(file, f"{stated} stated, {array.shape[1]} × {array.shape[0]} found")
    return DecodedImage(array.astype(np.uint8, copy=False), notes)


def encode_png(array: NDArray[np.uint8]) -> bytes:
    """Encode an image without loss.

    Parameters
    ----------
    array
        Shape (row, column, 3) RGB or (row, column) grey, uint8.

    Returns
    -------
    bytes
        A PNG file; equal arrays give equal bytes.
    """
    stored = array if array.ndim == 2 else np.ascontiguousarray(array[..., ::-1])
    done, encoded = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not done:
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype} cannot be encoded as an image")
    return bytes(encoded)


def encode_webp(array: NDArray[np.uint8], *, quality: int, largest_side_px: int) -> bytes:
    """Encode an image small, for looking at; one that is too large is scaled down.

    Parameters
    ----------
    array
        Shape (row, column, 3) RGB, uint8.
    quality
        0 to 100.
    largest_side_px
        Of what is stored.
    """
    rows, columns = array.shape[:2]
    scale = min(1.0, largest_side_px / max(rows, columns))
    if scale < 1:
        size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        array = cv2.resize(array, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    done, encoded = cv2.imencode(".webp", np.ascontiguousarray(array[..., ::-1]), [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise ValueError(f"an array of shape {array.shape} cannot be encoded as an image")
    return bytes(encoded)


def _check_size(header: ImageHeader, file: str, max_pixels: int) -> None:
    pixels = header.rows * header.columns
    if pixels > max_pixels:
        raise BadInput(
            f"The image has more than the {max_pixels:,} pixels it may have",
            remedy="Check that it is the right file; cut it into parts if it is.",
            value=f"{header.columns} × {header.rows} pixels",
            file=file,
            code="image-too-large",
        )
    if header.rows <= 0 or header.columns <= 0:
        raise damaged(file, f"{header.columns} × {header.rows} pixels")


def _plain_rgb(
    array: NDArray[np.generic], file: str, *, premultiplied: bool
) -> tuple[NDArray[np.uint8], tuple[Issue, ...]]:
    """Bring grey, BGR or BGRA of 8 or 16 bits to RGB of 8 bits; libtiff gives colours times alpha."""
    notes: tuple[Issue, ...] = ()
    if array.dtype == np.uint16:
        notes += (_note_16_bit(int(array.max()), file),)
        array = ((array.astype(np.uint32) + SCALE_16_TO_8 // 2) // SCALE_16_TO_8).astype(np.uint8)
    if array.dtype != np.uint8:
        raise damaged(file, f"values of type {array.dtype}")
    pixels = array.astype(np.uint8, copy=False)
    if pixels.ndim == 2:
        return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False), notes
    if pixels.shape[2] == 4:
        if int(pixels[..., 3].min()) < 255:
            notes += (_note(file, "image-alpha", "Transparent pixels were laid on white", "save without transparency"),)
        pixels = _on_white(pixels, premultiplied=premultiplied)
    rgb = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_BGR2RGB)
    return rgb.astype(np.uint8, copy=False), notes


def _on_white(bgra: NDArray[np.uint8], *, premultiplied: bool) -> NDArray[np.uint8]:
    """Lay an image with transparency on white."""
    alpha = bgra[..., 3:].astype(np.uint32)
    colour = bgra[..., :3].astype(np.uint32)
    weighted = colour * 255 if premultiplied else colour * alpha
    on_white: NDArray[np.uint32] = (weighted + 255 * (255 - alpha) + 127) // 255
    return np.minimum(on_white, 255).astype(np.uint8)


def _header_notes(header: ImageHeader, file: str) -> tuple[Issue, ...]:
    notes: tuple[Issue, ...] = ()
    if header.palette and header.format != "bmp":
        notes += (_note(file, "image-palette", "The colours of a palette were expanded", "save as RGB or greyscale"),)
    if header.pages > 1:
        text = "Only the first of the images in this file is read"
        notes += (_note(file, "image-pages", text, "save each image in its own file", severity="warning"),)
    suffix = file.rpartition(".")[2].lower()
    if SUFFIX_FORMATS.get(suffix, header.format) != header.format:
        text = f"The name says {suffix.upper()}, the content is {header.format.upper()}; it was read as such"
        notes += (_note(file, "image-suffix", text, "rename it", value=suffix),)
    return notes


def _note_16_bit(highest: int, file: str) -> Issue:
    dark = highest < DARK_16_BIT
    return _note(
        file,
        "image-16-bit",
        "16-bit values were scaled from 0…65,535 to 0…255" + (", which leaves this image almost black" if dark else ""),
        "scale the images to their full range before",
        value=f"highest value {highest}",
        severity="warning" if dark else "note",
    )


def _note(file: str, code: str, message: str, remedy: str, *, value: str = "", severity: Severity = "note") -> Issue:
    return Issue(
        file=file,
        code=code,
        message=message,
        remedy=f"Nothing to do if this is what you want; else {remedy}.",
        value=value,
        severity=severity,
        objects=1,
    )
