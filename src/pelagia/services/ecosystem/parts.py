"""From the table of recordings to parts that are each some seconds of work: a few clips, or a stretch of a long one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.io.video.probing import probe
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]

TOGETHER_BYTES = 64 << 20
TOGETHER_CLIPS = 100
"""Small clips are worked on together, up to so much."""
LONG_BYTES = 384 << 20
"""A clip of more is cut into stretches."""
STRETCH_S = 600.0
STILLS = 100
"""Pictures of a series that are worked on together."""
UNTIMED_S = 1.0
"""Pictures whose time nobody knows stand so far apart, so that they keep their order."""


def look_items(request: Request[EcosystemParams], recordings: Path, workdir: Path, weights: Record) -> Iterator[Record]:
    """Yield an item for each part, in the order of the recordings.

    Parameters
    ----------
    request
        With its parameters and models.
    recordings
        The table :data:`pelagia.io.video.recordings.RECORDING_COLUMNS`.
    workdir
        For what is written and fetched.
    weights
        How interest follows from the scores; empty for the default.
    """
    common = common_of(request, workdir, weights)
    for parts in parts_of(recordings):
        yield {**common, "parts": parts}


def common_of(request: Request[EcosystemParams], workdir: Path, weights: Record) -> Record:
    """Return what all items have in common."""
    return {
        "params": request.params.model_dump(mode="json"),
        "model": request.models["animals"].path,
        "folder": str(workdir),
        "weights": weights,
    }


def parts_of(recordings: Path) -> Iterator[list[Record]]:
    """Yield the parts that one step works on.

    Each part is ``recordings``: one video, or some pictures of a series; ``part`` and ``parts``: which stretch of the
    clip it is, and of how many; ``first_s``, ``last_s``: the stretch, the last part without an end; ``times_s``: of
    pictures, when each was taken, from the begin of the series.
    """
    waiting: list[Record] = []
    for _, series in groupby(_read(recordings), key=lambda one: (one["clip_id"], one["kind"])):
        for part in _parts_of_clip(series):
            if waiting and (_bytes([*waiting, part]) > TOGETHER_BYTES or len(waiting) == TOGETHER_CLIPS):
                yield waiting
                waiting = []
            waiting.append(part)
    if waiting:
        yield waiting


def _read(recordings: Path) -> Iterator[Record]:
    for record in Table(name="recordings", path=recordings).records():
        if record["kind"] != "stream":
            yield dict(record)


def _parts_of_clip(series: Iterator[Record]) -> Iterator[Record]:
    first = next(series)
    if first["kind"] == "video":
        yield from _stretches(first)
        return
    began, last_s, number = first["started_at"], -1.0, 0
    for part, group in enumerate(_together(chain([first], series))):
        times_s = []
        for one in group:
            last_s = _time_s(one["started_at"], began, number, last_s)
            times_s.append(last_s)
            number += 1
        yield {
            "recordings": group,
            "times_s": times_s,
            "part": part,
            "parts": 1,
            "first_s": 0.0,
            "last_s": None,
            "began": None if group[0]["started_at"] is None else began,
        }


def _together(series: Iterator[Record]) -> Iterator[list[Record]]:
    """Yield some pictures at a time; those whose time nobody knows stand last, and apart from the others."""
    for _, alike in groupby(series, key=lambda one: one["started_at"] is None):
        while group := list(islice(alike, STILLS)):
            yield group


def _time_s(moment: float | None, began: float | None, number: int, last_s: float) -> float:
    """Return when a picture was taken, s from the begin of its series; where nobody knows, by its number.

    Of two pictures of one moment the second is shown a millisecond later: no frame is lost.
    """
    time_s = number * UNTIMED_S if moment is None or began is None else moment - began
    return max(time_s, round(last_s + 0.001, 3))


def _stretches(one: Record) -> Iterator[Record]:
    """Cut a long clip into stretches; what has to be fetched is fetched once, and stays whole."""
    count = 1
    if one["size_bytes"] > LONG_BYTES and one["path"]:
        try:
            count = max(1, round((probe(Path(one["path"])).duration_s or 0) / STRETCH_S))
        except PelagiaError:
            count = 1  # what is wrong with it is told when it is looked at
    for number in range(count):
        yield {
            "recordings": [one],
            "part": number,
            "parts": count,
            "first_s": number * STRETCH_S,
            "last_s": None if number == count - 1 else (number + 1) * STRETCH_S,
            "began": one["started_at"],
        }


def _bytes(parts: Sequence[Mapping[str, Any]]) -> int:
    """Return how much there is to be read; of a stretch its share of the file."""
    return sum(sum(one["size_bytes"] for one in part["recordings"]) // _share(part) for part in parts)


def _share(part: Mapping[str, Any]) -> int:
    first: Mapping[str, Any] = part["recordings"][0]
    return int(part["parts"]) if first["kind"] == "video" else 1
