"""Models of a ZooScan run that anybody can work out by hand: they look at the mean grey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tests.learning.tiny_model import tiny_card, tiny_graph, tiny_package

from pelagia.core.service import ModelRef
from pelagia.learning.card import CardClass, CardInput

MAP_PX = 64
TAXA = (
    CardClass(name="Copepoda", scientific_name="Copepoda", aphia_id=1080, is_organism=True),
    CardClass(name="detritus", is_organism=False),
)
DARK_IS_FIRST = np.array([[-20, 20], [0, 0], [0, 0]], np.float32)
"""(colour, class): the darker a vignette, the more it is of the first class."""


def separator_graph() -> bytes:
    """contact = sigmoid(0.2 grey − 30), core = sigmoid(2), each the mean of four pixels."""
    weight = np.array([[0.2, 0], [0, 0]], np.float32).reshape(2, 2, 1, 1)
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["small", "weight", "bias"], ["maps"]),
        helper.make_node("Transpose", ["maps"], ["logits"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", MAP_PX, MAP_PX, 2])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", MAP_PX // 2, MAP_PX // 2, 2])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(np.array([-30, 2], np.float32), "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def tiny_models(folder: Path, *, multiple_logit: float = 0.0) -> dict[str, ModelRef]:
    """Write the three packages; every object is 'multiple' with the probability that the logit stands for."""
    several = np.array([[0, multiple_logit], [0, multiple_logit], [0, multiple_logit]], np.float32)
    maps = tuple(CardClass(name=name, is_organism=False) for name in ("contact", "core"))
    rule = {"least_rise": 0.1, "widest_neck": 0.8, "least_score": 0.3}
    packages = {
        "classifier": tiny_package(
            folder / "classifier", card=tiny_card(TAXA, name="tiny-taxa"), graph=tiny_graph(DARK_IS_FIRST)
        ),
        "multiples": tiny_package(
            folder / "multiples",
            card=tiny_card(("single", "multiple"), name=f"tiny-multiples-{multiple_logit:g}".replace("--", "-minus-")),
            graph=tiny_graph(several),
        ),
        "separator": tiny_package(
            folder / "separator",
            card=tiny_card(
                maps, name="tiny-separator", task="separation", input=CardInput(size_px=MAP_PX), recipe={"rule": rule}
            ),
            graph=separator_graph(),
        ),
    }
    return {
        role: ModelRef(
            role=role, name=package.card.name, version="1.0.0", sha256=package.sha256, path=str(package.path)
        )
        for role, package in packages.items()
    }
