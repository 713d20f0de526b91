"""Outlines of slicks: their area, and places drawn evenly within them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.geodesy import METRES_PER_DEGREE

BANDS = 256
"""An outline is cut at each of its latitudes and into this many bands; within one a degree of longitude is constant."""

Doubles = NDArray[np.float64]


class Outline(NamedTuple):
    """Rings by the even-odd rule, cut into bands in which the length of their chords is linear in latitude.

    Parameters
    ----------
    edges
        (E, 4) float64: lat, lon of both ends; no edge along a parallel.
    cuts
        (B + 1,) float64, latitudes between bands, increasing.
    chords
        (B, 2) float64, length of all chords just above the lower and just below the upper cut, °.
    upto
        (B + 1,) float64, area south of each cut by that of the whole.
    area_m2
        Of the whole.
    """

    edges: Doubles
    cuts: Doubles
    chords: Doubles
    upto: Doubles
    area_m2: float


def outline_of(rings: Sequence[Doubles]) -> Outline:
    """Prepare rings.

    Parameters
    ----------
    rings
        (n, 2) each of lat, lon, closed or not, longitudes without a jump at 180.

    Notes
    -----
    Between two latitudes at which rings have a point no edge begins or ends, so that chords are linear there; where
    rings cross each other between two points chords are linear only in part, which the bands make small.
    """
    edges = np.concatenate([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in map(np.asarray, rings)])
    edges = np.ascontiguousarray(edges[edges[:, 0] != edges[:, 2]], dtype=np.float64)
    if not len(edges):
        nothing = np.zeros(1)
        return Outline(edges, nothing, np.zeros((0, 2)), nothing, 0.0)
    ends = edges[:, (0, 2)]
    cuts = np.unique(np.concatenate([ends.ravel(), np.linspace(ends.min(), ends.max(), BANDS + 1)]))
    chords = _chords(edges, cuts)
    middles = 0.5 * (cuts[1:] + cuts[:-1])
    areas = chords.mean(axis=1) * np.diff(cuts) * np.cos(np.radians(middles))
    total = float(areas.sum())
    upto = np.concatenate([[0.0], np.cumsum(areas)]) / (total or 1.0)
    return Outline(edges, cuts, chords, upto, total * METRES_PER_DEGREE**2)


@njit(cache=True, error_model="numpy")
def _chords(edges: Doubles, cuts: Doubles) -> Doubles:
    """Return the length of all chords at both sides of each band."""
    chords = np.empty((len(cuts) - 1, 2))
    for band in range(len(cuts) - 1):
        for side in range(2):
            # A hair within the band: there each edge that takes part in it is met once.
            lat = cuts[band + side] + (1.0 - 2.0 * side) * 1e-7 * (cuts[band + 1] - cuts[band])
            met = _crossings(edges, lat)
            length = 0.0
            for pair in range(0, len(met) - 1, 2):
                length += met[pair + 1] - met[pair]
            chords[band, side] = length
    return chords


@njit(cache=True, error_model="numpy")
def _crossings(edges: Doubles, lat: float) -> Doubles:
    """Return where a parallel meets the edges, from west to east."""
    met = np.empty(len(edges))
    count = 0
    for edge in range(len(edges)):
        if (edges[edge, 0] > lat) != (edges[edge, 2] > lat):
            share = (lat - edges[edge, 0]) / (edges[edge, 2] - edges[edge, 0])
            lon = edges[edge, 1] + share * (edges[edge, 3] - edges[edge, 1])
            # Few edges meet a parallel: each is put in its place, which costs less than compiling a sort.
            place = count
            while place > 0 and met[place - 1] > lon:
                met[place] = met[place - 1]
                place -= 1
            met[place] = lon
            count += 1
    return met[:count]


def places_within(outline: Outline, draws: Doubles) -> Doubles:
    """Draw places evenly within an outline.

    Parameters
    ----------
    outline
        Of some area.
    draws
        (N, 2) float64, uniform in [0, 1).

    Returns
    -------
    ndarray
        (N, 2) float64 of lat, lon.
    """
    bands = np.searchsorted(outline.upto, draws[:, 0], side="right") - 1
    return _places(outline, draws, np.clip(bands, 0, len(outline.chords) - 1))


@njit(cache=True, error_model="numpy")
def _places(outline: Outline, draws: Doubles, bands: NDArray[np.int64]) -> Doubles:
    """Draw places, their bands known."""
    places = np.empty_like(draws)
    for i in range(len(draws)):
        band = bands[i]
        share = (draws[i, 0] - outline.upto[band]) / (outline.upto[band + 1] - outline.upto[band])
        low, high = outline.chords[band, 0], outline.chords[band, 1]
        # The share of a trapezoid below x of its height: (low x + (high - low) x² / 2) / mean.
        root = np.sqrt(low * low + share * (high * high - low * low))
        along = (low + high) * share / (low + root) if low + root > 0.0 else 0.5
        lat = outline.cuts[band] + along * (outline.cuts[band + 1] - outline.cuts[band])
        met = _crossings(outline.edges, lat)
        length = 0.0
        for pair in range(0, len(met) - 1, 2):
            length += met[pair + 1] - met[pair]
        left = draws[i, 1] * length
        lon = met[0] if len(met) else outline.edges[0, 1]
        for pair in range(0, len(met) - 1, 2):
            wide = met[pair + 1] - met[pair]
            if left <= wide:
                lon = met[pair] + left
                break
            left -= wide
        places[i, 0], places[i, 1] = lat, lon
    return places
