"""Where spilled oil is: colours and words, the same in film, report and map of the web."""

from __future__ import annotations

from collections.abc import Mapping

FATE_COLOURS: Mapping[str, str] = {
    "surface": "#1f4e79",
    "evaporated": "#f0b429",
    "dispersed": "#56b4e9",
    "beached": "#a3521b",
    "seeped": "#d9a679",
    "sedimented": "#5b3a9e",
    "outside": "#7b8794",
    "unreleased": "#c3ced8",
}
"""Told apart by colour-blind people; from the bottom of a chart to its top."""
FATE_NAMES: Mapping[str, str] = {
    "surface": "at the surface",
    "evaporated": "evaporated",
    "dispersed": "dispersed in the water",
    "beached": "on the shore",
    "seeped": "seeped into the shore",
    "sedimented": "on the bottom",
    "outside": "left the area",
    "unreleased": "not yet released",
}
