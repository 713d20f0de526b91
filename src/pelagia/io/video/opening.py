"""Video files opened by FFmpeg so that a hostile one can harm nobody: no other file, no network, no endless memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from pelagia.core.errors import BadInput
from pelagia.io.video import faults
from pelagia.io.video.formats import DEMUXERS, MAGIC_BYTES, content_of

MAX_FRAME_PIXELS = 40_000_000
"""8192 × 4320 has 35 million; a decoder keeps up to some 16 frames of 1.5 bytes a pixel."""
MAX_SIDE_PX = 16_384
OPEN_TIMEOUT_S, READ_TIMEOUT_S = 60.0, 60.0
MOST_STREAMS = 64
CONTAINER_OPTIONS = {
    "format_whitelist": DEMUXERS,
    "protocol_whitelist": "file",
    "max_streams": str(MOST_STREAMS),
    "probesize": "5000000",
    "analyzeduration": "5000000",
}
"""The most bytes and µs that are looked at to find out what is in a file."""
DECODER_OPTIONS = {"max_pixels": str(MAX_FRAME_PIXELS)}
PROBE_OPTIONS = {"max_pixels": str(4 * MAX_FRAME_PIXELS)}
"""To find out what is in a file FFmpeg decodes a frame: one that is somewhat too large can still be named."""
FAILURES = (FFmpegError, OSError, ValueError, RuntimeError, MemoryError)
"""What PyAV raises: its errors are also those of Python, and some are these alone."""


def open_container(path: Path, file: str) -> tuple[InputContainer, VideoStream]:
    """Open a video file and find its picture.

    Parameters
    ----------
    path
        A file of this machine.
    file
        Its name, for messages.

    Raises
    ------
    BadInput
        ``empty-file``, ``file-unreadable``, ``not-a-video``, ``no-video``, ``damaged``, ``codec-unread``,
        ``too-large-frame``.
    """
    start = _start(path, file)
    try:
        container = av.open(
            str(path.absolute()),  # with a slash first, no name is the address of another place
            mode="r",
            options=dict(PROBE_OPTIONS),
            container_options=dict(CONTAINER_OPTIONS),
            metadata_errors="replace",
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
        )
    except FAILURES as error:
        raise _not_opened(start, file, error) from error
    try:
        return container, _picture(container, file)
    except BaseException:
        container.close()
        raise


@contextmanager
def told(file: str) -> Iterator[None]:
    """Turn what PyAV raises into an error of ours."""
    try:
        yield
    except FAILURES as error:
        raise faults.damaged(file, reason(error)) from error


def reason(error: BaseException) -> str:
    """Return what FFmpeg says of a failure, without the path."""
    return str(getattr(error, "strerror", "") or type(error).__name__)


def _start(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            start = stream.read(MAGIC_BYTES)
    except OSError as error:
        raise faults.unreadable(file, error.strerror or type(error).__name__) from error
    if not start:
        raise faults.empty(file)
    return start


def _not_opened(start: bytes, file: str, error: BaseException) -> BadInput:
    if content_of(start) == "video":
        return faults.damaged(file, reason(error))
    return faults.not_a_video(file, f"begins with {start[:8].hex(' ')}")


def _picture(container: InputContainer, file: str) -> VideoStream:
    """Return the stream of pictures; the cover of a piece of music is none."""
    kinds = [stream.type for stream in container.streams]
    found = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    if not found:
        raise faults.no_video(file, ", ".join(kinds) or "no tracks")
    stream = best if isinstance(best, VideoStream) and best in found else found[0]
    if stream.codec_context is None:
        raise faults.codec_unread(file, "unknown")
    width, height = stream.width, stream.height
    if width * height > MAX_FRAME_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise faults.too_large_frame(file, width, height, MAX_FRAME_PIXELS)
    if width <= 0 or height <= 0 or not stream.time_base:
        raise faults.damaged(file, f"{width} × {height} pixels")
    return stream
