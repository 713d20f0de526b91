"""Start from a detector that was trained here: its network, read back from ``model.onnx``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pelagia.core.errors import BadInput
from pelagia.learning.card import MODEL_FILE
from pelagia.learning.detector import read_traits
from pelagia.learning.package import read_package
from pelagia.learning.train.base import fill_backbone, fill_conv, read_weights, set_statistics
from pelagia.learning.train.detection.network import ConvUnit, DetectorNetwork, DetectorShape


def read_detector_base(folder: Path, classes: Sequence[str]) -> DetectorNetwork:
    """Return the network of a package, made to answer for other classes.

    Parameters
    ----------
    folder
        Of its package.
    classes
        Those to be learned. One that the model knows by the same name keeps what it learned; a new one begins with the
        mean of all.

    Raises
    ------
    BadInput
        If it finds no objects or was not trained here.

    Notes
    -----
    In ``model.onnx`` the batch norms are folded into the convolutions; here they only add the bias, until
    :func:`give_statistics` tells them what they see.
    """
    card = read_package(folder).card
    network = DetectorNetwork(DetectorShape(classes=len(classes), width=detector_width(folder)))
    weights = read_weights(folder / MODEL_FILE)
    with torch.no_grad():
        fill_backbone(network.backbone, weights)
        for number in range(len(network.pyramid.lateral)):
            _fill_plain(network.pyramid.lateral[number], f"lateral{number}", weights)
            _fill_unit(network.pyramid.filters[number], f"filter{number}", weights)
            _fill_unit(network.pyramid.mix[number], f"mix{number}", weights)
        _fill_unit(network.head, "head", weights)
        _fill_plain(network.edges, "edge.logarithms", weights)
        _fill_middles(network.middles, card.class_names, classes, weights)
    return network.eval()


def detector_width(folder: Path) -> int:
    """Return the channels of the head of a detector that was trained here.

    Parameters
    ----------
    folder
        Of its package.
    """
    card = read_package(folder).card
    traits = read_traits(card, folder)
    training = card.recipe.get("training")
    if traits.style != "centre" or not isinstance(training, dict) or not isinstance(training.get("width"), int):
        raise BadInput(
            "this detector was not trained here, so that it cannot be trained on",
            value=card.reference,
            remedy="Start from ImageNet, or from a detector that `pelagia train` wrote.",
            file=str(folder),
            code="base-not-trainable",
        )
    return int(training["width"])


@torch.no_grad()
def give_statistics(network: DetectorNetwork, views: Iterable[npt.NDArray[np.uint8]]) -> None:
    """Give the batch norms the statistics of these views, leaving what the network computes unchanged.

    Parameters
    ----------
    network
        Of :func:`read_detector_base`; changed in place.
    views
        (N, H, W, 3) RGB of what it will be trained on, batch by batch.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    sums = {norm: torch.zeros(3, norm.num_features, dtype=torch.float64) for norm in norms}

    def watch(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        x = inputs[0].double()
        count = torch.full((norm.num_features,), x[:, 0].numel(), dtype=torch.float64)
        sums[norm] += torch.stack((count, x.sum((0, 2, 3)), (x * x).sum((0, 2, 3))))

    hooks = [norm.register_forward_pre_hook(watch) for norm in norms]
    network.eval()
    for batch in views:
        network(torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2).float())
    for hook in hooks:
        hook.remove()
    for norm in norms:
        set_statistics(norm, sums[norm])


def _fill_unit(unit: nn.Module, name: str, weights: dict[str, Tensor]) -> None:
    assert isinstance(unit, ConvUnit)
    fill_conv(unit.conv, unit.norm, name, weights)


def _fill_plain(conv: nn.Module, name: str, weights: dict[str, Tensor]) -> None:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    conv.weight.copy_(weights[f"{name}.weight"])
    conv.bias.copy_(weights[f"{name}.bias"])


def _fill_middles(conv: nn.Conv2d, known: Sequence[str], wanted: Sequence[str], weights: dict[str, Tensor]) -> None:
    weight, bias = weights["middle.logits.weight"], weights["middle.logits.bias"]
    assert conv.bias is not None
    for number, name in enumerate(wanted):
        rows = [known.index(name)] if name in known else list(range(len(known)))
        conv.weight[number] = weight[rows].mean(0)
        conv.bias[number] = bias[rows].mean()
