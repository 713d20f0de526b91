"""Live streams as clips: each piece of a stream is a recording of its own, worked on while the next is made."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.io.findings import Findings
from pelagia.io.sources import without_secrets
from pelagia.io.video.recordings import Recording
from pelagia.io.video.searching import is_stream
from pelagia.io.video.stream import record_stream
from pelagia.io.video.stream_index import Segment
from pelagia.services.ecosystem.parts import common_of
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]

BACKLOG = 10
"""Pieces that may wait to be worked on; older ones are given up, so that the delay stays bounded."""


def stream_items(
    request: Request[EcosystemParams], recordings: Path, workdir: Path, weights: Record, findings: Findings
) -> Iterator[Record]:
    """Yield an item for each piece of a live stream, as it has been recorded.

    Parameters
    ----------
    request, recordings, workdir, weights
        As for :func:`pelagia.services.ecosystem.parts.look_items`.
    findings
        Takes what is wrong with a stream: gaps, pieces given up.
    """
    streams = [
        Recording.from_record(record)
        for record in Table(name="recordings", path=recordings).records()
        if record["kind"] == "stream"
    ]
    addresses = {without_secrets(uri): uri for uri in request.inputs["recordings"] if is_stream(uri)}
    for stream in streams[:1]:
        try:
            for segment in _segments(addresses[stream.uri], stream, request.params, workdir, findings):
                yield {**common_of(request, workdir, weights), "parts": [_part(stream, segment)]}
        except PelagiaError as error:
            findings.add_error(error)
    findings.add_all(_another(stream) for stream in streams[1:])


def _segments(
    uri: str, stream: Recording, params: EcosystemParams, workdir: Path, findings: Findings
) -> Iterator[Segment]:
    """Record a stream and yield its pieces; what happened to it is told."""
    folder = workdir / "streams" / sha256(stream.uri.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    until_s = params.stream_minutes * 60
    for segment in record_stream(
        uri, folder, segment_s=params.segment_s, until_s=until_s, backlog=BACKLOG, tell=findings.add
    ):
        if segment.issue is not None:
            findings.add(segment.issue)
        yield segment


def _another(stream: Recording) -> Issue:
    return Issue(
        file=stream.file,
        code="stream-not-followed",
        message="A run follows one live stream; this is another one, and was not followed",
        remedy="Start a run of its own for each live stream; they go on side by side.",
        severity="error",
        objects=1,
    )


def _part(stream: Recording, segment: Segment) -> Record:
    recording = stream.to_record() | {
        "clip_id": f"{stream.clip_id}-{segment.number:06d}",
        "kind": "stream",
        "path": str(segment.path),
        "size_bytes": segment.size_bytes,
        "started_at": segment.started_at,
        "time_source": "file",
    }
    return {
        "recordings": [recording],
        "part": 0,
        "parts": 1,
        "first_s": 0.0,
        "last_s": None,
        "began": segment.started_at,
    }
