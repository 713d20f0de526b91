"""A clip screened: how good its frames are, and where something is to be seen, before any detector looks at it.

Only keyframes are decoded where the clip has enough of them; what passes between two of them shows in the sizes of the
packets. Nothing outside of the stretch that is screened changes its scores, so that the parts of a long film can be
screened apart; equal films give equal scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Issue
from pelagia.imaging.interest_packets import STEP_S, WINDOW_S, Activity, packet_activity
from pelagia.io.video.frame import VideoFrame
from pelagia.io.video.packets import PacketSizes
from pelagia.io.video.reading import VideoReader
from pelagia.services.ecosystem import verdicts
from pelagia.services.ecosystem.interest_weights import weights_for
from pelagia.services.ecosystem.screened import Method, Screened, Shown, screened, stretches
from pelagia.services.ecosystem.screening_frames import BUFFERED, FrameScreening, grey, small, small_shape

__all__ = ["Screened", "screen_clip", "stretches"]

LONGEST_GAP_S = 10.0
"""Keyframes farther apart miss too much: a frame is decoded every :data:`SPACED_S` instead."""
SPACED_S = 2.0
WHOLE_EVERY_S = 1.0
"""Where every frame is screened, colour, particles and what stands out are measured once in this time."""
BUFFERED_FRAMES = 2048
"""Where every frame is screened: some minutes, in 60 MB."""
PROBED_EVERY_S = 1.0
PROBED = ((1.2, 3.0), (3.0, 1.5))
"""Between keyframes farther apart than this, s, frames are decoded too, one in each second, where packets are larger
than usual by so many standard deviations: something may have come and gone. The longer the gap, the sooner."""
KEYFRAMES_EVERY_S = 1.0
"""Of keyframes that follow each other faster one in this time is enough."""


def screen_clip(
    reader: VideoReader,
    *,
    screen: str = "keyframes",
    moving: bool = False,
    weights: Mapping[str, Any] | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Screened:
    """Measure quality and interest of the frames of a clip.

    Parameters
    ----------
    reader
        The open clip.
    screen
        ``keyframes``: those only, or where they are rare a frame every two seconds; ``frames``: every frame.
    moving
        Whether the camera moves.
    weights
        How interest follows from the scores; by default as for cameras of its kind.
    start_s, end_s
        The stretch, s from the start of the clip; by default to its end.
    """
    packets = reader.packets(start_s, end_s)
    end = _end(reader, packets, start_s, end_s)
    method = _method(packets, screen, start_s, end)
    screening = FrameScreening(moving=moving, buffered=BUFFERED_FRAMES if method == "frames" else BUFFERED)
    shown = Shown(start_s=start_s, end_s=end, method=method)
    due = start_s
    activity = packet_activity(packets.pts_s, packets.bytes, packets.is_key)
    for frame in _frames(reader, method, packets, activity, start_s, end_s):
        is_whole = method != "frames" or frame.time_s >= due
        due = frame.time_s + WHOLE_EVERY_S if is_whole else due
        rgb = frame.rgb(*small_shape(frame.height_px, frame.width_px)) if is_whole else None
        luma = grey(rgb) if rgb is not None and method != "frames" else thinned(frame)
        screening.add(luma, rgb)
        shown.add(frame.time_s, is_key=frame.is_key)
    still = _is_still(shown, packets, reader.facts.height_px * reader.facts.width_px)
    issues = (_spaced(reader, packets),) if method == "spaced" else ()
    return screened(
        screening, shown, weights=weights_for(weights, moving=moving), activity=activity, still=still, issues=issues
    )


def thinned(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return the luma of a frame at the width of the scores, from as few pixels of it as that needs."""
    return small(frame.luma(max(1, frame.width_px // verdicts.WIDTH_PX)))


def _end(reader: VideoReader, packets: PacketSizes, start_s: float, end_s: float | None) -> float:
    """Return where the stretch ends: where the film does, if it is shorter."""
    if not len(packets):
        return start_s
    steps = np.diff(packets.pts_s)
    last = float(packets.pts_s[-1]) + (float(np.median(steps)) if steps.size else reader.facts.step_s or 0.0)
    return last if end_s is None else min(last, end_s)


def _method(packets: PacketSizes, screen: str, start_s: float, end_s: float) -> Method:
    if screen == "frames":
        return "frames"
    times = packets.keyframes_s
    gaps = np.diff(np.concatenate([[start_s], times, [end_s]]))
    return "keyframes" if times.size and gaps.max() <= LONGEST_GAP_S else "spaced"


def _frames(
    reader: VideoReader,
    method: Method,
    packets: PacketSizes,
    activity: Activity,
    start_s: float,
    end_s: float | None,
) -> Iterator[VideoFrame]:
    if method != "keyframes":
        yield from reader.frames(start_s, end_s, every_s=SPACED_S if method == "spaced" else None)
        return
    at = start_s
    for key_s, busy_s, next_s in _busy_gaps(packets, activity):
        if key_s > at:
            yield from reader.keyframes(at, key_s, every_s=KEYFRAMES_EVERY_S)
        yield from _probed(reader, key_s, busy_s)
        at = next_s
    if end_s is None or at < end_s:
        yield from reader.keyframes(at, end_s, every_s=KEYFRAMES_EVERY_S)


def _busy_gaps(packets: PacketSizes, activity: Activity) -> Iterator[tuple[float, float, float]]:
    """Yield where it is worth looking between two keyframes: the first one, until when, the next one.

    Nowhere in a film that has to be read from its begin each time.
    """
    keys = packets.keyframes_s
    if not packets.is_regular or keys.size < 2:
        return
    for key_s, next_s in zip(keys[:-1].tolist(), keys[1:].tolist(), strict=True):
        sigmas = [least for gap_s, least in PROBED if next_s - key_s > gap_s]
        if sigmas:
            first, last = np.searchsorted(activity.start_s, [key_s - STEP_S / 2, next_s - STEP_S])
            busy = activity.start_s[first:last][activity.sigmas[first:last] >= sigmas[-1]]
            if busy.size:
                yield key_s, min(float(busy[-1]) + WINDOW_S, next_s), next_s


def _probed(reader: VideoReader, key_s: float, until_s: float) -> Iterator[VideoFrame]:
    """Yield a keyframe and, up to some moment, a frame in each second after it."""
    due = key_s
    for frame in reader.frames(key_s, until_s):
        if frame.time_s >= due:
            due = frame.time_s + PROBED_EVERY_S
            yield frame


def _is_still(shown: Shown, packets: PacketSizes, pixels: int) -> NDArray[np.int8]:
    """Return (N,) whether the encoder found nothing new since the frame before: 1, 0; -1 where all are keyframes."""
    others = ~packets.is_key
    total = np.concatenate([[0], np.cumsum(packets.bytes[others])])
    at = np.searchsorted(packets.pts_s[others], np.array(shown.times, np.float64))
    before = np.concatenate([[0], at[:-1]]) if at.size else at
    count, size = at - before, total[at] - total[before]
    still = size <= count * (verdicts.STILL_BYTES + verdicts.STILL_BYTES_PER_PX * pixels)
    return np.where(count > 0, still, -1).astype(np.int8)


def _spaced(reader: VideoReader, packets: PacketSizes) -> Issue:
    return Issue(
        file=reader.file,
        code="few-keyframes",
        message=f"Keyframes are more than {LONGEST_GAP_S:g} s apart: a frame every {SPACED_S:g} s was decoded instead",
        remedy="Nothing has to be done; screening is faster where the camera writes a keyframe every 1 to 4 seconds",
        value=f"{int(packets.is_key.sum())} keyframes",
        severity="note",
    )
