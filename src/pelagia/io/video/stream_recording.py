"""The thread that follows a stream: connects, records, connects again, and hands out what is whole."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from pelagia.core.errors import Unavailable
from pelagia.core.result import Issue
from pelagia.io.sources.address import without_secrets
from pelagia.io.video.stream_cutting import Cut, Cutter
from pelagia.io.video.stream_index import Index, Segment
from pelagia.io.video.stream_opening import FAILURES, is_live, open_stream, reason

WAKE_S = 1.0
NO_KEY_S = 60.0
"""A stream that sends no keyframe for so long cannot be cut, and is connected anew."""
SAME_S = 0.005
REPEATED_S = 40.0
"""A play list begins so long before its end at most: some pieces of ten seconds."""
ENDS_EARLY_S = 2.0
"""A recording that ends so long before its end was broken off."""
LEAST_GAP_S = 1.0
"""A shorter pause between two pieces is not spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a stream.

    Parameters
    ----------
    open_s, read_s
        For the first answer; for the next packet.
    first_pause_s, longest_pause_s
        Before it is tried again: doubled each time.
    give_up_s
        For the first frame: a stream that never gave one is given up after that.
    """

    open_s: float = 15.0
    read_s: float = 15.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    give_up_s: float = 120.0


class Recorder:
    """Follows a stream in a thread of its own.

    Parameters
    ----------
    uri
        Its address, with its secrets.
    folder, index
        Where the pieces come to lie; the list of them.
    segment_s, backlog
        Length of a piece; how many may wait before the oldest are given up.
    patience
        How long to wait.
    """

    def __init__(
        self, uri: str, folder: Path, index: Index, *, segment_s: float, backlog: int, patience: Patience
    ) -> None:
        self._uri, self._folder, self._index, self._patience = uri, folder, index, patience
        self._segment_s, self._backlog = segment_s, backlog
        self._address = without_secrets(uri)
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._waiting = deque(one for number, one in sorted(index.segments.items()) if number not in index.taken)
        self._reason = "the analysis was stopped" if index.segments else ""
        self._error: BaseException | None = None
        self._is_over = index.is_closed
        self._thread = threading.Thread(target=self._run, name="pelagia-stream", daemon=True)
        if not self._is_over:
            self._thread.start()

    def take(self) -> Segment | None:
        """Wait for the next piece; ``None`` when there is none any more.

        Raises
        ------
        Unavailable
            Nothing could be recorded.
        """
        with self._changed:
            while not self._waiting and not self._is_over:
                self._changed.wait(WAKE_S)
            if self._waiting:
                segment = self._waiting.popleft()
                self._index.take(segment)
                self._changed.notify_all()
                return segment
        if self._error is not None:
            raise self._error
        return None

    def stop(self) -> None:
        """Hang up, and keep what has come so far."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(self._patience.open_s + self._patience.read_s + 5)

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:
            self._error = error
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _follow(self) -> None:
        pause, began, failed = self._patience.first_pause_s, time.monotonic(), False
        while not self._is_due():
            before = self._index.next_number
            failed = not self._connect()
            if not failed:
                break
            if self._index.next_number > before:
                pause = self._patience.first_pause_s
            elif not before and time.monotonic() - began > self._patience.give_up_s:
                break
            self._stopped.wait(max(0.0, min(pause, self._index.until - time.time())))
            pause = min(2 * pause, self._patience.longest_pause_s)
        if self._stopped.is_set():
            return
        if not self._index.next_number:
            raise self._unreachable()
        missing_s = self._index.until - (self._index.last_end or 0.0)
        self._index.close(self._ended() if failed and missing_s > ENDS_EARLY_S else None)

    def _connect(self) -> bool:
        """Record until the connection ends; return whether there is no more to come."""
        began, live = time.monotonic(), False
        opened = open_stream(self._uri, open_timeout_s=self._patience.open_s, read_timeout_s=self._patience.read_s)
        try:
            with opened as (container, stream):
                live = is_live(self._uri, container)
                if self._index.is_live and not live:
                    # The broadcast is over, and would now be sent from its begin: that was recorded.
                    return True
                self._index.found(live)
                return self._record(container, stream, live)
        except FAILURES as error:
            self._reason = reason(error, waited=not live and time.monotonic() - began >= self._patience.open_s)
            return False

    def _record(self, container: InputContainer, stream: VideoStream, live: bool) -> bool:
        last = self._index.last_end
        cutter = Cutter(
            stream,
            self._folder,
            segment_s=self._segment_s,
            not_before=last or 0.0,
            begins_at=None if live else last,
            is_live=live,
        )
        known = self._known(container, live)
        began = time.monotonic()
        try:
            for packet in container.demux(stream):
                if self._is_due():
                    return True
                if not packet.size or known.holds(packet):
                    continue
                if known.count and live:
                    cutter.follow()
                    known.count = 0
                self._keep(cutter.add(packet, time.time()), live)
                if cutter.is_waiting and time.monotonic() - began > NO_KEY_S:
                    self._reason = "no keyframe came"
                    return False
        finally:
            if live or not self._stopped.is_set():
                self._keep(cutter.end(), live)
            else:
                # The same piece is made again, and whole, when it goes on.
                cutter.abandon()
        self._reason = "the stream ended"
        return not live

    def _known(self, container: InputContainer, live: bool) -> _Known:
        """Return what tells packets that come again: of what has an end all, of a play list its last pieces."""
        if not live:
            return _Known(self._index.clock_s, float("inf"))
        return _Known(self._index.clock_s if container.format.name == "hls" else None, REPEATED_S)

    def _keep(self, cut: Cut | None, live: bool) -> None:
        """Give a piece its name and hand it out."""
        if cut is None:
            return
        number, last = self._index.next_number, self._index.last_end
        gap = 0.0 if last is None else max(0.0, cut.started_at - last)
        path = self._path(number)
        cut.path.replace(path)
        segment = Segment(
            number=number,
            path=path,
            started_at=cut.started_at,
            ended_at=cut.ended_at,
            gap_s=gap,
            size_bytes=path.stat().st_size,
            issue=self._interrupted(gap) if gap >= LEAST_GAP_S else None,
        )
        with self._changed:
            self._index.seal(segment, cut.clock_s)
            self._waiting.append(segment)
            if live:
                self._give_up_old()
            self._changed.notify_all()
            while not live and len(self._waiting) >= self._backlog and not self._stopped.is_set():
                self._changed.wait(WAKE_S)

    def _give_up_old(self) -> None:
        """Let go of the oldest pieces that nobody took, and tell it with the one after them."""
        while len(self._waiting) > self._backlog:
            old, following = self._waiting.popleft(), self._waiting[0]
            gap = old.gap_s + old.ended_at - old.started_at + following.gap_s
            self._waiting[0] = replace(following, gap_s=gap, issue=self._behind(gap))
            self._index.seal(self._waiting[0])
            self._index.drop(old)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.mkv"

    def _is_due(self) -> bool:
        return self._stopped.is_set() or time.time() >= self._index.until

    def _interrupted(self, gap_s: float) -> Issue:
        return self._issue(
            "stream-gap",
            f"Nothing came from the stream for {gap_s:.0f} s ({self._reason or 'its clock was set'}).",
            "The gap is kept as one in the time series; check the camera and the network if it happens often.",
            f"{gap_s:.1f} s",
        )

    def _behind(self, gap_s: float) -> Issue:
        return self._issue(
            "stream-behind",
            f"The analysis is slower than the stream: {gap_s:.0f} s of it were given up.",
            "Lower the frames per second, or give the analysis more processors.",
            f"{gap_s:.1f} s",
        )

    def _ended(self) -> Issue:
        return self._issue(
            "stream-stopped",
            f"The stream stopped before the recording was to end ({self._reason}).",
            "Check the camera and the network; what was recorded before was used.",
            self._reason,
        )

    def _unreachable(self) -> Unavailable:
        return Unavailable(
            "Nothing could be recorded of the stream",
            value=self._reason,
            remedy="Check its address, its user and password, and whether another player shows it.",
            file=self._address,
            code="stream-unreachable",
        )

    def _issue(self, code: str, message: str, remedy: str, value: str) -> Issue:
        return Issue(file=self._address, code=code, message=message, remedy=remedy, value=value)


class _Known:
    """Tells which packets were recorded before the connection was made.

    Parameters
    ----------
    until_s
        Where what was recorded ends, by the clock of the stream; ``None`` where nothing comes again.
    at_most_s
        More than that does not come again: then the clock was set.
    """

    def __init__(self, until_s: float | None, at_most_s: float) -> None:
        self.count = 0
        self._until_s, self._at_most_s = until_s, at_most_s

    def holds(self, packet: Packet[VideoStream]) -> bool:
        """Whether a packet is of what was recorded."""
        ticks = packet.pts if packet.pts is not None else packet.dts
        if self._until_s is None or ticks is None or packet.time_base is None:
            return False
        left_s = self._until_s - float(ticks * packet.time_base)
        if SAME_S < left_s < self._at_most_s:
            self.count += 1
            return True
        self._until_s = None
        return False
