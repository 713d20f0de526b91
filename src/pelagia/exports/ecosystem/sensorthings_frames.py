"""What was detected on every searched frame, put beside it without holding all boxes as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Result
from pelagia.exports.ecosystem.deployments import Deployment, Key

_BATCH_ROWS = 65_536
_SPAN = 1 << 40
"""More milliseconds than a clip has."""
_BOX = ("row_px", "col_px", "height_px", "width_px")
_DIGITS = 5

Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


def detection_rows(result: Result, deployments: Mapping[Key, Deployment]) -> Iterator[tuple[Key, list[Any]]]:
    """Yield time, detections and name of the clip of every searched frame whose time is known.

    Parameters
    ----------
    result
        With frames and detections.
    deployments
        Those of the result, with their clips.
    """
    clips = [(name, key, size) for key, one in deployments.items() for name, size in one.clips.items()]
    names = pa.array([name for name, _, _ in clips], pa.string())
    boxes = _Boxes(result, names)
    fields = ["clip_id", "time_s", "time_utc", "is_searched"]
    for batch in result.tables["frames"].batches(fields, _BATCH_ROWS):
        is_timed = pc.not_equal(pc.fill_null(batch.column("time_utc"), ""), "")
        searched = batch.filter(pc.and_(pc.fill_null(batch.column("is_searched"), False), is_timed))
        keys = _keys(searched, names)
        for place, moment, found in zip(
            (keys // _SPAN).tolist(), searched.column("time_utc").to_pylist(), boxes.on(keys), strict=True
        ):
            name, key, (height_px, width_px) = clips[place]
            yield key, [moment, [_told(one, height_px, width_px) for one in found], {"clip": name}]


class _Boxes:
    """All boxes that no person deleted, as numbers, sorted by frame."""

    def __init__(self, result: Result, names: pa.Array) -> None:
        self._taxa: list[str] = []
        pieces = [
            self._read(batch, names)
            for batch in result.tables["detections"].batches(
                ["clip_id", "time_s", "taxon", "score", "is_deleted", *_BOX], _BATCH_ROWS
            )
        ]
        keys = np.concatenate([np.zeros(0, np.int64), *(piece[0] for piece in pieces)])
        order = np.argsort(keys, kind="stable")
        self._keys: Ints = keys[order]
        self._taxon = np.concatenate([np.zeros(0, np.int64), *(piece[1] for piece in pieces)])[order]
        self._numbers: Singles = np.concatenate([np.zeros((0, 5), np.float32), *(piece[2] for piece in pieces)])[order]

    def _read(self, batch: pa.RecordBatch, names: pa.Array) -> tuple[Ints, Ints, Singles]:
        kept = batch.filter(pc.invert(pc.fill_null(batch.column("is_deleted"), False)))
        encoded = pc.fill_null(kept.column("taxon"), "").dictionary_encode()
        for name in encoded.dictionary.to_pylist():
            if name not in self._taxa:
                self._taxa.append(name)
        codes = np.array([self._taxa.index(name) for name in encoded.dictionary.to_pylist()], dtype=np.int64)
        taxon = codes[encoded.indices.to_numpy(zero_copy_only=False)] if kept.num_rows else np.zeros(0, np.int64)
        columns = [pc.cast(kept.column(name), pa.float32()).to_numpy(zero_copy_only=False) for name in ("score", *_BOX)]
        return _keys(kept, names), taxon, np.stack(columns, axis=1)

    def on(self, frames: Ints) -> Iterator[list[tuple[str, list[float]]]]:
        """Yield the boxes of each frame: taxon, then score, row, column, height, width."""
        first, last = (np.searchsorted(self._keys, frames, side=side) for side in ("left", "right"))
        for begin, end in zip(first.tolist(), last.tolist(), strict=True):
            taxa = self._taxon[begin:end].tolist()
            numbers = self._numbers[begin:end].tolist()
            yield [(self._taxa[taxon], values) for taxon, values in zip(taxa, numbers, strict=True)]


def _keys(batch: pa.RecordBatch, names: pa.Array) -> Ints:
    clip = pc.index_in(batch.column("clip_id"), value_set=names).to_numpy(zero_copy_only=False).astype(np.int64)
    time_s = batch.column("time_s").to_numpy(zero_copy_only=False)
    keys: Ints = clip * _SPAN + np.rint(time_s * 1000).astype(np.int64)
    return keys


def _told(box: tuple[str, list[float]], height_px: int, width_px: int) -> dict[str, Any]:
    """Return a box as observatories tell it; a person's has no confidence, one on a frame of unknown size no place."""
    taxon, (score, row, col, height, width) = box
    told: dict[str, Any] = {"taxa": taxon, "confidence": None if math.isnan(score) else round(score, 4)}
    if not (height_px and width_px):
        return told | {"bounding_box_xyxy": None}
    corners = [col / width_px, row / height_px, (col + width) / width_px, (row + height) / height_px]
    return told | {"bounding_box_xyxy": [round(min(max(edge, 0.0), 1.0), _DIGITS) for edge in corners]}
