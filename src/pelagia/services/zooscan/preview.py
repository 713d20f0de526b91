"""A few scans of the inputs, small, for a person to see that they are the right ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.zooscan.processed import read_vis1
from pelagia.services.zooscan.images import opened, opened_raw
from pelagia.services.zooscan.inventory import Found, find_scans
from pelagia.services.zooscan.scan import without_bottom
from pelagia.services.zooscan.service import ZooScanParams

LARGEST_PX = 320
BRIGHTEST_PERCENT = 99.5
"""Raw greys are shown up to this one."""


def preview(request: Request[ZooScanParams], count: int, /) -> list[bytes]:
    """Return up to so many scans as PNG, upright as they are processed.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many at most.
    """
    return list(islice(_pictures(request), count))


def _pictures(request: Request[ZooScanParams]) -> Iterator[bytes]:
    for found in find_scans(request, Findings()):
        if found.measured_from != "picture":
            continue
        try:
            small = _raw(found) if found.scan.raw else _vis1(found, request.params.bottom_crop_px)
        except PelagiaError:
            # What cannot be read is told by the estimate; here it is only not shown.
            continue
        done, data = cv2.imencode(".png", small)
        if done:
            yield data.tobytes()


def _raw(found: Found) -> NDArray[np.uint8]:
    """Return a raw scan, every so manieth pixel of it, turned as vis1 is."""
    with opened_raw(_item(found), found.scan.raw) as raw:
        step = max(1, max(raw.shape) // LARGEST_PX)
        rows = [raw.rows(row, row + 1)[0, ::step] for row in range(0, raw.height, step)]
    picture = np.stack(rows).astype(np.float32)
    white = max(1.0, float(np.percentile(picture, BRIGHTEST_PERCENT)))
    return np.ascontiguousarray(np.clip(picture * (255 / white), 0, 255).astype(np.uint8)[::-1, ::-1].T)


def _vis1(found: Found, bottom_crop_px: int) -> NDArray[np.uint8]:
    name = found.scan.vis1
    with opened(_item(found), name) as stream:
        grey = without_bottom(read_vis1(stream, file=name).grey, bottom_crop_px, file=name)
    scale = min(1.0, LARGEST_PX / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _item(found: Found) -> dict[str, object]:
    return {"place": asdict(found.place), "scratch": None}
