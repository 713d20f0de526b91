"""A few pictures of the inputs, small, for a person to see that they are the right ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.rasters.inventory import each_picture
from pelagia.io.rasters.reading import open_raster
from pelagia.services.litter.inventory import usable
from pelagia.services.litter.service import LitterParams

LARGEST_PX = 320
NOTHING_RGB = (247, 250, 252)
"""Where a picture shows nothing."""


def preview(request: Request[LitterParams], count: int, /) -> list[bytes]:
    """Return up to so many pictures as PNG.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many at most.
    """
    with tempfile.TemporaryDirectory(prefix="pelagia-preview-") as folder:
        return list(islice(_pictures(request, Path(folder)), count))


def _pictures(request: Request[LitterParams], folder: Path) -> Iterator[bytes]:
    uris = usable(request.inputs["pictures"], Findings())
    for picture in each_picture(uris, gsd_cm=request.params.gsd_cm, folder=folder):
        try:
            with open_raster(picture) as raster:
                rgb, valid = raster.read_reduced(LARGEST_PX)
        except PelagiaError:
            # What cannot be read is told by the estimate; here it is only not shown.
            continue
        rgb[~valid] = NOTHING_RGB
        done, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        if done:
            yield data.tobytes()
