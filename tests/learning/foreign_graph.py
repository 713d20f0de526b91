"""A small ONNX graph as others publish them: its own names, softmax at the end, float pixels in."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE_PX = 6
_RNG = np.random.default_rng(31)
KERNEL = _RNG.normal(0, 0.5, (3, 5)).astype(np.float32)
HIDDEN = _RNG.normal(0, 0.5, (5, 4)).astype(np.float32)
BIAS = _RNG.normal(0, 0.5, 4).astype(np.float32)


def foreign_graph(last: str = "Softmax", *, planes: bool = False, batch: int | str = "batch") -> onnx.ModelProto:
    """mean over the image → 5 features (ReLU) → 4 classes, with the names a package uses in other senses."""
    shape = [batch, 3, SIZE_PX, SIZE_PX] if planes else [batch, SIZE_PX, SIZE_PX, 3]
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "kernel"], ["logits"]),
        helper.make_node("Relu", ["logits"], ["features"]),
        helper.make_node("MatMul", ["features", "hidden"], ["product"]),
        helper.make_node("Constant", [], ["one"], value=numpy_helper.from_array(np.array(1.0, np.float32))),
        helper.make_node("Mul", ["bias", "one"], ["bias.made"]),
        helper.make_node("Add", ["bias.made", "product"], ["score"]),
        helper.make_node(last, ["score"], ["activation"]),
        helper.make_node("Cast", ["activation"], ["out"], to=TensorProto.FLOAT),
    ]
    arrays = {
        "axes": np.array([2, 3] if planes else [1, 2], np.int64),
        "kernel": KERNEL,
        "hidden": HIDDEN,
        "bias": BIAS,
    }
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [batch, 4])],
        [numpy_helper.from_array(value, name) for name, value in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
