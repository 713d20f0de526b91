"""Squares of the ground as training sees them: turned, mirrored, in another light, blurred, with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class TileChanges:
    """How squares are changed.

    Parameters
    ----------
    brightness, contrast, gamma, tint
        Largest change, as ± natural logarithm; ``tint`` of the balance of colours.
    saturation
        Smallest and largest factor of the colourfulness; 0 makes it grey.
    blurred
        Share of squares that lose their finest detail.
    noise
        Largest standard deviation of noise, grey levels.
    """

    brightness: float = 0.35
    contrast: float = 0.35
    gamma: float = 0.3
    tint: float = 0.15
    saturation: tuple[float, float] = (0.4, 1.5)
    blurred: float = 0.3
    noise: float = 8.0


def turn(image: Tensor, maps: tuple[Tensor, ...], rng: np.random.Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Turn by quarters and mirror a batch, (N, bands, H, W) each, all alike."""
    turns, mirror = int(rng.integers(4)), bool(rng.integers(2))

    def turned(x: Tensor) -> Tensor:
        return torch.rot90(x.flip(3) if mirror else x, turns, (2, 3))

    return turned(image), tuple(turned(x) for x in maps)


def recolour(image: Tensor, how: TileChanges, rng: np.random.Generator) -> Tensor:
    """Return a batch in another light.

    Parameters
    ----------
    image
        (N, 3, H, W) 0 to 255.
    how
        What is changed.
    rng
        The source of chance.
    """
    n = len(image)

    def draw(low: float, high: float, bands: int = 1) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, (n, bands, 1, 1))).float()

    gamma = torch.exp(draw(-how.gamma, how.gamma))
    x = 255.0 * (image / 255.0) ** gamma
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * draw(*how.saturation)
    middle = x.mean(dim=(1, 2, 3), keepdim=True)
    x = middle + (x - middle) * torch.exp(draw(-how.contrast, how.contrast))
    x = x * torch.exp(draw(-how.brightness, how.brightness) + draw(-how.tint, how.tint, 3))
    x = torch.where(draw(0, 1) < how.blurred, _softer(x, draw(0.3, 1.0)), x)
    x = x + torch.randn_like(x) * draw(0, how.noise)
    return x.clamp(0, 255)


def _softer(x: Tensor, share: Tensor) -> Tensor:
    small = functional.avg_pool2d(x, 2)
    return x + share * (functional.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False) - x)
