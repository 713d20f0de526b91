"""A ZooScan project made from nothing, for those who want to try the service before they have one at hand.

Nothing in it is copied from an instrument: the organisms are drawn, the tables written from what was drawn.
"""

from __future__ import annotations

from pathlib import Path

from pelagia.core.service import Sample
from pelagia.services.zooscan.sample.drawing import draw_scan

NAME = "Zooscan_sample_sn001"
HEIGHT_PX, WIDTH_PX = 4800, 3200
"""A quarter of a frame: a scan of a few seconds."""
OBJECTS = 150
SEED = 1


def make_sample(folder: Path, /) -> Sample:
    """Write a project with one scan of 150 organisms, some of which touch.

    Parameters
    ----------
    folder
        An empty folder.
    """
    draw_scan(folder / NAME, height=HEIGHT_PX, width=WIDTH_PX, objects=OBJECTS, seed=SEED)
    return Sample(inputs={"scans": (NAME,)})
