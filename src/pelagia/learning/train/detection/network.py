"""The network: EfficientNet-Lite0, a small feature pyramid, and a head that answers where the middles are.

References
----------
Zhou, Wang & Krähenbühl 2019, Objects as Points (arXiv:1904.07850): middles as peaks of a map for each class.
Liu et al. 2020, Training-Time-Friendly Network (arXiv:1909.00700): edges learned all around the middle.
Lin et al. 2017, Feature Pyramid Networks (arXiv:1612.03144).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from pelagia.learning.train.network import STAGES, Backbone, imagenet_weights

STRIDE = 32  # the sides of the input must be multiples
CELL_PX = 4  # side of a cell of the maps
LEVELS = (1, 2, 4, 6)  # the stages whose output enters the pyramid: strides 4, 8, 16, 32
EDGES = 4  # distances of the edges from the middle of a cell: above, left, below, right
PRIOR = 0.02  # of a middle in a cell, before anything is learned
START_PX = 12.0  # distance of an edge, before anything is learned
MOST_CELLS = 6.0  # logarithm of the largest distance, in cells: 1,600 px


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorShape:
    """What a network is built from; stored in the card's recipe and in checkpoints.

    Parameters
    ----------
    classes
        Number of classes, C.
    width
        Channels of the pyramid and the head.
    """

    classes: int
    width: int = 64


class ConvUnit(nn.Module):
    """A convolution, a batch norm and ReLU; in ``groups`` it filters each channel for itself."""

    def __init__(self, inputs: int, outputs: int, kernel: int, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) → (N, outputs, H, W)."""
        return functional.relu(self.norm(self.conv(x)))


class Pyramid(nn.Module):
    """The levels joined from the coarsest to the finest, each step smoothed channel by channel."""

    def __init__(self, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(one, width, 1) for one in channels)
        self.filters = nn.ModuleList(ConvUnit(width, width, 5, groups=width) for _ in channels)
        self.mix = nn.ModuleList(ConvUnit(width, width, 1) for _ in channels)

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Levels from the finest to the coarsest → (N, width, H/4, W/4)."""
        x: Tensor | None = None
        for number in reversed(range(len(levels))):
            here: Tensor = self.lateral[number](levels[number])
            if x is not None:
                here = here + functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = here + self.mix[number](self.filters[number](here))
        return cast(Tensor, x)


class DetectorNetwork(nn.Module):
    """Pixels to maps of middles and edges; the input normalisation is part of it."""

    def __init__(self, shape: DetectorShape) -> None:
        super().__init__()
        self.shape = shape
        self.backbone = Backbone(len(STAGES))
        # The last convolution before ImageNet's head is not needed.
        del self.backbone._conv_head, self.backbone._bn1
        self.pyramid = Pyramid(tuple(STAGES[stage].channels for stage in LEVELS), shape.width)
        self.head = ConvUnit(shape.width, shape.width, 3)
        self.middles = nn.Conv2d(shape.width, shape.classes, 1)
        self.edges = nn.Conv2d(shape.width, EDGES, 1)
        nn.init.normal_(self.middles.weight, std=0.01)
        nn.init.constant_(cast(Tensor, self.middles.bias), -math.log(1 / PRIOR - 1))
        nn.init.normal_(self.edges.weight, std=0.01)
        nn.init.constant_(cast(Tensor, self.edges.bias), math.log(START_PX / CELL_PX))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of the middles and edges.

        Parameters
        ----------
        image
            (N, 3, H, W) pixel values 0 to 255; H and W multiples of 32.

        Returns
        -------
        middles
            (N, C, H/4, W/4) logits.
        edges
            (N, 4, H/4, W/4): distances of the edges from the middle of the cell, px.
        """
        x = self.head(self.pyramid(list(self.levels((image - 127.0) / 128.0))))
        distance = torch.exp(torch.clamp(self.edges(x).float(), max=MOST_CELLS)) * CELL_PX
        return self.middles(x).float(), distance

    def levels(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the output of the stages :data:`LEVELS`."""
        x = functional.relu6(self.backbone._bn0(self.backbone._conv_stem(x)))
        blocks = iter(self.backbone._blocks)
        for number, stage in enumerate(STAGES):
            for _ in range(stage.repeats):
                x = next(blocks)(x)
            if number in LEVELS:
                yield x


def build_detector_network(shape: DetectorShape, *, pretrained: bool) -> DetectorNetwork:
    """Build a network, its backbone from ImageNet or from chance (torch's generator).

    Parameters
    ----------
    shape
        What to build.
    pretrained
        Load the ImageNet weights into the backbone.
    """
    network = DetectorNetwork(shape)
    if pretrained:
        published = imagenet_weights()
        wanted = network.backbone.state_dict()
        network.backbone.load_state_dict({name: published[name] for name in wanted}, strict=True)
    return network


def freeze_start(network: DetectorNetwork, stages: int) -> None:
    """Keep the stem and the first stages as they are: what they see is the same in all pictures.

    Parameters
    ----------
    network
        Changed in place.
    stages
        How many stages, 0 for none (nor the stem).
    """
    count = sum(stage.repeats for stage in STAGES[:stages])
    frozen = [network.backbone._conv_stem, network.backbone._bn0, *network.backbone._blocks[:count]] if stages else []
    for module in frozen:
        module.eval()
        module.requires_grad_(False)
