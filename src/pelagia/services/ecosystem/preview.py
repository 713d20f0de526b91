"""A few pictures of the inputs, small, for a person to see that they are the right ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.video.fetching import local_copy
from pelagia.io.video.reading import open_video
from pelagia.io.video.recordings import Recording
from pelagia.io.video.searching import Found, Origin, look_through, origins
from pelagia.io.video.stills import read_still
from pelagia.services.ecosystem.inventory import usable
from pelagia.services.ecosystem.service import EcosystemParams

LARGEST_PX = 320
MOST_LOOKED_AT = 200
"""Files that are tried before it is given up to find one that can be shown."""
MOST_FETCHED_BYTES = 64 << 20
"""A larger one that is not on this machine would take too long to be fetched for a look."""
OF_ONE_FOLDER = 2
"""Of each folder so many are shown first, so that several cameras are seen."""


def preview(request: Request[EcosystemParams], count: int, /) -> list[bytes]:
    """Return up to so many pictures as PNG: of clips their first frame.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many at most.
    """
    with tempfile.TemporaryDirectory(prefix="pelagia-preview-") as folder:
        return list(islice(_pictures(request, Path(folder)), count))


def _pictures(request: Request[EcosystemParams], folder: Path) -> Iterator[bytes]:
    for recording in _in_turn(islice(_recordings(request), MOST_LOOKED_AT)):
        try:
            picture = _picture(recording, folder)
        except PelagiaError:
            # What cannot be read is told by the estimate; here it is only not shown.
            continue
        if picture is not None:
            done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            if done:
                yield data.tobytes()


def _recordings(request: Request[EcosystemParams]) -> Iterator[Recording]:
    """Yield what looks like a recording; places that cannot be opened are passed over."""
    for uri in usable(request.inputs["recordings"], Findings()):
        try:
            for origin in origins([uri]):
                for found in look_through(origin):
                    if not isinstance(found, Issue):
                        yield _recording(origin, found)
        except PelagiaError:
            continue


def _recording(origin: Origin, found: Found) -> Recording:
    return Recording(
        clip_id="preview",
        kind="video" if found.kind == "video" else "still",
        file=origin.file_of(found.name),
        uri=origin.uri,
        name=found.name,
        path=origin.path_of(found.name),
        size_bytes=found.size,
    )


def _in_turn(recordings: Iterator[Recording]) -> Iterator[Recording]:
    """Yield the first of each folder before the others."""
    shown: dict[str, int] = {}
    later = []
    for one in recordings:
        place = one.file.rpartition("/")[0]
        shown[place] = shown.get(place, 0) + 1
        if shown[place] <= OF_ONE_FOLDER:
            yield one
        else:
            later.append(one)
    yield from later


def _picture(recording: Recording, folder: Path) -> NDArray[np.uint8] | None:
    """Return a still, or the first frame of a clip, small; ``None`` where there is none."""
    if not recording.path and recording.size_bytes > MOST_FETCHED_BYTES:
        return None
    path = Path(recording.path) if recording.path else local_copy(recording, folder)
    try:
        if recording.kind == "still":
            return _small(read_still(recording, path, Findings()))
        with open_video(path, file=recording.file) as reader:
            frame = next(reader.keyframes(), None)
            return None if frame is None else frame.rgb(*_size(frame.height_px, frame.width_px))
    finally:
        if not recording.path:
            path.unlink(missing_ok=True)


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = _size(rgb.shape[0], rgb.shape[1])
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _size(height_px: int, width_px: int) -> tuple[int, int]:
    scale = min(1.0, LARGEST_PX / max(height_px, width_px))
    return max(1, round(height_px * scale)), max(1, round(width_px * scale))
