"""Reading a video: packets without decoding, keyframes alone, or every frame of a stretch at its exact time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from pelagia.core.result import Issue
from pelagia.io.video import faults
from pelagia.io.video.clock import FrameClock
from pelagia.io.video.frame import VideoFrame
from pelagia.io.video.opening import FAILURES, MAX_FRAME_PIXELS, open_container, reason, told
from pelagia.io.video.packets import PacketSizes, Stamp, is_variable, packet_sizes
from pelagia.io.video.probing import VideoFacts, facts_of

CLOSE_S = 1e-6
SEEK_BACK_S = (0.0, 10.0, 60.0)
"""How much further back a keyframe is looked for where the one found comes too late; at last the begin is taken."""
SLACK_S, SLACK_SHARE = 1.0, 0.01
"""A video that ends so much before the end it states is told to be truncated."""
MOST_FAILURES = 1_000
"""So many packets in a row that cannot be decoded: there is nothing more to come."""
TURNING = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
"""Containers that may say that frames are to be turned."""

Skip = Literal["DEFAULT", "NONKEY"]


class VideoReader:
    """An open video file; one reading at a time: a new one ends the one before.

    Parameters
    ----------
    container, stream
        As opened.
    file
        Its name, for messages.
    seeks
        Whether the file may be entered anywhere; without it, it is always read from its begin, as one must whose time
        stamps go back.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, *, file: str, seeks: bool) -> None:
        self._container, self._stream, self._file, self._seeks = container, stream, file, seeks
        self._facts = facts_of(container, stream)
        self._found: dict[str, Issue] = {}
        self._reading = 0
        self._is_at_start = True
        if container.format.name in TURNING:
            self._learn_turn()

    @property
    def file(self) -> str:
        """Its name, for messages."""
        return self._file

    @property
    def facts(self) -> VideoFacts:
        """What the file says of itself; whether its rate varies is known once all packets were read."""
        return self._facts

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was found wrong so far."""
        return tuple(self._found.values())

    def packets(self, start_s: float = 0.0, end_s: float | None = None) -> PacketSizes:
        """Read the sizes of the packets, without decoding any.

        Parameters
        ----------
        start_s, end_s
            The stretch; all of the file by default.
        """
        is_whole = start_s <= 0 and end_s is None
        self._go_to(start_s, "DEFAULT")
        stamps: list[Stamp] = []
        for packet in self._packets():
            stamps.append(Stamp(packet.pts, packet.dts, packet.size, packet.is_keyframe))
            tick = packet.dts if packet.dts is not None else packet.pts
            if end_s is not None and self._seeks and tick is not None and self._plain_s(tick) >= end_s + SLACK_S:
                break
        clock = self._clock()
        sizes = packet_sizes(stamps, clock)
        if is_whole:
            self._seeks = self._seeks and sizes.is_regular
            self._facts = replace(self._facts, is_variable_rate=is_variable(sizes, float(self._facts.time_base)))
            self._tell(*clock.issues(self._file))
            self._check_end(float(sizes.pts_s[-1]) if len(sizes) else 0.0, len(sizes))
            return sizes
        inside = sizes.pts_s >= start_s - CLOSE_S
        if end_s is not None:
            inside &= sizes.pts_s < end_s - CLOSE_S
        return replace(sizes, pts_s=sizes.pts_s[inside], bytes=sizes.bytes[inside], is_key=sizes.is_key[inside])

    def keyframes(
        self, start_s: float = 0.0, end_s: float | None = None, *, every_s: float | None = None
    ) -> Iterator[VideoFrame]:
        """Decode the keyframes of a stretch and nothing else.

        Parameters
        ----------
        start_s, end_s
            The stretch, from ``start_s`` on and before ``end_s``; all of the file by default.
        every_s
            At most one in each such time, the first; for files of which every frame is a keyframe.
        """
        return self._frames(start_s, end_s, every_s, "NONKEY")

    def frames(
        self, start_s: float = 0.0, end_s: float | None = None, *, every_s: float | None = None
    ) -> Iterator[VideoFrame]:
        """Decode every frame of a stretch, at its exact time.

        Parameters
        ----------
        start_s, end_s
            The stretch, from ``start_s`` on and before ``end_s``; all of the file by default.
        every_s
            Yield only the first frame at or after each multiple of it; multiples count from the begin of the file, so
            that stretches that follow each other give what one long stretch gives.
        """
        return self._frames(start_s, end_s, every_s, "DEFAULT")

    def close(self) -> None:
        """Close the file."""
        self._reading += 1
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _frames(self, start_s: float, end_s: float | None, every_s: float | None, skip: Skip) -> Iterator[VideoFrame]:
        last = math.ceil(start_s / every_s - CLOSE_S) - 1 if every_s else 0
        for frame in self._from(start_s, skip):
            if end_s is not None and frame.time_s >= end_s - CLOSE_S:
                return
            if frame.time_s < start_s - CLOSE_S:
                continue
            if every_s:
                multiple = math.floor(frame.time_s / every_s + CLOSE_S)
                if multiple <= last:
                    continue
                last = multiple
            yield frame

    def _from(self, start_s: float, skip: Skip) -> Iterator[VideoFrame]:
        """Yield frames from the keyframe before some moment on; where none is found there, from further back."""
        if start_s <= 0 or not self._seeks:
            yield from self._decoded(0.0, skip)
            return
        for back_s in SEEK_BACK_S:
            frames = self._decoded(max(0.0, start_s - back_s), skip)
            first = next(frames, None)
            if first is not None and (first.time_s <= start_s + CLOSE_S or skip == "NONKEY"):
                yield first
                yield from frames
                return
            if start_s <= back_s:
                break
        yield from self._decoded(0.0, skip)

    def _decoded(self, start_s: float, skip: Skip) -> Iterator[VideoFrame]:
        """Yield all frames from the keyframe before some moment on; what cannot be decoded is left out and counted."""
        self._go_to(start_s, skip)
        clock, losses = self._clock(), _Losses()
        packets = 0
        for packet in self._packets():
            packets += 1
            if skip == "NONKEY" and not packet.is_keyframe:
                continue
            if packet.pts is None and packet.dts is not None:
                losses.unplaced.append(packet.dts)
            yield from self._shown(packet, clock, losses)
            if losses.in_a_row >= MOST_FAILURES:
                self._tell(faults.broken_off(self._file, clock.last_s or 0.0, "nothing more can be decoded"))
                break
        yield from self._shown(None, clock, losses)
        if losses.frames:
            self._tell(faults.damaged_frames(self._file, losses.frames, losses.first_s))
        self._tell(*(clock.issues(self._file) if skip == "DEFAULT" else ()))
        if skip == "DEFAULT":
            self._check_end(clock.last_s or 0.0, packets if start_s <= 0 else None)

    def _shown(self, packet: Packet[VideoStream] | None, clock: FrameClock, losses: _Losses) -> Iterator[VideoFrame]:
        """Yield the frames that a packet completes; ``None`` for those still to come at the end."""
        try:
            decoded = self._stream.decode(packet)
        except av.error.EOFError:
            return
        except FAILURES:
            losses.add(clock.last_s or 0.0)
            del losses.unplaced[-1:]
            return
        for frame in decoded:
            if frame.is_corrupt:
                losses.add(clock.last_s or 0.0)
                del losses.unplaced[:1]
                continue
            losses.in_a_row = 0
            pts = frame.pts
            if pts is None and losses.unplaced:
                # AVI tells the order of packets only: the frame shown first has the earliest of their times.
                pts = losses.unplaced.pop(0)
            yield VideoFrame(
                time_s=clock.time_s(pts),
                pts=pts,
                is_key=frame.key_frame,
                decoded=self._of_one_size(frame),
                turns=self._facts.rotation_deg // 90,
            )

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield packets to the end of the file, or to where it can no longer be read."""
        self._reading += 1
        reading = self._reading
        packets = self._container.demux(self._stream)
        self._is_at_start = False
        last_s = 0.0
        while self._reading == reading:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                return
            except FAILURES as error:
                self._tell(faults.broken_off(self._file, last_s, reason(error)))
                return
            if packet is None:
                return
            if packet.size:
                last_s = last_s if packet.pts is None else self._plain_s(packet.pts)
                yield packet
        raise RuntimeError("another reading of this video was begun, or it was closed")

    def _go_to(self, start_s: float, skip: Skip) -> None:
        """Stand before the keyframe that is needed to show some moment."""
        start_s = start_s if self._seeks else 0.0
        self._reading += 1
        self._stream.codec_context.skip_frame = skip
        # Not `discard` too, which would spare reading the other packets: FFmpeg then confuses the times of MP4.
        if start_s <= 0 and self._is_at_start:
            return
        facts = self._facts
        begin = facts.start_pts + round(max(0.0, start_s) / facts.time_base)
        with told(self._file):
            try:
                self._container.seek(begin, stream=self._stream)
            except FAILURES:  # without an index, or before its first frame
                self._container.seek(facts.start_pts, stream=self._stream, any_frame=True)

    def _clock(self) -> FrameClock:
        return FrameClock(self._facts.time_base, self._facts.start_pts, self._facts.step_s)

    def _plain_s(self, tick: int) -> float:
        return float((tick - self._facts.start_pts) * self._facts.time_base)

    def _tell(self, *issues: Issue) -> None:
        for issue in issues:
            self._found.setdefault(issue.code, issue)

    def _check_end(self, last_s: float, packets: int | None) -> None:
        """Find out whether the file is as long as it says."""
        facts, step_s = self._facts, self._facts.step_s or 0.0
        if facts.duration_s is None:
            return
        lacks_s = facts.duration_s - last_s - step_s
        lacks_frames = packets is not None and facts.frames is not None and packets < facts.frames
        if lacks_s > max(SLACK_S, 2 * step_s, SLACK_SHARE * facts.duration_s) or (
            lacks_frames and lacks_s > step_s / 2
        ):
            self._tell(faults.truncated(self._file, last_s + step_s, facts.duration_s))

    def _learn_turn(self) -> None:
        """Decode the first frame to see whether frames are to be turned, and whether it can be decoded at all."""
        first = next(self._decoded(0.0, "DEFAULT"), None)
        if first is not None:
            turn = round(first.decoded.rotation / 90) * 90 % 360
            height, width = self._facts.height_px, self._facts.width_px
            if turn % 180:
                height, width = width, height
            self._facts = replace(self._facts, rotation_deg=turn, height_px=height, width_px=width)

    def _of_one_size(self, frame: av.VideoFrame) -> av.VideoFrame:
        width, height = self._facts.width_px, self._facts.height_px
        if self._facts.rotation_deg % 180:
            width, height = height, width
        if frame.interlaced_frame:
            self._tell(faults.interlaced(self._file))
        if (frame.width, frame.height) == (width, height):
            return frame
        self._tell(faults.size_changes(self._file, (height, width), (frame.height, frame.width)))
        return frame.reformat(width=width, height=height, threads=1)


