"""The page on which an analysis of a spill is started: what it asks for beside the map and the files."""

from __future__ import annotations

ASKED = frozenset(
    {
        *("start", "hours", "oil", "api", "mass_t", "volume_m3", "release_hours", "direction", "members"),
        *("current_m_s", "current_towards_deg", "wind_m_s", "wind_from_deg"),
        # A point is marked on the map.
        *("latitude", "longitude"),
    }
)
"""Parameters that ``spills/start.html`` asks for in its own place."""
