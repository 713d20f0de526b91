"""One frame of a video, looked at cheaply or in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

HD_ROWS = 720
"""Video that does not say so is of BT.709 from this height on, of BT.601 below."""
UNKNOWN_SPACES = frozenset({0, 2})
FULL_RANGE = 2
TO_FULL = np.clip(np.rint((np.arange(256) - 16.0) * 255.0 / 219.0), 0, 255).astype(np.uint8)
"""Luma of limited range, 16 to 235, as 0 to 255."""
EIGHT_BIT_LUMA = frozenset(
    {
        *("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv411p", "yuvj411p", "yuv410p"),
        *("yuv440p", "yuvj440p", "yuva420p", "yuva422p", "yuva444p", "nv12", "nv21", "nv16", "nv24", "gray"),
    }
)
DEEP_LUMA = {f"yuv{kind}p{bits}le": bits for kind in ("420", "422", "444") for bits in (9, 10, 12, 14, 16)} | {
    f"gray{bits}le": bits for bits in (9, 10, 12, 14, 16)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFrame:
    """One frame of a video.

    Parameters
    ----------
    time_s
        When it is shown, s from the start of the file.
    pts
        Its time stamp as stored; ``None`` where it has none.
    is_key
        Whether it can be decoded alone.
    decoded
        What FFmpeg made of it.
    turns
        How often it is turned by 90° counterclockwise to be shown.
    """

    time_s: float
    pts: int | None
    is_key: bool
    decoded: av.VideoFrame
    turns: int = 0

    @property
    def height_px(self) -> int:
        """Its height as it is shown."""
        return self.decoded.width if self.turns % 2 else self.decoded.height

    @property
    def width_px(self) -> int:
        """Its width as it is shown."""
        return self.decoded.height if self.turns % 2 else self.decoded.width

    def luma(self, step: int = 1) -> NDArray[np.uint8]:
        """Return how bright its pixels are, almost for free: the plane the decoder made, thinned out.

        Parameters
        ----------
        step
            Every so manieth pixel of every so manieth row is taken, at ``step // 2`` first.

        Returns
        -------
        ndarray
            Shape (row, column) of about (height / step, width / step), uint8, 0 black to 255 white. Not to be written
            to.
        """
        plane = _luma_plane(self.decoded)
        first = step // 2 if min(plane.shape) > step else 0
        thin = plane[first::step, first::step]
        bits = DEEP_LUMA.get(self.decoded.format.name, 8)
        eight = thin if bits == 8 else (thin >> (bits - 8)).astype(np.uint8)
        return np.rot90(eight if _is_full_range(self.decoded) else cv2.LUT(eight, TO_FULL), self.turns)

    def rgb(self, height_px: int | None = None, width_px: int | None = None) -> NDArray[np.uint8]:
        """Return it in colour, at any size.

        Parameters
        ----------
        height_px, width_px
            The size it is scaled to; that of the frame by default. One alone keeps the shape of the frame.

        Returns
        -------
        ndarray
            Shape (row, column, 3), uint8, RGB.
        """
        height, width = self._size(height_px, width_px)
        if self.turns % 2:
            height, width = width, height
        source = self.decoded
        shrinks = height < source.height or width < source.width
        scaled = source.reformat(
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=_colorspace(source),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
            threads=1,
        )
        return np.rot90(scaled.to_ndarray().astype(np.uint8, copy=False), self.turns)

    def _size(self, height_px: int | None, width_px: int | None) -> tuple[int, int]:
        if height_px is None and width_px is None:
            return self.height_px, self.width_px
        if height_px is None:
            height_px = max(1, round(self.height_px * (width_px or 1) / self.width_px))
        if width_px is None:
            width_px = max(1, round(self.width_px * height_px / self.height_px))
        return height_px, width_px


def _luma_plane(frame: av.VideoFrame) -> NDArray[np.uint8] | NDArray[np.uint16]:
    name = frame.format.name
    if name not in EIGHT_BIT_LUMA and name not in DEEP_LUMA:
        frame = frame.reformat(
            format="gray", src_colorspace=_colorspace(frame), dst_color_range=ColorRange.JPEG, threads=1
        )
        name = "gray"
    plane = frame.planes[0]
    buffer = memoryview(cast(bytes, plane))
    if name in DEEP_LUMA:
        deep = np.frombuffer(buffer, np.dtype("<u2")).reshape(-1, plane.line_size // 2)
        return deep[: frame.height, : frame.width]
    rows = np.frombuffer(buffer, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _is_full_range(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return (
        frame.color_range == FULL_RANGE
        or name.startswith("yuvj")
        or (name not in EIGHT_BIT_LUMA and name not in DEEP_LUMA)
        or (name.startswith("gray") and frame.color_range == 0)
    )


def _colorspace(frame: av.VideoFrame) -> int | None:
    """Return the colour space where the file does not say it; RGB needs none."""
    if frame.colorspace not in UNKNOWN_SPACES or not frame.format.name.startswith(("yuv", "nv", "uyvy", "yuyv")):
        return None
    return int(Colorspace.ITU709 if frame.height >= HD_ROWS else Colorspace.ITU601)
