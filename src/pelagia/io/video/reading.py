"""Reading a video: packets without decoding, keyframes alone, or every frame of a stretch at its exact time."""

from __future__ import annotations

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
from pelagia.io.video.opening import DECODER_OPTIONS, FAILURES, open_container, reason, told
from pelagia.io.video.packets import PacketSizes, Stamp, gaps_s, is_variable, packet_sizes
from pelagia.io.video.picking import CLOSE_S, Due, Losses
from pelagia.io.video.probing import VideoFacts, facts_of
from pelagia.io.video.turning import may_turn

SEEK_BACK_S = (0.0, 10.0, 60.0)
"""How much further back a keyframe is looked for where the one found comes too late; at last the begin is taken."""
SLACK_S, SLACK_SHARE = 1.0, 0.01
"""A video that ends so much before the end it states is told to be truncated."""
MOST_FAILURES = 1_000
"""So many packets in a row that cannot be decoded: there is nothing more to come."""

WITHOUT_TIMES = frozenset({"avi"})
"""Containers that tell the order of packets only; FFmpeg makes up times for them, in the wrong order."""

Skip = Literal["DEFAULT", "NONKEY"]


class VideoReader:
    """An open video file; one reading at a time: a new one ends the one before.

    Parameters
    ----------
    path
        A file of this machine.
    file
        Its name, for messages.
    threads
        That decode.
    seeks
        Whether the file may be entered anywhere; without it, it is always read from its begin, as one must whose time
        stamps go back.
    """

    def __init__(self, path: Path, *, file: str, threads: int, seeks: bool) -> None:
        self._path, self._file, self._threads, self._seeks = path, file, threads, seeks
        self._found: dict[str, Issue] = {}
        self._reading = 0
        self._first_at: int | None = None
        self._at_begin, self._is_regular = True, False
        self._container, self._stream = self._opened()
        try:
            with told(file):
                self._facts = facts_of(self._container, self._stream)
                # Packets and nothing around them: one frame follows the other at the usual rate.
                self._is_bare = self._stream.start_time is None and self._stream.duration is None
                self._has_times = self._facts.container not in WITHOUT_TIMES
                if may_turn(path, self._facts.container):
                    self._learn_turn()
        except BaseException:
            self.close()
            raise

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
            pts = packet.pts if self._has_times else None
            stamps.append(Stamp(pts, packet.dts, packet.size, packet.is_keyframe))
            tick = packet.dts if packet.dts is not None else pts
            if end_s is not None and self._seeks and tick is not None and self._plain_s(tick) >= end_s + SLACK_S:
                break
        clock = self._clock()
        sizes = packet_sizes(stamps, clock)
        if is_whole:
            self._seeks = self._seeks and not (clock.backward or clock.missing)
            self._is_regular = sizes.is_regular
            self._facts = replace(self._facts, is_variable_rate=is_variable(sizes, float(self._facts.time_base)))
            self._tell(*clock.issues(self._file))
            holes = gaps_s(sizes)
            if len(holes) and not self._facts.is_variable_rate:
                self._tell(faults.frames_missing(self._file, len(holes), float(holes.sum())))
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
        due = Due(every_s, start_s) if every_s else None
        for frame in self._from(start_s, every_s, skip):
            if end_s is not None and frame.time_s >= end_s - CLOSE_S:
                return
            if frame.time_s < start_s - CLOSE_S:
                continue
            if due is None or due.at(frame.time_s):
                yield frame

    def _from(self, start_s: float, every_s: float | None, skip: Skip) -> Iterator[VideoFrame]:
        """Yield frames from the keyframe before some moment on; where none is found there, from further back."""
        if start_s <= 0 or not self._seeks:
            yield from self._decoded(0.0, every_s, skip)
            return
        for back_s in SEEK_BACK_S:
            frames = self._decoded(max(0.0, start_s - back_s), every_s, skip)
            first = next(frames, None)
            if first is not None and first.time_s <= start_s + CLOSE_S:
                yield first
                yield from frames
                return
            if start_s <= back_s:
                break
        yield from self._decoded(0.0, every_s, skip)

    def _decoded(self, start_s: float, every_s: float | None, skip: Skip) -> Iterator[VideoFrame]:
        """Yield all frames from the keyframe before some moment on; what cannot be decoded is left out and counted."""
        self._go_to(start_s, skip)
        clock, losses = self._clock(), Losses()
        from_begin, packets, waits = self._at_begin, 0, not self._at_begin
        due = Due(every_s) if every_s and self._facts.is_intra_only and self._is_regular else None
        try:
            for packet in self._packets():
                packets += 1
                waits = waits and not packet.is_keyframe
                if waits or (skip == "NONKEY" and not packet.is_keyframe):
                    continue
                if due is not None and packet.pts is not None and not due.at(self._plain_s(packet.pts)):
                    continue  # every frame stands alone: those that nobody wants need no decoding
                self._place(packet, packets - 1, clock, losses)
                yield from self._shown(packet, clock, losses)
                if losses.in_a_row >= MOST_FAILURES:
                    self._tell(faults.broken_off(self._file, clock.last_s or 0.0, "nothing more can be decoded"))
                    break
            yield from self._shown(None, clock, losses)
            if skip == "DEFAULT" and due is None:
                self._check_end(clock.last_s or 0.0, packets if from_begin else None)
        finally:  # also where whoever reads has seen enough
            if losses.frames:
                self._tell(faults.damaged_frames(self._file, losses.frames, losses.first_s))
            self._tell(*(clock.issues(self._file) if skip == "DEFAULT" else ()))

    def _place(self, packet: Packet[VideoStream], number: int, clock: FrameClock, losses: Losses) -> None:
        """Note the time of a packet that does not say when its frame is shown."""
        if packet.dts is not None and (packet.pts is None or not self._has_times):
            losses.unplaced.append(packet.dts)
        elif packet.dts is None and packet.pts is None and self._is_bare:
            losses.unplaced.append(round(number * clock.step_s / self._facts.time_base))
            clock.missing += 1

    def _shown(self, packet: Packet[VideoStream] | None, clock: FrameClock, losses: Losses) -> Iterator[VideoFrame]:
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
            pts = frame.pts if self._has_times else None
            if pts is None and losses.unplaced:
                # Where only the order of packets is known, the frame shown first has the earliest of their times.
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
        packets = self._from_first() if self._at_begin else self._container.demux(self._stream)
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
                last_s = last_s if packet.pts is None else max(last_s, self._plain_s(packet.pts))
                yield packet
        raise RuntimeError("another reading of this video was begun, or it was closed")

    def _go_to(self, start_s: float, skip: Skip) -> None:
        """Stand before the keyframe that is needed to show some moment."""
        self._reading += 1
        self._at_begin = start_s <= 0 or not self._seeks
        if not (self._at_begin and self._first_at is None):
            at = 0.0 if self._at_begin else start_s
            try:
                self._container.seek(self._facts.start_pts + round(at / self._facts.time_base), stream=self._stream)
            except FAILURES:  # a file without any order, which can only be read from its begin
                self._reopen()
                self._at_begin = True
        # Not `discard` too, which would spare reading the other packets: FFmpeg then confuses the times of MP4.
        self._stream.codec_context.skip_frame = skip

    def _from_first(self) -> Iterator[Packet[VideoStream]]:
        """Yield packets from the first one on; FFmpeg does not find it again in every file."""
        packets = self._container.demux(self._stream)
        first = next(packets, None)
        place = first.pos if first is not None and first.size else None
        if self._first_at is None:
            self._first_at = -1 if place is None else place
        elif place != self._first_at:
            skip = self._stream.codec_context.skip_frame
            self._reopen()
            self._stream.codec_context.skip_frame = skip
            yield from self._container.demux(self._stream)
            return
        if first is not None:
            yield first
        yield from packets

    def _opened(self) -> tuple[InputContainer, VideoStream]:
        container, stream = open_container(self._path, self._file)
        context = stream.codec_context
        context.thread_count = self._threads
        context.thread_type = "AUTO" if self._threads > 1 else "NONE"
        context.options = dict(DECODER_OPTIONS)
        return container, stream

    def _reopen(self) -> None:
        self._container.close()
        self._container, self._stream = self._opened()

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
        """Decode the first frame, which alone tells how frames are to be turned."""
        first = next(self._decoded(0.0, None, "DEFAULT"), None)
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
    return VideoReader(path, file=file or str(path), threads=max(1, threads), seeks=seeks)
