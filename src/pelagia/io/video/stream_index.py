"""The list of what was recorded of a stream: each line written once a piece is whole, read again after a restart."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pelagia.core.errors import Conflict
from pelagia.core.result import Issue

INDEX = "index.jsonl"
PARTIAL = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a stream, a file of its own.

    Parameters
    ----------
    number
        From 0, in order of time; numbers of pieces that were given up are missing.
    path
        Matroska file that begins with a keyframe.
    started_at, ended_at
        When its first frame was taken and its last one is over, seconds since 1970 UTC.
    gap_s
        Time before it of which nothing was kept.
    size_bytes
        Of the file.
    issue
        What is to be told of the gap; ``None`` where there is none.
    """

    number: int
    path: Path
    started_at: float
    ended_at: float
    gap_s: float
    size_bytes: int
    issue: Issue | None = None


class Index:
    """What is known of a recording, in a file of lines.

    Parameters
    ----------
    folder
        Of the recording.
    address
        Of the stream, without secrets.
    now, until_s
        When the recording begins, where it is a new one; how long it lasts.

    Raises
    ------
    Conflict
        The folder holds the recording of another stream.
    """

    def __init__(self, folder: Path, address: str, now: float, until_s: float) -> None:
        self._folder, self._path = folder, folder / INDEX
        self._lock = threading.Lock()
        self.began, self.until = now, now + until_s
        self.segments: dict[int, Segment] = {}
        self.taken: set[int] = set()
        self.next_number = 0
        self.first_start: float | None = None
        self.last_end: float | None = None
        self.is_live: bool | None = None
        self.clock_s: float | None = None
        self.is_closed = False
        self.closing: Issue | None = None
        lines = self._lines()
        for line in lines:
            self._read(line, address)
        if not lines:
            self._write({"stream": address, "began": self.began, "until": self.until})
        self._clean()

    def seal(self, segment: Segment, clock_s: float | None = None) -> None:
        """Note a piece that is whole, and its end by the clock of the stream; said again, it replaces what was said."""
        record = asdict(segment) | {"path": segment.path.name}
        self._write({"sealed": record, "clock_s": clock_s})
        self.clock_s = self.clock_s if clock_s is None else clock_s
        self._seal(segment)

    def take(self, segment: Segment) -> None:
        """Note that a piece was handed out: it will be handed out again, at the same place."""
        if segment.number not in self.taken:
            self._write({"taken": segment.number})
            self.taken.add(segment.number)

    def drop(self, segment: Segment) -> None:
        """Note that a piece was given up, and remove it."""
        self._write({"dropped": segment.number})
        del self.segments[segment.number]
        segment.path.unlink(missing_ok=True)

    def found(self, is_live: bool) -> None:
        """Note what kind of stream it is, the first time it is known."""
        if self.is_live is None:
            self._write({"live": is_live})
            self.is_live = is_live

    def close(self, issue: Issue | None) -> None:
        """Note that there is no more to come."""
        self._write({"closed": asdict(issue) if issue else None})
        self.is_closed, self.closing = True, issue

    def _seal(self, segment: Segment) -> None:
        self.segments[segment.number] = segment
        self.next_number = max(self.next_number, segment.number + 1)
        if self.first_start is None:
            self.first_start = segment.started_at
        self.last_end = max(self.last_end or 0.0, segment.ended_at)

    def _lines(self) -> list[dict[str, Any]]:
        """Return what stands in the file, and cut off a line that was not finished."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        return [json.loads(line) for line in whole.splitlines()]

    def _read(self, line: Mapping[str, Any], address: str) -> None:
        if "stream" in line:
            if line["stream"] != address:
                raise Conflict(
                    "The folder holds the recording of another stream",
                    value=str(line["stream"]),
                    remedy="Use an empty folder.",
                )
            self.began, self.until = line["began"], line["until"]
        elif "sealed" in line:
            record = dict(line["sealed"])
            self.clock_s = self.clock_s if line["clock_s"] is None else line["clock_s"]
            issue = Issue(**record.pop("issue")) if record["issue"] else record.pop("issue")
            segment = Segment(**record, issue=issue)
            self._seal(replace(segment, path=self._folder / Path(segment.path).name))
        elif "taken" in line:
            self.taken.add(line["taken"])
        elif "dropped" in line:
            self.segments.pop(line["dropped"], None)
        elif "live" in line:
            self.is_live = line["live"]
        elif "closed" in line:
            self.is_closed = True
            self.closing = Issue(**line["closed"]) if line["closed"] else None

    def _clean(self) -> None:
        """Remove pieces that no line speaks of: the process ended while it wrote them."""
        known = {segment.path.name for segment in self.segments.values()}
        for path in self._folder.glob("*.mkv*"):
            if path.name not in known:
                path.unlink()

    def _write(self, record: Mapping[str, Any]) -> None:
        with self._lock, self._path.open("ab") as file:
            file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
