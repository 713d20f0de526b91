"""Items that several photos of one area show, each counted once.

The positions of photos are off by metres where items are centimetres: first the offset between two photos is found,
as the shift on which most of their items agree; then each item is matched with at most one of the other photo.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree
from scipy.stats import poisson

from pelagia.io.rasters.ground import from_lat_lon, to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture

Record = dict[str, Any]
Points = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

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
MOST_SHIFTS = 200_000
"""More are not looked at: of very many items every second, third, … one says as much."""
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
        ones, others = by_picture.get(first.image_id, []), by_picture.get(second.image_id, [])
        if ones and others:
            reach_m = tolerance_m if tolerance_m is not None else reach_of(first, second)
            places = _points(ones, crs), _points(others, crs)
            for here, there in match(*places, _lengths(ones), _lengths(others), reach_m, _unmatched(ones, others)):
                others[there]["duplicate_of"] = _meant(ones[here])


def _meant(item: Mapping[str, Any]) -> str:
    """Return the name of an item, or of the one on an earlier picture that it is again."""
    return str(item["duplicate_of"] or item["object_id"])


def _unmatched(ones: Sequence[Record], others: Sequence[Record]) -> tuple[Mask, Mask]:
    """Return which items of two pictures are not yet known to be on both, by a picture before them."""
    known = {other["duplicate_of"] for other in others}
    return (
        np.array([_meant(one) not in known for one in ones], np.bool_),
        np.array([other["duplicate_of"] is None for other in others], np.bool_),
    )


def overlapping(pictures: Sequence[Picture]) -> list[tuple[Picture, Picture, str]]:
    """Return the pairs of pictures of one area that show some of the same ground, and the coordinates to compare in."""
    lying = [picture for picture in pictures if picture.transform is not None and picture.crs is not None]
    by_area: dict[str, list[Picture]] = {}
    for picture in lying:
        by_area.setdefault(picture.area_id, []).append(picture)
    pairs: list[tuple[Picture, Picture, str]] = []
    for own in by_area.values():
        crs = own[0].crs or ""
        outlines = [(picture, outline(picture, crs)) for picture in own]
        # On another side of the earth there are no coordinates, and nothing that overlaps.
        finite = [(picture, shape) for picture, shape in outlines if np.isfinite(shape.bounds).all()]
        members, shapes = [picture for picture, _ in finite], [shape for _, shape in finite]
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
    ones: Points,
    others: Points,
    lengths: Points,
    other_lengths: Points,
    reach_m: float,
    unmatched: tuple[Mask, Mask] | None = None,
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
    unmatched
        (N,) and (M,): which may be matched, by default all. The others tell the shift as well.
    """
    shifts = _shifts(ones, others, reach_m)
    shift = agreed_shift(shifts, reach_m)
    if shift is None and len(shifts) > FEW:
        return []
    here, there = (
        (np.arange(len(ones)), np.arange(len(others))) if unmatched is None else map(np.flatnonzero, unmatched)
    )
    if shift is None:
        near_m = np.full(len(here), reach_m), np.full(len(there), reach_m)
    else:
        near_m = np.maximum(NEAR_M, lengths[here] / 2), np.maximum(NEAR_M, other_lengths[there] / 2)
        ones = ones + shift
    return [(int(here[row]), int(there[col])) for row, col in _nearest_pairs(ones[here], others[there], *near_m)]


def _nearest_pairs(ones: Points, others: Points, near_m: Points, other_near_m: Points) -> Iterator[tuple[int, int]]:
    """Yield pairs of points near to each other, none twice: as many as may be, and then as near as may be.

    A pair is near where it is so by the measure of one of its points. Only those are looked at, so that memory follows
    the number of items, not its square.
    """
    if not len(ones) or not len(others):
        return
    pairs = {(row, col) for row, found in enumerate(_within(others, ones, near_m)) for col in found}
    pairs |= {(row, col) for col, found in enumerate(_within(ones, others, other_near_m)) for row in found}
    near = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    distances = np.linalg.norm(ones[near[:, 0]] - others[near[:, 1]], axis=1)
    # Whoever finds nobody is paired with a place of its own, far away. Weights of nothing would be no edges: hence + 1.
    own = np.arange(len(ones))
    rows, cols = np.concatenate([near[:, 0], own]), np.concatenate([near[:, 1], len(others) + own])
    weights = np.concatenate([distances, np.full(len(ones), FAR_M)]) + 1
    graph = coo_array((weights, (rows, cols)), shape=(len(ones), len(others) + len(ones))).tocsr()
    for row, col in zip(*min_weight_full_bipartite_matching(graph), strict=True):
        if col < len(others):
            yield int(row), int(col)


def _within(points: Points, of: Points, near_m: Points | float) -> Sequence[list[int]]:
    """Return for each point the indices of those that are so near to it."""
    found: Sequence[list[int]] = cKDTree(points).query_ball_point(of, near_m)
    return found


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
    tree = cKDTree(shifts)
    agreeing: Ints = tree.query_ball_point(shifts, SHIFT_CELL_M, return_length=True)
    best = tree.query_ball_point(shifts[agreeing.argmax()], SHIFT_CELL_M)
    # As if the pairs were strewn over the reach: Poisson, at each of the shifts that were tried.
    by_chance = poisson.sf(len(best) - 1, 1 + len(shifts) * min(1.0, SHIFT_CELL_M / reach_m) ** 2) * len(shifts)
    if len(best) < LEAST_AGREEING or (by_chance > BY_CHANCE_AT_MOST and len(shifts) > FEW):
        # Positions that are known well need no agreement: the items stand where they stand.
        return np.zeros(2) if reach_m <= NEAR_M else None
    mean: Points = shifts[best].mean(axis=0)
    return mean


def _shifts(ones: Points, others: Points, reach_m: float) -> Points:
    count = int(cKDTree(ones).count_neighbors(cKDTree(others), reach_m))
    some = ones[:: -(-count // MOST_SHIFTS) or 1]
    pairs = [others[found] - one for one, found in zip(some, _within(others, some, reach_m), strict=True)]
    return np.concatenate([np.zeros((0, 2)), *pairs])


def _points(items: Sequence[Mapping[str, Any]], crs: str) -> Points:
    own = np.array([(item["easting_m"], item["northing_m"]) for item in items], np.float64)
    if all(item["crs"] == crs for item in items):
        return own
    latitudes = np.array([item["latitude"] for item in items])
    longitudes = np.array([item["longitude"] for item in items])
    return np.column_stack(from_lat_lon(crs, latitudes, longitudes))


def _lengths(items: Sequence[Mapping[str, Any]]) -> Points:
    return np.array([item["length_m"] or 0.0 for item in items], np.float64)
