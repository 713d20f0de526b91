"""Cutting vignettes for the gallery; runs in the processes beside the web process, which has no image library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.io.cutting import iter_vignettes
from pelagia.io.images import encode_png, encode_webp

QUALITY = 80
LARGEST_SIDE_PX = 320
Cut = tuple[int, int, int, bytes]
"""Row, width and height in pixels of the image as it is, and its bytes; none where it cannot be read."""


def cut(places: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Cut]:
    """Cut vignettes and encode them small (WebP).

    Parameters
    ----------
    places
        Row and place (:data:`pelagia.io.cutting.PLACE_COLUMNS`) of each; each file is decoded once.
    """
    ordered = sorted(places, key=lambda one: (one[1]["source_uri"] or "", one[1]["source_file"] or "", one[0]))
    found: list[Cut] = []
    for (row, _), vignette in zip(ordered, iter_vignettes(place for _, place in ordered), strict=True):
        if vignette.image is None:
            found.append((row, 0, 0, b""))
            continue
        height, width = vignette.image.shape[:2]
        data = encode_webp(vignette.image, quality=QUALITY, largest_side_px=LARGEST_SIDE_PX)
        found.append((row, width, height, data))
    return found


def cut_whole(place: Mapping[str, Any]) -> bytes:
    """Cut one vignette and encode it without loss (PNG).

    Raises
    ------
    PelagiaError
        Where it cannot be read.
    """
    (vignette,) = iter_vignettes([place])
    if vignette.error is not None:
        raise vignette.error
    return encode_png(vignette.image) if vignette.image is not None else b""