class _Losses:
    """How many frames were lost, and when the first; the times of packets whose frames are still to come."""

    def __init__(self) -> None:
        self.unplaced: list[int] = []
        self.frames = self.in_a_row = 0
        self.first_s = 0.0

    def add(self, at_s: float) -> None:
        self.first_s = self.first_s if self.frames else at_s
        self.frames += 1
        self.in_a_row += 1


def open_video(path: Path, *, threads: int = 1, file: str = "", seeks: bool = True) -> VideoReader:
    """Open a video file.

    Parameters
    ----------
    path
        A file of this machine.
    threads
        That decode; several processes of one thread each are faster than one of several.
    file
        Its name, for messages; by default its path.
    seeks
        ``False`` where its packets are known not to be regular, see :class:`PacketSizes`.

    Returns
    -------
    VideoReader
        To be closed: a context manager.

    Raises
    ------
    BadInput
        See :func:`pelagia.io.video.opening.open_container`.
    """
    name = file or str(path)
    container, stream = open_container(path, name)
    try:
        with told(name):
            context = stream.codec_context
            context.thread_count = max(1, threads)
            context.thread_type = "AUTO" if threads > 1 else "NONE"
            context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
            return VideoReader(container, stream, file=name, seeks=seeks)
    except BaseException:
        container.close()
        raise
