"""Merges made ready for training: squares as the model is fed them, and the maps it shall answer with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.imaging.watershed import distance_to_edge
from pelagia.learning.maps import inner_box, to_square
from pelagia.learning.train.separation.merges import Look, Merge, make_merges
from pelagia.learning.train.separation.sources import Organism

Bytes = npt.NDArray[np.uint8]

CONTACT_SIGMA = 1.2  # pixels of the map over which a contact fades
SQUARES_FILE, TARGETS_FILE = "squares.npy", "targets.npy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Squares (N, S, S, 2) uint8 and target maps (N, S/2, S/2, 2) uint8, 255 for 1."""

    squares: Bytes
    targets: Bytes

    def __len__(self) -> int:
        return len(self.squares)


def prepare(
    folder: Path, organisms: Sequence[Organism], look: Look, *, count: int, size_px: int, seed: int
) -> Prepared:
    """Make merges and keep what is trained on as files; a finished folder is read again.

    Parameters
    ----------
    folder
        For the files.
    organisms
        Those of the training part.
    look
        What merges look like.
    count
        How many.
    size_px
        Side of the square, px.
    seed
        Of the merges.
    """
    squares_file, targets_file = folder / SQUARES_FILE, folder / TARGETS_FILE
    if not targets_file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        squares = np.empty((count, size_px, size_px, 2), np.uint8)
        targets = np.empty((count, size_px // 2, size_px // 2, 2), np.uint8)
        merges = make_merges(organisms, look, np.random.default_rng(seed))
        for number, merge in enumerate(islice(merges, count)):
            squares[number] = to_square(merge.region, size_px)
            targets[number] = target_maps(merge, size_px)
        np.save(squares_file, squares)
        partial = folder / ".targets.partial.npy"
        np.save(partial, targets)
        partial.replace(targets_file)
    return Prepared(squares=np.load(squares_file, mmap_mode="r"), targets=np.load(targets_file, mmap_mode="r"))


def target_maps(merge: Merge, size_px: int) -> Bytes:
    """Return (S/2, S/2, 2) uint8: how near a contact is, and how deep within its organism a pixel lies.

    Parameters
    ----------
    merge
        The truth.
    size_px
        Side S of the square, px.

    Notes
    -----
    Depth is the distance to the edge of the organism by the largest such distance in it.
    """
    side = size_px // 2
    parts = merge.parts()
    core = np.zeros(parts.shape, np.float32)
    cover = np.zeros((merge.count + 1, side, side), np.float32)
    for label in range(1, merge.count + 1):
        own = parts == label
        depth = distance_to_edge(own)
        core = np.where(own, depth / max(float(depth.max()), 1.0), core)
        cover[label] = _to_map(own.astype(np.float32), size_px)
    cover[0] = 0.25  # less of a map's pixel is outside
    labels = cover.argmax(axis=0)
    maps = np.stack([_near_contact(labels), _to_map(core, size_px)], axis=-1)
    found: Bytes = np.rint(255 * np.clip(maps, 0, 1)).astype(np.uint8)
    return found


def _near_contact(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    edge = np.zeros(labels.shape, np.bool_)
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        meet = (labels[here] != labels[there]) & (labels[here] > 0) & (labels[there] > 0)
        edge[here] |= meet
        edge[there] |= meet
    if not edge.any():
        return np.zeros(labels.shape, np.float32)
    distance = distance_to_edge(~edge)
    near: npt.NDArray[np.float32] = np.exp(-(distance**2) / (2 * CONTACT_SIGMA**2)).astype(np.float32)
    return np.where(labels > 0, near, np.float32(0))


def _to_map(plane: npt.NDArray[np.float32], size_px: int) -> npt.NDArray[np.float32]:
    """Scale a plane of the object's box as the object is scaled, then to half the side."""
    top, left, rows, cols = inner_box(plane.shape[0], plane.shape[1], size_px)
    method = cv2.INTER_AREA if rows < plane.shape[0] else cv2.INTER_LINEAR
    square = np.zeros((size_px, size_px), np.float32)
    square[top : top + rows, left : left + cols] = cv2.resize(plane, (cols, rows), interpolation=method)
    return np.asarray(cv2.resize(square, (size_px // 2, size_px // 2), interpolation=cv2.INTER_AREA), np.float32)
