"""What kind of file something is: by its first bytes what it holds, by its name what it goes with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal

Format = Literal["GTiff", "JPEG", "PNG", "WEBP", "BMP"]
"""The drivers of GDAL that may open a picture; no other ever sees a file of a user."""

MAGIC_BYTES = 16
WHOLE_FORMATS = frozenset({"JPEG", "PNG", "WEBP", "BMP"})
"""Those without tiles: a part cannot be read without what comes before it."""
SUFFIXES: dict[Format, str] = {"GTiff": ".tif", "JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp"}
PICTURE_SUFFIXES = frozenset(
    {".tif", ".tiff", ".gtiff", ".cog", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib"}
)
UNREAD_SUFFIXES = frozenset(
    {
        *(".dng", ".arw", ".cr2", ".cr3", ".nef", ".orf", ".raf", ".rw2", ".pef", ".srw", ".raw"),
        *(".heic", ".heif", ".avif", ".gif", ".jp2", ".j2k", ".jpx", ".ecw", ".sid", ".img", ".vrt"),
    }
)
"""Pictures of kinds that are not read. A raw photo begins as a TIFF does, and would be taken for its small preview."""
COMPANION_SUFFIXES = frozenset(
    {
        *(".tfw", ".tifw", ".tiffw", ".jgw", ".jpw", ".jpgw", ".jpegw", ".pgw", ".pngw", ".wpw", ".bpw", ".wld"),
        *(".prj", ".xml", ".ovr", ".msk", ".aux", ".rpb", ".imd", ".xmp", ".qml", ".qgz", ".rrd", ".tab"),
        *(".csv", ".tsv", ".txt", ".json", ".geojson", ".md", ".rst", ".html", ".yaml", ".yml", ".log", ".kml"),
        *(".mrk", ".obs", ".nav", ".rtk", ".bin", ".imu", ".rpos", ".srt", ".thm", ".ini", ".p4m", ".sha256", ".md5"),
        *(".gpkg", ".kmz", ".shp", ".shx", ".dbf", ".cpg", ".sbn", ".sbx"),
    }
)
"""What lies beside pictures: how they lie, who took them, what is on them. Not to be spoken of."""
COMPANION_NAMES = re.compile(r"^(licen[cs]e|readme|copying|notice|citation|changelog|authors)\b", re.I)


def format_of(start: bytes) -> Format | None:
    """Return what a file is by its first bytes, ``None`` where it is no picture that is read."""
    if start[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return "GTiff"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "WEBP"
    if start.startswith(b"BM") and start[6:10] == b"\0\0\0\0":
        return "BMP"
    return None


def is_picture_name(name: str) -> bool:
    """Tell whether a name ends like that of a picture."""
    return PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES


def is_archive_name(name: str) -> bool:
    """Tell whether a name ends like that of a zip archive."""
    return name.lower().endswith(".zip")


def is_companion_name(name: str) -> bool:
    """Tell whether a file obviously only goes with pictures."""
    path = PurePosixPath(name)
    return path.suffix.lower() in COMPANION_SUFFIXES or bool(COMPANION_NAMES.match(path.name))


def is_unread_name(name: str) -> bool:
    """Tell whether a name ends like that of a picture of a kind that is not read."""
    return PurePosixPath(name).suffix.lower() in UNREAD_SUFFIXES


def world_file_names(name: str) -> Iterator[str]:
    """Yield how the file may be called that says where a picture lies: ``a.tfw``, ``a.tifw``, ``a.tif.tfw``, …."""
    path = PurePosixPath(name)
    suffix = path.suffix.lstrip(".")
    short = suffix[:1] + suffix[-1:] + "w"
    for end in dict.fromkeys((f".{short}", f".{suffix}w", ".wld")):
        yield str(path.with_suffix(end))
        yield f"{name}{end}"


def projection_file_names(name: str) -> Iterator[str]:
    """Yield how the file may be called that names the coordinate system of a world file."""
    path = PurePosixPath(name)
    yield str(path.with_suffix(".prj"))
    yield f"{name}.prj"
    yield f"{name}.aux.xml"
