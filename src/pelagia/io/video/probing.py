"""What a video file says of itself: size and rate of its frames, how long it is, when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from pelagia.io.video.opening import open_container, told

MICROSECONDS = 1_000_000
FASTEST_PER_S = 1_000.0
LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What a video file says of itself.

    Parameters
    ----------
    duration_s
        As stated, s; ``None`` where it is not.
    frame_rate
        Frames a second that its time stamps are multiples of.
    average_rate
        Frames a second on average.
    height_px, width_px
        Of a frame as it is shown: turned where the file says so.
    rotation_deg
        How the stored frame is turned to be shown, counterclockwise: 0, 90, 180 or 270.
    codec, pixel_format, container
        How frames are compressed, how pixels are laid out, what they come in.
    time_base
        Seconds of one tick of its time stamps.
    start_pts
        The time stamp of its begin, 0 s.
    frames
        Their number as stated; ``None`` where it is not.
    is_variable_rate
        Whether the time between frames varies; ``None`` until it was read.
    is_intra_only
        Whether every frame can be decoded alone.
    created_at
        When it was made, as it says itself, seconds since 1970 UTC.
    """

    duration_s: float | None
    frame_rate: float | None
    average_rate: float | None
    height_px: int
    width_px: int
    codec: str
    pixel_format: str
    container: str
    time_base: Fraction
    start_pts: int = 0
    rotation_deg: int = 0
    frames: int | None = None
    is_variable_rate: bool | None = None
    is_intra_only: bool = False
    created_at: float | None = None

    @property
    def step_s(self) -> float | None:
        """The usual time between two frames, s."""
        rate = self.average_rate or self.frame_rate
        return 1 / rate if rate else None


def probe(path: Path, *, file: str = "") -> VideoFacts:
    """Read what a video file says of itself, without decoding more than its first frames.

    Parameters
    ----------
    path
        A file of this machine.
    file
        Its name, for messages; by default its path.

    Raises
    ------
    BadInput
        See :func:`pelagia.io.video.opening.open_container`.
    """
    name = file or str(path)
    container, stream = open_container(path, name)
    with container, told(name):
        return facts_of(container, stream)


def facts_of(container: InputContainer, stream: VideoStream) -> VideoFacts:
    """Return what an open video says of itself; the turn of its frames is not known before one is decoded."""
    return VideoFacts(
        duration_s=_duration_s(container, stream),
        frame_rate=_rate(stream.guessed_rate or stream.base_rate),
        average_rate=_rate(stream.average_rate),
        height_px=stream.height,
        width_px=stream.width,
        codec=stream.codec_context.name,
        pixel_format=stream.pix_fmt or "",
        container=container.format.name,
        time_base=stream.time_base or Fraction(1, MICROSECONDS),
        start_pts=stream.start_time or 0,
        frames=stream.frames or None,
        is_intra_only=stream.codec.intra_only,
        created_at=_created_at(container, stream),
    )


def started_from_file(facts: VideoFacts) -> float | None:
    """Return when a recording was begun by what the file says itself, seconds since 1970 UTC.

    Notes
    -----
    The weakest of all sources. The standard (MP4, QuickTime) wants UTC and the moment the file was made; many cameras
    write their local time, some the moment the recording ended, and tools that convert or cut a file write the time of
    that. What is before 1990, such as 1904 or 1970 of a clock that was never set, counts as nothing.
    """
    return facts.created_at


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        stated = stream.metadata.get("DURATION", "")
        seconds = _clock_s(stated) or (container.duration or 0) / MICROSECONDS
    return seconds if 0 < seconds <= LONGEST_S else None


def _clock_s(text: str) -> float:
    """Read a duration as Matroska writes it: 00:01:30.040000000."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return 0.0


def _rate(rate: Fraction | None) -> float | None:
    return float(rate) if rate and 0 < rate <= FASTEST_PER_S else None


def _created_at(container: InputContainer, stream: VideoStream) -> float | None:
    for place in (container.metadata, stream.metadata):
        for key in ("com.apple.quicktime.creationdate", "creation_time", "DATE_RECORDED", "date"):
            moment = _moment(place.get(key, ""))
            if moment is not None:
                return moment
    return None


def _moment(text: str) -> float | None:
    """Read a moment in ISO 8601; a date alone is too coarse, and a clock that was never set tells nothing."""
    if len(text) < 16:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp() if moment.year >= 1990 else None
