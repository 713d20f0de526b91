"""Files beside a picture that say where it lies: six numbers, and the name of a coordinate system."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from pelagia.io.rasters.formats import projection_file_names, world_file_names

LIMIT_BYTES = 1 << 16
SYSTEM_OF_AUX = re.compile(r"<SRS(?:\s[^<>]{0,200})?>([^<]{1,20000})</SRS>", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFile:
    """What a world file says.

    Parameters
    ----------
    transform
        a, b, c, d, e, f at the corners of pixels, as in :class:`~pelagia.io.rasters.picture.Picture`, in ``crs``.
    crs
        WKT, ``""`` where nobody tells it.
    """

    transform: tuple[float, ...]
    crs: str = ""


def read_world_file(name: str, read: Callable[[str, int], bytes | None]) -> WorldFile | None:
    """Read what lies beside a picture.

    Parameters
    ----------
    name
        Of the picture.
    read
        Gives the content of a file beside it, up to so many bytes, or ``None`` where there is none of this name.

    Returns
    -------
    WorldFile or None
        ``None`` where there is none, or it does not hold six numbers that make an area.
    """
    for candidate in world_file_names(name):
        transform = _six_numbers(read(candidate, LIMIT_BYTES))
        if transform is not None:
            return WorldFile(transform=transform, crs=_system(name, read))
    return None


def _six_numbers(content: bytes | None) -> tuple[float, ...] | None:
    """Return the affine map of a world file, whose origin is the centre of the first pixel."""
    try:
        a, d, b, e, c, f = (float(line.replace(b",", b".")) for line in (content or b"").split())
    except ValueError:
        return None
    if not all(math.isfinite(value) for value in (a, b, c, d, e, f)) or a * e == b * d:
        return None
    return a, b, c - (a + b) / 2, d, e, f - (d + e) / 2


def _system(name: str, read: Callable[[str, int], bytes | None]) -> str:
    for candidate in projection_file_names(name):
        content = (read(candidate, LIMIT_BYTES) or b"").decode("utf-8", "replace").strip("\ufeff \r\n\t")
        if candidate.endswith(".aux.xml"):
            found = SYSTEM_OF_AUX.search(content)
            content = html.unescape(found[1]).strip() if found else ""
        if content:
            return content
    return ""
