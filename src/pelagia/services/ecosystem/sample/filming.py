"""Clips and stills of a drawn scene, written as a camera writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Protocol, cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from pelagia.core.errors import BadParameter
from pelagia.services.ecosystem.sample.canvas import Canvas
from pelagia.services.ecosystem.sample.truth import Truth

CLOCK_HZ = 90_000


class Scene(Protocol):
    """What can be filmed."""

    @property
    def height_px(self) -> int:
        """Rows of a frame."""
        ...

    @property
    def width_px(self) -> int:
        """Columns of a frame."""
        ...

    @property
    def frames_per_s(self) -> float:
        """Rate."""
        ...

    @property
    def duration_s(self) -> float:
        """Length."""
        ...

    @property
    def seed(self) -> int:
        """Equal seeds show equal things."""
        ...

    def draw(self, truth: Truth, times_s: Iterator[float]) -> Iterator[Canvas]:
        """Yield the frames at these times, and tell the truth of each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """How a clip is compressed.

    Parameters
    ----------
    key_every_s
        Time from one keyframe to the next.
    between
        Frames that are predicted from both sides, one after the other.
    quality
        Constant rate factor of x264.
    preset
        Of x264.
    dropped
        Share of the frames that the camera loses, so that the rate varies.
    """

    key_every_s: float = 2.0
    between: int = 0
    quality: int = 24
    preset: str = "veryfast"
    dropped: float = 0.0


def draw_clip(path: Path, scene: Scene, film: Film | None = None) -> Truth:
    """Write a clip in H.264 and return what it shows; equal scenes give equal bytes.

    Parameters
    ----------
    path
        Its ending names the container: .mp4, .mkv, .mov, .avi, .ts.
    scene
        What is shown.
    film
        How it is compressed.
    """
    film = film or Film()
    truth = _truth(scene)
    times = [time for time, kept in zip(_times(scene), _kept(scene, film), strict=True) if kept]
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = _stream(container, scene, film)
        for time_s, canvas in zip(times, scene.draw(truth, iter(times)), strict=True):
            frame = av.VideoFrame.from_ndarray(canvas.planes, format="yuv420p")
            frame.pts, frame.time_base = round(time_s * CLOCK_HZ), Fraction(1, CLOCK_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return truth


def draw_stills(folder: Path, scene: Scene, times_s: list[float], started_at: datetime, name: str) -> Truth:
    """Write stills of a scene as JPEG and return what they show.

    Parameters
    ----------
    folder
        Where they come to lie.
    scene
        What is shown.
    times_s
        When, from the start of the scene.
    started_at
        When the scene begins.
    name
        How the time makes their names, as of ``strftime``.
    """
    truth = _truth(scene)
    for time_s, canvas in zip(times_s, scene.draw(truth, iter(times_s)), strict=True):
        done, data = cv2.imencode(".jpg", canvas.rgb()[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 88))
        if not done:
            raise BadParameter("A still could not be written", value=folder, remedy="Draw a smaller scene.")
        moment = started_at.astimezone(UTC) + timedelta(seconds=time_s)
        (folder / moment.strftime(name)).write_bytes(data.tobytes())
    return truth


def _truth(scene: Scene) -> Truth:
    if scene.height_px % 2 or scene.width_px % 2 or min(scene.height_px, scene.width_px) < 64:
        raise BadParameter(
            "A scene of this size cannot be drawn",
            value=f"{scene.width_px} × {scene.height_px} pixels",
            remedy="Use even sides of at least 64 pixels.",
        )
    return Truth(height_px=scene.height_px, width_px=scene.width_px, frames_per_s=scene.frames_per_s)


def _times(scene: Scene) -> list[float]:
    return [number / scene.frames_per_s for number in range(max(1, round(scene.duration_s * scene.frames_per_s)))]


def _kept(scene: Scene, film: Film) -> list[bool]:
    """Return which frames the camera does not lose; never the first, which is where time begins."""
    count = len(_times(scene))
    kept = np.random.default_rng((scene.seed, 2)).random(count) >= film.dropped
    kept[0] = True
    return cast(list[bool], kept.tolist())


def _stream(container: av.container.OutputContainer, scene: Scene, film: Film) -> VideoStream:
    rate = Fraction(scene.frames_per_s).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate)
    stream.width, stream.height, stream.pix_fmt = scene.width_px, scene.height_px, "yuv420p"
    stream.codec_context.time_base = Fraction(1, CLOCK_HZ)
    stream.codec_context.thread_count = 1
    keys = max(1, round(film.key_every_s * scene.frames_per_s))
    stream.options = {
        "g": str(keys),
        "bf": str(film.between),
        "flags": "+bitexact",
        "preset": film.preset,
        "crf": str(film.quality),
        "x264-params": f"keyint={keys}:min-keyint={keys}:scenecut=0:threads=1:lookahead-threads=1",
    }
    return stream
