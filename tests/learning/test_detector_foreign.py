"""Detectors as other tools export them, made here in exactly the layout of each export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pelagia.core.errors import BadInput
from pelagia.learning.card import CardClass
from pelagia.learning.detector import Detector, load_detector
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.foreign_detector import Origin, pack_detector

ORIGIN = Origin(
    name="foreign", version="1.0.0", title="Foreign", created=date(2026, 1, 2), licence="AGPL-3.0", instrument="Camera"
)
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def graph_of(
    nodes: Sequence[NodeProto],
    inputs: Sequence[tuple[str, int, Sequence[int | str]]],
    outputs: Sequence[tuple[str, int, Sequence[int | str]]],
    constants: dict[str, np.ndarray],
) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "foreign",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def packed(folder: Path, graph: bytes, classes: Sequence[str | CardClass], size_px: int, **traits: Any) -> Detector:
    (folder / "best.onnx").write_bytes(graph)
    package = pack_detector(
        folder / "best.onnx",
        folder / "packed",
        ORIGIN,
        classes=classes,
        window_px=size_px,
        traits=DetectorTraits.model_validate({"score_from": 0.25} | traits),
    )
    return load_detector(package.path, threads=1)


def constant(output: str, inputs: str, zero: str = "zero") -> list[NodeProto]:
    """The nodes of a graph that always answers the constant ``<output>.told``, whatever the picture."""
    return [
        helper.make_node("ReduceMean", [inputs], [f"{output}.mean"], keepdims=0),
        helper.make_node("Mul", [f"{output}.mean", zero], [f"{output}.nothing"]),
        helper.make_node("Add", [f"{output}.told", f"{output}.nothing"], [output]),
    ]


ZERO = {"zero": np.array(0, np.float32)}
OBSEA = ("Chromis chromis", "Coris julis", "Dentex dentex", "Diplodus vulgaris", "Sarpa salpa", "Serranus cabrilla")


def ultralytics_graph(classes: int, height: int, width: int, *, is_dynamic: bool) -> bytes:
    """As ultralytics writes: ``images`` (1, 3, H, W) 0 to 1, ``output0`` (1, 4 + C, cells of strides 8, 16 and 32)."""
    cells = sum((height // stride) * (width // stride) for stride in (8, 16, 32))
    told = np.zeros((1, 4 + classes, cells), np.float32)
    told[0, :4, 100] = (300, 200, 80, 40)
    told[0, 4 + 3, 100] = 0.8
    told[0, :4, 101] = (302, 200, 80, 40)  # the same thing, less sure
    told[0, 4 + 3, 101] = 0.6
    shape: list[int | str] = ["batch", 3, "height", "width"] if is_dynamic else [1, 3, height, width]
    return graph_of(
        constant("output0", "images"),
        [("images", FLOAT, shape)],
        [("output0", FLOAT, ["batch", 4 + classes, "anchors"] if is_dynamic else [1, 4 + classes, cells])],
        ZERO | {"output0.told": told},
    )


def test_weights_of_an_observatory_exported_by_ultralytics_find_fish_with_their_aphia_ids(tmp_path: Path) -> None:
    ids = {"Chromis chromis": 127_000, "Diplodus vulgaris": 127_054}
    classes = [CardClass(name=name, scientific_name=name, aphia_id=ids.get(name)) for name in OBSEA]
    detector = packed(tmp_path, ultralytics_graph(6, 384, 640, is_dynamic=False), classes, 640, style="yolo")
    assert detector.window_shape == (384, 640)
    (found,) = detector.detect([np.zeros((384, 640, 3), np.uint8)])
    assert found.edges.tolist() == [[180, 260, 220, 340]]
    assert [detector.classes[label] for label in found.labels] == ["Diplodus vulgaris"]
    assert detector.card.classes[3].aphia_id == 127_054
    assert detector.card.instrument == "Camera"
    assert "AGPL-3.0" in (tmp_path / "packed" / "card.md").read_text(encoding="utf-8")


def test_a_graph_of_open_sides_takes_wide_and_high_windows(tmp_path: Path) -> None:
    graph = ultralytics_graph(6, 384, 640, is_dynamic=True)
    detector = packed(tmp_path, graph, OBSEA, 640, style="yolo")
    assert detector.takes_any_side
    for shape in ((384, 640), (640, 384)):
        (found,) = detector.detect([np.zeros((*shape, 3), np.uint8)])
        assert found.edges.tolist() == [[180, 260, 220, 340]]
    with pytest.raises(BadInput, match="no window"):
        detector.detect([np.zeros((384, 640, 3), np.uint8), np.zeros((100, 640, 3), np.uint8)][1:])


def test_a_fixed_rectangle_searches_a_large_picture_whole(tmp_path: Path) -> None:
    detector = packed(tmp_path, ultralytics_graph(6, 384, 640, is_dynamic=False), OBSEA, 640, style="yolo")
    found = detector.find(np.zeros((1080, 1920, 3), np.uint8))
    assert len(found) > 3  # one in each window whose core holds it
    assert {(low - top, right - left) for top, left, low, right in found.edges.tolist()} == {(40, 80)}


def test_yolov5_multiplies_the_chance_of_anything_with_that_of_the_class(tmp_path: Path) -> None:
    told = np.zeros((1, 300, 5 + 2), np.float32)
    told[0, 7] = (32, 16, 16, 8, 0.5, 0.2, 0.9)
    told[0, 8] = (32, 48, 16, 8, 0.1, 0.2, 0.9)
    graph = graph_of(
        constant("output", "images"),
        [("images", FLOAT, [1, 3, 64, 64])],
        [("output", FLOAT, [1, 300, 7])],
        ZERO | {"output.told": told},
    )
    (found,) = packed(tmp_path, graph, ("a", "b"), 64, style="yolov5").detect([np.zeros((64, 64, 3), np.uint8)])
    assert found.edges.tolist() == [[12, 24, 20, 40]]
    assert found.labels.tolist() == [1]
    assert found.scores.tolist() == pytest.approx([0.45])


def torchvision_graph(shape: Sequence[int | str], order: Sequence[str], *, has_batch: bool = False) -> bytes:
    """As torchvision writes: as many boxes as rows of the picture brighter than 0.5, labels from 1 on."""
    lead = [1] if has_batch else []
    image = "image" if len(shape) == 3 else "single"
    nodes = [] if len(shape) == 3 else [helper.make_node("Squeeze", ["image", "first"], ["single"])]
    nodes += [
        helper.make_node("ReduceMean", [image], ["rows"], axes=[0, 2], keepdims=0),
        helper.make_node("Greater", ["rows", "half"], ["bright"]),
        helper.make_node("NonZero", ["bright"], ["number"]),
        helper.make_node("Squeeze", ["number", "first"], ["row"]),
        helper.make_node("Cast", ["row"], ["top"], to=FLOAT),
        helper.make_node("Add", ["top", "one"], ["bottom"]),
        helper.make_node("Mul", ["top", "zero"], ["left"]),
        helper.make_node("Add", ["left", "nine"], ["right"]),
        *(
            helper.make_node("Unsqueeze", [one, "second"], [f"{one}.column"])
            for one in ("left", "top", "right", "bottom")
        ),
        helper.make_node("Concat", [f"{one}.column" for one in ("left", "top", "right", "bottom")], ["four"], axis=1),
        helper.make_node("Add", ["left", "sure"], ["some"]),
        helper.make_node("Mod", ["row", "two"], ["odd"]),
        helper.make_node("Add", ["odd", "whole"], ["named"]),
    ]
    for name, made in (("boxes", "four"), ("labels", "named"), ("scores", "some")):
        tool = "Unsqueeze" if has_batch else "Identity"
        nodes.append(helper.make_node(tool, [made, "first"] if has_batch else [made], [name]))
    kinds = {"boxes": (FLOAT, [*lead, "n", 4]), "labels": (INT64, [*lead, "n"]), "scores": (FLOAT, [*lead, "n"])}
    constants = {
        "half": np.array(0.5, np.float32),
        "one": np.array(1, np.float32),
        "nine": np.array(9, np.float32),
        "sure": np.array(0.75, np.float32),
        "two": np.array(2, np.int64),
        "whole": np.array(1, np.int64),
        "first": np.array([0], np.int64),
        "second": np.array([1], np.int64),
    }
    return graph_of(nodes, [("image", FLOAT, shape)], [(name, *kinds[name]) for name in order], ZERO | constants)


@pytest.mark.parametrize("order", [("boxes", "labels", "scores"), ("boxes", "scores", "labels")])
@pytest.mark.parametrize("shape", [(3, "height", "width"), (1, 3, "height", "width"), (1, 3, 64, 96)])
@pytest.mark.parametrize("has_batch", [False, True])
def test_torchvision_gives_as_many_boxes_as_it_finds_and_label_0_is_the_background(
    tmp_path: Path, shape: Sequence[int | str], order: Sequence[str], has_batch: bool
) -> None:
    graph = torchvision_graph(shape, order, has_batch=has_batch)
    detector = packed(tmp_path, graph, ("even", "odd"), 96, style="torchvision")
    window = np.zeros((64, 96, 3), np.uint8)
    assert len(detector.detect([window])[0]) == 0
    window[[10, 21]] = 255
    (found,) = detector.detect([window])
    assert found.edges.tolist() == [[10, 0, 11, 9], [21, 0, 22, 9]]
    assert found.labels.tolist() == [0, 1]
    assert found.scores.tolist() == [0.75, 0.75]


def test_torchvision_models_without_a_background_say_so_in_the_card(tmp_path: Path) -> None:
    graph = torchvision_graph((3, "height", "width"), ("boxes", "labels", "scores"))
    detector = packed(tmp_path, graph, ("nothing here", "even", "odd"), 96, style="torchvision", first_class=0)
    window = np.zeros((64, 96, 3), np.uint8)
    window[21] = 255
    assert detector.detect([window])[0].labels.tolist() == [2]


def test_a_graph_that_is_told_the_size_of_its_window_answers_in_its_pixels(tmp_path: Path) -> None:
    """As RT-DETR and D-FINE are deployed: images and orig_target_sizes in, labels, boxes and scores out."""
    nodes = [
        helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=FLOAT),
        helper.make_node("Tile", ["size", "twice"], ["sides"]),
        helper.make_node("Unsqueeze", ["sides", "second"], ["scale"]),
        helper.make_node("Mul", ["shares", "scale"], ["boxes"]),
        helper.make_node("Identity", ["labels.told"], ["labels"]),
        *constant("scores", "images"),
    ]
    graph = graph_of(
        nodes,
        [("images", FLOAT, ["N", 3, 64, 96]), ("orig_target_sizes", INT64, ["N", 2])],
        [("labels", INT64, [1, 2]), ("boxes", FLOAT, [1, 2, 4]), ("scores", FLOAT, [1, 2])],
        ZERO
        | {
            "twice": np.array([1, 2], np.int64),
            "second": np.array([1], np.int64),
            "shares": np.array([[[0.25, 0.5, 0.5, 1.0], [0, 0, 0.1, 0.1]]], np.float32),
            "labels.told": np.array([[1, 0]], np.int64),
            "scores.told": np.array([[0.9, 0.1]], np.float32),
        },
    )
    detector = packed(tmp_path, graph, ("a", "b"), 96, style="torchvision", first_class=0)
    (found,) = detector.detect([np.zeros((64, 96, 3), np.uint8)])
    assert found.edges.tolist() == [[32, 24, 64, 48]]
    assert found.labels.tolist() == [1]


def test_rt_detr_of_ultralytics_gives_shares_and_scores_in_one_tensor(tmp_path: Path) -> None:
    told = np.zeros((1, 300, 4 + 2), np.float32)
    told[0, 3] = (0.5, 0.25, 0.25, 0.125, 0.1, 0.7)
    graph = graph_of(
        constant("output0", "images"),
        [("images", FLOAT, [1, 3, 64, 96])],
        [("output0", FLOAT, [1, 300, 6])],
        ZERO | {"output0.told": told},
    )
    detector = packed(tmp_path, graph, ("a", "b"), 96, style="detr", activation="none")
    (found,) = detector.detect([np.zeros((64, 96, 3), np.uint8)])
    assert found.edges.tolist() == [[12, 36, 20, 60]]
    assert found.scores.tolist() == pytest.approx([0.7])


@pytest.mark.parametrize(
    ("style", "shape"),
    [("torchvision", (2, 3, 64, 64)), ("yolo", (3, 64, 64)), ("yolo", (1, 1, 64, 64)), ("yolo", (1, 3, 32, 32))],
)
def test_a_graph_that_takes_something_else_is_refused(tmp_path: Path, style: str, shape: tuple[int, ...]) -> None:
    graph = graph_of(
        constant("output", "images"),
        [("images", FLOAT, shape)],
        [("output", FLOAT, [1, 300, 6])],
        ZERO | {"output.told": np.zeros((1, 300, 6), np.float32)},
    )
    with pytest.raises(BadInput, match="another input"):
        packed(tmp_path, graph, ("a", "b"), 64, style=style)


def test_a_graph_that_answers_otherwise_than_torchvision_is_refused(tmp_path: Path) -> None:
    graph = graph_of(
        constant("output", "images"),
        [("images", FLOAT, (1, 3, 64, 64))],
        [("output", FLOAT, [1, 300, 6])],
        ZERO | {"output.told": np.zeros((1, 300, 6), np.float32)},
    )
    with pytest.raises(BadInput, match="does not answer"):
        packed(tmp_path, graph, ("a", "b"), 64, style="torchvision")
