"""From a network to ``model.onnx``: written node by node, weights kept as 16-bit floats, checked against torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from pelagia.core.errors import Conflict
from pelagia.learning.train.dataset import Examples
from pelagia.learning.train.loop import predict
from pelagia.learning.train.network import Block, Network, SameConv

OPSET = 17
IR_VERSION = 8  # read by every ONNX Runtime since 2022
LEAST_AGREEMENT = 0.999
SMALL = 2048  # tensors of fewer values stay 32-bit: their size does not matter, their precision may

Array = npt.NDArray[np.float32]


@dataclass(slots=True)
class Graph:
    """A graph while it is written: nodes and weights, in order."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Add a constant; large ones as float16 with a cast that the runtime folds away when it loads the model."""
        if value.dtype != np.float32 or value.size < SMALL:
            self.weights.append(numpy_helper.from_array(value, name))
            return name
        self.weights.append(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How the exported model compares with torch, on ``n`` images."""

    n: int
    largest_difference: float
    agreement: float


def fold_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Array, Array]:
    """Return weight (out, in, k, k) and bias (out,) of the convolution that does both, float32."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    weight = conv.weight.double() * gain[:, None, None, None]
    bias = norm.bias.double() - norm.running_mean.double() * gain
    return weight.detach().float().cpu().numpy(), bias.detach().float().cpu().numpy()


def to_onnx(network: Network, size_px: int) -> bytes:
    """Write the network as an ONNX model.

    Parameters
    ----------
    network
        In any mode; batch norms are folded into the convolutions by their running statistics.
    size_px
        Side of the input, a multiple of 32.

    Returns
    -------
    bytes
        Inputs ``image`` uint8 (N, S, S, 3) RGB and, if it has any, ``context`` float32 (N, K);
        outputs ``logits`` float32 (N, C) and ``features`` float32 (N, D).
    """
    graph = Graph()
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", size_px, size_px, 3])]
    features = _backbone(graph, network)
    if network.context is not None:
        k = len(network.context.flag)
        inputs.append(helper.make_tensor_value_info("context", TensorProto.FLOAT, ["N", k]))
        features = graph.add("Concat", [features, _context(graph, network)], "features", axis=1)
    else:
        features = graph.add("Identity", [features], "features")
    _linear(graph, "head", network.head, features, "logits")
    width, classes = network.head.in_features, network.head.out_features
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", width]),
    ]
    body = helper.make_graph(graph.nodes, "classifier", inputs, outputs, graph.weights)
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="pelagia"
    )
    onnx.checker.check_model(model, full_check=True)
    written: bytes = model.SerializeToString()
    return written


def _backbone(graph: Graph, network: Network) -> str:
    backbone = network.backbone
    x = add_conv(graph, "stem", backbone._conv_stem, backbone._bn0, add_pixels(graph), clip=True)
    for number, block in enumerate(backbone._blocks):
        assert isinstance(block, Block)
        x = add_block(graph, f"block{number}", block, x)
    if backbone.has_top:
        x = add_conv(graph, "top", backbone._conv_head, backbone._bn1, x, clip=True)
    pooled = graph.add("GlobalAveragePool", [x], "pooled.planes")
    return graph.add("Flatten", [pooled], "pooled", axis=1)


def add_pixels(graph: Graph) -> str:
    """Add what makes normal planes of the input ``image``, uint8 (N, H, W, 3); return the name of its output."""
    x = graph.add("Cast", ["image"], "image.float", to=TensorProto.FLOAT)
    x = graph.add("Transpose", [x], "image.planes", perm=[0, 3, 1, 2])
    x = graph.add("Sub", [x, graph.weight("pixel.middle", np.array([127.0], np.float32))], "image.centred")
    return graph.add("Mul", [x, graph.weight("pixel.scale", np.array([1 / 128], np.float32))], "image.normal")


