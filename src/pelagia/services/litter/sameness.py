"""One box for each item: a thing that is called plastic and, a little less surely, metal is one thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.tiles import suppress

OTHER_INSIDE = 0.9
"""Of the smaller box: so much of it in a box of another class is the same thing; less may lie on top of it."""


def distinct(edges: NDArray[np.float64], scores: NDArray[np.float64], labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the indices of the boxes of different items, rising; of those of one item the surest.

    Parameters
    ----------
    edges
        (N, 4): first row, first column, last row, last column.
    scores, labels
        (N,): how sure each is, and its class.
    """
    of_class = suppress(edges, scores, labels)
    of_any = suppress(edges[of_class], scores[of_class], np.zeros(len(of_class), np.int32), inside=OTHER_INSIDE)
    return of_class[of_any]
