from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.litter.tiny_models import ITEM_COLOURS, tiny_items

from pelagia.catalogue.install import install
from pelagia.core.errors import BadInput, NotFound
from pelagia.learning.card import CardInput
from pelagia.learning.detector import Detector, load_detector
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.foreign_detector import Origin, pack_detector

GROUND = (120, 120, 120)
SIDE = 320
PLACES = ((42, 62), (202, 102), (102, 242))  # middles of cells of 4 px


def picture(height: int, width: int, places: tuple[tuple[int, int], ...], item: str = "plastic") -> np.ndarray:
    """Squares of 16 px with their middles at these places."""
    image = np.full((height, width, 3), GROUND, np.uint8)
    for row, col in places:
        image[row - 8 : row + 8, col - 8 : col + 8] = ITEM_COLOURS[item]
    return image


@pytest.fixture
def detector(tmp_path: Path) -> Detector:
    return load_detector(tiny_items(tmp_path / "items").path, threads=1)


def edges_of(places: tuple[tuple[int, int], ...]) -> list[list[float]]:
    return sorted([row - 8.0, col - 8.0, row + 8.0, col + 8.0] for row, col in places)


def test_it_says_what_it_is(detector: Detector) -> None:
    assert detector.classes == ("plastic", "metal")
    assert (detector.gsd_cm, detector.window_px, detector.overlap_px, detector.score_from) == (0.4, SIDE, 64, 0.5)
    assert detector.takes_any_side


def test_every_window_gets_its_own_boxes_in_order(detector: Detector) -> None:
    windows = [
        picture(SIDE, SIDE, PLACES[:count], item) for count, item in ((3, "plastic"), (0, "metal"), (2, "metal"))
    ]
    found = detector.detect(windows * 3)
    assert [len(one) for one in found] == [3, 0, 2] * 3
    assert sorted(found[0].edges.tolist()) == edges_of(PLACES)
    assert found[0].labels.tolist() == [0, 0, 0]
    assert found[2].labels.tolist() == [1, 1]
    assert found[0].edges.dtype == np.float32


def test_a_lower_score_finds_more(detector: Detector) -> None:
    faint = picture(SIDE, SIDE, PLACES)
    faint[faint[..., 2] == 0] = (150, 150, 60)
    assert len(detector.detect([faint])[0]) == 0
    assert len(detector.detect([faint], score_from=0.3)[0]) == 3


@pytest.mark.parametrize("size", [(64, 300), (900, 700), (320, 320), (17, 33)])
def test_a_picture_of_any_size_is_searched_whole_and_each_thing_found_once(
    detector: Detector, size: tuple[int, int]
) -> None:
    rows, cols = range(14, size[0] - 8, 48), range(14, size[1] - 8, 48)
    places = tuple((row, col) for row in rows for col in cols)
    found = detector.find(picture(*size, places))
    assert sorted(found.edges.tolist()) == edges_of(places)


def test_other_windows_are_refused(detector: Detector) -> None:
    for window in (
        np.zeros((100, 100, 3), np.uint8),
        np.zeros((64, 90, 3), np.uint8),
        np.zeros((64, 64, 3), np.float32),
    ):
        with pytest.raises(BadInput, match="no window"):
            detector.detect([window])


def test_calibrated_scores_are_filtered_by_the_calibrated_threshold(detector: Detector) -> None:
    window = picture(SIDE, SIDE, PLACES)
    raw = detector.detect([window])[0].scores
    other = detector.with_traits(detector.traits.model_copy(update={"calibration": (1.0, -2.0)}))
    logit = np.log(np.clip(raw, 1e-6, 1 - 1e-6) / (1 - np.clip(raw, 1e-6, 1 - 1e-6)))
    expected = 1 / (1 + np.exp(2.0 - logit))
    found = other.detect([window], score_from=float(expected.min()) - 0.01)[0]
    assert found.scores.tolist() == pytest.approx(expected.tolist(), abs=1e-4)
    assert len(other.detect([window], score_from=float(expected.max()) + 0.5e-6)[0]) < 3 or expected.max() > 0.999


def test_a_model_for_something_else_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "classifier")
    with pytest.raises(BadInput, match="does not find objects"):
        load_detector(package.path)


