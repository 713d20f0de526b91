"""An object alone on white: what classifiers of scanned objects are trained on and shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region

WHITE = 255
MARGIN_SHARE = 0.05  # of the longer side; the white around tells a model where the object ends
LEAST_MARGIN_PX = 2


def draw_alone(region: Region) -> NDArray[np.uint8]:
    """Return the object with white around it and in place of its neighbours.

    Parameters
    ----------
    region
        The object.

    Returns
    -------
    ndarray
        (row, col) uint8: the box of the object and a margin of 5 % of its longer side, at least 2 px.
    """
    margin = margin_px(region)
    return np.pad(np.where(region.filled, region.grey, WHITE).astype(np.uint8), margin, constant_values=WHITE)


def margin_px(region: Region) -> int:
    """Return the width of the margin that :func:`draw_alone` puts around an object, px."""
    return max(LEAST_MARGIN_PX, round(MARGIN_SHARE * max(region.height, region.width)))
