"""Start from a model that was trained here: its network, read back from ``model.onnx``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from pelagia.core.errors import BadInput
from pelagia.learning.card import MODEL_FILE, ModelCard
from pelagia.learning.package import read_package
from pelagia.learning.train.dataset import Examples
from pelagia.learning.train.network import Architecture, Backbone, Block, Network


def read_architecture(card: ModelCard, folder: Path) -> Architecture:
    """Return the architecture a card tells of; only models trained here have one."""
    told = card.recipe.get("training", {}).get("architecture")
    if not isinstance(told, dict):
        raise BadInput(
            "this model was not trained here, so that its network cannot be trained on",
            value=card.reference,
            remedy="Start from 'imagenet', or from a model that `pelagia train` wrote.",
            file=str(folder),
            code="base-not-trainable",
        )
    return Architecture(**{**told, "context": tuple(told["context"])})


def read_base(folder: Path) -> tuple[Network, ModelCard]:
    """Return the network of a model package, giving what its ONNX model gives, and its card.

    Notes
    -----
    In ``model.onnx`` the batch norms are folded into the convolutions. They are read back as norms that
    only add the bias; :func:`restore_norms` gives them statistics again before training goes on.
    """
    package = read_package(folder)
    network = Network(read_architecture(package.card, folder))
    weights = read_weights(folder / MODEL_FILE)
    with torch.no_grad():
        fill_backbone(network.backbone, weights)
        if network.context is not None:
            _fill_context(network, weights)
        _fill_linear(network.head, "head", weights)
    return network.eval(), package.card


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the constants of an ONNX model by name, float32 or int64."""
    graph = onnx.load(path).graph
    arrays = {w.name.removesuffix(".half"): numpy_helper.to_array(w) for w in graph.initializer}
    return {
        name: torch.from_numpy(np.array(a, dtype=np.int64 if a.dtype == np.int64 else np.float32))
        for name, a in arrays.items()
    }


def fill_backbone(backbone: Backbone, weights: dict[str, Tensor]) -> None:
    """Put the weights of an exported backbone into one, in place."""
    fill_conv(backbone._conv_stem, backbone._bn0, "stem", weights)
    for number, block in enumerate(backbone._blocks):
        assert isinstance(block, Block)
        if block.expands:
            fill_conv(block._expand_conv, block._bn0, f"block{number}.expand", weights)
        fill_conv(block._depthwise_conv, block._bn1, f"block{number}.depthwise", weights)
        fill_conv(block._project_conv, block._bn2, f"block{number}.project", weights)
    if backbone.has_top and hasattr(backbone, "_conv_head"):  # a detector does without
        fill_conv(backbone._conv_head, backbone._bn1, "top", weights)


def fill_conv(conv: nn.Conv2d, norm: nn.BatchNorm2d, name: str, weights: dict[str, Tensor]) -> None:
    """Put a convolution into which its batch norm was folded into both, in place."""
    conv.weight.copy_(weights[f"{name}.weight"])
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)  # with variance 1 this scales by exactly 1
    norm.bias.copy_(weights[f"{name}.bias"])


def _fill_context(network: Network, weights: dict[str, Tensor]) -> None:
    branch = network.context
    assert branch is not None
    branch.shift.copy_(weights["context.shift"])
    branch.scale.copy_(weights["context.scale"])
    for number, layer in enumerate(branch.layers):
        if isinstance(layer, nn.Linear):
            _fill_linear(layer, f"context.layer{number}", weights)


def _fill_linear(layer: nn.Linear, name: str, weights: dict[str, Tensor]) -> None:
    layer.weight.copy_(weights[f"{name}.weight"])
    layer.bias.copy_(weights[f"{name}.bias"])


@torch.no_grad()
def restore_norms(network: Network, examples: Examples, most: int = 512) -> None:
    """Give the batch norms the statistics of these images, leaving what the network computes unchanged.

    Parameters
    ----------
    network
        Of :func:`read_base`; changed in place.
    examples
        Images it will be trained on.
    most
        How many of them are looked at.
    """
    chosen = examples.part(np.linspace(0, len(examples) - 1, min(most, len(examples))).astype(np.int64))
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    sums = {norm: torch.zeros(3, norm.num_features, dtype=torch.float64) for norm in norms}

    def watch(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        x = inputs[0].double()
        sums[norm] += torch.stack(
            (torch.full_like(x[0, :, 0, 0], x[:, 0].numel()), x.sum((0, 2, 3)), (x * x).sum((0, 2, 3)))
        )

    hooks = [norm.register_forward_pre_hook(watch) for norm in norms]
    network.eval()
    for first in range(0, len(chosen), 64):
        image = torch.from_numpy(chosen.images(first, first + 64)).permute(0, 3, 1, 2).float()
        network(image, torch.from_numpy(chosen.context[first : first + 64]))
    for hook in hooks:
        hook.remove()
    for norm in norms:
        set_statistics(norm, sums[norm])


def set_statistics(norm: nn.BatchNorm2d, sums: Tensor) -> None:
    """Give a norm that only adds its bias a spread, leaving what it computes unchanged.

    Parameters
    ----------
    norm
        Changed in place.
    sums
        (3, C) float64: how many values each band had, their sum, the sum of their squares.
    """
    # weight/√(variance + eps) stays 1 and bias − mean stays the folded bias: the same function, with a spread.
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean = sums[1] / sums[0]
    variance = (sums[2] / sums[0] - mean**2).clamp(min=0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(torch.sqrt(variance + norm.eps))
    norm.bias.add_(mean.to(norm.bias.dtype))
