"""An empty frame around an object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def framed(mask: NDArray[np.bool_] | NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    """Copy a mask into an image with a margin of nothing.

    Parameters
    ----------
    mask
        (height, width): a mask, or an image whose background is 0.
    margin
        Width of the margin on every side, px.

    Returns
    -------
    (height + 2 margin, width + 2 margin), uint8: the mask as 0 and 1, the image as it is.
    """
    height, width = mask.shape
    image = np.zeros((height + 2 * margin, width + 2 * margin), dtype=np.uint8)
    image[margin : margin + height, margin : margin + width] = mask
    return image
