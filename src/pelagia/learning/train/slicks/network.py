"""The network that outlines slicks: an encoder, a wide look around, a decoder; maps of the input's side come out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (24, 48, 96, 128)
STEM_KERNEL, STEM_STRIDE = 7, 4
FINER = 2  # the head answers with so many rows and columns for each of the finest level
DILATIONS = (1, 2)  # at a 32nd of the side: a pixel is judged by some hundreds around it


class ConvUnit(nn.Module):
    """A convolution, a batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) → (N, outputs, H/stride, W/stride)."""
        return functional.relu(self.norm(self.conv(x)))


class SlickNetwork(nn.Module):
    """A standardised picture to the logits of every class in every pixel.

    Parameters
    ----------
    classes
        How many maps it answers with.
    channels
        Of the levels, from the finest (a quarter of the side of the input) to the coarsest.
    """

    def __init__(self, classes: int, channels: Sequence[int] = CHANNELS) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.stem = ConvUnit(1, channels[0], STEM_KERNEL, STEM_STRIDE)
        self.first = ConvUnit(channels[0], channels[0])
        steps = list(pairwise(channels))
        self.down = nn.ModuleList(ConvUnit(a, b, 3, 2) for a, b in steps)
        self.deep = nn.ModuleList(ConvUnit(b, b) for _, b in steps)
        self.around = nn.ModuleList(ConvUnit(channels[-1], channels[-1], dilation=d) for d in DILATIONS)
        self.lateral = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(ConvUnit(a, a) for a, _ in steps)
        self.head = nn.Conv2d(channels[0], classes * FINER**2, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 1, H, W), sides multiples of 32 → (N, classes, H, W) logits."""
        return functional.interpolate(self.halved(pictures), scale_factor=2.0, mode="bilinear", align_corners=False)

    def halved(self, pictures: Tensor) -> Tensor:
        """(N, 1, H, W) → (N, classes, H/2, W/2) logits: all that is learned."""
        x = self.first(self.stem(pictures))
        levels = [x]
        for down, deep in zip(self.down, self.deep, strict=True):
            x = deep(down(x))
            levels.append(x)
        for unit in self.around:
            x = x + unit(x)
        for level in reversed(range(len(self.up))):
            wide = functional.interpolate(self.lateral[level](x), scale_factor=2.0, mode="nearest")
            x = self.up[level](wide + levels[level])
        return functional.pixel_shuffle(self.head(x), FINER)


def build_slick_network(seed: int, classes: int, channels: Sequence[int] = CHANNELS) -> SlickNetwork:
    """Return a network with weights from chance."""
    torch.manual_seed(seed)
    return SlickNetwork(classes, channels)
