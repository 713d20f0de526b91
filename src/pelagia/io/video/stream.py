"""Live streams as files: pieces of a minute or so, one after the other, with the time at which each was taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pelagia.core.errors import BadParameter
from pelagia.core.result import Issue
from pelagia.io.sources.address import without_secrets
from pelagia.io.video.stream_index import Index, Segment
from pelagia.io.video.stream_recording import Patience, Recorder

BACKLOG = 10
LEAST_SEGMENT_S = 0.2

__all__ = ["Patience", "Segment", "record_stream"]


def record_stream(
    uri: str,
    folder: Path,
    *,
    segment_s: float,
    until_s: float,
    backlog: int = BACKLOG,
    tell: Callable[[Issue], None] | None = None,
    patience: Patience | None = None,
) -> Iterator[Segment]:
    """Record a live stream and yield its pieces, each as soon as it is whole.

    A thread follows the stream while whoever asks works on the pieces. A connection that breaks is made again, after
    pauses that grow. Where pieces are made faster than they are taken, the oldest are given up, so that the delay
    stays bounded. What happened is told by the piece that comes after it.

    Called again with the same folder, it yields the pieces that were handed out before, in the same order with the
    same numbers, and goes on to the same end.

    Parameters
    ----------
    uri
        ``rtsp://``, ``http(s)://`` (HLS, or a video without end), any other that FFmpeg knows, or a local file, which
        is recorded once, as fast as its pieces are taken.
    folder
        For the pieces and their list; has to be there.
    segment_s
        Length of a piece, s; it ends at the first keyframe after it.
    until_s
        How long to record, from the first call on, s.
    backlog
        Pieces that may wait.
    tell
        Told what is wrong at the end of the recording, after which no piece comes.
    patience
        How long to wait for it.

    Raises
    ------
    Unavailable
        Nothing at all could be recorded; with the address free of secrets.
    """
    if segment_s < LEAST_SEGMENT_S or until_s <= 0 or backlog < 1:
        raise BadParameter(
            "A stream cannot be recorded like this",
            value=f"pieces of {segment_s:g} s, for {until_s:g} s, {backlog} waiting",
            remedy=f"Use pieces of {LEAST_SEGMENT_S:g} s at least, a time above 0, and 1 waiting piece at least.",
        )
    index = Index(folder, without_secrets(uri), time.time(), until_s)
    for number in sorted(index.taken):
        yield index.segments[number]
    recorder = Recorder(uri, folder, index, segment_s=segment_s, backlog=backlog, patience=patience or Patience())
    try:
        while (segment := recorder.take()) is not None:
            yield segment
    finally:
        recorder.stop()
    if index.closing is not None and tell is not None:
        tell(index.closing)
