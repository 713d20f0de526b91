"""What an image file says of itself, read before anything is decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pelagia.core.errors import BadInput

ImageFormat = Literal["png", "jpeg", "tiff", "bmp"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_GREY, PNG_PALETTE, PNG_ALPHA_TYPES = 0, 3, (4, 6)
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_SCAN, JPEG_END = 0xDA, b"\xff\xd9"
TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
TIFF_CODES = {1: "B", 3: "H", 4: "I", 16: "Q", 18: "Q"}
TIFF_COLOURS = frozenset({0, 1, 2, 3, 6})
TIFF_MAX_TAGS = 4096


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image file says of itself.

    Parameters
    ----------
    format
        Judged by the content, never by the name.
    rows, columns
        In pixels.
    bits
        Bits per channel.
    palette, alpha
        Whether colours come from a table; whether pixels may be transparent.
    pages
        1, or 2 where more than one image is in the file.
    channels
        Of a JPEG, 1 or 3; 0 where it is not told.
    """

    format: ImageFormat
    rows: int
    columns: int
    bits: int = 8
    palette: bool = False
    alpha: bool = False
    pages: int = 1
    channels: int = 0


def read_header(data: bytes, *, file: str) -> ImageHeader:
    """Read the header of an image and check that the file is whole, without decoding it.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name, for messages.

    Raises
    ------
    BadInput
        ``image-empty``, ``image-unknown`` (no PNG, JPEG, TIFF or BMP), ``image-truncated``,
        ``image-damaged`` or ``image-colours`` (a colour model or depth that is not read).
    """
    try:
        if data.startswith(PNG_SIGNATURE):
            return _png(data, file)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data, file)
        if data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
            return _tiff(data, file)
        if data.startswith(b"BM"):
            return _bmp(data, file)
    except (struct.error, IndexError):
        raise truncated(file, len(data)) from None
    except (OverflowError, ValueError) as error:
        raise damaged(file, str(error)) from error
    raise _not_an_image(data, file)


def _png(data: bytes, file: str) -> ImageHeader:
    columns, rows, bits, kind = struct.unpack_from(">IIBB", data, 16)
    view, end, at = memoryview(data), len(data), 8
    transparent = False
    while at + 12 <= end:
        (length,) = struct.unpack_from(">I", data, at)
        name = data[at + 4 : at + 8]
        after = at + 12 + length
        if after > end:
            break
        if name == b"IDAT" and zlib.crc32(view[at + 4 : after - 4]) != struct.unpack_from(">I", data, after - 4)[0]:
            raise damaged(file, "the checksum of its pixels is wrong")
        if name == b"tRNS":
            transparent = True
        if name == b"IEND":
            if transparent and kind == PNG_GREY:
                raise _colours(file, "greyscale PNG in which one grey value is transparent")
            alpha = transparent or kind in PNG_ALPHA_TYPES
            return ImageHeader("png", rows, columns, bits if bits == 16 else 8, kind == PNG_PALETTE, alpha)
        at = after
    raise truncated(file, end)


def _jpeg(data: bytes, file: str) -> ImageHeader:
    at, header = 2, None
    while True:
        if data[at] != 0xFF:
            raise damaged(file, f"no marker at byte {at}")
        marker = data[at + 1]
        if marker == 0xFF or marker in JPEG_BARE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in JPEG_FRAMES:
            header = _jpeg_frame(data, at, file)
        if marker == JPEG_SCAN:
            break
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    if header is None:
        raise damaged(file, "a scan without a frame")
    if data.rfind(JPEG_END, at) < 0:
        raise truncated(file, len(data))
    return header


def _jpeg_frame(data: bytes, at: int, file: str) -> ImageHeader:
    bits, rows, columns, channels = struct.unpack_from(">BHHB", data, at + 4)
    if bits != 8 or channels not in {1, 3}:
        raise _colours(file, f"JPEG with {channels} channels of {bits} bits")
    return ImageHeader("jpeg", rows, columns, channels=channels)


def _bmp(data: bytes, file: str) -> ImageHeader:
    start, size = struct.unpack_from("<II", data, 10)
    if size == 12:
        columns, rows, _, bits = struct.unpack_from("<HHHH", data, 18)
        packed, alpha = 0, False
    else:
        columns, rows, _, bits, packed = struct.unpack_from("<iiHHI", data, 18)
        # Only with bit masks is the fourth byte of a pixel defined; else it is filling.
        alpha = bits == 32 and packed == 3 and size >= 56 and any(data[66:70])
    rows = abs(rows)
    if packed in {0, 3} and start + (columns * bits + 31) // 32 * 4 * rows > len(data):
        raise truncated(file, len(data))
    return ImageHeader("bmp", rows, columns, palette=bits <= 8, alpha=alpha)


