"""What screening found of a clip: a column of numbers for each score, and the stretches worth searching."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Issue
from pelagia.imaging.interest import FEW_FRAMES
from pelagia.imaging.interest_packets import WINDOW_S, Activity
from pelagia.services.ecosystem.columns import INTEREST_SCORES, QUALITY_SCORES, USABLE, VERDICTS
from pelagia.services.ecosystem.interest_weights import UNKNOWN_INTEREST, interest
from pelagia.services.ecosystem.screening_frames import WHOLE_ONLY, FrameScreening
from pelagia.services.ecosystem.verdicts import SAME_CHANGE, frozen_runs, judge, repeated_runs, water_only

SCORES = tuple(column.name for column in (*QUALITY_SCORES, *INTEREST_SCORES))
ACTIVE_SIGMAS = 1.0
"""Packets larger than usual by so much, near an interesting frame, belong to what is seen there."""

Record = dict[str, Any]
Method = Literal["keyframes", "spaced", "frames", "stills"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """The screened frames of a clip, or of a stretch of it, in order of time.

    Parameters
    ----------
    start_s, end_s
        What was screened, s from the start of the clip.
    method
        Which frames: keyframes, ``spaced`` ones because keyframes are too rare, all, or stills.
    time_s
        (N,) float64.
    is_key
        (N,) whether it can be decoded alone.
    scores
        (N,) float32 each, by the names of the columns; NaN where not measured.
    interest
        (N,) float32, 0 to 1.
    verdict
        (N,) int8, places in :data:`~pelagia.services.ecosystem.columns.VERDICTS`.
    is_water_only
        (N,) whether nothing stands out and nothing moves.
    stands_for_s
        (N,) float64, time each stands for; of a film they add up to the time that was screened.
    activity
        How busy the time between is; of stills nothing.
    issues
        What is to be told of how it was screened.
    """

    start_s: float
    end_s: float
    method: Method
    time_s: NDArray[np.float64]
    is_key: NDArray[np.bool_]
    scores: Mapping[str, NDArray[np.float32]]
    interest: NDArray[np.float32]
    verdict: NDArray[np.int8]
    is_water_only: NDArray[np.bool_]
    stands_for_s: NDArray[np.float64]
    activity: Activity
    issues: tuple[Issue, ...] = field(default=())

    @property
    def is_usable(self) -> NDArray[np.bool_]:
        """Whether each frame is usable, (N,)."""
        return np.asarray(self.verdict == VERDICTS.index(USABLE), np.bool_)

    def columns(self) -> dict[str, list[Any]]:
        """Return the columns of the table of frames that screening knows; ``None`` where not measured."""
        return {
            "time_s": self.time_s.tolist(),
            "is_key": self.is_key.tolist(),
            **{name: _known(self.scores[name]) for name in SCORES},
            "interest": _known(self.interest),
            "verdict": [VERDICTS[number] for number in self.verdict.tolist()],
            "is_water_only": self.is_water_only.tolist(),
            "stands_for_s": self.stands_for_s.tolist(),
        }

    def rows(self) -> list[Record]:
        """Return the same by frame."""
        columns = self.columns()
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@dataclass(slots=True, kw_only=True)
class Shown:
    """When the frames that were screened are shown.

    Parameters
    ----------
    start_s, end_s
        The stretch that is screened.
    method
        Which frames of it.
    times, keys
        When each is shown, and whether it can be decoded alone.
    """

    start_s: float
    end_s: float
    method: Method
    times: list[float] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)

    def add(self, time_s: float, *, is_key: bool) -> None:
        """Take note of the next frame."""
        self.times.append(time_s)
        self.keys.append(is_key)


def screened(
    screening: FrameScreening,
    shown: Shown,
    *,
    weights: Mapping[str, float],
    activity: Activity,
    still: NDArray[np.int8],
    issues: tuple[Issue, ...] = (),
) -> Screened:
    """Return what follows from the measures of all frames: verdicts, interest, the time each stands for.

    Parameters
    ----------
    screening
        Of the frames of ``shown``.
    shown
        When they are shown.
    weights
        How interest follows from the scores.
    activity
        How busy the time between them is.
    still
        (N,) whether nothing new came since the frame before, by the packets: 1 or 0; -1 where they do not tell.
    issues
        What is to be told.
    """
    times = np.array(shown.times, np.float64)
    scores = dict(screening.scores())
    level, sigmas = activity.between(times, shown.end_s)
    scores |= {"packet_activity": level.astype(np.float32), "packet_sigmas": sigmas.astype(np.float32)}
    is_film = shown.method != "stills"
    same, copy_of = screening.same(), screening.copy_of()
    alike = np.where(still < 0, same, (still == 1) & (scores["change"] <= SAME_CHANGE))
    frozen = frozen_runs(times, alike) if is_film else np.zeros(same.shape, np.bool_)
    duplicate = repeated_runs(copy_of, same) if is_film else copy_of >= 0
    lasting = {name: _lasting(scores[name]) for name in (*WHOLE_ONLY, "objectness", "novelty")}
    judged = scores | lasting
    likely = interest(judged, weights)
    if len(times) < FEW_FRAMES:
        likely = np.maximum(likely, np.float32(UNKNOWN_INTEREST))
    return Screened(
        start_s=shown.start_s,
        end_s=shown.end_s,
        method=shown.method,
        time_s=times,
        is_key=np.array(shown.keys, np.bool_),
        scores=scores,
        interest=likely,
        verdict=judge(judged, frozen, duplicate),
        is_water_only=water_only(judged),
        stands_for_s=_spans(times, shown),
        activity=activity,
        issues=issues,
    )


def _lasting(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values that are measured now and then as those of the frames in between: the last one known."""
    known = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    return values[known]