@pytest.mark.parametrize(
    ("traits", "place"),
    [(None, "detector"), ({"style": "centre"}, "score_from"), ({"style": "other", "score_from": 0.5}, "style")],
)
def test_a_card_that_does_not_say_how_it_answers_is_refused(tmp_path: Path, traits: Any, place: str) -> None:
    card = tiny_card(("plastic",), task="detection", recipe={"detector": traits} if traits else {})
    package = tiny_package(tmp_path / "detector", card=card)
    with pytest.raises(BadInput, match="does not say how") as caught:
        load_detector(package.path)
    assert place in str(caught.value.value)


def foreign_graph(side: int = 64, batch: int | str = 1, kind: int = TensorProto.FLOAT) -> bytes:
    """Like a YOLO export: float planes in; two candidates out, the second with the scores mean red and mean blue."""
    columns = np.zeros((1, 6, 2), np.float32)
    columns[0, :4, 1] = (side / 2, side / 4, 16, 8)
    pick = np.zeros((3, 6), np.float32)
    pick[0, 4] = pick[2, 5] = 1
    nodes = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "pick"], ["scores"]),
        helper.make_node("Unsqueeze", ["scores", "last"], ["column"]),
        helper.make_node("Mul", ["column", "second"], ["spread"]),
        helper.make_node("Add", ["spread", "boxes"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("images", kind, [batch, 3, side, side])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [batch, 6, 2])],
        [
            numpy_helper.from_array(pick, "pick"),
            numpy_helper.from_array(columns, "boxes"),
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([[[0, 1]]], np.float32), "second"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def foreign(folder: Path, graph: bytes, size_px: int = 64, **traits: Any) -> Detector:
    card = tiny_card(
        ("red", "blue"),
        task="detection",
        input=CardInput(size_px=size_px),
        recipe={"detector": {"style": "yolo", "score_from": 0.5, **traits}},
    )
    return load_detector(tiny_package(folder, card=card, graph=graph).path, threads=1)


@pytest.mark.parametrize("batch", [1, 3, "N"])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16], ids=["32 bits", "16 bits"])
def test_a_foreign_graph_is_fed_as_it_was_trained(tmp_path: Path, batch: int | str, kind: int) -> None:
    detector = foreign(tmp_path / "yolo", foreign_graph(batch=batch, kind=kind))
    red, blue = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 230
    found = detector.detect([red, blue, red, blue])
    assert [one.labels.tolist() for one in found] == [[0], [1], [0], [1]]
    assert found[0].edges.tolist() == [[12, 24, 20, 40]]
    assert found[0].scores.tolist() == pytest.approx([230 / 255], abs=1e-3)
    assert not detector.takes_any_side


def test_bands_mean_and_divisor_come_from_the_card(tmp_path: Path) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    swapped = foreign(tmp_path / "bgr", foreign_graph(), bands="bgr").detect([red])[0]
    assert swapped.labels.tolist() == [1]
    shifted = foreign(tmp_path / "mean", foreign_graph(), mean_rgb=(50, 0, 0), divisor_rgb=(200, 200, 200))
    assert shifted.detect([red])[0].scores.tolist() == pytest.approx([0.75])


def test_a_graph_of_another_size_than_its_card_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="another input"):
        foreign(tmp_path / "yolo", foreign_graph(side=64), size_px=96)


ORIGIN = Origin(name="foreign", version="1.0.0", title="Foreign", created=date(2026, 1, 2), licence="AGPL-3.0")
YOLO = DetectorTraits(style="yolo", score_from=0.5)


def test_a_foreign_detector_becomes_a_package_that_can_be_added(tmp_path: Path) -> None:
    (tmp_path / "best.onnx").write_bytes(foreign_graph())
    package = pack_detector(
        tmp_path / "best.onnx", tmp_path / "packed", ORIGIN, classes=("red", "blue"), window_px=64, traits=YOLO
    )
    added = install(package.path, home=tmp_path / "home")
    assert added.reference == "foreign@1.0.0"
    detector = load_detector(added.path, threads=1)
    assert detector.classes == ("red", "blue")
    assert "AGPL-3.0" in (added.path / "card.md").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_foreign_detector_that_answers_otherwise_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "best.onnx").write_bytes(foreign_graph())
    told = {"classes": ("red", "green", "blue", "white"), "window_px": 64, "traits": YOLO}
    with pytest.raises(BadInput, match="does not answer"):
        pack_detector(tmp_path / "best.onnx", tmp_path / "packed", ORIGIN, **told)
    assert not (tmp_path / "packed").exists()
    with pytest.raises(NotFound):
        pack_detector(tmp_path / "none.onnx", tmp_path / "packed", ORIGIN, **told)
