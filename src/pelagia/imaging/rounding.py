"""How ImageJ makes whole pixels of fractions."""

from __future__ import annotations

import math


def whole(value: float) -> int:
    """Return the nearest whole number, halves up: so ImageJ rounds rectangles, line ends and `parseInt` of a number."""
    return math.floor(value + 0.5)
