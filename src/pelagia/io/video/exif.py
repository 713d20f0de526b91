"""When a picture was taken, as the camera wrote it into the file; as hostile as the file itself."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping
from typing import IO

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from pelagia.io.video.times import seconds_of

READERS: Mapping[bytes, type[ImageFile]] = {
    b"\xff\xd8": JpegImageFile,
    b"\x89P": PngImageFile,
    b"II": TiffImageFile,
    b"MM": TiffImageFile,
}
FAILURES = (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError, OverflowError, struct.error, MemoryError)
EXIF_IFD = 0x8769
TAKEN, OFFSET_TAKEN, OFFSET, SUBSECOND = 0x9003, 0x9011, 0x9010, 0x9291


def taken_at(stream: IO[bytes], utc_offset_h: float) -> float | None:
    """Return when a picture was taken.

    Parameters
    ----------
    stream
        The file, at its begin.
    utc_offset_h
        Of the clock of the camera, where it does not say.

    Returns
    -------
    float or None
        Seconds since 1970 UTC; ``None`` where it says nothing, or nonsense.
    """
    reader = READERS.get(stream.read(2))
    stream.seek(0)
    if reader is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of every oddity of EXIF
        try:
            # Not Image.open: it judges the number of pixels, and none are decoded here.
            picture = reader(stream)
            if reader is PngImageFile and "exif" not in picture.info:
                return None  # Pillow would decode all of it to look behind the pixels
            detail = picture.getexif().get_ifd(EXIF_IFD)
        except FAILURES:
            return None
    date, _, time = _text(detail.get(TAKEN)).partition(" ")
    if not time:
        return None
    zone = _text(detail.get(OFFSET_TAKEN)) or _text(detail.get(OFFSET))
    digits = _text(detail.get(SUBSECOND))
    fraction = f".{digits[:6]}" if digits.isdecimal() else ""
    moment = f"{date.replace(':', '-')}T{time}{fraction}"
    found = seconds_of(f"{moment}{zone}", utc_offset_h)
    return found if found is not None or not zone else seconds_of(moment, utc_offset_h)


def _text(value: object) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0 ")[:40]
