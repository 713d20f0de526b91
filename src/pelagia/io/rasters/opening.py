"""Opening a picture with GDAL so that a hostile file can do nothing: one driver, no other file, no network, limits.

GDAL follows references: of VRT files, of metadata beside a file, of the ``OVERVIEWS`` domain inside a TIFF. Hence the
driver is chosen by the first bytes and is one of few, nothing beside the file is looked at, and a file that names
another one is refused before its overviews are asked for.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.formats import MAGIC_BYTES, WHOLE_FORMATS, Format, format_of

MAX_TILED_PIXELS = 1 << 34
MAX_WHOLE_PIXELS = 1 << 28
"""Of a picture that must be decoded whole: 800 MB."""
MAX_BLOCK_BYTES = 512 << 20
MAX_BANDS = 64
CACHE_BYTES = 128 << 20
OPTIONS: Mapping[str, Any] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # nothing that lies beside the file
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_CACHEMAX": CACHE_BYTES,  # rasterio takes bytes
    "GDAL_NUM_THREADS": "1",
    "GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC": "YES",  # pixels are limited here
}


def confined() -> rasterio.Env:
    """Return the setting in which all of GDAL is called."""
    return rasterio.Env(**OPTIONS)


def open_dataset(path: str | Path, file: str) -> Any:
    """Open a picture; only its header is read.

    Parameters
    ----------
    path
        A regular file of this machine.
    file
        How the user named it, for messages.

    Returns
    -------
    rasterio.DatasetReader
        To be closed by the caller; called within :func:`confined`.

    Raises
    ------
    NotFound
        It is not there.
    BadInput
        ``empty``, ``not-a-picture``, ``truncated``, ``damaged``, ``too-large``, ``refers-elsewhere``.
    """
    place = Path(path).absolute()
    if not place.is_file():
        raise NotFound("The picture is no longer there", value=path, remedy="Start the run anew.", file=file)
    kind = told_format(place, file)
    with confined(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(place, driver=kind, sharing=False)
        except (*READ_FAILURES, ValueError) as error:
            raise _cannot_open(place, kind, file) from error
        try:
            _check(dataset, kind, file)
        except BaseException:
            dataset.close()
            raise
    return dataset


def told_format(path: Path, file: str) -> Format:
    """Return what a file is by its first bytes, or raise BadInput."""
    with path.open("rb") as stream:
        start = stream.read(MAGIC_BYTES)
    if not start:
        raise empty(file)
    kind = format_of(start)
    if kind is None:
        raise BadInput(
            "The file is not a picture of a kind that is read (TIFF, JPEG, PNG, WebP, BMP)",
            remedy="Save it as TIFF, JPEG or PNG if it is a picture.",
            value=f"begins with {start[:8].hex(' ')}",
            file=file,
            code="not-a-picture",
        )
    return kind


def empty(file: str) -> BadInput:
    """Return the error for a file without a byte."""
    return BadInput("The file is empty", remedy="Copy it again.", value="0 bytes", file=file, code="empty")


def truncated(file: str, value: str) -> BadInput:
    """Return the error for a picture of which nothing can be read because its end is missing."""
    return BadInput(
        "The picture is cut off, and what is left of it cannot be read",
        remedy="Copy or download it again.",
        value=value,
        file=file,
        code="truncated",
    )


def damaged(file: str, value: str) -> BadInput:
    """Return the error for a picture that cannot be decoded."""
    return BadInput(
        "The picture cannot be read: it is damaged, or packed in an unusual way",
        remedy="Copy it again; if it opens elsewhere, save it as an ordinary TIFF, JPEG or PNG.",
        value=value,
        file=file,
        code="damaged",
    )


def _cannot_open(path: Path, kind: Format, file: str) -> BadInput:
    size = path.stat().st_size
    if kind == "GTiff" and _first_directory(path) + 2 > size:
        return truncated(file, f"{size:,} bytes; its description stands behind them")
    return damaged(file, f"{kind}, {size:,} bytes")


def _first_directory(path: Path) -> int:
    """Return where the description of a TIFF begins."""
    with path.open("rb") as stream:
        start = stream.read(16)
    order = "<" if start[:2] == b"II" else ">"
    try:
        if start[2:4] in {b"+\0", b"\0+"}:
            return int(struct.unpack_from(f"{order}Q", start, 8)[0])
        return int(struct.unpack_from(f"{order}I", start, 4)[0])
    except struct.error:
        return 1 << 62


def _check(dataset: Any, kind: Format, file: str) -> None:
    if dataset.tags(ns="OVERVIEWS"):
        raise BadInput(
            "The picture says that parts of it stand in another file, which is never followed",
            remedy="Save it anew as a GeoTIFF with its own overviews.",
            value="OVERVIEWS",
            file=file,
            code="refers-elsewhere",
        )
    pixels = dataset.width * dataset.height
    limit = MAX_WHOLE_PIXELS if kind in WHOLE_FORMATS else MAX_TILED_PIXELS
    if pixels > limit:
        raise _too_large(f"{dataset.width} × {dataset.height} pixels", f"{limit:,} pixels", file)
    types = set(dataset.dtypes)
    if dataset.count > MAX_BANDS or any(name.startswith(("complex", "c")) for name in types):
        raise damaged(file, f"{dataset.count} bands of type {', '.join(sorted(types))}")
    rows, cols = dataset.block_shapes[0]
    packed = rows * cols * dataset.count * max(np.dtype(name).itemsize for name in types)
    if packed > MAX_BLOCK_BYTES and kind not in WHOLE_FORMATS:
        raise _too_large(f"parts of {packed:,} bytes", f"{MAX_BLOCK_BYTES:,} bytes in a tile or strip", file)


def _too_large(value: str, limit: str, file: str) -> BadInput:
    return BadInput(
        f"The picture is larger than it may be: at most {limit}",
        remedy="Save it as a tiled GeoTIFF (gdal_translate -of COG), or cut it into parts.",
        value=value,
        file=file,
        code="too-large",
    )
