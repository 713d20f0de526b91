"""Grey TIFF files of any size: the header first, then rows, never the whole image."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Any, BinaryIO, cast

import numpy as np
import tifffile
from numpy.typing import NDArray

from pelagia.core.errors import BadInput

MAX_PIXELS = 2_000_000_000
"""A large frame at 4,800 dpi has 1,470 million."""
MAX_BYTES_AT_ONCE = 1 << 30
"""Of an image that is held whole in memory, one byte a pixel."""
MAX_SIDE = 131_072
MAX_SEGMENT_BYTES = 512 << 20
RESOLUTIONS_DPI = (100, 19_200)
"""Tags outside say nothing: 72 and 96 are what programs write that know no resolution."""
DEFLATE = (8, 32946)
NO_PREDICTOR, HORIZONTAL = 1, 2
HOSTILE = (
    tifffile.TiffFileError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    ZeroDivisionError,
    struct.error,
)
"""What reading the header of a damaged file may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffHeader:
    """What a grey TIFF says of itself.

    Parameters
    ----------
    rows, cols
        In pixels.
    bits
        8 or 16.
    dpi
        As the tags say, None where they say nothing.
    """

    file: str
    rows: int
    cols: int
    bits: int
    dpi: int | None
    compression: int
    predictor: int
    byteorder: str
    inverted: bool
    segment_rows: int
    segment_cols: int
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def bytes_per_pixel(self) -> int:
        """1 or 2."""
        return self.bits // 8


