"""Items that several photos of one area show, each counted once.

The positions of photos are off by metres where items are centimetres: first the offset between two photos is found,
as the shift on which most of their items agree; then each item is matched with at most one of the other photo.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.stats import poisson

from pelagia.io.rasters.ground import from_lat_lon, to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture

Record = dict[str, Any]
Points = NDArray[np.float64]

USUAL_ERROR_M = 3.0
"""Standard deviation of a position by satellite without correction, where the photo does not tell it."""
ERRORS = 2.5
"""Two photos may be apart by so many standard deviations of their positions."""
SHIFT_CELL_M = 0.25
"""Shifts that differ by less are one."""
LEAST_AGREEING = 3
"""So many items must agree on a shift for it to be believed."""
BY_CHANCE_AT_MOST = 1e-3
"""How likely it may be that as many would agree somewhere by chance."""
FEW = 12
"""Pairs of items within reach up to which the nearest ones are taken for the same without an agreed shift."""
FAR_M = 1e6
NEAR_M = 0.3
"""After the shift, the same item is at most so far apart, or half its own length."""


def mark_duplicates(items: list[Record], pictures: Sequence[Picture], tolerance_m: float | None) -> None:
    """Set ``duplicate_of`` of items that an earlier picture of the area shows as well.

    Parameters
    ----------
    items
        Of all pictures; changed in place.
    pictures
        In the order in which their items are kept.
    tolerance_m
        How far apart the same item of two photos may seem; by default from the errors of their positions.
    """
    by_picture: dict[str, list[Record]] = {}
    for item in items:
        by_picture.setdefault(item["image_id"], []).append(item)
    for first, second, crs in overlapping(pictures):
        ones = by_picture.get(first.image_id, [])
        others = [one for one in by_picture.get(second.image_id, ()) if one["duplicate_of"] is None]
        if ones and others:
            reach_m = tolerance_m if tolerance_m is not None else reach_of(first, second)
            for here, there in match(
                _points(ones, crs), _points(others, crs), _lengths(ones), _lengths(others), reach_m
            ):
                # An item that is itself one of an earlier picture stands for that one.
                others[there]["duplicate_of"] = ones[here]["duplicate_of"] or ones[here]["object_id"]


def overlapping(pictures: Sequence[Picture]) -> list[tuple[Picture, Picture, str]]:
    """Return the pairs of pictures of one area that show some of the same ground, and the coordinates to compare in."""
    lying = [picture for picture in pictures if picture.transform is not None and picture.crs is not None]
    by_area: dict[str, list[Picture]] = {}
    for picture in lying:
        by_area.setdefault(picture.area_id, []).append(picture)
    pairs: list[tuple[Picture, Picture, str]] = []
    for members in by_area.values():
        crs = members[0].crs or ""
        shapes = [outline(picture, crs) for picture in members]
        tree = shapely.STRtree(shapes)
        near = {
            tuple(sorted((int(a), int(b)))) for a, b in zip(*tree.query(shapes, predicate="intersects"), strict=True)
        }
        pairs += [
            (members[first], members[second], crs)
            for first, second in sorted(near)
            if first != second and shapes[first].intersection(shapes[second]).area > 0
        ]
    return pairs


def outline(picture: Picture, crs: str) -> shapely.Polygon:
    """Return the ground a picture shows, in metres of a coordinate system."""
    rows = np.array([0.0, 0.0, picture.height_px, picture.height_px])
    cols = np.array([0.0, picture.width_px, picture.width_px, 0.0])
    east, north = to_map(picture.transform or (), rows, cols)
    if picture.crs != crs:
        east, north = from_lat_lon(crs, *to_lat_lon(picture.crs or "", east, north))
    return shapely.Polygon(np.column_stack([east, north]))


def reach_of(first: Picture, second: Picture) -> float:
    """Return how far apart the same item of two pictures may seem, m."""
    if first.kind == "orthophoto" and second.kind == "orthophoto" and first.position_error_m is None:
        return NEAR_M
    errors = [USUAL_ERROR_M if one.position_error_m is None else one.position_error_m for one in (first, second)]
    return max(NEAR_M, ERRORS * math.hypot(*errors))


def match(
    ones: Points, others: Points, lengths: Points, other_lengths: Points, reach_m: float
) -> list[tuple[int, int]]:
    """Return which points of two photos are the same item: pairs of indices, none twice.

    Parameters
    ----------
    ones, others
        (N, 2) and (M, 2): easting and northing, m.
    lengths, other_lengths
        (N,) and (M,): of the items, m.
    reach_m
        How far apart they may seem.
    """
    shifts = _shifts(ones, others, reach_m)
    shift = agreed_shift(shifts, reach_m)
    if shift is None and len(shifts) > FEW:
        return []
    distances = np.linalg.norm(ones[:, None] + (0.0 if shift is None else shift) - others[None], axis=-1)
    near_m = np.maximum(NEAR_M, np.maximum.outer(lengths, other_lengths) / 2)
    if shift is None:
        near_m = np.full_like(near_m, reach_m)
    rows, cols = linear_sum_assignment(np.where(distances <= near_m, distances, FAR_M))
    return [
        (int(row), int(col)) for row, col in zip(rows, cols, strict=True) if distances[row, col] <= near_m[row, col]
    ]


def agreed_shift(shifts: Points, reach_m: float) -> Points | None:
    """Return the shift that most pairs of items agree on, (2,) m; none where they may agree by chance.

    Parameters
    ----------
    shifts
        (K, 2): from every item of one photo to every one of the other within reach, m.
    reach_m
        How far apart they may seem.
    """
    if len(shifts) < LEAST_AGREEING:
        return None
    agreeing = cKDTree(shifts).query_ball_point(shifts, SHIFT_CELL_M)
    best = max(agreeing, key=len)
    # As if the pairs were strewn over the reach: Poisson, at each of the shifts that were tried.
    by_chance = poisson.sf(len(best) - 1, 1 + len(shifts) * min(1.0, SHIFT_CELL_M / reach_m) ** 2) * len(shifts)
    if len(best) < LEAST_AGREEING or (by_chance > BY_CHANCE_AT_MOST and len(shifts) > FEW):
        # Positions that are known well need no agreement: the items stand where they stand.
        return np.zeros(2) if reach_m <= NEAR_M else None
    mean: Points = shifts[best].mean(axis=0)
    return mean


def _shifts(ones: Points, others: Points, reach_m: float) -> Points:
    near = cKDTree(others).query_ball_point(ones, reach_m)
    pairs = [others[there] - ones[here] for here, found in enumerate(near) for there in found]
    return np.array(pairs, np.float64).reshape(-1, 2)


def _points(items: Sequence[Mapping[str, Any]], crs: str) -> Points:
    own = np.array([(item["easting_m"], item["northing_m"]) for item in items], np.float64)
    if all(item["crs"] == crs for item in items):
        return own
    latitudes = np.array([item["latitude"] for item in items])
    longitudes = np.array([item["longitude"] for item in items])
    return np.column_stack(from_lat_lon(crs, latitudes, longitudes))


def _lengths(items: Sequence[Mapping[str, Any]]) -> Points:
    return np.array([item["length_m"] or 0.0 for item in items], np.float64)
