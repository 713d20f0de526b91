"""Whether EcoTaxa can read an image: the same decoder, the same formats, the same largest size."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin

from pelagia.io.ecotaxa.rules import MOST_PIXELS

MOST_DECODED = 100_000_000
"""Of an image of more pixels only the header is read: decoding it would take more than 300 MB."""

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
DECODERS: Mapping[bytes, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile,
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"GIF8": GifImagePlugin.GifImageFile,
}


def picture_problem(data: bytes) -> str:
    """Say why EcoTaxa would refuse an image (``""``: it takes it).

    Parameters
    ----------
    data
        The whole file; what it is is judged by its content, as EcoTaxa does.
    """
    decoder = next((opener for start, opener in DECODERS.items() if data.startswith(start)), None)
    if decoder is None:
        return "is empty" if not data else "is neither PNG nor JPEG nor GIF"
    try:
        with decoder(io.BytesIO(data)) as image:
            columns, rows = image.size
            if columns * rows > MOST_PIXELS:
                return f"has {columns:,} × {rows:,} pixels, more than {MOST_PIXELS:,}"
            if columns * rows <= MOST_DECODED:
                image.load()
    except Image.DecompressionBombError:
        return "has more pixels than can be decoded"
    except DAMAGE as error:
        return f"is damaged ({str(error)[:100] or type(error).__name__})"
    return ""
