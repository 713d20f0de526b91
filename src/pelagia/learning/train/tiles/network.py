"""The network: EfficientNet-Lite0 over the whole picture, and a head over every two by two cells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from pelagia.learning.train.network import STAGES, Backbone, Block, imagenet_weights

CELL_PX = 32
"""Side of a cell of the last map: half a tile."""
TILE_PX = 2 * CELL_PX
FINE, COARSE = 4, 6
"""The stages the head sees: of strides 16 and 32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileShape:
    """What a network is built from; stored in the card's recipe and in checkpoints.

    Parameters
    ----------
    classes
        Number of classes, C.
    hidden
        Channels of the head.
    dropout
        Share of them dropped while training.
    """

    classes: int
    hidden: int = 128
    dropout: float = 0.2


class Cells(nn.Module):
    """What is seen in each cell: both maps side by side, mixed by one convolution."""

    def __init__(self, shape: TileShape) -> None:
        super().__init__()
        inputs = 2 * STAGES[FINE].channels + STAGES[COARSE].channels
        self.conv = nn.Conv2d(inputs, shape.hidden, 1, bias=False)
        self.norm = nn.BatchNorm2d(shape.hidden)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """Maps of strides 16 and 32 → (N, hidden, H/32, W/32)."""
        x = torch.cat((functional.avg_pool2d(fine, 2), functional.max_pool2d(fine, 2), coarse), dim=1)
        return functional.relu(self.norm(self.conv(x)))


class TileNetwork(nn.Module):
    """Pixels to logits of tiles that overlap by half; the input normalisation is part of it."""

    def __init__(self, shape: TileShape) -> None:
        super().__init__()
        self.shape = shape
        self.backbone = Backbone(len(STAGES))
        # The last convolution before ImageNet's head is not needed.
        del self.backbone._conv_head, self.backbone._bn1
        self.backbone.has_top = False
        self._centre_cells()
        self.cells = Cells(shape)
        self.dropout = nn.Dropout2d(shape.dropout)
        self.head = nn.Conv2d(shape.hidden, shape.classes, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(cast(Tensor, self.head.bias))

    def _centre_cells(self) -> None:
        # "Same" padding on the right and below shifts what a cell sees by half a pixel of each level, at the end by
        # 15.5 px; the last stride padded on the left and above brings it back to the middle of the cell.
        last = [block for block in self.backbone._blocks if cast(Block, block)._depthwise_conv.after][-1]
        conv = cast(Block, last)._depthwise_conv
        conv.before, conv.after = conv.after, conv.before

    def maps(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of strides 16 and 32 of (N, 3, H, W) pixel values 0 to 255."""
        x = functional.relu6(self.backbone._bn0(self.backbone._conv_stem((image - 127.0) / 128.0)))
        fine = x
        for number, block in enumerate(self.backbone._blocks):
            x = cast(Tensor, block(x))
            if number == last_block(FINE):
                fine = x
        return fine, x

    def forward(self, image: Tensor) -> Tensor:
        """Return logits of the overlapping tiles.

        Parameters
        ----------
        image
            (N, 3, H, W) pixel values 0 to 255; H and W multiples of 64.

        Returns
        -------
        Tensor
            (N, C, H/32 − 1, W/32 − 1).
        """
        cells = self.cells(*self.maps(image))
        return cast(Tensor, self.head(self.dropout(functional.avg_pool2d(cells, 2, stride=1)))).float()


def last_block(stage: int) -> int:
    """Return the number of the last block of a stage."""
    return sum(one.repeats for one in STAGES[: stage + 1]) - 1


def build_tile_network(shape: TileShape, *, pretrained: bool) -> TileNetwork:
    """Build a network, its backbone from ImageNet or from chance (torch's generator).

    Parameters
    ----------
    shape
        What to build.
    pretrained
        Load the ImageNet weights into the backbone.
    """
    network = TileNetwork(shape)
    if pretrained:
        published = imagenet_weights()
        wanted = network.backbone.state_dict()
        network.backbone.load_state_dict({name: published[name] for name in wanted}, strict=True)
    return network


def set_training(network: TileNetwork, frozen_stages: int, *, keep_norms: bool) -> None:
    """Make the network ready to learn.

    Parameters
    ----------
    network
        Changed in place.
    frozen_stages
        The stem and so many stages stay as they are.
    keep_norms
        Whether the batch norm of the head too keeps its statistics: that of a model read back from its package.

    Notes
    -----
    The batch norms of the backbone keep the statistics they came with: those of photographs, where it learns from
    drawn ground.
    """
    network.train()
    network.backbone.eval()
    network.cells.norm.train(not keep_norms)
    network.backbone.requires_grad_(True)
    if frozen_stages:
        kept = [network.backbone._conv_stem, network.backbone._bn0]
        for module in (*kept, *network.backbone._blocks[: last_block(frozen_stages - 1) + 1]):
            module.requires_grad_(False)
