"""What makes footage unusable, put on a frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pelagia.services.ecosystem.sample.canvas import Canvas
from pelagia.services.ecosystem.sample.scenery import Snow
from pelagia.services.ecosystem.sample.truth import Bad

CLOUD = 1500
"""Particles in turbid water."""


class Troubles:
    """Spoils the frames of bad stretches.

    Parameters
    ----------
    bad
        The stretches.
    rng, height, width
        Of the particles; of the frame, px.
    """

    def __init__(self, bad: Sequence[Bad], rng: np.random.Generator, height: int, width: int) -> None:
        self._bad = bad
        self._cloud = Snow(rng, CLOUD if any(one.kind == "turbid" for one in bad) else 0, height, width)
        self._held: Canvas | None = None

    def spoil(self, canvas: Canvas, time_s: float) -> Canvas:
        """Return a frame as the camera gives it at a time; the one given is changed."""
        one = next((one for one in self._bad if one.start_s <= time_s < one.end_s), None)
        if one is None or one.kind != "frozen":
            self._held = None
        if one is None:
            return canvas
        if one.kind == "frozen":
            self._held = self._held or canvas.copy()
            return self._held.copy()
        if one.kind == "dark":
            _scale(canvas, 0.06, 15)
        elif one.kind == "overexposed":
            _scale(canvas, 0.5, 205)
        elif one.kind == "blurred":
            _blur(canvas)
        else:
            _scale(canvas, 0.3, 80)
            _blur(canvas, 4)
            self._cloud.fall(canvas, time_s)
        return canvas


def _scale(canvas: Canvas, gain: float, plus: float) -> None:
    canvas.luma[...] = cv2.convertScaleAbs(canvas.luma, alpha=gain, beta=plus)
    canvas.chroma[...] = cv2.convertScaleAbs(canvas.chroma, alpha=gain, beta=128 * (1 - gain))


def _blur(canvas: Canvas, times: float = 1) -> None:
    """Smear: small and large again, which takes a tenth of the time of a filter."""
    height, width = canvas.luma.shape
    factor = max(2, round(width / 60 / times))
    small = cv2.resize(canvas.luma, (max(2, width // factor), max(2, height // factor)), interpolation=cv2.INTER_AREA)
    canvas.luma[...] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
