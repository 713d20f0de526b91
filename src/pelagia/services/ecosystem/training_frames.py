"""Labelled pictures and frames of videos fetched, and kept as files that a training reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.findings import finding
from pelagia.io.sources.address import local_path, scheme_of
from pelagia.io.video.frame import VideoFrame
from pelagia.io.video.reading import VideoReader, open_video
from pelagia.io.video.recordings import Recording
from pelagia.learning.train.detection.fetched import Fetched, Keep, fetch_picture
from pelagia.services.ecosystem.looked import at_hand
from pelagia.services.ecosystem.training_data import is_of_video

Record = dict[str, Any]
Numbered = tuple[int, Record]

NEAR_S = 0.5
"""A frame that is asked for by its time is the one at it, or the last one so much earlier."""
CLOSE_S = 0.002


def fetch_step(item: Record) -> Record:
    """Fetch some pictures; each is kept under its number, no larger than it is learned from.

    Parameters
    ----------
    item
        Of :func:`pelagia.services.ecosystem.training_data.chunks`.

    Returns
    -------
    dict
        Of each of the ``pictures`` a :class:`~pelagia.learning.train.detection.fetched.Fetched` as JSON types;
        ``issues``, and how many were ``read``.
    """
    keep = Keep(Path(item["folder"]), item["long_side_px"])
    numbered = list(enumerate(item["pictures"], start=item["first"]))
    done: dict[int, Fetched] = {}
    issues: list[Record] = []
    for number, one in numbered:
        if is_of_video(one):
            continue
        try:
            done[number] = fetch_picture(one["uri"], one["name"], keep, number)
        except PelagiaError as error:
            issues.append(asdict(finding(error, objects=1)))
    videos: dict[tuple[str, str], list[tuple[int, Record]]] = {}
    for number, one in numbered:
        if is_of_video(one):
            videos.setdefault((one["uri"], one["name"]), []).append((number, one))
    for (uri, name), wanted in videos.items():
        try:
            for number, fetched in _of_video(uri, name, wanted, keep):
                done[number] = fetched
        except PelagiaError as error:
            issues.append(asdict(finding(error, objects=len(wanted))))
    kept = [done.get(number, Fetched()) for number, _ in numbered]
    return {"pictures": [asdict(one) for one in kept], "issues": issues, "read": sum(one.is_there for one in kept)}


def _of_video(uri: str, name: str, wanted: Sequence[Numbered], keep: Keep) -> Iterator[tuple[int, Fetched]]:
    """Yield what was kept of the frames of one video, and tell of those that are not in it."""
    recording = Recording(
        clip_id=f"training-{wanted[0][0]}",
        kind="video",
        file=name,
        uri=uri,
        name=name,
        path=_path_here(uri, name),
        size_bytes=0,
    )
    by_number = {one["frame"]: number for number, one in wanted if one["frame"] is not None}
    by_time = [(one["time_s"], number) for number, one in wanted if one["frame"] is None]
    found = 0
    with at_hand(recording, keep.folder) as path, open_video(path, file=name) as reader:
        for number, frame in (*_numbered(reader, by_number), *_timed(reader, by_time)):
            rgb = frame.rgb()
            yield number, keep.picture(rgb, number, digest=sha256(rgb.tobytes()).hexdigest(), size=rgb.nbytes)
            found += 1
    if found < len(wanted):
        raise BadInput(
            "frames that were labelled are not in the video",
            value=f"{len(wanted) - found} of {len(wanted)}",
            remedy="Give the video that was labelled, whole.",
            file=name,
            code="frame-missing",
        )


def _numbered(reader: VideoReader, wanted: Mapping[int, int]) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames by their place in the video, all before the last of them decoded."""
    if not wanted:
        return
    for place, frame in enumerate(reader.frames()):
        if place in wanted:
            yield wanted[place], frame
        if place >= max(wanted):
            return


def _timed(reader: VideoReader, wanted: Sequence[tuple[float, int]]) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the frames that are shown at some times."""
    for time_s, number in wanted:
        shown = None
        for frame in reader.frames(max(0.0, time_s - NEAR_S), time_s + CLOSE_S):
            shown = frame
        if shown is not None:
            yield number, shown


def _path_here(uri: str, name: str) -> str:
    """Return where a file stands on this machine; empty where it has to be fetched."""
    if scheme_of(uri) not in ("", "file"):
        return ""
    place = local_path(uri)
    path = place / name if place.is_dir() else place.parent / name
    return str(path) if path.is_file() and (place.is_dir() or path == place) else ""
