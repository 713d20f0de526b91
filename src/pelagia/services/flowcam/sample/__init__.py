"""A FlowCam run made from nothing, for those who want to try the service before they have one at hand.

Nothing in it is copied from an instrument: the particles are drawn, the list is written from what was drawn.
"""

from __future__ import annotations

from pathlib import Path

from pelagia.core.service import Sample
from pelagia.services.flowcam.sample.run import make_run

NAME = "sample-run"
PARTICLES = 400
# The roadstead of Helgoland, where nobody took it.
PLACE = {"latitude": 54.18, "longitude": 7.9}


def make_sample(folder: Path, /) -> Sample:
    """Write a run of 400 particles, as VisualSpreadsheet 4 would leave it.

    Parameters
    ----------
    folder
        An empty folder.
    """
    make_run(folder / NAME, particles=PARTICLES, name=NAME)
    return Sample(inputs={"runs": (NAME,)}, params=PLACE)
