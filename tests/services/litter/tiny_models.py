"""Models of a litter run that anybody can work out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tests.learning.tiny_model import tiny_card, tiny_package

from pelagia.core.ground import TILE_CLASSES
from pelagia.core.service import ModelRef
from pelagia.learning.card import CardClass, CardInput
from pelagia.learning.package import ModelPackage

MAGENTA = (255, 0, 255)
"""The colour of the people that :func:`tiny_people` finds; nothing on a drawn beach has it."""
PERSON_PX = 20
"""Side of the square that each of them is."""
ITEM_COLOURS = {"plastic": (255, 255, 0), "metal": (0, 255, 255)}
"""The colours of the items that :func:`tiny_items` finds."""
ITEM_WEIGHTS = {"plastic": (0.5, 0.5, -1.0), "metal": (-1.0, 0.5, 0.5)}
ITEM_PX = 16
"""Side of the square that each of them is."""
TILE_PX = 64


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


def tiny_items(folder: Path, *, gsd_cm: float | None = 0.4, window_px: int = 320) -> ModelPackage:
    """Write a detector that takes yellow squares of some 16 px for plastic and cyan ones for metal."""
    card = tiny_card(
        tuple(CardClass(name=name, is_organism=False) for name in ITEM_COLOURS),
        name="tiny-items",
        task="detection",
        input=CardInput(size_px=window_px),
        recipe={"detector": {"style": "centre", "score_from": 0.5, "gsd_cm": gsd_cm, "overlap_px": 64}},
    )
    return tiny_package(folder, card=card, graph=squares_graph(list(ITEM_WEIGHTS.values()), ITEM_PX))


def tiny_tiles(folder: Path) -> ModelPackage:
    """Write a model of tiles that takes those with a yellow or cyan pixel for 'litter low', all others for sand."""
    card = tiny_card(
        tuple(CardClass(name=name, is_organism=False) for name in TILE_CLASSES),
        name="tiny-tiles",
        task="tile-classes",
        input=CardInput(size_px=TILE_PX),
        recipe={"ground": {"gsd_cm": 0.4, "tile_px": TILE_PX}},
    )
    return tiny_package(folder, card=card, graph=tiles_graph())


def tiny_models(folder: Path) -> dict[str, ModelRef]:
    """Write the three models of a run."""
    packages = {
        "tiles": tiny_tiles(folder / "tiles"),
        "items": tiny_items(folder / "items"),
        "people": tiny_people(folder / "people"),
    }
    return {
        role: ModelRef(role=role, name=f"tiny-{role}", version="1.0.0", sha256=one.sha256, path=str(one.path))
        for role, one in packages.items()
    }


def tiles_graph() -> bytes:
    """litter low: 20 × (the largest yellow or cyan share of a pixel − 0.6), sand: 0, all others: −6."""
    colours = np.array(list(ITEM_WEIGHTS.values()), np.float32)[:, :, None, None] / 255
    weights = np.zeros((len(TILE_CLASSES), 1, 1, 1), np.float32)
    bias = np.full(len(TILE_CLASSES), -6, np.float32)
    weights[TILE_CLASSES.index("litter low")], bias[TILE_CLASSES.index("litter low")] = 20, -12
    bias[TILE_CLASSES.index("sand")] = 0
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "colours"], ["shares"]),
        helper.make_node("ReduceMax", ["shares", "bands"], ["share"], keepdims=1),
        helper.make_node("MaxPool", ["share"], ["most"], kernel_shape=[TILE_PX] * 2, strides=[TILE_PX // 2] * 2),
        helper.make_node("Conv", ["most", "weights", "bias"], ["maps"]),
        helper.make_node("Transpose", ["maps"], ["logits"], perm=[0, 2, 3, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "H", "W", 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "r", "c", len(TILE_CLASSES)])],
        [
            numpy_helper.from_array(colours, "colours"),
            numpy_helper.from_array(np.array([1], np.int64), "bands"),
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def people_graph(classes: int = 1) -> bytes:
    """middles of the first class: the mean of (red + blue) / 2 − green over 20 × 20 pixels; edges: 10 px around."""
    return squares_graph([(0.5, -1.0, 0.5), *[(0.0, 0.0, 0.0)] * (classes - 1)], PERSON_PX)


def squares_graph(weights: Sequence[tuple[float, float, float]], side: int) -> bytes:
    """middles of each class: the mean of its weights by red, green and blue over a square; edges: half of it around."""
    classes = len(weights)
    colour = np.array(weights, np.float32)[:, :, None, None] * np.ones((side, side), np.float32) / (255 * side**2)
    edges = np.zeros((4, 3, side, side), np.float32)
    half = side // 2
    sides = {"kernel_shape": [side, side], "strides": [4, 4], "pads": [half - 2] * 4}
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
