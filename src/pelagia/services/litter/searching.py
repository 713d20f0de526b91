"""Items in a block: a detector run in windows where litter may be, and what it finds in pixels of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.tiles import Core, Window, is_mine, plan_windows
from pelagia.learning.boxes import Boxes
from pelagia.learning.detector import Detector
from pelagia.services.litter.editor import LEAST_BOX_PX
from pelagia.services.litter.grid import Block, Grid, bounded
from pelagia.services.litter.patch import Patch, edges, resample
from pelagia.services.litter.sameness import distinct
from pelagia.services.litter.screening import RING

SIDE_STEP_PX = 32
"""Of windows smaller than the detector's own, for small pictures."""
SLACK_PX = 6.0
"""A middle so far outside still belongs to a part: its neighbour may see it elsewhere. What both find is one item."""
SAME_SCALE = 0.05
"""Scales that differ by less are one: pixels are taken as they are."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was found in a block.

    Parameters
    ----------
    edges
        (N, 4): first row, first column, last row, last column in the picture, px; within the picture.
    scores
        (N,): 0 to 1.
    classes
        (N,): their names.
    tiles
        (rows, cols) of the block and its ring: where items were looked for.
    """

    edges: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: tuple[str, ...]
    tiles: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How items are looked for in a picture.

    Parameters
    ----------
    detector
        What finds them.
    gsd_cm
        Ground sampling distance of the picture; ``None`` where it is not known.
    tile_px
        Side of a tile in the picture.
    score_from
        Least score; by default the detector's own.
    """

    detector: Detector
    gsd_cm: float | None
    tile_px: float
    score_from: float | None = None

    @property
    def scale(self) -> float:
        """Side of a pixel of the picture in pixels of the detector."""
        if self.gsd_cm is None or self.detector.gsd_cm is None:
            return 1.0
        scale = bounded(self.gsd_cm / self.detector.gsd_cm)
        return 1.0 if abs(scale - 1) < SAME_SCALE else scale

    @property
    def margin_px(self) -> int:
        """What must be seen around a block, px of the picture: a tile, and half of the largest item."""
        return math.ceil(max(RING * self.tile_px + 2, self.detector.overlap_px / 2 / self.scale))

    def run(self, patch: Patch, grid: Grid, block: Block, wanted: Mask) -> Searched:
        """Look for items.

        Parameters
        ----------
        patch
            The pixels of the block and :attr:`margin_px` around it.
        grid, block
            Where it stands.
        wanted
            (rows, cols) of the block and its ring: which tiles are searched.
        """
        inner = np.zeros_like(wanted)
        inner[RING:-RING, RING:-RING] = wanted[RING:-RING, RING:-RING]
        windows, side = self._windows(patch, grid, block, inner)
        pixels = (
            resample(
                patch,
                patch.row + window.row_px / self.scale,
                patch.col + window.col_px / self.scale,
                rows=side,
                cols=side,
                scale=self.scale,
            )
            for window in windows
        )
        found = self.detector.detect(pixels, score_from=self.score_from)
        return self._in_picture(patch, grid, block, windows, found, inner)

    def _windows(self, patch: Patch, grid: Grid, block: Block, wanted: Mask) -> tuple[list[Window], int]:
        """Return the windows in pixels of the detector, from the corner of the patch, and their side."""
        height, width = (max(1, round(length * self.scale)) for length in patch.rgb.shape[:2])
        side = min(self.detector.window_px, self._side_for(max(height, width)))
        origin = (
            ((block.first_row - RING) * grid.tile_px - patch.row) * self.scale,
            ((block.first_col - RING) * grid.tile_px - patch.col) * self.scale,
        )
        windows = plan_windows(
            wanted,
            grid.tile_px * self.scale,
            height_px=height,
            width_px=width,
            window_px=side,
            overlap_px=min(self.detector.overlap_px, side // 2),
            origin=origin,
        )
        return windows, side

    def _side_for(self, length_px: int) -> int:
        if not self.detector.takes_any_side:
            return self.detector.window_px
        return -(-length_px // SIDE_STEP_PX) * SIDE_STEP_PX

    def _in_picture(
        self, patch: Patch, grid: Grid, block: Block, windows: list[Window], found: list[Boxes], wanted: Mask
    ) -> Searched:
        """Keep of every window what is its own, of the block what is the block's, of each item one box."""
        boxes: list[NDArray[np.float64]] = [np.zeros((0, 4))]
        scores, labels = [np.zeros(0)], [np.zeros(0, np.int32)]
        for window, one in zip(windows, found, strict=True):
            here = one.edges.astype(np.float64) + np.tile([window.row_px, window.col_px], 2)
            mine = is_mine((here[:, 0] + here[:, 2]) / 2, (here[:, 1] + here[:, 3]) / 2, _grown(window.core))
            boxes.append(here[mine])
            scores.append(one.scores[mine].astype(np.float64))
            labels.append(one.labels[mine])
        every = np.concatenate(boxes) / self.scale + np.tile([patch.row, patch.col], 2)
        every = np.clip(every, 0, np.tile([grid.height_px, grid.width_px], 2))
        # Of what was found in the mirror image beside a picture, nothing is left.
        is_there = (every[:, 2:] - every[:, :2]).min(axis=1) >= LEAST_BOX_PX
        every = every[is_there]
        score, label = np.concatenate(scores)[is_there], np.concatenate(labels)[is_there]
        kept = distinct(every, score, label)
        middles = (every[:, :2] + every[:, 2:]) / 2
        top, bottom = edges(block.first_row, block.last_row, grid.tile_px, grid.height_px)
        left, right = edges(block.first_col, block.last_col, grid.tile_px, grid.width_px)
        kept = kept[is_mine(middles[kept, 0], middles[kept, 1], _grown((top, left, bottom, right)))]
        order = kept[np.lexsort((every[kept, 1], every[kept, 0]))]
        return Searched(
            edges=every[order],
            scores=score[order],
            classes=tuple(self.detector.classes[number] for number in label[order]),
            tiles=wanted,
        )


def _grown(core: Core) -> Core:
    top, left, bottom, right = core
    return top - SLACK_PX, left - SLACK_PX, bottom + SLACK_PX, right + SLACK_PX
