"""Slicks of a whole scene, from the pieces of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.imaging.scenes.pieces import Pieces

SIMPLER_PX = 1.0
LEAST_HOLE_PX = 16.0
"""Smaller holes are filled: speckle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A slick in pixels of the scene.

    Parameters
    ----------
    outline
        Valid shapely polygon of col, row; simplified to about a pixel.
    pixels
        How many it has.
    probability
        Mean of its pixels.
    contrast
        By how much the sea around is above it, in the unit of the values; NaN where there is no sea around.
    surroundings
        Mean of the values of the sea around.
    """

    outline: shapely.Polygon
    pixels: int
    probability: float
    contrast: float
    surroundings: float


def join_pieces(parts: Sequence[Pieces], *, simpler_px: float = SIMPLER_PX) -> list[Spot]:
    """Put the pieces of all parts together that touch along the edges of parts.

    Parameters
    ----------
    parts
        Of one scene; their cores do not overlap.
    simpler_px
        How far the outline may be from the exact edge.

    Returns
    -------
    list of Spot
        The largest first.
    """
    polygons = np.concatenate([part.polygons for part in parts]) if parts else np.empty(0, np.object_)
    if not len(polygons):
        return []
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("pixels", "probability", "inside", "outside", "outside_pixels")
    }
    merged = shapely.get_parts(shapely.unary_union(polygons))
    tree = shapely.STRtree(merged)
    piece, spot = tree.query(shapely.point_on_surface(polygons), predicate="within")
    spots = []
    for number, outline in enumerate(merged):
        mine = piece[spot == number]
        spots.append(_spot(outline, {name: values[mine] for name, values in columns.items()}, simpler_px))
    return sorted(spots, key=lambda one: (-one.pixels, one.outline.bounds))


def _spot(outline: shapely.Polygon, pieces: dict[str, NDArray[np.float64]], simpler_px: float) -> Spot:
    pixels = pieces["pixels"]
    has_sea = pieces["outside_pixels"] > 0
    sea = pieces["outside_pixels"][has_sea]
    around = float(np.average(pieces["outside"][has_sea], weights=sea)) if sea.sum() > 0 else float("nan")
    return Spot(
        outline=_simpler(outline, simpler_px),
        pixels=int(pixels.sum()),
        probability=float(np.average(pieces["probability"], weights=pixels)),
        contrast=around - float(np.average(pieces["inside"], weights=pixels)),
        surroundings=around,
    )


def _simpler(outline: shapely.Polygon, simpler_px: float) -> shapely.Polygon:
    """Return a valid outline of few points: none of them is farther than ``simpler_px`` from the exact edge."""
    holes = [ring for ring in outline.interiors if shapely.Polygon(ring).area >= LEAST_HOLE_PX]
    whole = shapely.Polygon(outline.exterior, holes)
    simple = shapely.simplify(whole, simpler_px, preserve_topology=True)
    if not simple.is_valid or simple.is_empty:
        return whole
    return simple
