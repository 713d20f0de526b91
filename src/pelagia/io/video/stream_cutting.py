"""A stream of packets cut into files at keyframes; nothing is decoded or compressed again."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from pelagia.io.video.stream_index import PARTIAL

JUMP_S = 10.0
"""The clock of a stream that runs on by more, or back, was set: what follows is another piece."""
DRIFT_S = 5.0
"""Where the time of arrival and that of the packets come to differ by more, the clock of the camera is not believed."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece that is whole.

    Parameters
    ----------
    path
        Under a partial name.
    started_at, ended_at
        Seconds since 1970 UTC.
    clock_s
        Its end by the clock of the stream.
    """

    path: Path
    started_at: float
    ended_at: float
    clock_s: float


class Cutter:
    """Writes packets of one connection to pieces.

    Parameters
    ----------
    stream
        The picture of the source.
    folder
        For the pieces.
    segment_s
        Length from which on a piece ends at the next keyframe.
    not_before
        No piece begins before.
    begins_at
        When the first piece begins; ``None`` for the time at which its first packet comes.
    is_live
        Whether packets come as they are taken: then that which came soonest tells the time of all in its piece.
    """

    def __init__(
        self,
        stream: VideoStream,
        folder: Path,
        *,
        segment_s: float,
        not_before: float,
        begins_at: float | None,
        is_live: bool,
    ) -> None:
        self._stream, self._folder, self._segment_s = stream, folder, segment_s
        self._count = 0
        self._not_before, self._is_live = not_before, is_live
        self._base: Fraction = stream.time_base or Fraction(1, 90_000)
        self._begins_at, self._follows = begins_at, False
        self._file: _File | None = None
        self._last_s = 0.0

    def add(self, packet: Packet[VideoStream], arrived_at: float) -> Cut | None:
        """Write a packet.

        Parameters
        ----------
        packet
            Is changed.
        arrived_at
            Seconds since 1970 UTC.

        Returns
        -------
        Cut
            The piece that ended before it; ``None`` where none did.
        """
        ticks = packet.pts if packet.pts is not None else packet.dts
        if ticks is None:
            return None
        time_s = float(ticks * self._base)
        cut = None
        if self._file is not None:
            jumped = not -JUMP_S < time_s - self._last_s < JUMP_S
            if jumped or (packet.is_keyframe and time_s - self._file.first_s >= self._segment_s):
                cut = self.end()
                self._follows = not jumped
        if self._file is None:
            if not packet.is_keyframe:
                return cut
            self._file = _File(self._next_path(), self._stream, packet, time_s)
        self._last_s = time_s
        self._file.write(packet, time_s, arrived_at)
        return cut

    def end(self) -> Cut | None:
        """End the piece that is being written."""
        if self._file is None:
            return None
        file, self._file = self._file, None
        begin = self._begin(file)
        length_s = file.close()
        self._begins_at = self._not_before = begin + length_s
        return Cut(file.path, begin, self._not_before, file.first_s + length_s)

    def follow(self) -> None:
        """Say that what comes next follows what was recorded before, without a gap."""
        self._follows = True

    def abandon(self) -> None:
        """Give up the piece that is being written."""
        if self._file is not None:
            self._file.close()
            self._file.path.unlink()
            self._file = None

    @property
    def is_waiting(self) -> bool:
        """Whether no keyframe has come yet."""
        return self._file is None

    def _next_path(self) -> Path:
        # The piece before may still be waiting for its name.
        self._count += 1
        return self._folder / f"next-{self._count % 2}.mkv{PARTIAL}"

    def _begin(self, file: _File) -> float:
        """Return when a piece begins."""
        if not self._is_live:
            return max(self._not_before, file.earliest if self._begins_at is None else self._begins_at)
        if self._follows and abs(file.earliest - self._not_before) <= DRIFT_S:
            return self._not_before
        return max(self._not_before, file.earliest)


class _File:
    """One piece while it is written."""

    def __init__(self, path: Path, stream: VideoStream, first: Packet[VideoStream], first_s: float) -> None:
        self.path, self.first_s = path, first_s
        self.earliest = float("inf")
        self._last_s, self._count = first_s, 0
        ticks = first.pts if first.pts is not None else first.dts
        self._first, self._dts = ticks or 0, None if first.dts is None else first.dts - 1
        self._container: OutputContainer = av.open(str(path), "w", format="matroska")
        try:
            self._out: VideoStream = self._container.add_stream_from_template(stream)
        except BaseException:
            self._container.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, packet: Packet[VideoStream], time_s: float, arrived_at: float) -> None:
        dts = packet.dts if packet.dts is not None else packet.pts
        if dts is None:
            return
        # Cameras repeat times, or step back by a tick; containers do not take that.
        if self._dts is not None and dts <= self._dts:
            dts = self._dts + 1
        self._dts = dts
        pts = max(packet.pts if packet.pts is not None else dts, dts)
        packet.dts, packet.pts = dts - self._first, pts - self._first
        packet.stream = self._out
        self._container.mux_one(packet)
        self.earliest = min(self.earliest, arrived_at - (time_s - self.first_s))
        self._last_s = max(self._last_s, time_s)
        self._count += 1

    def close(self) -> float:
        """Finish the file and return how long it is, s."""
        self._container.close()
        span = self._last_s - self.first_s
        return span + (span / (self._count - 1) if self._count > 1 else 0.0)
