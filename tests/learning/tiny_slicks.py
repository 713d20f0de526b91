"""A model of slicks without a training: what is darker than the middle is oil."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pelagia.learning.card import CardClass, CardInput, ModelCard
from pelagia.learning.package import ModelPackage, write_package

STEEPNESS = -8.0  # of the logit of oil, per spread below the middle


def tiny_slicks(
    folder: Path, *, classes: tuple[str, ...] = ("oil", "look-alike"), window_px: int = 64, **card: Any
) -> ModelPackage:
    """Write the package: the logit of every class is −8 per spread; oil's is shifted by one spread."""
    gain = np.full((1, 1, 1, len(classes)), STEEPNESS, np.float32)
    shift = np.array([STEEPNESS * (name == "oil") for name in classes], np.float32)
    body = helper.make_graph(
        [
            helper.make_node("Mul", ["image", "gain"], ["steep"]),
            helper.make_node("Add", ["steep", "shift"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", "H", "W", 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", "H", "W", len(classes)])],
        [numpy_helper.from_array(gain, "gain"), numpy_helper.from_array(shift, "shift")],
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    told = {
        "name": "tiny-slicks",
        "version": "1.0.0",
        "title": "Tiny",
        "task": "slicks",
        "instrument": "SAR",
        "created": date(2026, 1, 1),
        "classes": tuple(CardClass(name=name, is_organism=False) for name in classes),
        "input": CardInput(size_px=window_px),
        "licence": "CC0",
        "recipe": {"feed": {"overlap_px": 16, "pixel_m": 40.0, "least_probability": 0.5}},
        "sha256": sha256(data).hexdigest(),
        **card,
    }
    return write_package(folder, model=data, card=ModelCard(**told), page="")
