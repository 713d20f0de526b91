"""Small videos for a browser: H.264 in MP4, every frame of which can be sought."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pelagia.core.errors import BadParameter, Unavailable

KEY_EVERY = 10
"""A player that is sent to a frame decodes at most so many."""
QUALITY = 26
"""Constant rate factor of x264: fit for the eye, about a quarter of the bytes of a camera's file."""
LEAST_SIDE_PX, MOST_SIDE_PX = 16, 4096
MOST_FRAMES_PER_S = 240.0
BT709 = 1
"""The colours of HD, as H.264 numbers them; a browser that is not told guesses by the size."""
LIMITED = 1
NAMES = ("libx264", "h264_videotoolbox", "libopenh264")
"""Encoders, the best first; the wheels of PyAV bring the first."""


class ViewWriter:
    """Writes frames one after the other; the file appears under its name when it is closed.

    Equal frames give equal bytes with the same encoder. Memory does not grow with the number of frames.

    Parameters
    ----------
    path
        The file to be made, ``.mp4``.
    height_px, width_px
        Size of the video; odd sides are made one larger, since H.264 stores colours of two by two pixels.
    frames_per_s
        Frame *n* is shown from *n* / ``frames_per_s`` on.
    quality
        Constant rate factor of x264, 0 (best) to 51.
    key_every
        Frames from one that stands by itself to the next.

    Raises
    ------
    BadParameter
        Size or rate cannot be written.
    Unavailable
        PyAV was built without an encoder of H.264.
    """

    def __init__(
        self,
        path: Path,
        *,
        height_px: int,
        width_px: int,
        frames_per_s: float,
        quality: int = QUALITY,
        key_every: int = KEY_EVERY,
    ) -> None:
        _check(height_px, width_px, frames_per_s)
        self.height_px, self.width_px = height_px + height_px % 2, width_px + width_px % 2
        self.count = 0
        self._path, self._partial = path, path.with_name(f".{path.name}.part")
        encoder = encoder_of_h264()
        self._container = av.open(
            str(self._partial), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )
        rate = Fraction(frames_per_s).limit_denominator(1001)
        self._stream = cast(VideoStream, self._container.add_stream(encoder, rate=rate))
        self._stream.width, self._stream.height = self.width_px, self.height_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._time_base = 1 / rate
        self._stream.options = dict[str, object](_options(encoder, quality, key_every))
        context = self._stream.codec_context
        context.thread_count = 1
        context.time_base = self._time_base
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def add(self, rgb: NDArray[np.uint8]) -> int:
        """Add a frame.

        Parameters
        ----------
        rgb
            (rows, cols, 3) uint8; scaled to the size of the video where it has another.

        Returns
        -------
        int
            Its number in the video, from 0.
        """
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
            width=self.width_px,
            height=self.height_px,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
        )
        frame.pts, frame.time_base = self.count, self._time_base
        self._container.mux(self._stream.encode(frame))
        self.count += 1
        return self.count - 1

    def close(self) -> int:
        """Finish the file and give it its name; without a frame there is none.

        Returns
        -------
        int
            How many frames it has.
        """
        if not self.count:
            self.abandon()
            return 0
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._partial.replace(self._path)
        except BaseException:
            self.abandon()
            raise
        return self.count

    def abandon(self) -> None:
        """Give up what was written."""
        self._container.close()
        self._partial.unlink(missing_ok=True)


def encoder_of_h264() -> str:
    """Return the name of the encoder of H.264 that PyAV has.

    Raises
    ------
    Unavailable
        It has none.
    """
    for name in NAMES:
        try:
            av.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    raise Unavailable(
        "Videos cannot be written: this PyAV has no encoder of H.264",
        value=av.__version__,
        remedy="Install PyAV anew from its wheel, which brings libx264.",
    )


def even_size(height_px: int, width_px: int, most_px: int) -> tuple[int, int]:
    """Return the size of a view: no side longer than so much, both even, the shape kept.

    Parameters
    ----------
    height_px, width_px
        Of what is shown.
    most_px
        The longest side of the view.
    """
    scale = min(1.0, most_px / max(height_px, width_px))
    height, width = (max(LEAST_SIDE_PX, round(side * scale / 2) * 2) for side in (height_px, width_px))
    return height, width


def _options(encoder: str, quality: int, key_every: int) -> dict[str, str]:
    common = {"g": str(key_every), "bf": "0", "flags": "+bitexact"}
    if encoder != "libx264":
        return common
    x264 = f"keyint={key_every}:min-keyint={key_every}:scenecut=0:bframes=0:threads=1:lookahead-threads=1"
    return common | {"preset": "veryfast", "crf": str(quality), "x264-params": x264}


def _check(height_px: int, width_px: int, frames_per_s: float) -> None:
    if not LEAST_SIDE_PX <= min(height_px, width_px) <= max(height_px, width_px) <= MOST_SIDE_PX:
        raise BadParameter(
            "A video of this size cannot be written",
            value=f"{width_px} × {height_px} pixels",
            remedy=f"Use sides of {LEAST_SIDE_PX} to {MOST_SIDE_PX} pixels.",
        )
    if not 0 < frames_per_s <= MOST_FRAMES_PER_S:
        raise BadParameter(
            "A video of this rate cannot be written",
            value=f"{frames_per_s:g} frames per second",
            remedy=f"Use more than 0, at most {MOST_FRAMES_PER_S:g} frames per second.",
        )
