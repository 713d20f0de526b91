"""How fast oil seeps into each kind of coast, and how fast the sea takes it off again."""

from __future__ import annotations

import math

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
