"""From the separation network to ``model.onnx``: squares of grey and mask in, logits of the maps out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper
from torch import nn

from pelagia.core.errors import Conflict
from pelagia.learning.train.export import IR_VERSION, OPSET, Graph, fold_norm
from pelagia.learning.train.separation.network import BANDS, MAPS, ConvUnit, SeparationNetwork

MOST_DIFFERENCE = 0.05  # of logits: weights are kept in 16 bits


def separator_to_onnx(network: SeparationNetwork, size_px: int) -> bytes:
    """Write the network as an ONNX model.

    Parameters
    ----------
    network
        In any mode; batch norms are folded into the convolutions by their running statistics.
    size_px
        Side S of the square, px.

    Returns
    -------
    bytes
        Input ``image`` uint8 (N, S, S, 2): grey and mask; output ``logits`` float32 (N, S/2, S/2, 2).
    """
    graph = Graph()
    x = graph.add("Cast", ["image"], "image.float", to=TensorProto.FLOAT)
    x = graph.add("Transpose", [x], "image.planes", perm=[0, 3, 1, 2])
    x = graph.add("Sub", [x, graph.weight("pixel.middle", np.array([127.0], np.float32))], "image.centred")
    x = graph.add("Mul", [x, graph.weight("pixel.scale", np.array([1 / 128], np.float32))], "image.normal")
    x = _unit(graph, "first", network.first, _unit(graph, "stem", network.stem, x))
    levels = [x]
    for number, (down, deep) in enumerate(zip(network.down, network.deep, strict=True)):
        x = _unit(graph, f"deep{number}", deep, _unit(graph, f"down{number}", down, x))
        levels.append(x)
    for number in reversed(range(len(network.up))):
        x = _larger(graph, f"larger{number}", _plain(graph, f"lateral{number}", network.lateral[number], x))
        x = graph.add("Add", [x, levels[number]], f"sum{number}")
        x = _unit(graph, f"up{number}", network.up[number], x)
    x = _plain(graph, "head", network.head, x)
    graph.add("Transpose", [x], "logits", perm=[0, 2, 3, 1])
    side = size_px // 2
    body = helper.make_graph(
        graph.nodes,
        "separator",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", size_px, size_px, BANDS])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", side, side, MAPS])],
        graph.weights,
    )
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="pelagia"
    )
    onnx.checker.check_model(model, full_check=True)
    written: bytes = model.SerializeToString()
    return written


def check_separator(model: bytes, network: SeparationNetwork, squares: npt.NDArray[np.uint8]) -> float:
    """Return the largest difference of the exported model's logits from the network's; too large is an error.

    Parameters
    ----------
    model
        Of :func:`separator_to_onnx`.
    network
        The network it was made from.
    squares
        (N, S, S, 2) uint8 to compare on.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    ours = session.run(["logits"], {"image": squares})[0]
    with torch.no_grad():
        planes = torch.from_numpy(squares.copy()).permute(0, 3, 1, 2).float()
        theirs = network.eval().float()(planes).permute(0, 2, 3, 1).numpy()
    difference = float(np.abs(ours - theirs).max() / max(1.0, float(np.abs(theirs).max())))
    if not difference <= MOST_DIFFERENCE:
        raise Conflict(
            "the exported model does not agree with the trained one",
            value=f"largest difference {difference:.3g}",
            remedy="Train again with float32; if it stays, report it with the card's recipe.",
        )
    return difference


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
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    inputs = [x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias)]
    return graph.add(
        "Conv", inputs, name, kernel_shape=[kernel, kernel], strides=[stride, stride], pads=[kernel // 2] * 4
    )


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
