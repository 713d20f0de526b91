"""A fixed camera below the water: fish come, cross each other's way and leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pelagia.services.ecosystem.sample.canvas import Canvas, Pasted, Patch, paste, placement
from pelagia.services.ecosystem.sample.scenery import Light, Snow, draw_reef
from pelagia.services.ecosystem.sample.sprites import PHASES, WEED, draw_sprite
from pelagia.services.ecosystem.sample.trouble import Troubles
from pelagia.services.ecosystem.sample.truth import Bad, Seen, Truth, events_of
from pelagia.services.ecosystem.sample.visits import Visit

LEAST_VISIBLE = 0.05
"""What shows less of itself is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reef:
    """A clip of a fixed camera.

    Parameters
    ----------
    height_px, width_px
        Even.
    frames_per_s, duration_s
        Rate and length.
    seed
        Equal seeds show equal places.
    visits
        Who comes.
    bad
        Stretches that cannot be used.
    snow
        Particles on a frame.
    flicker
        How strongly the light plays: standard deviation of the gain.
    weeds
        Plants that sway all the time.
    """

    height_px: int = 360
    width_px: int = 640
    frames_per_s: float = 25.0
    duration_s: float = 20.0
    seed: int = 1
    visits: tuple[Visit, ...] = ()
    bad: tuple[Bad, ...] = ()
    snow: int = 60
    flicker: float = 0.04
    grain: float = 2.0
    weeds: int = 2

    def draw(self, truth: Truth, times_s: Iterator[float]) -> Iterator[Canvas]:
        """Yield the frames at these times, and tell the truth of each."""
        rng = np.random.default_rng((self.seed, 1))
        height, width = self.height_px, self.width_px
        behind = Canvas.from_rgb(draw_reef(rng, height, width))
        snow = Snow(rng, self.snow, height, width)
        light = Light(rng, height, width, flicker=self.flicker, grain=self.grain)
        troubles = Troubles(self.bad, rng, height, width)
        weeds = [
            (float(rng.uniform(0.05, 0.95)), float(rng.uniform(0.07, 0.12)), number) for number in range(self.weeds)
        ]
        for frame, time_s in enumerate(times_s):
            canvas = behind.copy()
            for col, size, number in weeds:
                patch = _sprite(WEED, round(size * width), int(time_s * 2 + 3 * number) % PHASES, 0.2, number)
                paste(canvas, patch, placement(patch, 0.98 * height - 0.6 * size * width, col * width))
            truth.seen += _animals(canvas, self.visits, frame, time_s)
            light.play(canvas, time_s)
            snow.fall(canvas, time_s)
            truth.times_s.append(time_s)
            yield troubles.spoil(canvas, time_s)
        truth.bad = list(self.bad)
        truth.events = events_of(truth.seen)


@lru_cache(maxsize=512)
def _sprite(taxon: str, length_px: int, phase: int, haze: float, seed: int) -> Patch:
    return draw_sprite(taxon, length_px, phase, haze=haze, seed=seed)


def _animals(canvas: Canvas, visits: tuple[Visit, ...], frame: int, time_s: float) -> list[Seen]:
    """Paste who is there, the far ones first; return what is seen of each."""
    height, width = canvas.luma.shape
    there: list[tuple[int, Visit, Pasted]] = []
    for number, visit in sorted(enumerate(visits, 1), key=lambda one: -one[1].haze):
        at = visit.at(time_s)
        if at is None:
            continue
        row, col, looks_left = at
        phase = int(visit.phase(time_s) * PHASES) % PHASES
        patch = _sprite(visit.taxon, round(visit.length * width), phase, round(visit.haze, 2), 0)
        pasted = paste(canvas, patch, placement(patch, row * height, col * width, flip=looks_left))
        if pasted is not None:
            there.append((number, visit, pasted))
    seen = []
    for order, (number, visit, pasted) in enumerate(there):
        visible = pasted.inside * _uncovered(pasted, [other for _, _, other in there[order + 1 :]])
        if visible >= LEAST_VISIBLE:
            box = (float(pasted.top), float(pasted.left), float(pasted.height), float(pasted.width))
            seen.append(Seen(frame, time_s, number, visit.taxon, *box, round(visible, 3)))
    return sorted(seen, key=lambda one: one.identity)


def _uncovered(one: Pasted, above: list[Pasted]) -> float:
    """Return the share of a thing's pixels that no later one hides."""
    mask = one.mask.copy()
    for other in above:
        top, left = max(one.top, other.top), max(one.left, other.left)
        bottom, right = (
            min(one.top + one.height, other.top + other.height),
            min(one.left + one.width, other.left + other.width),
        )
        if top < bottom and left < right:
            hidden = other.mask[top - other.top : bottom - other.top, left - other.left : right - other.left]
            mask[top - one.top : bottom - one.top, left - one.left : right - one.left] &= ~hidden
    return float(mask.sum()) / float(one.mask.sum())
