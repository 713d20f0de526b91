"""Radar scenes of the sea with oil, look-alikes, ships and land, made by a program; nothing was photographed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.learning.train.slicks.fields import Bools, Floats, Rng, blob, rough, soften
from pelagia.learning.train.slicks.oil import spill
from pelagia.learning.train.slicks.sea import backscatter_db, look_alike, wind

SIDE_PX = 320
"""Side of a scene; the network sees a part of it at a time."""
PIXEL_M = 25.0
"""Side of a pixel that the sizes of slicks, waves and ships stand for, m."""
SEA, OIL, LOOK_ALIKE, LAND = 0, 1, 2, 3
NO_OIL = 0.15
"""Share of scenes without oil."""
LEAST_DB = 1.5
"""Oil that darkens the sea by less is not to be seen, and not labelled."""

LEAST_PX = 60
"""Smaller specks of oil, and smaller gaps, nobody outlines."""

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene.

    Parameters
    ----------
    db
        (side, side) float32 σ⁰ with speckle, dB up to a constant.
    labels
        (side, side) uint8: sea, oil, look-alike, land.
    """

    db: Floats
    labels: Labels


def make_scene(rng: Rng, side: int = SIDE_PX) -> Scene:
    """Make a scene.

    Parameters
    ----------
    rng
        Chance; equal states give equal scenes.
    side
        Rows and columns, px.
    """
    speed = wind(rng, side)
    others = np.zeros((side, side), np.float32)
    for _ in range(int(rng.choice(4, p=(0.5, 0.3, 0.15, 0.05)))):
        others = others + look_alike(rng, side)
    clear = backscatter_db(rng, speed)
    damping = _damping(rng, side, speed)
    land = _land(rng, side)
    noise = np.float32(10 ** (rng.uniform(-22, -8) / 10))  # of the receiver
    without = 10 ** ((clear - others - np.float32(np.median(clear))) / 10)
    power = without * 10 ** (-damping / 10) + noise
    texture = float(soften(clear - others, 2.0).std())
    oil = _as_drawn(rng, 10 * np.log10((without + noise) / power), texture) & ~land
    bright = _with_ships(rng, np.asarray(np.where(land, _ground(rng, side), power), np.float32))
    labels = np.where(land, LAND, np.where(oil, OIL, np.where(soften(others, 1.5) > LEAST_DB, LOOK_ALIKE, SEA)))
    noisy = 10 * np.log10(np.maximum(bright * speckle(rng, side), 1e-6))
    return Scene(db=noisy.astype(np.float32), labels=labels.astype(np.uint8))


def speckle(rng: Rng, side: int) -> Floats:
    """Return (side, side) float32 of mean 1: gamma distributed, of 1 to 8 looks, neighbours more or less alike."""
    looks = float(np.exp(rng.uniform(np.log(1.0), np.log(8.0))))
    grain = rng.standard_gamma(looks, (side, side), np.float32) / np.float32(looks)
    if rng.random() < 0.6:
        grain = soften(grain, rng.uniform(0.3, 1.1))
    return grain


def _damping(rng: Rng, side: int, speed: Floats) -> Floats:
    """Return how many dB oil darkens the sea: little without wind, and where much wind stirs it in."""
    out = np.zeros((side, side), np.float32)
    if rng.random() < NO_OIL:
        return out
    seen = np.clip((speed - 1.5) / 2, 0, 1) * np.clip(1.2 - (speed - 6) / 12, 0.5, 1)
    depth = rng.uniform(3.5, 12.0)
    for _ in range(int(rng.choice((1, 2, 3, 5), p=(0.45, 0.25, 0.2, 0.1)))):
        thick = np.clip(0.85 + 0.2 * rough(rng, side, scale_px=40), 0.3, 1.2)
        out = np.maximum(out, depth * rng.uniform(0.6, 1.0) * spill(rng, side) * thick)
    return np.asarray(out * seen, np.float32)


def _as_drawn(rng: Rng, contrast: Floats, texture: float) -> Bools:
    """Return the oil as a person outlines it: what stands out of the sea's own texture, without specks and gaps."""
    smooth = soften(contrast, 2.0)
    seen = (smooth > max(LEAST_DB, 0.35 * float(smooth.max()))).astype(np.uint8)
    reach = int(rng.integers(1, 5))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    closed = np.asarray(cv2.morphologyEx(seen, cv2.MORPH_CLOSE, disc), np.uint8)
    whole = _large((~_large(np.uint8(1) - closed)).astype(np.uint8))
    count, pieces = cv2.connectedComponents(whole.astype(np.uint8), connectivity=8)
    means = np.bincount(pieces.ravel(), contrast.ravel(), count) / np.maximum(np.bincount(pieces.ravel()), 1)
    kept = means >= LEAST_DB + texture
    kept[0] = False
    return np.asarray(kept[pieces], np.bool_)


def _large(mask: npt.NDArray[np.uint8]) -> Bools:
    """Return what hangs together and is no speck."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= LEAST_PX
    kept[0] = False
    return np.asarray(kept[pieces], np.bool_)


def _land(rng: Rng, side: int) -> Bools:
    if rng.random() > 0.12:
        return np.zeros((side, side), np.bool_)
    shape = blob(rng, side, size=rng.uniform(0.05, 0.3), stretch=rng.uniform(1, 3))
    return np.asarray(shape + 0.15 * rough(rng, side, scale_px=80, slope=2.8) > 0.7, np.bool_)


def _ground(rng: Rng, side: int) -> Floats:
    """Return the backscatter of land by that of the sea: bright, uneven, with dark places."""
    hills = rng.uniform(1.5, 4) * rough(rng, side, scale_px=25, slope=2.2)
    return np.asarray(10 ** ((rng.uniform(2, 9) + hills) / 10), np.float32)


def _with_ships(rng: Rng, power: Floats) -> Floats:
    """Return the scene with ships and platforms: a few bright pixels, some with a cross of side lobes."""
    side = len(power)
    out = power.copy()
    for _ in range(int(rng.choice((0, 1, 3, 8), p=(0.5, 0.25, 0.15, 0.1)))):
        row, col = rng.integers(4, side - 4, 2)
        long, wide = rng.uniform(0.8, 4.5), rng.uniform(0.6, 1.6)
        hull = np.zeros((side, side), np.float32)
        axes = (max(1, round(long)), max(1, round(wide)))
        cv2.ellipse(hull, (int(col), int(row)), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        bright = 10 ** rng.uniform(0.6, 2.2)
        if rng.random() < 0.3:
            reach = int(rng.integers(4, 20))
            hull[max(row - reach, 0) : row + reach, col] += 0.05
            hull[row, max(col - reach, 0) : col + reach] += 0.05
        out = out + np.float32(bright) * soften(hull, 0.6)
    return np.asarray(out, np.float32)
