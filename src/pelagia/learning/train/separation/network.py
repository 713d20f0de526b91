"""The separation network: a small encoder and decoder that answers with maps of half the side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (24, 48, 80, 128)
STEM_KERNEL = 5
STRIDE = 2 ** len(CHANNELS)  # the side of the input must be a multiple
BANDS = 2  # grey and mask
MAPS = 2  # contact and core


class ConvUnit(nn.Module):
    """A convolution, a batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) → (N, outputs, H/stride, W/stride)."""
        return functional.relu(self.norm(self.conv(x)))


class SeparationNetwork(nn.Module):
    """Grey and mask of an object to logits of contact and core; the input normalisation is part of it.

    Parameters
    ----------
    channels
        Of the levels, from the finest (half the side of the input) to the coarsest.
    """

    def __init__(self, channels: Sequence[int] = CHANNELS) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.stem = ConvUnit(BANDS, channels[0], STEM_KERNEL, 2)
        self.first = ConvUnit(channels[0], channels[0])
        steps = list(pairwise(channels))
        self.down = nn.ModuleList(ConvUnit(a, b, 3, 2) for a, b in steps)
        self.deep = nn.ModuleList(ConvUnit(b, b) for _, b in steps)
        self.lateral = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(ConvUnit(a, a) for a, _ in steps)
        self.head = nn.Conv2d(channels[0], MAPS, 1)

    def forward(self, squares: Tensor) -> Tensor:
        """(N, 2, S, S) pixel values 0 to 255 → (N, 2, S/2, S/2) logits."""
        x = self.first(self.stem((squares - 127.0) / 128.0))
        levels = [x]
        for down, deep in zip(self.down, self.deep, strict=True):
            x = deep(down(x))
            levels.append(x)
        for level in reversed(range(len(self.up))):
            wide = functional.interpolate(self.lateral[level](x), scale_factor=2.0, mode="nearest")
            x = self.up[level](wide + levels[level])
        return cast(Tensor, self.head(x))


def build_separation_network(seed: int, channels: Sequence[int] = CHANNELS) -> SeparationNetwork:
    """Return a network with weights from chance."""
    torch.manual_seed(seed)
    return SeparationNetwork(channels)
