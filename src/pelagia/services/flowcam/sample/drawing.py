"""Particles drawn from nothing: cells, chains, specks, fibres, debris, each measured as it was drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pelagia.services.flowcam.sample.camera import BACKGROUND_RGB, BORDER_PX, THRESHOLD, grey
from pelagia.services.flowcam.sample.measuring import measure

CANVAS_PX = 150

KINDS = {  # share of the particles, class given in the .cla
    "bright_cell": (0.11, "Protist"),
    "dark_cell": (0.11, "Protist"),
    "chain": (0.05, "Protist"),
    "blurred_cell": (0.15, "Missed"),
    "specks": (0.30, "Junk"),
    "fibre": (0.12, "Junk"),
    "debris": (0.13, "Junk"),
    "aggregate": (0.03, "Junk"),
}


@dataclass(frozen=True)
class Vignette:
    """A drawn particle: pixels, mask, and what was measured from them."""

    kind: str
    rgb: np.ndarray
    mask: np.ndarray
    measures: Mapping[str, float]


def draw_particles(rng: np.random.Generator, count: int) -> list[Vignette]:
    """Draw particles of all kinds, in the shares of :data:`KINDS`."""
    kinds = rng.choice(list(KINDS), size=count, p=np.array([share for share, _ in KINDS.values()]))
    return [_draw(rng, str(kind)) for kind in kinds]


def _draw(rng: np.random.Generator, kind: str) -> Vignette:
    while True:
        light = _background(rng)
        painted = _PAINTERS[kind](rng, light)
        near = cv2.dilate((painted > 0.15).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        rgb = np.clip(_camera(rng, light), 0, 255).astype(np.uint8)
        mask: np.ndarray = (near & (float(grey(BACKGROUND_RGB)) - grey(rgb.astype(float)) > THRESHOLD)).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        mask = _without_crumbs(mask)
        if mask.sum() >= 12:
            return _vignette(kind, rgb, mask)


def _vignette(kind: str, rgb: np.ndarray, mask: np.ndarray) -> Vignette:
    rows, cols = np.nonzero(mask)
    window = (
        slice(max(0, rows.min() - BORDER_PX), rows.max() + BORDER_PX + 1),
        slice(max(0, cols.min() - BORDER_PX), cols.max() + BORDER_PX + 1),
    )
    rgb, mask = rgb[window].copy(), mask[window].copy()
    return Vignette(kind, rgb, mask * 255, measure(rgb, mask))


def _background(rng: np.random.Generator) -> np.ndarray:
    light = np.ones((CANVAS_PX, CANVAS_PX, 3)) * BACKGROUND_RGB * rng.uniform(0.98, 1.02)
    slope = cv2.resize(rng.normal(0, 2.0, (3, 3)), (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC)
    shaded: np.ndarray = light + slope[..., None]
    return shaded


def _camera(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    """Add the blur of the lens and the noise of the sensor, which a Bayer pattern smears."""
    soft = cv2.GaussianBlur(light, (0, 0), 0.7)
    noise = cv2.GaussianBlur(rng.normal(0, 1, light.shape), (0, 0), 0.9)
    seen: np.ndarray = soft + noise * np.array([9.0, 9.0, 14.0])
    return seen


def _ellipse(centre: Sequence[float] | np.ndarray, axes: Sequence[float], angle: float) -> np.ndarray:
    """Return the distance to the centre of an ellipse, 1 on its edge."""
    rows, cols = np.mgrid[:CANVAS_PX, :CANVAS_PX].astype(float)
    x, y = cols - centre[0], rows - centre[1]
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    distance: np.ndarray = np.hypot(along / axes[0], across / axes[1])
    return distance


def _paint(light: np.ndarray, alpha: np.ndarray, colour: Sequence[float]) -> None:
    light += alpha[..., None] * (np.array(colour) - light)


def _edge(distance: np.ndarray, softness: float) -> np.ndarray:
    """Return 1 inside and 0 outside of an outline, with a soft border."""
    return 1 / (1 + np.exp(np.clip((distance - 1) / softness, -50, 50)))


def _middle(rng: np.random.Generator) -> tuple[float, float]:
    return CANVAS_PX / 2 + rng.uniform(-0.5, 0.5), CANVAS_PX / 2 + rng.uniform(-0.5, 0.5)


def _bright_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius, angle = rng.uniform(4.5, 8), rng.uniform(0, math.pi)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.35), radius), angle)
    distance *= 1 + 0.05 * np.cos(3 * angle)
    _paint(light, 0.25 * np.exp(-(((distance - 1.45) / 0.25) ** 2)), (200, 170, 190))
    ring = np.exp(-(((distance - 0.95) / 0.28) ** 2))
    _paint(light, 0.75 * ring, (78, 62, 82))
    core = np.exp(-((distance / 0.55) ** 2))
    _paint(light, 0.95 * core, rng.choice([(120, 225, 250), (235, 250, 250), (90, 150, 235)]))
    return ring


def _dark_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius, angle = rng.uniform(4.5, 9), rng.uniform(0, math.pi)
    centre = _middle(rng)
    distance = _ellipse(centre, (radius * rng.uniform(1, 1.5), radius), angle)
    _paint(light, 0.35 * np.exp(-(((distance - 1.5) / 0.3) ** 2)), (205, 200, 245))
    body = _edge(distance, 0.10)
    _paint(light, 0.85 * body, (52, 48, 112))
    grain = cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.4)
    _paint(light, np.clip(0.9 * grain, 0, 0.6) * _edge(distance / 0.75, 0.12), (70, 95, 215))
    return body


def _chain(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    count, width, length, angle = rng.integers(3, 7), rng.uniform(5, 8), rng.uniform(4, 7), rng.uniform(0, math.pi)
    bend = rng.uniform(-0.05, 0.05)
    whole = np.zeros((CANVAS_PX, CANVAS_PX))
    at = np.array(_middle(rng)) - np.array([math.cos(angle), math.sin(angle)]) * (count - 1) * length
    for _ in range(count):
        distance = _ellipse(at, (length * 0.98, width), angle)
        cell = _edge(distance, 0.09)
        _paint(light, 0.72 * cell, (98, 84, 66))
        _paint(light, 0.6 * np.exp(-((distance / 0.5) ** 2)), (150, 122, 58))
        whole = np.maximum(whole, cell)
        angle += bend
        at = at + np.array([math.cos(angle), math.sin(angle)]) * 2 * length
    return whole


def _blurred_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(4, 8)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.6), radius), rng.uniform(0, math.pi))
    body: np.ndarray = np.exp(-(distance**2))
    _paint(light, rng.uniform(0.35, 0.75) * body, (66, 58, 84))
    return body


def _specks(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    whole = np.zeros((CANVAS_PX, CANVAS_PX))
    middle = np.array(_middle(rng))
    for _ in range(rng.integers(1, 4)):
        axes = (rng.uniform(1.6, 3.4), rng.uniform(1.2, 2.0))
        distance = _ellipse(middle + rng.normal(0, 6, 2), axes, rng.uniform(0, math.pi))
        speck = np.exp(-(distance**2))
        _paint(light, rng.uniform(0.4, 0.65) * speck, (84, 74, 96))
        whole = np.maximum(whole, speck)
    return whole


def _fibre(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    steps, angle = rng.integers(10, 46), rng.uniform(0, 2 * math.pi)
    turns = np.cumsum(rng.normal(0, 0.09, steps)) + rng.uniform(-0.03, 0.03) * np.arange(steps)
    path = np.cumsum(np.stack([np.cos(angle + turns), np.sin(angle + turns)], axis=1) * 1.8, axis=0)
    path += CANVAS_PX / 2 - path.mean(axis=0)
    ink = np.zeros((CANVAS_PX * 4, CANVAS_PX * 4), np.uint8)
    thickness = int(rng.integers(5, 13))
    cv2.polylines(ink, [np.round(path * 4).astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    line: np.ndarray = cv2.resize(ink, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_AREA) / 255.0
    _paint(light, rng.uniform(0.5, 0.85) * line, rng.choice([(92, 84, 100), (120, 92, 60), (70, 66, 90)]))
    return line


def _debris(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(4, 11)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 2), radius), rng.uniform(0, math.pi))
    ragged = distance + 0.35 * cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 2.2) * 4
    body = _edge(ragged, 0.12)
    _paint(light, 0.7 * body, (96, 84, 92))
    spots = np.clip(cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.0) * 3 - 0.8, 0, 1) * body
    _paint(light, 0.8 * spots, (196, 140, 52))
    return body


def _aggregate(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(15, 34)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.4), radius), rng.uniform(0, math.pi))
    grain = cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.3) * 3.2
    body: np.ndarray = _edge(distance, 0.16) * np.clip(grain + 0.25, 0, 1)
    _paint(light, 0.75 * body, (86, 92, 150))
    _paint(light, 0.5 * np.clip(grain - 0.9, 0, 1) * _edge(distance, 0.16), (205, 165, 105))
    return body


_PAINTERS = {
    "bright_cell": _bright_cell,
    "dark_cell": _dark_cell,
    "chain": _chain,
    "blurred_cell": _blurred_cell,
    "specks": _specks,
    "fibre": _fibre,
    "debris": _debris,
    "aggregate": _aggregate,
}


def _without_crumbs(mask: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] >= 4]
    return np.isin(labels, kept).astype(np.uint8)
