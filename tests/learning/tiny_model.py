"""A model small enough to work out by hand: logits are a matrix times the mean colour of the square."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pelagia.learning.card import CardClass, CardInput, ContextFeature, ModelCard
from pelagia.learning.package import Heldout, ModelPackage, write_package

CLASSES = ("Red", "Green", "Blue", "Grey")
WEIGHTS = np.array([[6, 0, 0, 1], [0, 6, 0, 1], [0, 0, 6, 1]], np.float32)
SIZE_PX = 8


def tiny_graph(weights: np.ndarray = WEIGHTS, context_columns: int = 0, logits: str = "logits") -> bytes:
    """mean colour (0 to 1, and the context columns behind it) @ weights."""
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "white"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "axes"], ["colour"], keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIZE_PX, SIZE_PX, 3])]
    if context_columns:
        nodes.append(helper.make_node("Concat", ["colour", "context"], ["features"], axis=1))
        inputs.append(helper.make_tensor_value_info("context", TensorProto.FLOAT, ["N", context_columns]))
    else:
        nodes.append(helper.make_node("Identity", ["colour"], ["features"]))
    nodes.append(helper.make_node("MatMul", ["features", "weights"], [logits]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [
            helper.make_tensor_value_info(logits, TensorProto.FLOAT, ["N", weights.shape[1]]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", weights.shape[0]]),
        ],
        [
            numpy_helper.from_array(weights.astype(np.float32), "weights"),
            numpy_helper.from_array(np.array(255.0, np.float32), "white"),
            numpy_helper.from_array(np.array([1, 2], np.int64), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def tiny_card(classes: Sequence[str | CardClass] = CLASSES, context: Sequence[str] = (), **fields: Any) -> ModelCard:
    """A card for :func:`tiny_graph`; ``fields`` replace its own."""
    values: dict[str, Any] = {
        "name": "tiny",
        "version": "1.0.0",
        "title": "Mean colour",
        "instrument": "FlowCam",
        "created": date(2026, 1, 2),
        "classes": tuple(c if isinstance(c, CardClass) else CardClass(name=c) for c in classes),
        "input": CardInput(size_px=SIZE_PX, context=tuple(ContextFeature(name=name) for name in context)),
        "licence": "Apache-2.0",
        "sha256": "0" * 64,
    }
    return ModelCard(**values | fields)


def tiny_package(
    folder: Path, card: ModelCard | None = None, graph: bytes | None = None, heldout: Heldout | None = None
) -> ModelPackage:
    """Write a package of the tiny model."""
    return write_package(folder, model=graph or tiny_graph(), card=card or tiny_card(), page="", heldout=heldout)


def plain_image(colour: Sequence[int], rows: int = 10, cols: int = 16) -> np.ndarray:
    """A vignette of one colour: any resizing keeps its mean."""
    return np.full((rows, cols, 3), colour, np.uint8)
