"""How sure a share and a rate are: 95 % intervals of many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from pelagia.learning.quantify import LEVEL, poisson_interval
from pelagia.services.ecosystem.series.calendar import Floats


def share_interval(share: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the intervals of shares that were each seen in ``n`` independent looks; NaN where there was none.

    Notes
    -----
    Wilson (1927), doi:10.1080/01621459.1927.10502953.
    """
    z = float(ndtri(0.5 + LEVEL / 2))
    p, looks = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (p + z**2 / (2 * looks)) / (1 + z**2 / looks)
        half = z * np.sqrt(p * (1 - p) / looks + z**2 / (4 * looks**2)) / (1 + z**2 / looks)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def rate_interval(counted: npt.ArrayLike, effort: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact Poisson intervals of counts, each over its effort; NaN where there was none."""
    numbers, inverse = np.unique(np.asarray(counted, dtype=np.float64), return_inverse=True)
    low, high = poisson_interval(numbers)
    spent = np.where(np.asarray(effort) > 0, effort, np.nan)
    return low[inverse] / spent, high[inverse] / spent
