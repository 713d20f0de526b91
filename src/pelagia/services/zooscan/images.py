"""The images of a scan, opened wherever they are: large files that are read by rows need to be sought in."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from pelagia.io.sources import Source
from pelagia.io.zooscan.places import Place
from pelagia.io.zooscan.raw import RawImage, open_raw

COPY_BYTES = 1 << 20


def source_of(item: Mapping[str, Any]) -> Source:
    """Open the source of a scan.

    Parameters
    ----------
    item
        With ``place``: the fields of a :class:`pelagia.io.zooscan.places.Place`.
    """
    place = item["place"]
    return Place(**{**place, "only": tuple(place["only"])}).open()


@contextmanager
def opened(item: Mapping[str, Any], name: str) -> Iterator[BinaryIO]:
    """Open a file of a scan so that any part of it can be read at once.

    A file of this machine is read where it is; one of an archive or of another machine is copied first.

    Parameters
    ----------
    item
        With ``place``, and ``scratch``: a folder for the copy; nothing stays there.
    name
        The file.
    """
    with source_of(item).open(name) as stream:
        if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
            yield stream
            return
        with tempfile.TemporaryFile(dir=item["scratch"]) as copy:
            shutil.copyfileobj(stream, copy, COPY_BYTES)
            copy.seek(0)
            yield cast(BinaryIO, copy)


@contextmanager
def opened_raw(item: Mapping[str, Any], name: str) -> Iterator[RawImage]:
    """Open a raw image; parameters as for :func:`opened`."""
    with opened(item, name) as stream, open_raw(stream, file=name) as image:
        yield image
