"""A few vignettes of the inputs, for a person to see that they are the right ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.io.cutting import PLACE_COLUMNS, iter_vignettes
from pelagia.io.findings import Findings
from pelagia.services.flowcam.inventory import find_places, make_reader
from pelagia.services.flowcam.listing import Naming
from pelagia.services.flowcam.service import FlowCamParams

LARGEST_PX = 160


def preview(request: Request[FlowCamParams], count: int, /) -> list[bytes]:
    """Return up to so many vignettes as PNG, spread over the first particles of every input.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many at most.
    """
    places = find_places(request.inputs["runs"], Findings())
    shown: list[bytes] = []
    for number, place in enumerate(places):
        wanted = -(-(count - len(shown)) // (len(places) - number))
        if not wanted:
            break
        try:
            tables = make_reader(place, request.params).tables("preview", Naming())
            rows = _spread(next(iter(tables), None), wanted)
            shown += islice(_pictures(rows), wanted)
        except PelagiaError:
            # What cannot be read is told by the estimate; here it is only not shown.
            continue
    return shown[:count]


def _spread(table: pa.Table | None, wanted: int) -> list[dict[str, Any]]:
    """Return rows with an image at even distances; a few more than wanted, as some may not be readable."""
    if table is None:
        return []
    rows = [row for row in table.select([*PLACE_COLUMNS, "problem"]).to_pylist() if row.pop("problem") is None]
    step = max(1, len(rows) // max(1, wanted))
    return rows[::step][: wanted + 4]


def _pictures(rows: list[dict[str, Any]]) -> Iterator[bytes]:
    for vignette in iter_vignettes(iter(rows)):
        if vignette.image is None:
            continue
        image: np.ndarray = vignette.image[..., ::-1]
        larger = max(image.shape[:2]) / LARGEST_PX
        if larger > 1:
            size = (max(1, round(image.shape[1] / larger)), max(1, round(image.shape[0] / larger)))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        done, data = cv2.imencode(".png", image)
        if done:
            yield data.tobytes()
