"""Pictures of the frames of a video that annotations are about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.video.reading import open_video

JPEG_QUALITY = 92


def jpeg_frames(path: Path, wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
    """Yield frames of a video as JPEG, in the order in which they are shown.

    Parameters
    ----------
    path
        The video.
    wanted
        Numbers of frames, from 0; those the video does not have are not yielded.

    Raises
    ------
    BadInput
        Where the video cannot be opened.
    """
    for number, rgb in rgb_frames(path, wanted):
        yield number, as_jpeg(rgb)


def rgb_frames(path: Path, wanted: Collection[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield frames of a video by their numbers, (height, width, 3), in the order in which they are shown.

    Parameters
    ----------
    path
        The video; it is decoded from its begin to the last wanted frame, since only counting tells their numbers.
    wanted
        Numbers of frames, from 0.
    """
    if not wanted:
        return
    last = max(wanted)
    with open_video(path) as video:
        for number, frame in enumerate(video.frames()):
            if number in wanted:
                yield number, frame.rgb()
            if number == last:
                return


def sought_frames(path: Path, wanted: Collection[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield frames of a film of constant rate by their numbers, as :func:`rgb_frames`, without decoding all others.

    Parameters
    ----------
    path
        A film as :class:`pelagia.io.video.writing.ViewWriter` writes it.
    wanted
        Numbers of frames, from 0; those the film does not have are not yielded.

    Raises
    ------
    BadInput
        Where the film cannot be opened, or does not tell its rate.
    """
    with open_video(path) as video:
        step_s = video.facts.step_s
        if not step_s:
            raise BadInput(
                "The film does not tell how many frames a second it has",
                remedy="Run again; the film is made anew.",
                file=str(path),
                code="no-frame-rate",
            )
        for number in sorted(wanted):
            moment = number * step_s
            frame = next(video.frames(max(0.0, moment - step_s / 2), moment + step_s / 2), None)
            if frame is not None:
                yield number, frame.rgb()


def rgb_at(
    path: Path, times_s: Collection[float], *, within_s: float = 0.5
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield the frame that is shown at each of some moments, (height, width, 3), in order.

    Parameters
    ----------
    path
        The video.
    times_s
        From its start.
    within_s
        A moment to which no frame is so near is passed over.
    """
    waiting = sorted(set(times_s), reverse=True)
    with open_video(path) as video:
        while waiting:
            moment = waiting.pop()
            best: tuple[float, NDArray[np.uint8]] | None = None
            for frame in video.frames(max(0.0, moment - within_s), moment + within_s):
                distance = abs(frame.time_s - moment)
                if best is not None and distance >= best[0]:
                    break
                best = (distance, frame.rgb())
            if best is not None:
                yield moment, best[1]


def as_jpeg(rgb: NDArray[np.uint8], quality: int = JPEG_QUALITY) -> bytes:
    """Return a picture as JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadInput(
            "A frame cannot be written as JPEG", value=str(rgb.shape), remedy="Frames have 65,535 px at most."
        )
    return data.tobytes()
