"""Colours of classes, told apart by every kind of eye, and never the only way to tell them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

Colour = tuple[int, int, int]

TILE_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "litter high": (213, 94, 0),
        "litter low": (230, 159, 0),
        "organic debris": (120, 82, 45),
        "water": (0, 114, 178),
        "sand": (240, 228, 66),
        "vegetation": (0, 158, 115),
        "stones": (130, 130, 130),
        "other": (204, 121, 167),
    }
)
"""Classes of tiles in the order of their numbers, from 1; hues of Okabe and Ito (2008)."""
LITTER_CLASSES = ("litter high", "litter low")
ITEM_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "plastic": (213, 94, 0),
        "metal": (0, 114, 178),
        "glass": (0, 158, 115),
        "paper": (240, 228, 66),
        "wood": (120, 82, 45),
        "rubber": (204, 121, 167),
        "textile": (86, 180, 233),
        "other": (150, 150, 150),
    }
)
SPARE: tuple[Colour, ...] = (
    (86, 180, 233),
    (204, 121, 167),
    (0, 73, 73),
    (73, 0, 146),
    (230, 159, 0),
    (146, 0, 0),
    (36, 255, 36),
)
"""For classes that have no colour of their own."""


def class_colours(classes: Iterable[str]) -> dict[str, Colour]:
    """Return a colour for every class of items, the same for the same classes in whatever order they come."""
    names = list(dict.fromkeys(classes))
    spare = {name: SPARE[at % len(SPARE)] for at, name in enumerate(sorted(set(names) - set(ITEM_COLOURS)))}
    return {name: ITEM_COLOURS[name] if name in ITEM_COLOURS else spare[name] for name in names}


def hexadecimal(colour: Colour) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
