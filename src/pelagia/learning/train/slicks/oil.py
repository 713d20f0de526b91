"""Shapes of oil on the sea: how much of each pixel is covered, 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pelagia.learning.train.slicks.fields import Floats, Rng, blob, curve, near_curve, ramp, rough, soften, warp


def ship_line(rng: Rng, side: int) -> Floats:
    """Return what a ship let out on its way: long and narrow, wider where it is older, feathered to one side."""
    path = curve(rng, side, bend=rng.uniform(0.1, 2.5), length=rng.uniform(0.3, 1.6))
    distance, along, which = near_curve(path, side)
    width = rng.uniform(1.5, 7.0) * (rng.uniform(0.3, 1.0) + rng.uniform(0.0, 2.0) * along)
    width = width * np.exp(0.3 * rough(rng, side, scale_px=30))
    feather = np.where(which > 0, rng.uniform(1.0, 4.0), 1.0) * (1 + 0.4 * rough(rng, side, scale_px=12, slope=3.2))
    cover = ramp(1 - distance / (width * np.maximum(feather, 0.3)), 0.0, rng.uniform(0.2, 0.9))
    ends = ramp(np.minimum(along, 1 - along), 0.0, 0.04)
    return _in_pieces(rng, cover * ends, share=0.4)


def patch(rng: Rng, side: int) -> Floats:
    """Return a patch, longer than wide, its edge frayed."""
    body = blob(rng, side, size=rng.uniform(0.04, 0.22), stretch=rng.uniform(1.0, 6.0))
    edge = rough(rng, side, scale_px=rng.uniform(20, 120), slope=rng.uniform(2.8, 4.2))
    field = warp(rng, body + rng.uniform(0.05, 0.25) * edge, scale_px=60, amount_px=rng.uniform(2, 16))
    return _in_pieces(rng, _cut(rng, field, 0.5), share=0.2)


def filaments(rng: Rng, side: int) -> Floats:
    """Return threads drawn out and curled by eddies."""
    field = rough(
        rng,
        side,
        scale_px=rng.uniform(40, 120),
        slope=rng.uniform(3.0, 4.5),
        stretch=rng.uniform(1, 6),
        angle=rng.uniform(0, np.pi),
    )
    field = warp(rng, field, scale_px=rng.uniform(40, 120), amount_px=rng.uniform(8, 30))
    width = rng.uniform(0.03, 0.18) * np.exp(0.6 * rough(rng, side, scale_px=50))
    threads = ramp(1 - np.abs(field) / width, 0.0, rng.uniform(0.3, 0.9))
    where = blob(rng, side, size=rng.uniform(0.1, 0.4), stretch=rng.uniform(1, 3))
    where = where + 0.35 * rough(rng, side, scale_px=60)
    return threads * ramp(where, 0.35, 0.6)


def streaks(rng: Rng, side: int) -> Floats:
    """Return oil in bands that wind or current drew along one way."""
    field = rough(
        rng,
        side,
        scale_px=rng.uniform(15, 70),
        slope=rng.uniform(2.9, 4.2),
        stretch=rng.uniform(4, 18),
        angle=rng.uniform(0, np.pi),
    )
    field = warp(rng, field, scale_px=90, amount_px=rng.uniform(2, 18))
    where = blob(rng, side, size=rng.uniform(0.1, 0.45), stretch=rng.uniform(1, 3))
    return _cut(rng, field * np.float32(0.5) + where * 2, rng.uniform(1.3, 2.1))


def mass(rng: Rng, side: int) -> Floats:
    """Return the edge of a large slick that reaches out of the picture, with fingers."""
    path = curve(rng, side, bend=rng.uniform(0.1, 1.4), length=4.0)
    distance, _, which = near_curve(path, side)
    fingers = rough(
        rng,
        side,
        scale_px=rng.uniform(20, 90),
        slope=rng.uniform(2.8, 4.2),
        stretch=rng.uniform(1, 8),
        angle=rng.uniform(0, np.pi),
    )
    reach = rng.uniform(0.08, 0.5) * side
    near = np.minimum(which * distance, reach * 2 - which * distance) if rng.random() < 0.5 else which * distance
    return _cut(rng, near / np.float32(side) + rng.uniform(0.005, 0.06) * fingers, 0.0, rng.uniform(0.01, 0.06))


def weathered(rng: Rng, side: int) -> Floats:
    """Return what is left of an old slick: patches with holes, strewn over a wide place."""
    fine = rough(rng, side, scale_px=rng.uniform(10, 35), slope=rng.uniform(2.9, 4.0), stretch=rng.uniform(1, 4))
    fine = warp(rng, fine, scale_px=60, amount_px=rng.uniform(3, 14))
    where = blob(rng, side, size=rng.uniform(0.08, 0.35), stretch=rng.uniform(1, 4))
    return _cut(rng, fine + 2.5 * where, rng.uniform(1.6, 2.6))


SHAPES: Mapping[Callable[[Rng, int], Floats], float] = {
    ship_line: 0.2,
    patch: 0.2,
    filaments: 0.2,
    streaks: 0.15,
    mass: 0.13,
    weathered: 0.12,
}
"""Every shape and how often it is made."""


def spill(rng: Rng, side: int) -> Floats:
    """Return (side, side) how much of each pixel is covered by one slick of a random shape, its edge soft or sharp."""
    shapes = list(SHAPES)
    shape = shapes[int(rng.choice(len(shapes), p=list(SHAPES.values())))]
    return soften(shape(rng, side), float(np.exp(rng.uniform(np.log(0.4), np.log(3.5)))))


def _cut(rng: Rng, field: Floats, at: float, width: float | None = None) -> Floats:
    """Return what is above a level, its edge soft over a random width."""
    return ramp(field, at, at + (rng.uniform(0.05, 0.35) if width is None else width))


def _in_pieces(rng: Rng, cover: Floats, *, share: float) -> Floats:
    """Break a slick up, in so many of the cases."""
    if rng.random() >= share:
        return cover
    gaps = rough(rng, len(cover), scale_px=rng.uniform(8, 40), slope=3.2)
    return cover * ramp(gaps, rng.uniform(-1.4, -0.2), 0.1)
