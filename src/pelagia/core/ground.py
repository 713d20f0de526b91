"""What a tile of the ground may show, as models, drawn beaches, tables and maps call it."""

from __future__ import annotations

TILE_CLASSES: tuple[str, ...] = (
    "litter high",
    "litter low",
    "organic debris",
    "water",
    "sand",
    "vegetation",
    "stones",
    "other",
)
"""In the order of the classes of models (Wolf et al. 2020, doi:10.1088/1748-9326/abbd01)."""
LITTER_CLASSES: tuple[str, ...] = TILE_CLASSES[:2]
