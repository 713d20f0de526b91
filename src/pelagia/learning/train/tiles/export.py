"""From the tile network to ``model.onnx``, checked against torch."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from pelagia.core.errors import Conflict
from pelagia.learning.session import session_options
from pelagia.learning.train.export import IR_VERSION, OPSET, Array, Graph, add_block, add_conv, add_pixels, fold_norm
from pelagia.learning.train.network import Block
from pelagia.learning.train.tiles.data import Bytes
from pelagia.learning.train.tiles.loop import predict_tiles
from pelagia.learning.train.tiles.network import FINE, TileNetwork, last_block

MOST_DIFFERENCE = 0.05  # of logits: weights are kept in 16 bits


def tiles_to_onnx(network: TileNetwork) -> bytes:
    """Write the network as an ONNX model for pictures of any size.

    Parameters
    ----------
    network
        In any mode; batch norms are folded into the convolutions by their running statistics.

    Returns
    -------
    bytes
        Input ``image`` uint8 (N, H, W, 3) RGB, H and W multiples of 64; output ``logits`` float32
        (N, H/32 − 1, W/32 − 1, C) of tiles of 64 px that overlap by half.
    """
    graph = Graph()
    backbone = network.backbone
    x = add_conv(graph, "stem", backbone._conv_stem, backbone._bn0, add_pixels(graph), clip=True)
    fine = x
    for number, block in enumerate(backbone._blocks):
        assert isinstance(block, Block)
        x = add_block(graph, f"block{number}", block, x)
        fine = x if number == last_block(FINE) else fine
    mean, most = (_pool(graph, kind, fine, 2, f"fine.{kind}") for kind in ("AveragePool", "MaxPool"))
    x = graph.add("Concat", [mean, most, x], "both", axis=1)
    x = graph.add("Relu", [_point(graph, "cells", *fold_norm(network.cells.conv, network.cells.norm), x)], "cells.relu")
    x = _pool(graph, "AveragePool", x, 1, "tiles")
    assert network.head.bias is not None
    weight, bias = (t.detach().float().cpu().numpy() for t in (network.head.weight, network.head.bias))
    graph.add("Transpose", [_point(graph, "head", weight, bias, x)], "logits", perm=[0, 2, 3, 1])
    body = helper.make_graph(
        graph.nodes,
        "tile classes",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", "R", "Q", network.shape.classes])],
        graph.weights,
    )
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="pelagia"
    )
    onnx.checker.check_model(model, full_check=True)
    written: bytes = model.SerializeToString()
    return written


def check_tiles(model: bytes, network: TileNetwork, images: Bytes) -> float:
    """Return the largest difference of the exported model's logits from the network's; too large is an error.

    Parameters
    ----------
    model
        Of :func:`tiles_to_onnx`.
    network
        The network it was made from.
    images
        (N, S, S, 3) uint8 to compare on.
    """
    session = ort.InferenceSession(model, session_options(1), providers=["CPUExecutionProvider"])
    ours = session.run(["logits"], {"image": np.ascontiguousarray(images)})[0]
    theirs = predict_tiles(network, images)
    difference = float(np.abs(ours - theirs).max() / max(1.0, float(np.abs(theirs).max())))
    if not difference <= MOST_DIFFERENCE:
        raise Conflict(
            "the exported model does not agree with the trained one",
            value=f"largest difference {difference:.3g}",
            remedy="Train again; if it stays, report it with the card's recipe.",
        )
    return difference


def _point(graph: Graph, name: str, weight: Array, bias: Array, x: str) -> str:
    inputs = [x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias)]
    return graph.add("Conv", inputs, name, kernel_shape=[1, 1], strides=[1, 1], pads=[0] * 4)


def _pool(graph: Graph, kind: str, x: str, stride: int, name: str) -> str:
    return graph.add(kind, [x], name, kernel_shape=[2, 2], strides=[stride, stride])