def _spans(times: NDArray[np.float64], shown: Shown) -> NDArray[np.float64]:
    """Return the time that each frame stands for: up to the next one.

    The first frame of a film stands for what came before it as well. A still stands for no longer than pictures of its
    series are usually apart: nobody knows what was there while none was taken.
    """
    if not times.size:
        return np.zeros(0)
    if shown.method != "stills":
        edges = np.concatenate([[shown.start_s], times[1:], [max(shown.end_s, times[-1])]])
        return np.asarray(np.diff(edges), np.float64)
    gaps = np.diff(times)
    usual = float(np.median(gaps)) if gaps.size else 0.0
    return np.asarray(np.minimum(np.append(gaps, usual), usual), np.float64)


def _known(values: NDArray[np.float32]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


def stretches(screened: Screened, *, interest_from: float | None, margin_s: float) -> list[tuple[float, float]]:
    """Return the stretches that are worth searching, in order, none touching another.

    Parameters
    ----------
    screened
        Of the clip.
    interest_from
        From which interest on a frame is; ``None``: every usable stretch.
    margin_s
        Time before and after an interesting frame that belongs to it, s.

    Notes
    -----
    An interesting frame is searched from the margin before to the margin after it. Between it and its neighbours that
    goes on for as long as packets are larger than usual; where nothing is known of packets and the neighbours are
    farther away than the margin, up to them: nobody knows what passed there.
    """
    usable = screened.is_usable
    ends = np.append(screened.time_s[1:], screened.end_s)
    if interest_from is None:
        found = [(_begin(screened, number), float(ends[number])) for number in np.flatnonzero(usable).tolist()]
        return _merged(found, screened)
    found = []
    for number in np.flatnonzero(usable & (screened.interest >= interest_from)).tolist():
        time = float(screened.time_s[number])
        before, after = _begin(screened, max(number - 1, 0)), float(ends[number])
        found.append((time - margin_s, time + margin_s))
        found += _between(screened.activity, before, time, after, margin_s)
    return _merged(found, screened)


def _begin(screened: Screened, number: int) -> float:
    """Return from when on a frame stands: the first of a film for what came before it as well."""
    first = number == 0 and screened.method != "stills"
    return screened.start_s if first else float(screened.time_s[number])


def _between(
    activity: Activity, before: float, time: float, after: float, margin_s: float
) -> list[tuple[float, float]]:
    """Return what belongs to an interesting frame between its neighbours."""
    first, last = np.searchsorted(activity.start_s, [before, after])
    sigmas = activity.sigmas[first:last]
    if not sigmas.size or np.isnan(sigmas).all():
        return [(before, after)]
    starts = activity.start_s[first:last][sigmas >= ACTIVE_SIGMAS].tolist()
    return [(start - margin_s / 2, min(start + WINDOW_S, after) + margin_s / 2) for start in starts]


def _merged(found: list[tuple[float, float]], screened: Screened) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for begun, ended in sorted(found):
        start, end = max(begun, screened.start_s), min(ended, screened.end_s)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
