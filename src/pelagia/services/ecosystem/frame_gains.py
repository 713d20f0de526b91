"""How much there is to be learned from each frame, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.services.ecosystem.columns import UNKNOWN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REASONS = ("unsure", "confused", "missed", "crowded", "different")
UNSURE_WEIGHT, CONFUSED_WEIGHT, MISSED_WEIGHT, CROWDED_WEIGHT, DIFFERENT_WEIGHT = 0.6, 0.7, 0.5, 0.5, 0.5
UNKNOWN_DOUBT = 0.9
"""How much in doubt a box is that the model cannot name."""
CROWD = 20.0
"""So many boxes on a frame are a crowd."""
INTERESTING_FROM = 0.5
_BOXES = ("frame_id", "score", "taxon", "predicted_class", "track_id", "status", "is_deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameGains:
    """What there is to be learned from each frame.

    Parameters
    ----------
    parts
        (N, 5) for each of :data:`REASONS`, 0 to 1.
    boxes
        (N,) how many there are on it.
    brightness
        (N,) of the frame or the last one of its clip that was measured, 0 to 1.
    is_looked_at
        (N,) whether a person decided something of a box on it.
    """

    parts: Floats
    boxes: Floats
    brightness: Floats
    is_looked_at: NDArray[np.bool_]

    def total(self) -> Floats:
        """Return all reasons together, 0 to 1: it is worth it for any of them."""
        return np.asarray(1.0 - np.prod(1.0 - self.parts, axis=1))

    def reasons(self) -> Ints:
        """Return the strongest reason of each frame, its place in :data:`REASONS`."""
        return np.asarray(np.argmax(self.parts, axis=1))

    def descriptions(self, frames: Ints) -> Floats:
        """Return what some frames are like, (n, 7), each number with a standard deviation of 1 among them."""
        told = np.column_stack([self.parts[frames], np.log1p(self.boxes[frames]), self.brightness[frames]])
        spread = told.std(axis=0) if len(told) else np.ones(7)
        return np.asarray((told - told.mean(axis=0, keepdims=True)) / np.where(spread > 0, spread, 1.0))


def frame_gains(frames: pa.Table, detections: Path, tracks: Path) -> FrameGains:
    """Tell what there is to be learned from each frame.

    Parameters
    ----------
    frames
        ``object_id``, ``clip_id``, ``is_searched``, ``interest``, ``novelty``, ``brightness``, in order of clip and
        time.
    detections, tracks
        The tables.

    Notes
    -----
    *unsure*: boxes whose score is near one half, or that have no name. *confused*: boxes that the model calls
    otherwise than most of their track. *missed*: tracks that go on before and after the frame and have no box on it;
    and frames where something seems to be and nothing was found. *crowded*: many boxes. *different*: frames unlike
    the others of their clip. Several boxes add up as independent chances do.
    """
    boxes = pq.read_table(detections, columns=list(_BOXES))
    boxes = boxes.filter(pc.invert(pc.fill_null(boxes["is_deleted"], False)))
    size = frames.num_rows
    on = pc.index_in(boxes["frame_id"], value_set=frames["object_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    is_there = ~np.isnan(on.astype(np.float64))
    boxes, on = boxes.filter(pa.array(is_there)), on[is_there].astype(np.int64)
    number = np.bincount(on, minlength=size).astype(np.float64)
    looked_at = pc.equal(boxes["status"], "validated").to_numpy(zero_copy_only=False)
    interest = _filled(frames, "interest")
    searched = pc.fill_null(frames["is_searched"], False).to_numpy(zero_copy_only=False)
    unseen = _unseen(on, boxes["track_id"], searched)
    empty = np.where((number == 0) & (interest >= INTERESTING_FROM), interest, 0.0)
    parts = np.column_stack(
        [
            _together(on, UNSURE_WEIGHT * _doubts(boxes), size),
            _together(on, CONFUSED_WEIGHT * _disagreements(boxes, tracks), size),
            1.0 - (1.0 - MISSED_WEIGHT) ** unseen * (1.0 - MISSED_WEIGHT * empty),
            CROWDED_WEIGHT * np.minimum(1.0, np.log1p(number) / np.log1p(CROWD)),
            DIFFERENT_WEIGHT * np.clip(_filled(frames, "novelty"), 0.0, 1.0),
        ]
    )
    return FrameGains(
        parts=parts,
        boxes=number,
        brightness=_filled(frames, "brightness"),
        is_looked_at=np.bincount(on, weights=looked_at, minlength=size) > 0,
    )


def _doubts(boxes: pa.Table) -> Floats:
    """Return how unsure the model is of each box, 0 to 1."""
    scores = pc.fill_null(boxes["score"], 1.0).to_numpy()
    doubts = 1.0 - np.abs(2.0 * np.clip(scores, 0.0, 1.0) - 1.0)
    nameless = pc.equal(boxes["taxon"], UNKNOWN).fill_null(False).to_numpy(zero_copy_only=False)
    return np.asarray(np.maximum(doubts, UNKNOWN_DOUBT * nameless))


def _disagreements(boxes: pa.Table, tracks: Path) -> Floats:
    """Return for each box whether the model calls it otherwise than its track, 1 or 0."""
    names = pq.read_table(tracks, columns=["object_id", "taxon"])
    place = pc.index_in(boxes["track_id"], value_set=names["object_id"].combine_chunks())
    called = names["taxon"].combine_chunks().take(place.combine_chunks())
    differs = pc.not_equal(boxes["predicted_class"].combine_chunks(), called)
    return np.asarray(differs.fill_null(False).to_numpy(zero_copy_only=False), np.float64)


def _unseen(on: Ints, track_ids: pa.ChunkedArray, searched: NDArray[np.bool_]) -> Floats:
    """Return how many tracks pass over each searched frame without a box on it."""
    codes = track_ids.combine_chunks().dictionary_encode()
    track = codes.indices.to_numpy(zero_copy_only=False)
    names = np.array([bool(name) for name in codes.dictionary.to_pylist()] or [False])
    is_followed = ~np.isnan(track.astype(np.float64))
    is_followed[is_followed] = names[track[is_followed].astype(np.int64)]
    track, on = track[is_followed].astype(np.int64), on[is_followed]
    size = len(searched)
    first, last = np.full(len(names), size), np.full(len(names), -1)
    np.minimum.at(first, track, on)
    np.maximum.at(last, track, on)
    real = last >= 0
    change = np.bincount(first[real], minlength=size + 1) - np.bincount(last[real] + 1, minlength=size + 1)
    passing = np.cumsum(change)[:size]
    own = np.bincount(np.unique(on * len(names) + track) // len(names), minlength=size)
    return np.asarray(np.where(searched, np.maximum(0, passing - own), 0), np.float64)


def _together(on: Ints, chances: Floats, size: int) -> Floats:
    """Return for each frame the chance that one of its boxes is worth it, where these are independent."""
    logs = np.log1p(-np.clip(chances, 0.0, 0.999))
    return np.asarray(1.0 - np.exp(np.bincount(on, weights=logs, minlength=size)))


def _filled(frames: pa.Table, name: str) -> Floats:
    """Return a score of every frame; of one that was not measured, that of the last of its clip that was."""
    values = frames[name].cast(pa.float64()).to_numpy()
    clips = frames["clip_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    is_known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(is_known, np.arange(len(values)), -1)) if len(values) else np.zeros(0, int)
    is_own = (last >= 0) & (clips[np.maximum(last, 0)] == clips)
    return np.asarray(np.where(is_own, values[np.maximum(last, 0)], 0.0))
