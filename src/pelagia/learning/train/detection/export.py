"""From the detector's network to ``model.onnx``: pixels in, maps of middles and edges out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper
from torch import nn

from pelagia.core.errors import Conflict
from pelagia.learning.train.detection.network import (
    CELL_PX,
    EDGES,
    LEVELS,
    MOST_CELLS,
    ConvUnit,
    DetectorNetwork,
)
from pelagia.learning.train.export import (
    IR_VERSION,
    OPSET,
    Graph,
    add_block,
    add_conv,
    add_pixels,
    fold_norm,
)
from pelagia.learning.train.network import STAGES, Block

MOST_DIFFERENCE = 0.02  # of a probability, and of an edge by its distance: weights are kept in 16 bits


def detector_to_onnx(network: DetectorNetwork) -> bytes:
    """Write the network as an ONNX model.

    Parameters
    ----------
    network
        In any mode; batch norms are folded into the convolutions by their running statistics.

    Returns
    -------
    bytes
        Input ``image`` uint8 (N, H, W, 3) RGB, H and W multiples of 32; outputs ``middles`` float32
        (N, C, H/4, W/4), 0 to 1, and ``edges`` float32 (N, 4, H/4, W/4), px.
    """
    graph = Graph()
    x = _pyramid(graph, network, _levels(graph, network))
    x = _unit(graph, "head", network.head, x)
    graph.add("Sigmoid", [_plain(graph, "middle.logits", network.middles, x)], "middles")
    x = _plain(graph, "edge.logarithms", network.edges, x)
    most = graph.weight("edge.most", np.array(MOST_CELLS, np.float32))
    x = graph.add("Exp", [graph.add("Clip", [x, "", most], "edge.clipped")], "edge.cells")
    graph.add("Mul", [x, graph.weight("edge.cell", np.array([CELL_PX], np.float32))], "edges")
    classes = network.shape.classes
    body = helper.make_graph(
        graph.nodes,
        "detector",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor_value_info("middles", TensorProto.FLOAT, ["N", classes, "rows", "cols"]),
            helper.make_tensor_value_info("edges", TensorProto.FLOAT, ["N", EDGES, "rows", "cols"]),
        ],
        graph.weights,
    )
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="pelagia"
    )
    onnx.checker.check_model(model, full_check=True)
    written: bytes = model.SerializeToString()
    return written


def check_detector(model: bytes, network: DetectorNetwork, images: npt.NDArray[np.uint8]) -> float:
    """Return the largest difference of the exported model's answers from the network's; too large is an error.

    Parameters
    ----------
    model
        Of :func:`detector_to_onnx`.
    network
        The network it was made from.
    images
        (N, H, W, 3) uint8 to compare on.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    middles, edges = session.run(["middles", "edges"], {"image": images})
    with torch.no_grad():
        planes = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
        logits, distances = network.eval().float().cpu()(planes)
    wrong = np.abs(middles - torch.sigmoid(logits).numpy()).max()
    apart = np.abs(edges / distances.numpy() - 1).mean()
    difference = float(max(wrong, apart))
    if not difference <= MOST_DIFFERENCE:
        raise Conflict(
            "the exported model does not agree with the trained one",
            value=f"largest difference {difference:.3g}",
            remedy="Train again; if it stays, report it with the card's recipe.",
        )
    return difference


def _levels(graph: Graph, network: DetectorNetwork) -> list[str]:
    backbone = network.backbone
    x = add_conv(graph, "stem", backbone._conv_stem, backbone._bn0, add_pixels(graph), clip=True)
    levels, number = [], 0
    for index, stage in enumerate(STAGES):
        for _ in range(stage.repeats):
            block = backbone._blocks[number]
            assert isinstance(block, Block)
            x = add_block(graph, f"block{number}", block, x)
            number += 1
        if index in LEVELS:
            levels.append(x)
    return levels


def _pyramid(graph: Graph, network: DetectorNetwork, levels: list[str]) -> str:
    pyramid = network.pyramid
    x = ""
    for number in reversed(range(len(levels))):
        here = _plain(graph, f"lateral{number}", pyramid.lateral[number], levels[number])
        if x:
            here = graph.add("Add", [here, _larger(graph, f"larger{number}", x)], f"joined{number}")
        filtered = _unit(graph, f"filter{number}", pyramid.filters[number], here)
        x = graph.add("Add", [here, _unit(graph, f"mix{number}", pyramid.mix[number], filtered)], f"level{number}")
    return x


def _unit(graph: Graph, name: str, unit: nn.Module, x: str) -> str:
    assert isinstance(unit, ConvUnit)
    weight, bias = fold_norm(unit.conv, unit.norm)
    return graph.add("Relu", [_conv(graph, name, unit.conv, weight, bias, x)], f"{name}.relu")


def _plain(graph: Graph, name: str, conv: nn.Module, x: str) -> str:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    weight, bias = (t.detach().float().cpu().numpy() for t in (conv.weight, conv.bias))
    return _conv(graph, name, conv, weight, bias, x)


def _conv(
    graph: Graph, name: str, conv: nn.Conv2d, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32], x: str
) -> str:
    kernel = conv.kernel_size[0]
    inputs = [x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias)]
    return graph.add("Conv", inputs, name, kernel_shape=[kernel, kernel], pads=[kernel // 2] * 4, group=conv.groups)


def _larger(graph: Graph, name: str, x: str) -> str:
    scales = graph.weight(f"{name}.scales", np.array([1, 1, 2, 2], np.float32))
    return graph.add(
        "Resize",
        [x, "", scales],
        name,
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
