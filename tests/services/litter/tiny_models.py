"""Models of a litter run that anybody can work out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tests.learning.tiny_model import tiny_card, tiny_package

from pelagia.learning.card import CardClass, CardInput
from pelagia.learning.package import ModelPackage

MAGENTA = (255, 0, 255)
"""The colour of the people that :func:`tiny_people` finds; nothing on a drawn beach has it."""
PERSON_PX = 20
"""Side of the square that each of them is."""


def tiny_people(
    folder: Path, *, gsd_cm: float | None = 1.0, task: str = "people", classes: tuple[str, ...] = ("face",)
) -> ModelPackage:
    """Write a finder that takes magenta squares of some 20 px for people."""
    traits = {"style": "centre", "score_from": 0.5, "gsd_cm": gsd_cm, "overlap_px": 32, "merge_from": 0.3}
    card = tiny_card(
        tuple(CardClass(name=name, is_organism=False) for name in classes),
        name="tiny-people",
        task=task,
        input=CardInput(size_px=160),
        recipe={"detector": traits},
    )
    return tiny_package(folder, card=card, graph=people_graph(len(classes)))


def people_graph(classes: int = 1) -> bytes:
    """middles of the first class: the mean of (red + blue) / 2 − green over 20 × 20 pixels; edges: 10 px around."""
    colour = np.zeros((classes, 3, PERSON_PX, PERSON_PX), np.float32)
    colour[0] = np.array([0.5, -1, 0.5], np.float32)[:, None, None] / (255 * PERSON_PX**2)
    edges = np.zeros((4, 3, PERSON_PX, PERSON_PX), np.float32)
    half = PERSON_PX // 2
    sides = {"kernel_shape": [PERSON_PX, PERSON_PX], "strides": [4, 4], "pads": [half - 2] * 4}
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "colour"], ["middles"], **sides),
        helper.make_node("Conv", ["planes", "edges", "half"], ["distances"], **sides),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "H", "W", 3])],
        [
            helper.make_tensor_value_info("middles", TensorProto.FLOAT, [1, classes, "h", "w"]),
            helper.make_tensor_value_info("distances", TensorProto.FLOAT, [1, 4, "h", "w"]),
        ],
        [
            numpy_helper.from_array(colour, "colour"),
            numpy_helper.from_array(edges, "edges"),
            numpy_helper.from_array(np.full(4, half, np.float32), "half"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
