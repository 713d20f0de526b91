"""A few images of the inputs, small, with their marks on them, for a person to see that both fit together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

import cv2
import numpy as np

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.io.annotations.citizen import Mark
from pelagia.io.findings import Findings
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source
from pelagia.services.citizen.gathering import gather
from pelagia.services.citizen.service import CitizenParams

LARGEST_PX = 320
MARK_BGR = (46, 87, 228)


def preview(request: Request[CitizenParams], count: int, /) -> list[bytes]:
    """Return up to so many images as PNG, their marks drawn on them.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many at most.
    """
    return list(islice(_pictures(request), count))


def _pictures(request: Request[CitizenParams]) -> Iterator[bytes]:
    try:
        gathered = gather(request, Findings())
    except PelagiaError:
        # What cannot be read is told by the estimate; here it is only not shown.
        return
    marks: dict[str, list[Mark]] = defaultdict(list)
    for image, mark in gathered.marks:
        marks[image].append(mark)
    for image in sorted(marks):
        file = gathered.images[image]
        if file is None:
            continue
        try:
            picture = decode_image(open_source(file.uri).read(file.file), file=file.file).array
        except PelagiaError:
            continue
        scale = min(1.0, LARGEST_PX / max(picture.shape[:2]))
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        small = cv2.cvtColor(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)), cv2.COLOR_RGB2BGR)
        for mark in marks[image]:
            _draw(small, mark, scale)
        done, data = cv2.imencode(".png", small)
        if done:
            yield data.tobytes()


def _draw(picture: np.ndarray, mark: Mark, scale: float) -> None:
    one = (round(mark.col_a * scale), round(mark.row_a * scale))
    other = (round(mark.col_b * scale), round(mark.row_b * scale))
    if mark.shape == "point":
        cv2.circle(picture, one, 3, MARK_BGR, 1, cv2.LINE_AA)
    elif mark.shape == "line":
        cv2.line(picture, one, other, MARK_BGR, 1, cv2.LINE_AA)
    else:
        cv2.rectangle(picture, one, other, MARK_BGR, 1)
