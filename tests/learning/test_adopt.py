"""A foreign graph keeps saying what it said, with its preprocessing inside."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper
from tests.learning.foreign_graph import BIAS, HIDDEN, KERNEL, SIZE_PX, foreign_graph

from pelagia.core.errors import BadInput, Conflict
from pelagia.learning.adopt import Preprocessing, adopt_graph, check_adopted, check_parity
from pelagia.learning.calibrate import softmax

TF = Preprocessing(mean_rgb=(158.3, 120.0, 90.0), divisor_rgb=(127.5, 127.5, 127.5))
CAFFE = Preprocessing(mean_rgb=(158.3, 120.0, 90.0), divisor_rgb=(1.0, 1.0, 1.0), bands="bgr")
IMAGES = np.random.default_rng(32).integers(0, 256, (7, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)


def by_hand(preprocessing: Preprocessing) -> tuple[np.ndarray, np.ndarray]:
    """(features, scores) of IMAGES in NumPy."""
    features = np.maximum(preprocessing.apply(IMAGES).mean(axis=(1, 2)) @ KERNEL, 0)
    return features, features @ HIDDEN + BIAS


def run(model: bytes) -> dict[str, np.ndarray]:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [put.name for put in session.get_outputs()]
    return dict(zip(names, session.run(None, {"image": IMAGES}), strict=True))


@pytest.mark.parametrize("planes", [False, True], ids=["bands last", "bands first"])
@pytest.mark.parametrize("preprocessing", [TF, CAFFE], ids=["tf", "caffe"])
def test_logits_and_features_come_out_of_raw_pixels(preprocessing: Preprocessing, planes: bool) -> None:
    adopted = adopt_graph(foreign_graph(planes=planes), preprocessing)
    features, scores = by_hand(preprocessing)
    found = run(adopted.model)
    assert (adopted.classes, adopted.size_px, adopted.logits) == (4, SIZE_PX, "softmax")
    assert np.allclose(found["features"], features, atol=1e-4)
    assert np.allclose(found["logits"], scores, atol=1e-3)
    assert check_adopted(adopted, foreign_graph(planes=planes), preprocessing, IMAGES) < 1e-5


def test_preprocessing_in_numpy_is_mean_then_divisor_then_order() -> None:
    pixel = np.array([[[[160, 121, 95]]]], np.uint8)
    assert np.allclose(TF.apply(pixel)[0, 0, 0], (np.array([160, 121, 95]) - TF.mean_rgb) / 127.5)
    assert np.allclose(CAFFE.apply(pixel)[0, 0, 0], [5.0, 1.0, 1.7], atol=1e-5)


def test_logits_given_as_such_stay() -> None:
    adopted = adopt_graph(foreign_graph("Identity"), TF)
    assert adopted.logits == "output"
    assert np.allclose(run(adopted.model)["logits"], by_hand(TF)[1], atol=1e-4)
    assert check_adopted(adopted, foreign_graph("Identity"), TF, IMAGES) < 1e-5


def test_probabilities_without_a_softmax_in_sight_become_their_logarithm() -> None:
    graph = foreign_graph()
    # hide the softmax behind an operation that is not looked through
    graph.graph.node[-1].CopyFrom(helper.make_node("Abs", ["activation"], ["out"]))
    adopted = adopt_graph(graph, TF)
    assert adopted.logits == "log"
    assert np.allclose(softmax(run(adopted.model)["logits"]), softmax(by_hand(TF)[1]), atol=1e-5)
    assert "features" not in run(adopted.model)


def test_classes_scored_on_their_own_are_refused() -> None:
    with pytest.raises(BadInput, match="on its own"):
        adopt_graph(foreign_graph("Sigmoid"), TF)


def test_a_graph_for_one_image_at_a_time_is_refused() -> None:
    with pytest.raises(BadInput, match="several images"):
        adopt_graph(foreign_graph(batch=1), TF)


@pytest.mark.parametrize(
    "shape", [["N", 6, 8, 3], ["N", 6, 6, 1], ["N", "S", "S", 3], ["N", 108]], ids=["oblong", "grey", "open", "flat"]
)
def test_other_inputs_are_refused(shape: list[object]) -> None:
    graph = foreign_graph()
    graph.graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, shape))
    with pytest.raises(BadInput, match="its input is"):
        adopt_graph(graph, TF)


def test_a_wrong_preprocessing_is_noticed() -> None:
    adopted = adopt_graph(foreign_graph(), TF)
    with pytest.raises(Conflict, match="does not say"):
        check_adopted(adopted, foreign_graph(), CAFFE, IMAGES)


def test_parity_is_a_number_or_an_error() -> None:
    model = foreign_graph().SerializeToString()
    inputs = TF.apply(IMAGES)
    expected = softmax(by_hand(TF)[1]).astype(np.float32)
    assert check_parity(model, inputs, expected) < 1e-5
    for wrong in (expected + 0.01, expected[:, :2], expected * np.nan):
        with pytest.raises(Conflict):
            check_parity(model, inputs, wrong)
