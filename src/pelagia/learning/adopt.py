"""Graphs published elsewhere, made to take and give what the graph of a model package does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import TensorProto, compose, helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from pelagia.core.errors import BadInput, Conflict
from pelagia.learning.calibrate import softmax

Array = npt.NDArray[np.float32]

PREFIX = "published/"
PASS_THROUGH = {"Identity", "Cast", "Add", "Reshape", "Squeeze"}
MAX_DIFFERENCE = 1e-4  # of probabilities: float32 sums in another order differ by 1e-6, a wrong graph by 1e-2
LEAST_PROBABILITY = 1e-12
SEVERAL = 3  # images, to see whether the graph takes more than one


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What was done to the pixels before the published model saw them.

    Parameters
    ----------
    mean_rgb, divisor_rgb
        Per band: pixel ↦ (pixel − mean) / divisor, pixels 0 to 255.
    bands
        The order in which the model takes the bands after that.
    """

    mean_rgb: tuple[float, float, float]
    divisor_rgb: tuple[float, float, float]
    bands: Literal["rgb", "bgr"] = "rgb"

    def apply(self, images: npt.NDArray[np.uint8]) -> Array:
        """Do it in NumPy: (N, S, S, 3) uint8 → float32, for checks."""
        mean, divisor = np.array(self.mean_rgb, np.float32), np.array(self.divisor_rgb, np.float32)
        scaled: Array = (images.astype(np.float32) - mean) / divisor
        return np.ascontiguousarray(scaled if self.bands == "rgb" else scaled[..., ::-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A graph that fits a model package.

    Parameters
    ----------
    model
        The ONNX file.
    classes
        Number of logits.
    size_px
        Side of the input.
    logits
        Where they were found: before the published ``softmax``, as ``log`` of its probabilities, or
        given as such (``output``).
    """

    model: bytes
    classes: int
    size_px: int
    logits: Literal["softmax", "log", "output"]


def adopt_graph(graph: onnx.ModelProto, preprocessing: Preprocessing) -> Adopted:
    """Put the preprocessing into a published graph, and give out logits and features.

    Parameters
    ----------
    graph
        Takes (N, S, S, 3) or (N, 3, S, S) float32, gives (N, C) probabilities or logits.
    preprocessing
        What its input went through.

    Returns
    -------
    Adopted
        A graph with ``image`` uint8 (N, S, S, 3) RGB in; ``logits`` float32 (N, C) and, where the last
        layer is a linear one, ``features`` (N, D) out.
    """
    shape = _input_shape(graph)
    planes = _is_planes(shape)
    size_px = shape[2]
    probabilities = _trial(graph, shape)
    inner = compose.add_prefix(graph, PREFIX)
    body = inner.graph
    output = body.output[0].name
    softmax = _producer(body, output, {"Softmax"}, {"Identity", "Cast"})
    source: Literal["softmax", "log", "output"] = "output"
    if softmax is not None:
        source, output = "softmax", softmax.input[0]
    elif _sums_to_one(probabilities):
        source, output = "log", _add_log(body, output)
    elif (probabilities >= 0).all() and (probabilities <= 1).all():
        raise _unfit("its outputs lie between 0 and 1 but do not sum to 1: it gives each class on its own")
    features = _features(body, output)
    head = _head(preprocessing, planes, body.input[0].name)
    for node in reversed(head):
        body.node.insert(0, node)
    body.initializer.extend(_constants(preprocessing))
    _give_out(body, size_px, probabilities.shape[1], {"logits": output} | ({"features": features} if features else {}))
    inner.producer_name = "pelagia"
    onnx.checker.check_model(inner)
    return Adopted(model=inner.SerializeToString(), classes=probabilities.shape[1], size_px=size_px, logits=source)


def check_parity(model: bytes, inputs: npt.NDArray[Any], outputs: Array) -> float:
    """Return the largest difference between a graph's output and the expected one; raise if it is not small.

    Parameters
    ----------
    model
        An ONNX file with one input.
    inputs
        What it is given.
    outputs
        What it shall say.
    """
    session = _session(model)
    found = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    return _difference(found, outputs)


def check_adopted(
    adopted: Adopted, graph: onnx.ModelProto, preprocessing: Preprocessing, images: npt.NDArray[np.uint8]
) -> float:
    """Compare the adopted graph, from pixels on, with the published one fed by its preprocessing in NumPy.

    Parameters
    ----------
    adopted
        What :func:`adopt_graph` made of ``graph``.
    graph, preprocessing
        As published.
    images
        (N, S, S, 3) uint8.

    Returns
    -------
    float
        The largest difference of their outputs.

    Raises
    ------
    Conflict
        If it is not small.
    """
    prepared = preprocessing.apply(images)
    if _is_planes(_input_shape(graph)):
        prepared = np.ascontiguousarray(prepared.transpose(0, 3, 1, 2))
    expected = _session(graph.SerializeToString())
    published = expected.run(None, {expected.get_inputs()[0].name: prepared})[0]
    logits = _session(adopted.model).run(["logits"], {"image": images})[0]
    return _difference(logits if adopted.logits == "output" else softmax(logits), published)


def _input_shape(graph: onnx.ModelProto) -> tuple[int, int, int, int]:
    initialized = {tensor.name for tensor in graph.graph.initializer}
    inputs = [put for put in graph.graph.input if put.name not in initialized]
    if len(inputs) != 1 or len(graph.graph.output) != 1:
        raise _unfit(f"it has {len(inputs)} inputs and {len(graph.graph.output)} outputs, not one of each")
    tensor = inputs[0].type.tensor_type
    sides = tuple(dim.dim_value for dim in tensor.shape.dim)
    square = len(sides) == 4 and ((sides[1] == sides[2] and sides[3] == 3) or (sides[2] == sides[3] and sides[1] == 3))
    if not square or tensor.elem_type != TensorProto.FLOAT or not sides[2]:
        raise _unfit(f"its input is {sides}, not float32 images of one square size and three bands")
    return sides


def _trial(graph: onnx.ModelProto, shape: tuple[int, int, int, int]) -> Array:
    """Run the published graph on several random images; return (N, C)."""
    session = _session(graph.SerializeToString())
    images = np.random.default_rng(0).uniform(-1, 1, (SEVERAL, *shape[1:])).astype(np.float32)
    try:
        found = session.run(None, {session.get_inputs()[0].name: images})[0]
    except (ort_errors.Fail, ort_errors.InvalidArgument, ort_errors.RuntimeException) as error:
        raise _unfit("it does not take several images at once") from error
    if found.ndim != 2 or len(found) != SEVERAL:
        raise _unfit(f"its output for {SEVERAL} images has the shape {found.shape}, not one row an image")
    return np.asarray(found, dtype=np.float32)


def _head(preprocessing: Preprocessing, planes: bool, target: str) -> list[onnx.NodeProto]:
    """Return the nodes from ``image`` to the published graph's input."""
    nodes = [
        helper.make_node("Cast", ["image"], ["image.float"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["image.float", "pixel.mean"], ["image.centred"]),
        helper.make_node("Div", ["image.centred", "pixel.divisor"], ["image.normal"]),
    ]
    last = "image.normal"
    if preprocessing.bands == "bgr":
        nodes.append(helper.make_node("Gather", [last, "band.order"], ["image.bands"], axis=3))
        last = "image.bands"
    if planes:
        nodes.append(helper.make_node("Transpose", [last], [target], perm=[0, 3, 1, 2]))
    else:
        nodes.append(helper.make_node("Identity", [last], [target]))
    return nodes


def _constants(preprocessing: Preprocessing) -> list[onnx.TensorProto]:
    values: Mapping[str, npt.NDArray[Any]] = {
        "pixel.mean": np.array(preprocessing.mean_rgb, np.float32),
        "pixel.divisor": np.array(preprocessing.divisor_rgb, np.float32),
    } | ({"band.order": np.array([2, 1, 0], np.int64)} if preprocessing.bands == "bgr" else {})
    return [numpy_helper.from_array(value, name) for name, value in values.items()]


def _give_out(body: onnx.GraphProto, size_px: int, classes: int, outputs: Mapping[str, str]) -> None:
    """Replace input and outputs of the graph by those of a model package."""
    del body.input[:]
    del body.output[:]
    body.input.append(helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", size_px, size_px, 3]))
    for name, inner in outputs.items():
        body.node.append(helper.make_node("Cast", [inner], [name], to=TensorProto.FLOAT))
        width = classes if name == "logits" else None
        body.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width]))
    del body.value_info[:]


def _add_log(body: onnx.GraphProto, probabilities: str) -> str:
    body.initializer.append(numpy_helper.from_array(np.array(LEAST_PROBABILITY, np.float32), "least.probability"))
    body.node.append(helper.make_node("Max", [probabilities, "least.probability"], ["probability.positive"]))
    body.node.append(helper.make_node("Log", ["probability.positive"], ["probability.log"]))
    return "probability.log"


def _producer(body: onnx.GraphProto, name: str, wanted: set[str], through: set[str]) -> onnx.NodeProto | None:
    """Return the node of a wanted kind behind a value, looking through nodes that change little."""
    node = next((node for node in body.node if name in node.output), None)
    if node is None or node.op_type in wanted:
        return node
    if node.op_type not in through:
        return None
    behind = (_producer(body, put, wanted, through) for put in node.input)
    return next((found for found in behind if found is not None), None)


def _features(body: onnx.GraphProto, logits: str) -> str | None:
    """Return the input of the last linear layer, what a linear head can be trained on."""
    linear = _producer(body, logits, {"MatMul", "Gemm"}, PASS_THROUGH)
    return None if linear is None else linear.input[0]


def _sums_to_one(values: Array) -> bool:
    return bool((values >= 0).all() and np.allclose(values.sum(axis=1), 1.0, atol=1e-3))


def _is_planes(shape: tuple[int, int, int, int]) -> bool:
    return shape[1] == 3 and shape[3] != 3


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _difference(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> float:
    difference = float(np.abs(found - expected).max()) if found.shape == expected.shape else float("inf")
    if not difference <= MAX_DIFFERENCE:
        raise Conflict(
            "the converted model does not say what the published one says",
            value=f"largest difference {difference:.3g}",
            remedy="Export it to ONNX with the tools of its authors and convert that file.",
        )
    return difference


def _unfit(why: str) -> BadInput:
    return BadInput(
        f"this model is not an image classifier Pelagia can adopt: {why}",
        remedy="Export the part of it that takes one image and gives one probability a class.",
    )
