"""Shorelines as MEDSLIK-II has them: ``dtm.map``, and the kinds of coast of ``dtm.cst``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.shoreline.dialect import Coastlines, coastlines
from pelagia.io.shoreline.kinds import KINDS

NEAR_DEG = 0.01
"""A segment is of the kind told for the nearest place, where one lies this near."""
MOST_POINTS = 5_000_000
_BLOCK = 2_000


def is_dtm_map(text: bytes) -> bool:
    """Tell whether text begins as a ``dtm.map`` does: a count, then another with a second number or none."""
    lines = text[:200].split(b"\n", 2)
    counts = [line.split() for line in lines[:2]]
    return len(counts) == 2 and len(counts[0]) == 1 and all(word.isdigit() for words in counts for word in words)


def read_dtm_map(text: bytes, file: str, kinds: bytes | None = None) -> Coastlines:
    """Read the lines of a ``dtm.map``; there land lies to the right of them, here to the left.

    Parameters
    ----------
    text
        A number of lines; of each its number of points, then longitude and latitude of these.
    file
        For messages.
    kinds
        The ``dtm.cst`` beside it: rows of latitude, longitude and kind; rows that are none of that are passed over.
    """
    try:
        lines = _lines(text)
    except (ValueError, IndexError) as error:
        raise BadInput(
            f"The shoreline cannot be read: {error}",
            remedy="Give a dtm.map as MEDSLIK-II has it, or GeoJSON, GeoPackage, KML or a shapefile.",
            file=file,
            code="shoreline-unreadable",
        ) from error
    made = coastlines(lines, [0] * len(lines), has_sides=True, source=file)
    if kinds:
        made.kind[:] = _kinds(made, kinds)
    return made


def _lines(text: bytes) -> list[NDArray[np.float64]]:
    rows = [row.split() for row in text.decode("ascii", "replace").splitlines() if row.strip()]
    if len(rows) > MOST_POINTS:
        raise ValueError(f"it has more than {MOST_POINTS:,} points")
    at = 1
    lines = []
    for number in range(1, int(rows[0][0]) + 1):
        if at >= len(rows):
            raise ValueError(f"it ends before line {number} of {rows[0][0]}")
        count = int(rows[at][0])
        points = np.array([row[:2] for row in rows[at + 1 : at + 1 + count]], np.float64).reshape(-1, 2)
        if count < 0 or len(points) < count:
            raise ValueError(f"line {number} has {len(points):,} points instead of {count:,}")
        if not (
            np.isfinite(points).all() and (np.abs(points[:, 1]) <= 90).all() and (np.abs(points[:, 0]) <= 360).all()
        ):
            raise ValueError(f"line {number} has a point that is no longitude and latitude")
        at += 1 + count
        if count >= 2:
            lines.append(np.ascontiguousarray(points[::-1, ::-1]))
    return lines


def _kinds(lines: Coastlines, text: bytes) -> NDArray[np.uint8]:
    """Find the kind of each segment: of the nearest place of the table."""
    places = []
    for row in text.decode("ascii", "replace").splitlines():
        words = row.split()
        try:
            lat, lon, kind = float(words[0]), float(words[1]), int(words[2])
        except (ValueError, IndexError):
            continue
        if kind in KINDS:
            places.append((lat, lon, kind))
    found = np.zeros(len(lines.lat), np.uint8)
    if not places:
        return found
    table = np.array(places)
    lat = (lines.lat + np.append(lines.lat[1:], np.nan)) / 2
    lon = (lines.lon + np.append(lines.lon[1:], np.nan)) / 2
    for begin in range(0, len(lat), _BLOCK):
        here = slice(begin, begin + _BLOCK)
        far = np.hypot(lat[here, None] - table[:, 0], lon[here, None] - table[:, 1])
        far = np.where(np.isnan(far), np.inf, far)
        nearest = far.argmin(axis=1)
        is_near = far[np.arange(len(far)), nearest] <= NEAR_DEG
        found[here] = np.where(is_near, table[nearest, 2], 0)
    return found
