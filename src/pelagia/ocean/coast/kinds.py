"""The nine kinds of coast: how fast oil seeps into each, and how fast the sea takes it off again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from pelagia.core.errors import BadParameter

KINDS: Mapping[int, str] = MappingProxyType(
    {
        1: "sand",
        2: "sand and gravel",
        3: "cobble",
        4: "rock",
        5: "seawall",
        6: "exposed headland",
        7: "sheltered sand",
        8: "sheltered rock",
        9: "marsh",
    }
)
DEFAULT_KIND = 1

SEEP_HALF_H = (math.inf, 24.0, 36.0, 48.0, 96.0, 96.0, 96.0, 24.0, 96.0, 24.0)
"""Hours in which half of the residual oil on a coast of kind 1 to 9 seeps into it (MEDSLIK-II; kind 0 is none)."""
WASH_HALF_H = (math.inf, 24.0, 24.0, 24.0, 18.0, 0.0, 1.0, 120.0, 120.0, 120.0)
"""Hours in which half of the oil on it is washed off; 0: at once, and nothing seeps in (MEDSLIK-II)."""
SEEP_LIMIT_M3_M = 10_000 * 0.158987294928 / 1000
"""Oil that a coast takes up before seepage falls to 1/e: 10,000 barrels a kilometre, here m³ a metre (MEDSLIK-II)."""
HEAVY_API = 30.0
"""Oils below this gravity seep more slowly where :data:`API_SLOWING` is above 0."""
API_SLOWING = 0.0
"""Share by which half the time of seepage grows with each °API below :data:`HEAVY_API`; 0 as WITOIL runs it."""


def kind_of(told: object) -> int:
    """Find the kind of coast that a number or a name tells.

    Parameters
    ----------
    told
        1 to 9, such a number as text, or a name of :data:`KINDS` in any case, with blanks, - or _ between its words.

    Raises
    ------
    BadParameter
        Where it is none of them.
    """
    text = " ".join(str(told).lower().replace("-", " ").replace("_", " ").split())
    for number, name in KINDS.items():
        if text in {str(number), f"{number}.0", name}:
            return number
    raise BadParameter(
        "The kind of coast is not known",
        value=str(told)[:80],
        remedy="Give one of " + ", ".join(f"{number} {name}" for number, name in KINDS.items()) + ".",
    )
