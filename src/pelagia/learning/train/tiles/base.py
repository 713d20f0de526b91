"""Start from a model of tile classes that was trained here: its network, read back from ``model.onnx``."""

from __future__ import annotations

from pathlib import Path

import torch

from pelagia.core.errors import BadInput
from pelagia.core.ground import TILE_CLASSES
from pelagia.learning.card import MODEL_FILE
from pelagia.learning.package import read_package
from pelagia.learning.tile_classes import read_ground
from pelagia.learning.train.base import fill_backbone, fill_conv, read_weights
from pelagia.learning.train.tiles.network import TileNetwork, TileShape
from pelagia.learning.train.tiles.package import GROUND


def read_tile_base(folder: Path) -> TileNetwork:
    """Return the network of a model package, giving what its ONNX model gives.

    Parameters
    ----------
    folder
        Of its package.

    Raises
    ------
    BadInput
        If it is for something else, for another scale, or was not trained here.

    Notes
    -----
    In ``model.onnx`` the batch norms are folded into the convolutions; here they are norms that only add the bias.
    """
    package = read_package(folder)
    ground = read_ground(package.card, folder)
    told = package.card.recipe.get("training", {}).get("shape")
    if not isinstance(told, dict) or ground != GROUND or package.card.class_names != TILE_CLASSES:
        raise BadInput(
            "this model of tile classes was not trained here, so that it cannot be trained on",
            value=package.card.reference,
            remedy="Start from litter-tiles, or from a model that `pelagia train litter` wrote.",
            file=str(folder),
            code="base-not-trainable",
        )
    network = TileNetwork(TileShape(**told))
    weights = read_weights(folder / MODEL_FILE)
    with torch.no_grad():
        fill_backbone(network.backbone, weights)
        fill_conv(network.cells.conv, network.cells.norm, "cells", weights)
        network.head.weight.copy_(weights["head.weight"])
        if network.head.bias is not None:
            network.head.bias.copy_(weights["head.bias"])
    return network.eval()