def _tiff(data: bytes, file: str) -> ImageHeader:
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in {b"+\0", b"\0+"}
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    if count > TIFF_MAX_TAGS:
        raise damaged(file, f"{count} tags")
    first, step = at + (8 if big else 2), 20 if big else 12
    tags = dict(_tiff_tags(data, order, first, step, count))
    (next_page,) = struct.unpack_from(order + ("Q" if big else "I"), data, first + step * count)
    if not tags.get(256) or not tags.get(257):
        raise damaged(file, "no width or height")
    _check_tiff_extent(data, tags, file)
    bits = max(tags.get(258, (1,)))
    colour, samples = tags.get(262, (1,))[0], tags.get(277, (1,))[0]
    known = colour in TIFF_COLOURS and bits in {1, 2, 4, 8, 16} and tags.get(339, (1,))[0] == 1
    if not known or samples not in {1, 3, 4} or (samples == 4 and bits == 16):
        raise _colours(file, f"TIFF of colour model {colour}, {samples} channels of {bits} bits")
    return ImageHeader(
        "tiff",
        rows=tags[257][0],
        columns=tags[256][0],
        bits=max(bits, 8),
        palette=colour == 3,
        alpha=samples == 4,
        pages=2 if next_page else 1,
    )


def _tiff_tags(data: bytes, order: str, first: int, step: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Read the tags whose values are whole numbers."""
    inline = 8 if step == 20 else 4
    for at in range(first, first + step * count, step):
        tag, kind, length = struct.unpack_from(order + ("HHQ" if step == 20 else "HHI"), data, at)
        if kind not in TIFF_CODES:
            continue
        place = at + step - inline
        if length * TIFF_SIZES[kind] > inline:
            (place,) = struct.unpack_from(order + ("Q" if step == 20 else "I"), data, place)
        if place + length * TIFF_SIZES[kind] > len(data):
            raise struct.error
        yield tag, struct.unpack_from(f"{order}{length}{TIFF_CODES[kind]}", data, place)


def _check_tiff_extent(data: bytes, tags: dict[int, tuple[int, ...]], file: str) -> None:
    """Check that every strip or tile lies inside the file."""
    offsets = tags.get(273) or tags.get(324) or ()
    lengths = tags.get(279) or tags.get(325) or ()
    if not offsets:
        raise damaged(file, "no pixels")
    if len(offsets) != len(lengths):
        raise damaged(file, f"{len(offsets)} strips but {len(lengths)} lengths")
    if max(start + length for start, length in zip(offsets, lengths, strict=True)) > len(data):
        raise truncated(file, len(data))


def truncated(file: str, size: int) -> BadInput:
    """Return the error for an image that ends too early."""
    return BadInput(
        "The image is cut off: the file ends before its last pixels",
        remedy="Copy or download it again from the instrument.",
        value=f"{size:,} bytes",
        file=file,
        code="image-truncated",
    )


def damaged(file: str, value: str) -> BadInput:
    """Return the error for an image whose content contradicts itself."""
    return BadInput(
        "The image cannot be decoded: it is damaged, or packed in an unusual way",
        remedy="Copy or download it again; if it opens elsewhere, save it as PNG or as LZW TIFF.",
        value=value,
        file=file,
        code="image-damaged",
    )


def _colours(file: str, value: str) -> BadInput:
    return BadInput(
        "The image has a colour model or depth that is not read",
        remedy="Save it as 8-bit or 16-bit greyscale or RGB (PNG or TIFF).",
        value=value,
        file=file,
        code="image-colours",
    )


def empty(file: str) -> BadInput:
    """Return the error for an image file without a byte."""
    return BadInput(
        "The image file is empty",
        remedy="Copy it again from the instrument.",
        value="0 bytes",
        file=file,
        code="image-empty",
    )


def _not_an_image(data: bytes, file: str) -> BadInput:
    if not data:
        return empty(file)
    return BadInput(
        "The file is not an image of a kind that is read (PNG, JPEG, TIFF, BMP)",
        remedy="Check what it is, and save it as PNG or TIFF if it is an image.",
        value=f"begins with {data[:8].hex(' ')}",
        file=file,
        code="image-unknown",
    )
