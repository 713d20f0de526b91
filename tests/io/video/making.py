"""Video clips and pictures made by the tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

HEIGHT, WIDTH = 96, 128
QUIET_265 = {"x265-params": "log-level=none:keyint=10"}


def picture(number: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Return (height, width, 3) uint8: red on the left, blue on the right, a corner that tells its number."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:, : width // 2], rgb[:, width // 2 :] = (200, 40, 40), (40, 60, 180)
    rgb[: height // 3, : width // 4] = 20 + number * 8 % 200
    return rgb


def number_of(luma: np.ndarray) -> int:
    """Return which :func:`picture` (of the first 25) a luma plane in full range shows."""
    return round((float(luma[4:12, 4:12].mean()) - 20) / 8)


def write_clip(
    path: Path,
    *,
    frames: int = 25,
    rate: int = 25,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    times_ms: Sequence[int] | None = None,
    size: tuple[int, int] = (HEIGHT, WIDTH),
    rotation_deg: int = 0,
    metadata: dict[str, str] | None = None,
    with_sound: bool = False,
) -> Path:
    """Write a clip; by default 25 frames a second with a keyframe every ten."""
    if options is None:
        options = QUIET_265 if codec == "libx265" else {"g": "10"}
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = size
        stream.pix_fmt = pixel_format
        base = Fraction(1, 1000) if times_ms else Fraction(1, rate)
        stream.codec_context.time_base = base
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        sound = container.add_stream("aac", rate=48_000) if with_sound else None
        full = pixel_format.startswith("yuvj")
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24")
            frame = frame.reformat(format=pixel_format, dst_colorspace="itu601", dst_color_range=2 if full else None)
            frame.pts, frame.time_base = times_ms[number] if times_ms else number, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            assert isinstance(sound, av.AudioStream)
            _write_sound(container, sound, frames / rate)
    return path


def write_sound(path: Path, seconds: float = 0.5) -> Path:
    """Write a file that holds sound only."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=48_000)
        assert isinstance(sound, av.AudioStream)
        _write_sound(container, sound, seconds)
    return path


def write_picture(path: Path, rgb: np.ndarray | None = None) -> Path:
    """Write a picture, of the kind its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.ascontiguousarray((picture(0) if rgb is None else rgb)[..., ::-1]))
    return path


def cut(path: Path, to: Path, share: float) -> Path:
    """Write the first share of a file."""
    data = path.read_bytes()
    to.write_bytes(data[: int(len(data) * share)])
    return to


def remux(path: Path, to: Path, times: Sequence[tuple[int | None, int | None]]) -> Path:
    """Write the packets of a clip with other time stamps (pts, dts), in ticks of its time base."""
    with av.open(str(path)) as source, av.open(str(to), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.size]
        for packet, (pts, dts) in zip(packets, times, strict=True):
            packet.pts, packet.dts, packet.stream = pts, dts, copy
            target.mux(packet)
    return to


def _write_sound(container: av.container.OutputContainer, sound: av.AudioStream, seconds: float) -> None:
    for start in range(0, int(48_000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        container.mux(sound.encode(frame))
    container.mux(sound.encode())
