"""What a drawn clip shows: boxes with identities, visits, burrows, and how the camera moved."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

Trouble = Literal["dark", "blurred", "overexposed", "frozen", "turbid"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One animal or opening on one frame.

    Parameters
    ----------
    frame, time_s
        Number of the frame in the file, from 0; its time, s.
    identity
        The same thing has the same number on all frames, from 1.
    taxon
        What it is.
    row_px, col_px, height_px, width_px
        Its box, cut at the edges of the frame.
    visible
        Share of it that is inside the frame and not behind another, 0 to 1.
    """

    frame: int
    time_s: float
    identity: int
    taxon: str
    row_px: float
    col_px: float
    height_px: float
    width_px: float
    visible: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something is to be seen from here to there.

    Parameters
    ----------
    start_s, end_s
        Times of the first and the last frame on which it is seen.
    identity, taxon
        What is seen.
    """

    start_s: float
    end_s: float
    identity: int
    taxon: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A stretch that cannot be used.

    Parameters
    ----------
    kind
        What is wrong.
    start_s, end_s
        From here to there.
    """

    kind: Trouble
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing on the ground of a tow.

    Parameters
    ----------
    identity, taxon
        What it is.
    system_id
        The burrow system it is an opening of; empty of an animal.
    along_m, across_m
        Its middle: from where the line stands on the first frame, and from the middle of the tow to the right.
    size_m
        Its width.
    crossed_s
        When its middle crosses the counting line inside the frame; ``None`` where it does not.
    """

    identity: int
    taxon: str
    system_id: str
    along_m: float
    across_m: float
    size_m: float
    crossed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera of a tow is on one frame.

    Parameters
    ----------
    time_s
        Of the frame.
    along_m, across_m
        Way made over ground; to the right of the middle of the tow.
    yaw_rad
        Turned clockwise, seen from above.
    zoom
        How much larger than usual the ground looks.
    """

    time_s: float
    along_m: float
    across_m: float
    yaw_rad: float
    zoom: float


@dataclass(slots=True)
class Truth:
    """All that is known of a drawn clip.

    Parameters
    ----------
    height_px, width_px, frames_per_s
        Size; rate at which it was drawn.
    times_s
        Time of each frame of the file.
    seen
        What is on each frame, in order of time.
    events
        When something is to be seen, in order of begin.
    bad
        Stretches that cannot be used.
    placed, poses
        Of a tow: what lies on the ground; where the camera is on each frame.
    metres_per_px
        Of a tow: at the usual height; 0 of others.
    line
        Of a tow: height of the counting line, 0 at the top of the frame to 1.
    systems_per_m2
        Of a tow: burrow systems on the ground, also beside what the camera sees.
    """

    height_px: int
    width_px: int
    frames_per_s: float
    times_s: list[float] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    metres_per_px: float = 0.0
    line: float = 0.0
    systems_per_m2: float = 0.0

    @property
    def distance_m(self) -> float:
        """Way over ground from the first to the last frame."""
        return self.poses[-1].along_m - self.poses[0].along_m if self.poses else 0.0

    def max_n(self, taxon: str, *, least_visible: float = 0.25) -> int:
        """Return the most individuals of a taxon on one frame."""
        counts = Counter(one.frame for one in self.seen if one.taxon == taxon and one.visible >= least_visible)
        return max(counts.values(), default=0)

    def interesting_s(self) -> float:
        """Return how long something is to be seen, stretches that overlap counted once."""
        total, until = 0.0, float("-inf")
        for event in sorted(self.events, key=lambda one: one.start_s):
            total += max(0.0, event.end_s - max(event.start_s, until))
            until = max(until, event.end_s)
        return total

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote."""
        record = json.loads(path.read_text(encoding="utf-8"))
        kinds = {"seen": Seen, "events": Event, "bad": Bad, "placed": Placed, "poses": Pose}
        parts: dict[str, Any] = {
            key: [kinds[key](**one) for one in value] if key in kinds else value for key, value in record.items()
        }
        return cls(**parts)


def events_of(seen: list[Seen], *, least_visible: float = 0.25) -> list[Event]:
    """Return from when to when each is to be seen.

    Parameters
    ----------
    seen
        In order of time.
    least_visible
        Less of it does not count.
    """
    first: dict[int, Seen] = {}
    last: dict[int, Seen] = {}
    for one in seen:
        if one.visible >= least_visible:
            first.setdefault(one.identity, one)
            last[one.identity] = one
    events = [Event(one.time_s, last[number].time_s, number, one.taxon) for number, one in first.items()]
    return sorted(events, key=lambda one: (one.start_s, one.identity))
