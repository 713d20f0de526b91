"""How the legacy prints measures: in the ``.pid`` by column, in ``_meas.txt`` with three decimals."""

from __future__ import annotations

import math

ONE = frozenset({"Major", "Minor", "Angle", "Feret"})
TWO = frozenset({"Mean", "X", "Y", "XM", "YM", "Perim.", "%Area"})
THREE = frozenset({"StdDev", "Circ.", "Skew", "Kurt", "Fractal", "Slope", "Fcons", "Symetrieh", "Symetriev", "ThickR"})
NOTHING = "NaN"
FOUR_BELOW = 0.01
"""The macro language of ImageJ prints ``0.009`` as ``0.0090``."""


def pid_decimals(column: str) -> int:
    """Return the decimals a column has in a ``.pid``."""
    return 1 if column in ONE else 2 if column in TWO else 3 if column in THREE else 0


def pid_text(column: str, value: float) -> str:
    """Return a measure as a ``.pid`` has it: rounded half up, without closing zeros; below 0.01 with four decimals."""
    if not math.isfinite(value):
        return NOTHING
    scale = 10 ** pid_decimals(column)
    rounded = math.floor(value * scale + 0.5) / scale
    if rounded == math.trunc(rounded):
        return str(int(rounded))
    return f"{rounded:.4f}" if abs(rounded) < FOUR_BELOW else repr(rounded)


def meas_text(value: float) -> str:
    """Return a measure as ImageJ prints it: whole numbers plain, others with three decimals."""
    if not math.isfinite(value):
        return NOTHING
    return str(int(value)) if value == math.trunc(value) and abs(value) < 1e9 else f"{value:.3f}"
