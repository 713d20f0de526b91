"""The pieces of a part of a scene, as the value of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from pelagia.imaging.scenes.pieces import Pieces

NUMBERS = ("pixels", "probability", "inside", "outside", "outside_pixels")


def pieces_record(pieces: Pieces) -> dict[str, Any]:
    """Return pieces as arrays: corners of pixels as whole numbers, where rings begin, which piece a ring is of."""
    rings = [(number, ring) for number, one in enumerate(pieces.polygons) for ring in (one.exterior, *one.interiors)]
    points = [shapely.get_coordinates(ring) for _, ring in rings]
    return {
        "points": np.concatenate(points).astype(np.int32) if points else np.empty((0, 2), np.int32),
        "lengths": np.array([len(one) for one in points], np.int64),
        "piece": np.array([number for number, _ in rings], np.int64),
        **{name: getattr(pieces, name) for name in NUMBERS},
    }


def pieces_from(record: Mapping[str, Any]) -> Pieces:
    """Read pieces back from :func:`pieces_record`."""
    rings = np.split(record["points"], np.cumsum(record["lengths"])[:-1])
    own: dict[int, list[Any]] = {}
    for number, ring in zip(record["piece"], rings, strict=False):
        own.setdefault(int(number), []).append(ring)
    polygons = np.empty(len(own), np.object_)
    for number, found in own.items():
        polygons[number] = shapely.Polygon(found[0], found[1:])
    return Pieces(polygons=polygons, **{name: record[name] for name in NUMBERS})
