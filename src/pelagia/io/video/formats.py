"""What kind of file something is: by its name and its first bytes, and which kinds FFmpeg may open."""

from __future__ import annotations

import re
from typing import Literal

Content = Literal["video", "still", "sound", "other"]

MAGIC_BYTES = 400
"""Two packets of a transport stream with time codes."""

VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".mkv", ".webm", ".avi", ".divx", ".ts", ".mts", ".m2ts"),
        *(".m2t", ".mpg", ".mpeg", ".m2v", ".vob", ".mod", ".tod", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".mxf"),
        *(".dv", ".mjpg", ".mjpeg", ".h264", ".264", ".h265", ".265", ".hevc", ".dav", ".nut", ".ivf", ".y4m", ".rm"),
        *(".lrv", ".insv", ".360"),
    }
)
STILL_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".bmp"})
STREAM_SUFFIXES = frozenset({".m3u8"})
STREAM_SCHEMES = frozenset({"rtsp", "rtsps"})
COMPANION_SUFFIXES = frozenset(
    {
        *(".csv", ".tsv", ".txt", ".json", ".xml", ".md", ".rst", ".html", ".htm", ".yaml", ".yml", ".log", ".ini"),
        *(".srt", ".vtt", ".ass", ".sub", ".idx", ".thm", ".lrv", ".gpx", ".kml", ".nmea", ".nc", ".cdf", ".pdf"),
        *(".doc", ".docx", ".xls", ".xlsx", ".ods", ".odt", ".sha256", ".sha1", ".md5", ".xmp", ".bim", ".cpi"),
        *(".mpl", ".bdm", ".bnp", ".ifo", ".bup", ".moff", ".modd", ".ppn", ".pek", ".cfa", ".wav", ".mp3", ".aac"),
        *(".m4a", ".ogg", ".flac", ".db", ".lnk", ".url", ".py", ".r", ".m", ".mat", ".npz", ".npy", ".parquet"),
    }
)
"""What lies beside recordings: who made them, what was measured or heard meanwhile. Not to be spoken of."""
COMPANION_NAMES = re.compile(r"^(licen[cs]e|readme|copying|notice|citation|changelog|authors)\b", re.I)

DEMUXERS = ",".join(
    (
        *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpegtsraw", "mpeg"),
        *("mpegvideo", "m4v", "h261", "h263", "h264", "hevc", "vvc", "av1", "obu", "ivf", "vc1", "vc1test", "dirac"),
        *("asf", "asf_o", "flv", "live_flv", "ogg", "mxf", "gxf", "nut", "nsv", "dv", "wtv", "rm", "yuv4mpegpipe"),
        *("mjpeg", "mjpeg_2000", "mpjpeg", "smjpeg", "dhav", "avs2", "avs3", "cavsvideo", "ty", "pva", "lxf"),
        *("wav", "mp3", "aac", "flac"),
    )
)
"""The formats FFmpeg may open: each holds its pictures itself. Play lists, descriptions of sessions, joined files and
series of pictures are not among them: they could have other files of this machine read, or other hosts spoken to.
Sound is opened to be told from damage."""

_STARTS: tuple[tuple[bytes, int, Content], ...] = (
    (b"\x1aE\xdf\xa3", 0, "video"),
    (b"\x00\x00\x01\xba", 0, "video"),
    (b"\x00\x00\x01\xb3", 0, "video"),
    (b"\x00\x00\x00\x01\x67", 0, "video"),
    (b"\x00\x00\x00\x01\x09", 0, "video"),
    (b"\x00\x00\x00\x01\x40\x01", 0, "video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "video"),
    (b"FLV\x01", 0, "video"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", 0, "video"),
    (b"DHAV", 0, "video"),
    (b"DKIF", 0, "video"),
    (b"YUV4MPEG2 ", 0, "video"),
    (b".RMF", 0, "video"),
    (b"nut/multimedia container", 0, "video"),
    (b"\x1f\x07\x00", 0, "video"),
    (b"OggS", 0, "video"),
    (b"\xff\xd8\xff", 0, "still"),
    (b"\x89PNG\r\n\x1a\n", 0, "still"),
    (b"II*\0", 0, "still"),
    (b"MM\0*", 0, "still"),
    (b"II+\0", 0, "still"),
    (b"MM\0+", 0, "still"),
    (b"ID3", 0, "sound"),
    (b"fLaC", 0, "sound"),
    (b"\xff\xf1", 0, "sound"),
    (b"\xff\xfb", 0, "sound"),
)
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp", b"sidx"})
_HEIF = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif"})


def content_of(start: bytes) -> Content:
    """Return what a file is by its first :data:`MAGIC_BYTES`."""
    if start[4:8] in _BOXES:
        return "other" if start[8:12] in _HEIF else "video"
    if start.startswith(b"RIFF"):
        kinds: dict[bytes, Content] = {b"AVI ": "video", b"WAVE": "sound"}
        return kinds.get(start[8:12], "other")
    for magic, at, content in _STARTS:
        if start.startswith(magic, at):
            return content
    if start.startswith(b"BM") and start[6:10] == b"\0\0\0\0":
        return "still"
    return "video" if _is_transport_stream(start) else "other"


def _is_transport_stream(start: bytes) -> bool:
    """Tell whether packets of 188, 192 or 204 bytes follow each other."""
    return any(
        start[at : at + 1] == b"G" == start[at + size : at + size + 1] for at, size in ((0, 188), (4, 192), (0, 204))
    )


def is_video_name(name: str) -> bool:
    """Tell whether a name ends like that of a video."""
    return suffix_of(name) in VIDEO_SUFFIXES


def is_still_name(name: str) -> bool:
    """Tell whether a name ends like that of a still picture."""
    return suffix_of(name) in STILL_SUFFIXES


def is_companion_name(name: str) -> bool:
    """Tell whether a file obviously only goes with recordings."""
    base = name.rpartition("/")[2]
    return suffix_of(base) in COMPANION_SUFFIXES or bool(COMPANION_NAMES.match(base))


def is_archive_name(name: str) -> bool:
    """Tell whether a name ends like that of a zip archive."""
    return name.lower().endswith(".zip")


def suffix_of(name: str) -> str:
    """Return the ending of a name in lower case, with its dot."""
    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
    return f".{suffix.lower()}" if stem and dot else ""