def add_block(graph: Graph, name: str, block: Block, x: str) -> str:
    """Add an inverted residual; return the name of its output."""
    y = x
    if block.expands:
        y = add_conv(graph, f"{name}.expand", block._expand_conv, block._bn0, y, clip=True)
    y = add_conv(graph, f"{name}.depthwise", block._depthwise_conv, block._bn1, y, clip=True)
    y = add_conv(graph, f"{name}.project", block._project_conv, block._bn2, y, clip=False)
    return graph.add("Add", [x, y], f"{name}.sum") if block.residual else y


def add_conv(graph: Graph, name: str, conv: SameConv, norm: nn.BatchNorm2d, x: str, *, clip: bool) -> str:
    """Add a convolution with its batch norm folded in, ``clip`` with ReLU6; return the name of its output."""
    weight, bias = fold_norm(conv, norm)
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    even = kernel // 2
    before, after = (conv.before, conv.after) if stride == 2 else (even, even)
    inputs = [x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias)]
    y = graph.add(
        "Conv",
        inputs,
        name,
        kernel_shape=[kernel, kernel],
        strides=[stride, stride],
        pads=[before, before, after, after],
        group=conv.groups,
    )
    if not clip:
        return y
    low, high = "relu6.low", "relu6.high"
    if all(w.name != low for w in graph.weights):
        graph.weight(low, np.array(0, np.float32))
        graph.weight(high, np.array(6, np.float32))
    return graph.add("Clip", [y, low, high], f"{name}.clipped")


def _context(graph: Graph, network: Network) -> str:
    branch = network.context
    assert branch is not None
    flag = graph.weight("context.flag", branch.flag.cpu().numpy())
    known = graph.add("Gather", ["context", flag], "context.known", axis=1)
    x = graph.add("Sub", ["context", graph.weight("context.shift", _values(branch.shift))], "context.centred")
    x = graph.add("Mul", [x, graph.weight("context.scale", _values(branch.scale))], "context.scaled")
    x = graph.add("Mul", [x, known], "context.masked")
    for number, layer in enumerate(branch.layers):
        if isinstance(layer, nn.Linear):
            x = _linear(graph, f"context.layer{number}", layer, x, f"context.sum{number}")
        else:
            x = graph.add("Relu", [x], f"context.relu{number}")
    return x


def _linear(graph: Graph, name: str, layer: nn.Linear, x: str, output: str) -> str:
    weight = graph.weight(f"{name}.weight", _values(layer.weight))
    return graph.add("Gemm", [x, weight, graph.weight(f"{name}.bias", _values(layer.bias))], output, transB=1)


def _values(tensor: torch.Tensor) -> Array:
    return tensor.detach().float().cpu().numpy()


def run_onnx(model: bytes, examples: Examples, batch: int = 64) -> Array:
    """Return the logits (N, C) of the exported model on the CPU."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    takes_context = len(session.get_inputs()) > 1
    found = []
    for first in range(0, len(examples), batch):
        feed: dict[str, npt.NDArray[Any]] = {"image": examples.images(first, first + batch)}
        if takes_context:
            feed["context"] = examples.context[first : first + batch]
        found.append(session.run(["logits"], feed)[0])
    logits: Array = np.concatenate(found)
    return logits


def check_parity(model: bytes, network: Network, examples: Examples) -> Parity:
    """Compare the exported model with torch in float32; too large a difference is an error.

    Parameters
    ----------
    model
        Of :func:`to_onnx`.
    network
        The network it was made from.
    examples
        Images to compare on.

    Raises
    ------
    Conflict
        If the top class differs in more than one image of a thousand (one image is always allowed).
    """
    ours = run_onnx(model, examples)
    theirs, _ = predict(network, examples)
    same = ours.argmax(axis=1) == theirs.argmax(axis=1)
    parity = Parity(
        n=len(examples), largest_difference=float(np.abs(ours - theirs).max()), agreement=float(same.mean())
    )
    if parity.agreement < LEAST_AGREEMENT and int((~same).sum()) > 1:
        raise Conflict(
            "the exported model does not agree with the trained one",
            value=f"{parity.agreement:.4f} of {parity.n} images",
            remedy="Train again with precision float32; if it stays, report it with the card's recipe.",
        )
    return parity