class TiffImage:
    """A grey TIFF, read by rows; usable by several threads.

    Parameters
    ----------
    stream
        The file; closed with the image.
    header
        What :func:`read_tiff_header` said of it.

    Notes
    -----
    Rows are read, not mapped: pages of a mapped file count as memory of the process, and a scan has 735 MB.
    """

    def __init__(self, stream: BinaryIO, header: TiffHeader) -> None:
        self.header = header
        self._stream = stream
        self._lock = threading.Lock()
        self._descriptor = _descriptor(stream)
        self._band: tuple[int, NDArray[Any]] | None = None

    @property
    def height(self) -> int:
        """Rows, px."""
        return self.header.rows

    @property
    def width(self) -> int:
        """Columns, px."""
        return self.header.cols

    @property
    def dpi(self) -> int | None:
        """As the tags say."""
        return self.header.dpi

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return some rows.

        Parameters
        ----------
        start, stop
            As in a slice, within the image.

        Returns
        -------
        array
            (stop - start, width), uint8 or uint16, its own memory.

        Raises
        ------
        BadInput
            ``image-truncated`` or ``image-damaged``.
        """
        if not 0 <= start <= stop <= self.height:
            raise ValueError(f"rows {start} to {stop} of an image with {self.height}")
        out = np.empty((stop - start, self.width), np.uint16 if self.header.bits == 16 else np.uint8)
        if self.header.compression == 1 and self.header.segment_cols == self.width:
            self._read_plain(start, out)
        else:
            with self._lock:
                self._read_bands(start, out)
        return np.invert(out) if self.header.inverted else out

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> TiffImage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_plain(self, start: int, out: NDArray[Any]) -> None:
        """Read rows of an image without compression straight into place."""
        header, at = self.header, 0
        while at < len(out):
            segment, row = divmod(start + at, header.segment_rows)
            count = min(len(out) - at, header.segment_rows - row)
            size = self.width * header.bytes_per_pixel
            self._read_into(header.offsets[segment] + row * size, out[at : at + count])
            at += count
        if header.bits == 16 and header.byteorder == ">":
            out.byteswap(inplace=True)

    def _read_into(self, offset: int, out: NDArray[Any]) -> None:
        view = memoryview(cast(Any, out)).cast("B")
        if self._descriptor is not None:
            # Without moving the file's position: threads do not wait for each other.
            while view:
                count = os.preadv(self._descriptor, [view], offset)
                view, offset = self._advanced(view, offset, count)
            return
        with self._lock:
            self._stream.seek(offset)
            while view:
                count = cast(Any, self._stream).readinto(view)
                view, offset = self._advanced(view, offset, count)

    def _advanced(self, view: memoryview, offset: int, count: int) -> tuple[memoryview, int]:
        if not count:
            raise truncated(self.header.file, offset)
        return view[count:], offset + count

    def _read_bands(self, start: int, out: NDArray[Any]) -> None:
        """Read rows by bands of strips or tiles; the last band stays, since neighbours are asked for next."""
        at = 0
        while at < len(out):
            band, row = divmod(start + at, self.header.segment_rows)
            if self._band is None or self._band[0] != band:
                self._band = (band, self._decoded_band(band))
            rows = self._band[1][row : row + len(out) - at]
            out[at : at + len(rows)] = rows
            at += len(rows)

    def _decoded_band(self, band: int) -> NDArray[Any]:
        header = self.header
        across = -(-header.cols // header.segment_cols)
        rows = min(header.segment_rows, header.rows - band * header.segment_rows)
        out = np.empty((rows, header.cols), np.uint16 if header.bits == 16 else np.uint8)
        for number in range(across):
            left = number * header.segment_cols
            tile = self._segment(band * across + number, rows)
            out[:, left : left + header.segment_cols] = tile[:rows, : header.cols - left]
        return out

    def _segment(self, index: int, rows: int) -> NDArray[Any]:
        header = self.header
        is_tiled = header.segment_cols != header.cols
        shape = (header.segment_rows if is_tiled else rows, header.segment_cols)
        size = shape[0] * shape[1] * header.bytes_per_pixel
        self._stream.seek(header.offsets[index])
        data = self._stream.read(header.lengths[index])
        if header.compression in DEFLATE:
            try:
                data = zlib.decompressobj().decompress(data, size)
            except zlib.error as error:
                raise damaged(header.file, str(error)) from error
        if len(data) < size:
            raise damaged(header.file, f"{len(data):,} bytes of pixels instead of {size:,} in part {index}")
        array = np.frombuffer(data[:size], f"{header.byteorder}u{header.bytes_per_pixel}").reshape(shape)
        native = array.astype(np.uint16 if header.bits == 16 else np.uint8)
        if header.predictor == HORIZONTAL:
            np.add.accumulate(native, axis=1, dtype=native.dtype, out=native)
        return native


def _descriptor(stream: BinaryIO) -> int | None:
    """Return the descriptor of a file of this machine; a stream out of an archive has none."""
    if not hasattr(os, "preadv"):
        return None
    try:
        return stream.fileno()
    except (OSError, AttributeError):
        return None


def read_tiff_header(stream: BinaryIO, *, file: str, size: int) -> TiffHeader:
    """Read the header of a grey TIFF and check it against the file, without reading a pixel.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    file, size
        Its name, for messages, and its bytes.

    Raises
    ------
    BadInput
        ``image-unknown``, ``image-colours`` (not one channel of 8 or 16 bits), ``image-too-large``,
        ``image-truncated``, ``image-compression`` or ``image-damaged``.
    """
    if size == 0:
        raise truncated(file, 0)
    try:
        stream.seek(0)
        with tifffile.TiffFile(stream, name=file) as tiff:
            page = cast(tifffile.TiffPage, tiff.pages[0])
            header = _header(page, tiff.byteorder, file)
    except HOSTILE as error:
        raise _not_tiff(file, size, error) from error
    _check(header, size)
    return header


def truncated(file: str, size: int) -> BadInput:
    """Return the error for an image that ends too early."""
    return BadInput(
        "The image is cut off: the file ends before its last pixels",
        remedy="Copy it again from the scanner's computer, or scan the sample again.",
        value=f"{size:,} bytes",
        file=file,
        code="image-truncated",
    )


def too_large(file: str, rows: int, cols: int) -> BadInput:
    """Return the error for an image that states more pixels than it may have, or none."""
    return BadInput(
        "The image has more pixels than it may have, or none",
        remedy="Check that it is the right file.",
        value=f"{cols:,} × {rows:,} pixels",
        file=file,
        code="image-too-large",
    )


def damaged(file: str, value: str) -> BadInput:
    """Return the error for an image whose content contradicts itself."""
    return BadInput(
        "The image is damaged",
        remedy="Copy it again from the scanner's computer, or scan the sample again.",
        value=value,
        file=file,
        code="image-damaged",
    )


def _header(page: tifffile.TiffPage, byteorder: str, file: str) -> TiffHeader:
    bits = page.bitspersample
    if page.samplesperpixel != 1 or bits not in {8, 16} or page.sampleformat != 1 or page.photometric not in {0, 1}:
        raise BadInput(
            "The image is not grey with 8 or 16 bits",
            remedy="Scan in 16 bits grey, or save it so.",
            value=f"{page.samplesperpixel} channel(s) of {bits} bits",
            file=file,
            code="image-colours",
        )
    return TiffHeader(
        file=file,
        rows=int(page.imagelength),
        cols=int(page.imagewidth),
        bits=int(bits),
        dpi=_dpi(page),
        compression=int(page.compression),
        predictor=int(page.predictor),
        byteorder=byteorder,
        inverted=page.photometric == 0,
        segment_rows=int(page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)),
        segment_cols=int(page.tilewidth if page.is_tiled else page.imagewidth),
        offsets=tuple(int(offset) for offset in page.dataoffsets),
        lengths=tuple(int(length) for length in page.databytecounts),
    )


def _dpi(page: tifffile.TiffPage) -> int | None:
    tag, unit = page.tags.get(282), page.tags.get(296)
    if tag is None or (unit is not None and int(unit.value) not in {2, 3}):
        return None
    over, under = tag.value
    if not under:
        return None
    dpi = round(Fraction(int(over), int(under)) * (Fraction(254, 100) if unit and int(unit.value) == 3 else 1))
    return dpi if RESOLUTIONS_DPI[0] <= dpi <= RESOLUTIONS_DPI[1] else None


def _check(header: TiffHeader, size: int) -> None:
    is_sound = 0 < header.rows <= MAX_SIDE and 0 < header.cols <= MAX_SIDE
    if not is_sound or header.rows * header.cols > MAX_PIXELS:
        raise too_large(header.file, header.rows, header.cols)
    is_plain = header.compression == 1
    segment = header.segment_rows * header.segment_cols * header.bytes_per_pixel
    known = is_plain or (header.compression in DEFLATE and header.predictor in {NO_PREDICTOR, HORIZONTAL})
    if not known or (not is_plain and segment > MAX_SEGMENT_BYTES):
        raise BadInput(
            "The image is packed in a way that is not read",
            remedy="Save it as TIFF without compression, or with deflate compression in strips.",
            value=f"compression {header.compression}",
            file=header.file,
            code="image-compression",
        )
    _check_extent(header, size, segment)


def _check_extent(header: TiffHeader, size: int, segment: int) -> None:
    """Check that every strip or tile lies inside the file and is long enough."""
    if header.segment_rows <= 0 or header.segment_cols <= 0:
        raise damaged(header.file, "strips or tiles of no size")
    across, down = -(-header.cols // header.segment_cols), -(-header.rows // header.segment_rows)
    if not len(header.offsets) == len(header.lengths) == across * down:
        raise damaged(header.file, f"{len(header.offsets)} parts instead of {across * down}")
    if max(start + length for start, length in zip(header.offsets, header.lengths, strict=True)) > size:
        raise truncated(header.file, size)
    if header.compression != 1:
        return
    last = (header.rows - (down - 1) * header.segment_rows) * header.cols * header.bytes_per_pixel
    needed = [segment] * (across * down)
    if across == 1 and header.segment_cols == header.cols:
        needed[-1] = last
    if any(length < least for length, least in zip(header.lengths, needed, strict=True)):
        raise truncated(header.file, size)


def _not_tiff(file: str, size: int, error: BaseException) -> BadInput:
    if isinstance(error, BadInput):
        return error
    return BadInput(
        "The file is no TIFF image that can be read",
        remedy="Copy it again from the scanner's computer; check that it is a TIFF.",
        value=f"{size:,} bytes; {error}"[:200],
        file=file,
        code="image-unknown",
    )
