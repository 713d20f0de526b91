"""Single things that lie on the ground: drawn in centimetres, laid down with shadow and burial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.services.litter.sample.noise import Bytes, Colour, Floats, View, smooth, white

FINE_PX = 72
"""Things smaller than this are drawn at twice the resolution and reduced, as a camera would see them."""
LEAST_CANVAS_PX, MOST_CANVAS_PX = 8, 900


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """One thing, cut out.

    Parameters
    ----------
    rgb
        (rows, cols, 3).
    alpha
        (rows, cols), 0 to 1: how much of the ground it hides.
    relief_cm
        How high it stands.
    """

    rgb: Bytes
    alpha: Floats
    relief_cm: float

    def mirrored(self, which: int) -> Sprite:
        """Return one of its eight mirror images, 0 to 7."""
        turn = np.s_[:: -1 if which & 2 else 1, :: -1 if which & 1 else 1]
        rgb, alpha = (self.rgb.swapaxes(0, 1), self.alpha.T) if which & 4 else (self.rgb, self.alpha)
        return Sprite(np.ascontiguousarray(rgb[turn]), np.ascontiguousarray(alpha[turn]), self.relief_cm)


def cut_out(rgba: Bytes, *, relief_cm: float = 1.0) -> Sprite:
    """Make a thing to lay down of a cropped picture of one.

    Parameters
    ----------
    rgba
        (rows, cols, 4): at the resolution of the scene it goes into; the last band hides the ground where it is 255.
    relief_cm
        How high it stands, for its shadow.
    """
    alpha = rgba[..., 3].astype(np.float32) * np.float32(1 / 255)
    return Sprite(np.ascontiguousarray(rgba[..., :3]), alpha, relief_cm)


class Pen:
    """Draws a thing in centimetres around its middle, x along it and y across, turned by an angle."""

    def __init__(self, rng: np.random.Generator, gsd_cm: float, size_cm: float, colour: Colour) -> None:
        self.rng = rng
        pixels = min(MOST_CANVAS_PX, math.ceil(size_cm / gsd_cm) + 4)
        self._fine = 2 if pixels < FINE_PX else 1
        self.side = max(LEAST_CANVAS_PX, pixels) * self._fine
        self.scale = self._fine / gsd_cm
        self.angle = float(rng.uniform(0, 2 * math.pi))
        self.rgb = np.full((self.side, self.side, 3), colour, np.uint8)
        self.alpha = np.zeros((self.side, self.side), np.uint8)
        self._axes = np.array(
            [[math.cos(self.angle), math.sin(self.angle)], [-math.sin(self.angle), math.cos(self.angle)]]
        )

    def _at(self, points: object) -> NDArray[np.int32]:
        turned = np.asarray(points, np.float64) @ self._axes * self.scale + self.side / 2 - 0.5
        sixteenths: NDArray[np.int32] = (turned * 16 + 0.5).astype(np.int32)
        return sixteenths

    def across(self) -> Floats:
        """Return (side, side): how far each pixel lies beside the axis, cm."""
        place = (np.arange(self.side, dtype=np.float32) - (self.side - 1) / 2) / np.float32(self.scale)
        return place[:, None] * np.float32(math.cos(self.angle)) - place[None] * np.float32(math.sin(self.angle))

    def fill(self, outline: object, colour: Colour, opacity: float = 1.0) -> None:
        """Fill an outline, (points, 2) cm."""
        points = [self._at(outline)]
        cv2.fillPoly(self.rgb, points, colour, cv2.LINE_AA, 4)
        cv2.fillPoly(self.alpha, points, 255 * opacity, cv2.LINE_AA, 4)

    def line(self, path: object, width_cm: float, colour: Colour, opacity: float = 1.0) -> None:
        """Draw a line through points, (points, 2) cm."""
        points, thick = [self._at(path)], max(1, round(width_cm * self.scale))
        cv2.polylines(self.rgb, points, False, colour, thick, cv2.LINE_AA, 4)
        cv2.polylines(self.alpha, points, False, 255 * opacity, thick, cv2.LINE_AA, 4)

    def oval(self, middle: tuple[float, float], axes: tuple[float, float], colour: Colour, opacity: float = 1) -> None:
        """Fill an ellipse, cm."""
        self.fill(ellipse(middle, axes), colour, opacity)

    def box(self, start: tuple[float, float], stop: tuple[float, float], colour: Colour, opacity: float = 1) -> None:
        """Fill a rectangle between two corners, cm."""
        (left, top), (right, bottom) = start, stop
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], colour, opacity)

    def light(self, gain: Floats) -> None:
        """Make it so many times as bright, (side, side)."""
        self.rgb = np.asarray(cv2.multiply(self.rgb, cv2.merge([gain] * 3), dtype=cv2.CV_8U), np.uint8)

    def crumple(self, depth: float, fold_cm: float) -> None:
        """Give it folds, bright on one side and dark on the other."""
        shape = (self.side, self.side)
        height = np.abs(smooth(self.rng, shape, fold_cm * self.scale))
        height += np.abs(smooth(self.rng, shape, fold_cm * self.scale / 2.5)) * np.float32(0.5)
        slope = np.zeros(shape, np.float32)
        slope[1:, 1:] = height[1:, 1:] - height[:-1, :-1]
        slope *= np.float32(fold_cm * self.scale * 0.24)
        self.light(np.clip(1 + slope * np.float32(depth), 0.25, 1.8))

    def round_off(self, radius_cm: float, shine: float) -> None:
        """Shade it as a cylinder along its axis, with a bright stripe."""
        place = np.clip(self.across() / np.float32(radius_cm), -1, 1)
        gain = np.sqrt(1.02 - place * place) * np.float32(0.55) + np.float32(0.5)
        at = self.rng.uniform(-0.5, 0.5)
        gain += np.clip(1 - np.abs(place - np.float32(at)) * 6, 0, 1) * np.float32(shine)
        self.light(gain)

    def grain(self, depth: float) -> None:
        """Roughen it from pixel to pixel."""
        self.light(np.clip(1 + white(self.rng, (self.side, self.side)) * np.float32(depth), 0.3, 1.7))

    def sprite(self, relief_cm: float) -> Sprite:
        """Return what was drawn, cut out."""
        rgb, alpha = self.rgb, self.alpha
        if self._fine > 1:
            size = (self.side // self._fine,) * 2
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
            alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
        col, row, width, height = cv2.boundingRect(alpha)
        part = np.s_[row : row + max(1, height), col : col + max(1, width)]
        return Sprite(rgb[part], alpha[part].astype(np.float32) * np.float32(1 / 255), relief_cm)


def ellipse(middle: tuple[float, float], axes: tuple[float, float], points: int = 24) -> NDArray[np.float64]:
    """Return the outline of an ellipse."""
    turn = np.linspace(0, 2 * math.pi, points, endpoint=False)
    return np.stack([middle[0] + axes[0] * np.cos(turn), middle[1] + axes[1] * np.sin(turn)], 1)


def blob(rng: np.random.Generator, axes: tuple[float, float], *, points: int, rough: float) -> NDArray[np.float64]:
    """Return an uneven outline around the middle."""
    turn = (np.arange(points) + rng.uniform(-0.35, 0.35, points)) * (2 * math.pi / points)
    away = np.clip(1 + rng.normal(0, rough, points), 0.35, 1.6)
    return np.stack([axes[0] * away * np.cos(turn), axes[1] * away * np.sin(turn)], 1)


def lay(
    ground: Bytes, sprite: Sprite, at: tuple[int, int], view: View, *, buried: Floats | None = None
) -> tuple[tuple[slice, slice], Floats] | None:
    """Lay a thing on the ground with its shadow.

    Parameters
    ----------
    ground
        (rows, cols, 3); changed.
    sprite
        The thing.
    at
        Row and column of its first pixel; it may reach over the edge.
    view
        Of the ground.
    buried
        As its ``alpha``: what share of it is to be seen, where not all is.

    Returns
    -------
    The part of the ground it covers, and how much it hides there; ``None`` where it lies outside.
    """
    alpha = sprite.alpha if buried is None else sprite.alpha * buried
    _shadow(ground, alpha, at, sprite.relief_cm, view)
    cut = _cut(at, alpha.shape, ground.shape)
    if cut is None:
        return None
    place, part = cut
    share = alpha[part]
    window = ground[place]
    mixed = cv2.blendLinear(
        np.ascontiguousarray(sprite.rgb[part]), np.ascontiguousarray(window), share.copy(), 1 - share
    )
    window[...] = mixed
    return place, share


def bury(rng: np.random.Generator, sprite: Sprite, share: float) -> Floats:
    """Return which part of a thing sticks out of the ground, as much of it as is asked, from one side and in spots."""
    height, width = sprite.alpha.shape
    angle = rng.uniform(0, 2 * math.pi)
    down, along = (np.linspace(-1, 1, side, dtype=np.float32) for side in (height, width))
    slope = down[:, None] * np.float32(math.sin(angle)) + along[None] * np.float32(math.cos(angle))
    slope += smooth(rng, (height, width), max(2.0, min(height, width) / 4)) * np.float32(0.35)
    limit = np.quantile(slope, share) if share > 0 else float(slope.min()) - 1
    seen: Floats = np.clip((slope - np.float32(limit)) * np.float32(max(height, width) / 3), 0, 1)
    return seen


def _shadow(ground: Bytes, alpha: Floats, at: tuple[int, int], relief_cm: float, view: View) -> None:
    """Darken what lies in the shadow of a thing: its outline, moved, soft with height."""
    reach = view.px(relief_cm * view.shadow)
    if reach < 0.3 or view.strength < 0.05:
        return
    soft = max(0.6, 0.22 * reach)
    pad = math.ceil(2 * soft)
    dark = cv2.copyMakeBorder(alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0)
    dark = cv2.GaussianBlur(dark, (0, 0), soft)
    where = (round(at[0] + view.sun[0] * reach * 0.7) - pad, round(at[1] + view.sun[1] * reach * 0.7) - pad)
    cut = _cut(where, dark.shape, ground.shape)
    if cut is None:
        return
    place, part = cut
    gain = 1 - dark[part] * np.float32(view.strength)
    window = ground[place]
    window[...] = cv2.multiply(np.ascontiguousarray(window), cv2.merge([gain] * 3), dtype=cv2.CV_8U)


def _cut(
    at: tuple[int, int], size: Sequence[int], ground: Sequence[int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Return where a thing lies on the ground, and which part of the thing that is."""
    first = [max(0, start) for start in at[:2]]
    last = [min(end, start + side) for start, side, end in zip(at, size, ground, strict=False)]
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    place = slice(first[0], last[0]), slice(first[1], last[1])
    part = slice(first[0] - at[0], last[0] - at[0]), slice(first[1] - at[1], last[1] - at[1])
    return place, part
