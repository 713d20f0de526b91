"""What the maps should answer for a picture: a hill on each middle, the distances of the edges around it.

References
----------
Liu et al. 2020, Training-Time-Friendly Network (arXiv:1909.00700).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.learning.boxes import Boxes, areas
from pelagia.learning.train.detection.network import CELL_PX

Floats = npt.NDArray[np.float32]

SPREAD = 0.54  # of an object: the part around its middle that learns its edges
LEAST_SPREAD_CELLS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Targets of one picture.

    Parameters
    ----------
    middles
        (C, H/4, W/4), 1 in the cell of a middle, falling around it.
    edges
        (4, H/4, W/4) the box that a cell should answer with: row_min, col_min, row_max, col_max, px.
    edge_weight
        (H/4, W/4) how much the cell's answer counts, 0 for nothing.
    empty_weight
        (H/4, W/4) how much it counts that the cell is no middle, 0 to 1.
    """

    middles: Floats
    edges: Floats
    edge_weight: Floats
    empty_weight: Floats


def make_targets(boxes: Boxes, ignored: Floats, empty: Floats, *, classes: int) -> Targets:
    """Return the targets of a picture.

    Parameters
    ----------
    boxes
        What is in it.
    ignored
        (K, 4) boxes in which nothing is said of middles (objects cut off by the picture's edge).
    empty
        (H/4, W/4) how much it counts that a cell is no middle, 0 to 1.
    classes
        Number of classes, C.
    """
    rows, cols = empty.shape
    middles = np.zeros((classes, rows, cols), np.float32)
    edges = np.zeros((4, rows, cols), np.float32)
    edge_weight = np.zeros((rows, cols), np.float32)
    empty_weight = empty.astype(np.float32, copy=True)
    for low_row, low_col, high_row, high_col in (ignored / CELL_PX).tolist():
        empty_weight[int(low_row) : int(np.ceil(high_row)), int(low_col) : int(np.ceil(high_col))] = 0
    # The smallest last: where objects lie over each other, cells answer for the smaller one.
    for number in np.argsort(-areas(boxes.edges), kind="stable"):
        box = boxes.edges[number]
        hill, window = _hill(box, rows, cols)
        np.maximum(middles[boxes.labels[number]][window], hill, out=middles[boxes.labels[number]][window])
        near = hill > 0
        share = np.log1p(float(areas(box)) / CELL_PX**2) * hill / max(float(hill.sum()), 1e-6)
        edges[:, *window] = np.where(near, box[:, None, None], edges[:, *window])
        edge_weight[window] = np.where(near, share, edge_weight[window])
    return Targets(middles=middles, edges=edges, edge_weight=edge_weight, empty_weight=empty_weight)


def _hill(box: Floats, rows: int, cols: int) -> tuple[Floats, tuple[slice, slice]]:
    """Return a Gaussian, 1 in the cell of the middle, cut off at the spread, and where it lies."""
    middle = (box[:2] + box[2:]) / 2 / CELL_PX
    row, col = min(int(middle[0]), rows - 1), min(int(middle[1]), cols - 1)
    reach = np.maximum((box[2:] - box[:2]) / 2 / CELL_PX * SPREAD, LEAST_SPREAD_CELLS)
    sigma = (2 * reach + 1) / 6
    half = np.floor(reach).astype(int)
    window = (
        slice(max(row - half[0], 0), min(row + half[0] + 1, rows)),
        slice(max(col - half[1], 0), min(col + half[1] + 1, cols)),
    )
    down = np.arange(window[0].start, window[0].stop)[:, None] - row
    right = np.arange(window[1].start, window[1].stop)[None, :] - col
    hill = np.exp(-((down / sigma[0]) ** 2 + (right / sigma[1]) ** 2) / 2)
    return hill.astype(np.float32), window
