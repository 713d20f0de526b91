"""Raw scans and backgrounds: 16-bit grey TIFF, checked before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.zooscan.tiff import TiffHeader, TiffImage, read_tiff_header
from pelagia.io.zooscan.zipped import reading_zip, tiff_inside

_CODES = {
    "image-truncated": "raw-truncated",
    "image-damaged": "raw-damaged",
    "image-colours": "raw-colours",
    "image-too-large": "raw-too-large",
    "image-compression": "raw-compression",
    "image-unknown": "raw-unreadable",
}


@dataclass(frozen=True, slots=True)
class RawImage:
    """A raw scan, open for reading by rows."""

    image: TiffImage
    stream: BinaryIO

    @property
    def height(self) -> int:
        """Rows, px: the long side of the frame, before the scan is turned."""
        return self.image.height

    @property
    def width(self) -> int:
        """Columns, px."""
        return self.image.width

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), px: with slices of rows, all that an array must have to be converted."""
        return self.height, self.width

    def __getitem__(self, rows: slice) -> NDArray[np.uint16]:
        start, stop, _ = rows.indices(self.height)
        return self.rows(start, stop)

    @property
    def dpi(self) -> int | None:
        """As the tags of the file say, None where they say nothing."""
        return self.image.dpi

    def rows(self, start: int, stop: int) -> NDArray[np.uint16]:
        """Return (stop - start, width) grey values, 0 to 65,535; memory is that of the rows asked for."""
        with reading_zip(self.image.header.file):
            return self.image.rows(start, stop)

    def close(self) -> None:
        """Close the file."""
        self.image.close()
        self.stream.close()

    def __enter__(self) -> RawImage:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def read_raw_header(stream: BinaryIO, *, file: str, size: int) -> TiffHeader:
    """Read what a raw image says of itself, without reading a pixel.

    Raises
    ------
    BadInput
        ``raw-8-bit``, ``raw-truncated``, ``raw-damaged``, ``raw-colours``, ``raw-too-large``, ``raw-compression`` or
        ``raw-unreadable``.
    """
    try:
        header = read_tiff_header(stream, file=file, size=size)
    except BadInput as error:
        raise _as_raw(error) from error
    if header.bits != 16:
        raise BadInput(
            "The raw image has 8 bits instead of 16",
            remedy="Give the raw image (…_raw_1.tif in Zooscan_scan/_raw), not the converted one; or scan again with "
            "16 bits grey and RAW output.",
            value=f"{header.bits} bits",
            file=file,
            code="raw-8-bit",
        )
    return header


def open_raw(source: Path | BinaryIO, *, file: str = "") -> RawImage:
    """Open a raw scan or background.

    Parameters
    ----------
    source
        Its path, or a stream of it that can be sought in; the stream is closed with the image. A zip that holds
        nothing but the image is opened too, slower.
    file
        Its name, for messages.

    Raises
    ------
    BadInput
        As :func:`read_raw_header`; also from :meth:`RawImage.rows` where packed pixels are damaged.
    """
    stream = source.open("rb") if isinstance(source, Path) else source
    name = file or (source.name if isinstance(source, Path) else "")
    try:
        inner, size, _ = tiff_inside(stream, file=name)
        header = read_raw_header(inner, file=name, size=size)
    except PelagiaError:
        stream.close()
        raise
    return RawImage(TiffImage(inner, header), stream)


def _as_raw(error: BadInput) -> BadInput:
    return BadInput(
        error.what, remedy=error.remedy, value=error.value, file=error.file, code=_CODES.get(error.code, error.code)
    )
