"""The sea as radar sees it without oil: wind, swell, and what looks like oil and is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pelagia.learning.train.slicks.fields import Floats, Rng, blob, curve, near_curve, ramp, rough, soften, warp, waves

CALM_M_S = 0.6
"""Less wind than this raises no ripples that it could have less of."""


def wind(rng: Rng, side: int) -> Floats:
    """Return (side, side) m/s: a mean with a gradient, gusts and streaks along it."""
    mean = float(np.exp(rng.normal(np.log(6.0), 0.4)))
    angle = rng.uniform(0, np.pi)
    rows, cols = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    tilt = rng.normal(0, 0.15) * rows + rng.normal(0, 0.15) * cols
    gusts = rng.uniform(0.01, 0.06) * rough(rng, side, scale_px=rng.uniform(60, 300), slope=3.2)
    streak = rng.uniform(0.0, 0.07) * rough(
        rng, side, scale_px=rng.uniform(15, 50), slope=4, stretch=rng.uniform(4, 15), angle=angle
    )
    return np.asarray(mean * np.exp(tilt + gusts + streak), np.float32)


def backscatter_db(rng: Rng, wind_m_s: Floats) -> Floats:
    """Return σ⁰ in dB up to a constant: by wind, angle of incidence and swell."""
    side = len(wind_m_s)
    out = rng.uniform(12, 20) * np.log10(np.maximum(wind_m_s, CALM_M_S))
    cols = np.linspace(-0.5, 0.5, side, dtype=np.float32)[None, :]
    out = out + rng.normal(0, 1.2) * cols
    if rng.random() < 0.6:
        out = out + rng.uniform(0.1, 0.8) * waves(
            rng,
            side,
            length_px=rng.uniform(4, 24),
            angle=rng.uniform(0, np.pi),
            spread=rng.uniform(0.1, 0.35),
        )
    out = out + rng.uniform(0.0, 0.35) * rough(rng, side, scale_px=12, slope=2.4)
    return np.asarray(out, np.float32)


def low_wind(rng: Rng, side: int) -> Floats:
    """Return how many dB the sea is darker where the wind leaves off: wide, with a gradual edge."""
    where = blob(rng, side, size=rng.uniform(0.08, 0.35), stretch=rng.uniform(1, 3))
    where = where + rng.uniform(0.05, 0.2) * rough(rng, side, scale_px=rng.uniform(60, 200), slope=3.8)
    return rng.uniform(2.5, 9) * soften(ramp(where, 0.25, rng.uniform(0.6, 1.0)), rng.uniform(4, 18))


def front(rng: Rng, side: int) -> Floats:
    """Return a step of the wind along a line, gradual on its one side."""
    distance, _, which = near_curve(curve(rng, side, bend=rng.uniform(0.1, 1.5), length=4.0), side)
    width = rng.uniform(0.1, 0.5) * side
    return rng.uniform(1.0, 4.0) * ramp(which * distance, -rng.uniform(2, 20), width)


def rain(rng: Rng, side: int) -> Floats:
    """Return cells of rain: dark within, bright at the edge of the gusts around."""
    out = np.zeros((side, side), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        cell = blob(rng, side, size=rng.uniform(0.02, 0.1), stretch=rng.uniform(1, 1.6))
        cell = cell + 0.06 * rough(rng, side, scale_px=30)
        out = out + rng.uniform(2, 7) * ramp(cell, 0.45, 0.9)
        out = out - rng.uniform(1, 5) * ramp(cell, 0.05, 0.25) * (1 - ramp(cell, 0.25, 0.5))
    return np.asarray(out, np.float32)


def internal_waves(rng: Rng, side: int) -> Floats:
    """Return a packet of bent stripes, bright and dark in turn, narrower and weaker to its back."""
    distance, along, which = near_curve(
        curve(rng, side, bend=rng.uniform(0.2, 1.2), length=rng.uniform(0.5, 1.5)), side
    )
    first = rng.uniform(10, 36)
    behind = np.maximum(which * distance, 0)
    phase = 2 * np.pi * (behind / first) ** rng.uniform(1.0, 1.3)
    fade = np.exp(-behind / (first * rng.uniform(2, 5))) * (which > 0) * ramp(np.minimum(along, 1 - along), 0, 0.15)
    return np.asarray(soften((rng.uniform(1, 4) * np.sin(phase) * fade).astype(np.float32), 1.0), np.float32)


def films(rng: Rng, side: int) -> Floats:
    """Return natural films: many thin faint threads that curl, over a wide place."""
    field = rough(rng, side, scale_px=rng.uniform(30, 80), slope=4)
    field = warp(rng, field, scale_px=rng.uniform(30, 80), amount_px=rng.uniform(10, 25))
    threads = ramp(np.asarray(1 - np.abs(field) / rng.uniform(0.03, 0.1), np.float32), 0.0, 0.8)
    where = ramp(rough(rng, side, scale_px=150, slope=4), -0.5, 1.0)
    return rng.uniform(0.6, 2.2) * soften(threads * where, rng.uniform(0.6, 1.5))


def wake(rng: Rng, side: int) -> Floats:
    """Return the smooth water behind a ship: straight, narrow, short."""
    path = curve(rng, side, bend=rng.uniform(0, 0.2), length=rng.uniform(0.08, 0.3))
    distance, along, _ = near_curve(path, side)
    return rng.uniform(1, 4) * ramp(1 - distance / rng.uniform(1.2, 3), 0, 0.6) * (1 - along)


LOOK_ALIKES: Mapping[Callable[[Rng, int], Floats], float] = {
    low_wind: 0.35,
    front: 0.15,
    rain: 0.14,
    internal_waves: 0.12,
    films: 0.16,
    wake: 0.08,
}
"""Everything that looks like oil and how often it is made."""


def look_alike(rng: Rng, side: int) -> Floats:
    """Return (side, side) how many dB something that is no oil darkens the sea (less than 0: brightens it)."""
    kinds = list(LOOK_ALIKES)
    return kinds[int(rng.choice(len(kinds), p=list(LOOK_ALIKES.values())))](rng, side)
