"""The classifier gives what the graph says, whatever the number, size and order of images."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from tests.learning.tiny_model import CLASSES, SIZE_PX, WEIGHTS, plain_image, tiny_card, tiny_graph, tiny_package

from pelagia.core.errors import BadInput, BadParameter, Conflict, Unavailable
from pelagia.learning.calibrate import softmax
from pelagia.learning.card import Calibration, CardInput, CurvePoint, UnknownRule
from pelagia.learning.classifier import BATCH, BATCHES_AHEAD, load_classifier
from pelagia.learning.context import context_vector
from pelagia.learning.letterbox import letterbox, squash

BATCH_CPU = BATCH["cpu"]
CALIBRATION = Calibration(temperature=2.0, ece_before=0.1, ece_after=0.01, n=100)
RULE = UnknownRule(
    threshold=0.6,
    target_error=0.1,
    measured_error=0.05,
    measured_error_high=0.09,
    rejected_fraction=0.2,
    curve=(
        CurvePoint(threshold=0.0, error=0.2, error_high=0.25, rejected=0.0),
        CurvePoint(threshold=0.6, error=0.05, error_high=0.09, rejected=0.2),
        CurvePoint(threshold=0.9, error=0.01, error_high=0.03, rejected=0.5),
    ),
)


def noisy_images(n: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (*rng.integers(3, 30, 2), 3), dtype=np.uint8) for _ in range(n)]


def test_logits_and_features_are_those_of_the_letterboxed_image(tmp_path: Path) -> None:
    images = noisy_images(5)
    (found,) = load_classifier(tiny_package(tmp_path / "m").path).outputs(images, features=True)
    colour = np.stack([letterbox(image, SIZE_PX).mean(axis=(0, 1)) / 255 for image in images])
    assert found.features is not None
    assert np.allclose(found.features, colour, atol=1e-6)
    assert np.allclose(found.logits, colour @ WEIGHTS, atol=1e-5)


def test_a_card_that_squashes_is_fed_squashed_images(tmp_path: Path) -> None:
    card = tiny_card(input=CardInput(size_px=SIZE_PX, resize="squash"))
    images = noisy_images(5)
    (found,) = load_classifier(tiny_package(tmp_path / "m", card).path).outputs(images, features=True)
    assert found.features is not None
    assert np.allclose(found.features, [squash(i, SIZE_PX).mean(axis=(0, 1)) / 255 for i in images], atol=1e-6)


def test_probabilities_are_calibrated_and_ordered(tmp_path: Path) -> None:
    card = tiny_card(calibration=CALIBRATION)
    found = load_classifier(tiny_package(tmp_path / "m", card).path).classify([plain_image((255, 128, 0))], top_k=3)
    expected = softmax(np.array([[1, 128 / 255, 0]]) @ WEIGHTS, 2.0)[0]
    assert found.top_index.tolist() == [[0, 1, 3]]
    assert np.allclose(found.top_probability, np.sort(expected)[::-1][:3], atol=1e-6)
    assert not found.is_unknown[0]  # no rule on the card: everything is named


def test_an_uncertain_image_is_unknown_and_the_wanted_error_rate_moves_the_line(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m", tiny_card(unknown=RULE)).path)
    images = [plain_image((255, 0, 0)), plain_image((200, 60, 0)), plain_image((128, 128, 128))]
    top = model.classify(images).top_probability[:, 0]
    assert top[0] > 0.95 > top[1] > 0.6 > top[2]
    assert model.classify(images).is_unknown.tolist() == [False, False, True]
    assert model.classify(images, max_error=0.03).is_unknown.tolist() == [False, top[1] < 0.9, True]
    assert model.classify(images, max_error=0.25).is_unknown.tolist() == [False, False, False]
    with pytest.raises(BadParameter, match=r"promise is 0\.030"):
        model.classify(images, max_error=0.001)


def test_an_error_rate_cannot_be_asked_of_a_model_without_a_rule(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="no rule"):
        load_classifier(tiny_package(tmp_path / "m").path).classify([], max_error=0.05)


@pytest.mark.parametrize("n", [0, 1, BATCH_CPU - 1, BATCH_CPU, BATCH_CPU + 1, 3 * BATCH_CPU + 7])
def test_any_number_of_images_gives_that_many_answers_in_order(tmp_path: Path, n: int) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    found = model.classify((plain_image(colours[i % 3]) for i in range(n)), top_k=2)
    assert found.top_index.shape == found.top_probability.shape == (n, 2)
    assert found.top_index[:, 0].tolist() == [i % 3 for i in range(n)]


def test_an_answer_does_not_depend_on_the_images_beside_it(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path)
    images = noisy_images(BATCH_CPU + 5)
    together = model.classify(images).top_probability
    alone = np.concatenate([model.classify([image]).top_probability for image in images])
    assert np.allclose(together, alone, atol=1e-6)


def test_more_classes_than_the_model_has_are_not_invented(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path)
    assert model.classify(noisy_images(2), top_k=50).top_index.shape == (2, len(CLASSES))
    assert model.classify([], top_k=50).top_index.shape == (0, len(CLASSES))


def test_context_reaches_its_image_across_batches(tmp_path: Path) -> None:
    card = tiny_card(context=("width_um", "month"))
    weights = np.vstack([np.zeros((3, 4)), np.arange(20).reshape(5, 4)]).astype(np.float32)
    package = tiny_package(tmp_path / "m", card, tiny_graph(weights, context_columns=5))
    n = BATCH_CPU + 9
    values = {"width_um": np.linspace(5, 500, n), "month": 7}
    found = np.concatenate(
        [o.logits for o in load_classifier(package.path).outputs((plain_image((0, 0, 0)),) * n, values)]
    )
    assert np.allclose(found, context_vector(("width_um", "month"), values, n) @ weights[3:], atol=1e-4)


def test_context_left_out_is_unknown_context(tmp_path: Path) -> None:
    card = tiny_card(context=("depth_m",))
    weights = np.vstack([np.zeros((3, 4)), np.ones((2, 4))]).astype(np.float32)
    model = load_classifier(tiny_package(tmp_path / "m", card, tiny_graph(weights, context_columns=2)).path)
    (found,) = model.outputs([plain_image((9, 9, 9))])
    assert (found.logits == 0).all()


def test_too_few_context_values_are_refused(tmp_path: Path) -> None:
    card = tiny_card(context=("depth_m",))
    graph = tiny_graph(np.ones((5, 4), np.float32), context_columns=2)
    model = load_classifier(tiny_package(tmp_path / "m", card, graph).path)
    with pytest.raises(BadParameter, match="fewer values of depth_m"):
        model.classify(noisy_images(3), {"depth_m": [1.0, 2.0]})


def test_reading_ahead_is_bounded(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path, device="cpu")
    taken = 0

    def images() -> Iterator[np.ndarray]:
        nonlocal taken
        for _ in range(100 * BATCH_CPU):
            taken += 1
            yield plain_image((1, 2, 3), 4, 4)

    stream = model.classify_batches(images())
    next(stream)
    stream.close()
    assert taken <= (BATCHES_AHEAD + 2) * BATCH_CPU  # the one given, and those that a close must wait for


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path)

    tracemalloc.start()
    for _ in model.classify_batches(plain_image((1, 2, 3), 64, 64) for _ in range(200 * BATCH_CPU)):
        pass
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 10 * BATCH_CPU * 64 * 64 * 3  # ten batches of images, not the two hundred that passed


def test_an_error_while_reading_reaches_the_caller_and_ends_the_threads(tmp_path: Path) -> None:
    model = load_classifier(tiny_package(tmp_path / "m").path)

    def images() -> Iterator[np.ndarray]:
        yield from noisy_images(BATCH_CPU + 3)
        raise BadInput("the collage ends here", remedy="Copy it again.", file="c.tif")

    before = threading.active_count()
    with pytest.raises(BadInput, match="ends here"):
        model.classify(images())
    assert threading.active_count() == before


def test_a_model_is_loaded_once_a_process(tmp_path: Path) -> None:
    path = tiny_package(tmp_path / "m").path
    assert load_classifier(path, threads=1) is load_classifier(str(path), threads=1)
    assert load_classifier(path, threads=1) is not load_classifier(path, threads=2)


def test_the_threads_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny_package(tmp_path / "m").path
    monkeypatch.setenv("PELAGIA_WORKER_THREADS", "1")
    assert load_classifier(path).session.get_session_options().intra_op_num_threads == 1
    monkeypatch.setenv("PELAGIA_WORKER_THREADS", "many")
    with pytest.raises(BadParameter, match="many"):
        load_classifier(path)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "m", tiny_card(title="damaged"))
    package.model.write_bytes(package.model.read_bytes()[:-1])
    with pytest.raises(Conflict, match="damaged"):
        load_classifier(package.path)


def test_what_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "m", graph=b"not a model")
    with pytest.raises(BadInput, match="cannot load"):
        load_classifier(package.path)


@pytest.mark.parametrize(
    "graph",
    [
        tiny_graph(np.ones((3, 3), np.float32)),
        tiny_graph(np.ones((5, 4), np.float32), context_columns=2),
        tiny_graph(logits="scores"),
    ],
    ids=["other number of classes", "context not on the card", "no logits"],
)
def test_a_graph_that_is_not_what_the_card_says_is_refused(tmp_path: Path, graph: bytes) -> None:
    with pytest.raises(BadInput, match="inputs and outputs"):
        load_classifier(tiny_package(tmp_path / "m", graph=graph).path)


def test_cuda_that_is_not_there_is_never_replaced_silently(tmp_path: Path) -> None:
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(Unavailable, match="without CUDA"):
        load_classifier(tiny_package(tmp_path / "m").path, device="cuda")
    assert load_classifier(tiny_package(tmp_path / "n").path).device == "cpu"
