"""Which bin a moment falls into: places, clips on the clock, and bins counted from 1970 UTC."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.services.ecosystem.profiles import CLOSE_S, profile_of
from pelagia.services.ecosystem.service import EcosystemParams

CLIP_FIELDS = (
    *("clip_id", "kind", "site", "camera", "deployment", "latitude", "longitude"),
    *("started_utc", "duration_s", "frame_rate"),
)
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SPAN = 1 << 40
"""More milliseconds, and more bins, than a series has (35 years)."""
_MIDDLE = SPAN // 2
MS_PER_S = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One camera at one site in one deployment; the clips whose time is unknown are a place of their own."""

    site: str
    camera: str
    deployment: str
    is_timed: bool
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The clips of a run on the clock.

    Parameters
    ----------
    bin_ms
        Length of a bin. Bins begin at whole multiples of it since 1970 UTC; for clips without a time, since their
        start.
    clip_ids
        The clips; their place in this array is what all others go by.
    places, place
        The places, and of each clip the number of its place.
    start_ms, end_ms
        Begin and end of each clip, since 1970 UTC; of one without a time, since its start.
    is_series
        Whether it is a series of stills, which lasts as long as its pictures stand for, not from first to last.
    is_followed
        Whether animals were followed in it.
    """

    bin_ms: int
    clip_ids: pa.Array
    places: tuple[Place, ...]
    place: Ints
    start_ms: Ints
    end_ms: Ints
    is_series: Bools
    is_followed: Bools

    def clips_of(self, names: pa.Array) -> Ints:
        """Return the numbers of clips by their names."""
        found = pc.index_in(names, value_set=self.clip_ids)
        if found.null_count:
            missing = names.filter(pc.is_null(found))[0].as_py()
            raise ValueError(f"There is no clip {missing!r} in the table of clips")
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)

    def moment_ms(self, clip: Ints, time_s: Floats) -> Ints:
        """Return moments on the clock of the clips' places, from times since their starts."""
        return self.start_ms[clip] + milliseconds(time_s)

    def bins(self, clip: Ints, moment_ms: Ints) -> Ints:
        """Return the bins of moments; those of different places differ."""
        keys: Ints = self.place[clip] * SPAN + moment_ms // self.bin_ms + _MIDDLE
        return keys

    def opened(self, bins: Ints) -> tuple[Ints, Ints]:
        """Return place and begin (ms) of bins."""
        return bins // SPAN, (bins % SPAN - _MIDDLE) * self.bin_ms


def milliseconds(time_s: Floats) -> Ints:
    """Return times in whole milliseconds, as frames are named by."""
    return np.rint(np.asarray(time_s) * MS_PER_S).astype(np.int64)


def make_calendar(clips: Iterable[Mapping[str, Any]], params: EcosystemParams, tracked: frozenset[str]) -> Calendar:
    """Put clips on the clock.

    Parameters
    ----------
    clips
        Rows of the table of clips.
    params
        Those of the run.
    tracked
        Clips of which there are tracks. Animals were followed in these, and in all whose frames are close enough, if
        they were to be followed; in others how many there are is unknown.
    """
    profile = profile_of(params)
    ids: list[str] = []
    places: dict[tuple[str, str, str, bool], int] = {}
    positions: dict[int, tuple[float, float]] = {}
    rows: list[tuple[int, int, int, bool, bool]] = []
    for clip in clips:
        begin = start_ms_of(clip)
        key = (clip["site"] or "", clip["camera"] or "", clip["deployment"] or "", begin is not None)
        place = places.setdefault(key, len(places))
        if clip["latitude"] is not None and clip["longitude"] is not None:
            positions.setdefault(place, (clip["latitude"], clip["longitude"]))
        start, length = begin or 0, round((clip["duration_s"] or 0.0) * MS_PER_S)
        is_series = clip["kind"] == "series"
        step_s = 1 / ((clip["frame_rate"] if is_series else profile.frames_per_s) or math.nan)
        followed = clip["clip_id"] in tracked or (profile.follows and step_s <= CLOSE_S)
        ids.append(clip["clip_id"])
        rows.append((place, start, start + length, is_series, followed))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Calendar(
        bin_ms=round(params.bin_minutes * 60 * MS_PER_S),
        clip_ids=pa.array(ids, pa.string()),
        places=tuple(_place(key, positions.get(number)) for key, number in places.items()),
        place=table[:, 0],
        start_ms=table[:, 1],
        end_ms=table[:, 2],
        is_series=table[:, 3].astype(bool),
        is_followed=table[:, 4].astype(bool),
    )


def _place(key: tuple[str, str, str, bool], position: tuple[float, float] | None) -> Place:
    site, camera, deployment, is_timed = key
    latitude, longitude = position or (None, None)
    return Place(
        site=site, camera=camera, deployment=deployment, is_timed=is_timed, latitude=latitude, longitude=longitude
    )


def start_ms_of(clip: Mapping[str, Any]) -> int | None:
    """Return when a clip begins, ms since 1970 UTC; ``None`` where that is unknown."""
    text = clip["started_utc"]
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    return round(aware.timestamp() * MS_PER_S)


def spread(start_ms: Ints, end_ms: Ints, bin_ms: int) -> tuple[Ints, Ints, Floats]:
    """Share stretches of time among the bins they reach over.

    Parameters
    ----------
    start_ms, end_ms
        (N,) begin and end of each; one of no length belongs to the bin it begins in.
    bin_ms
        Length of a bin.

    Returns
    -------
    tuple
        (M,) number of the stretch, a moment in the bin (ms), and the share of the stretch there (they sum to 1).
    """
    first, last = start_ms // bin_ms, np.maximum(end_ms - 1, start_ms) // bin_ms
    pieces = last - first + 1
    index = np.repeat(np.arange(len(start_ms)), pieces)
    step = np.arange(len(index)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = (first[index] + step) * bin_ms
    inside = np.minimum(end_ms[index], begin + bin_ms) - np.maximum(start_ms[index], begin)
    length = (end_ms - start_ms)[index]
    share = np.where(length > 0, inside / np.maximum(length, 1), 1.0)
    return index, begin, share


def moment_text(moment_ms: int, *, is_timed: bool) -> str:
    """Return a moment as ISO 8601, or, where only the time since the start is known, as ``+HH:MM:SS``."""
    if is_timed:
        moment = dt.datetime.fromtimestamp(moment_ms // MS_PER_S, tz=dt.UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % MS_PER_S:03d}Z"
    seconds, rest = divmod(moment_ms, MS_PER_S)
    fraction = f".{rest:03d}" if rest else ""
    return f"+{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"
