"""A published Keras model becomes a model package that says the same, with its faults named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.learning.foreign_graph import SIZE_PX as FOREIGN_SIZE_PX
from tests.learning.foreign_graph import foreign_graph

from pelagia.catalogue.install import install
from pelagia.catalogue.published import About, Converted, convert_published, read_classes, read_preprocessing
from pelagia.core.errors import BadInput, NotFound, Unavailable
from pelagia.learning import convert
from pelagia.learning.classifier import load_classifier

SIZE_PX = 20
MEAN_RGB = [158.3, 150.2, 140.1]
CLASSES = ["Bellerochea", "Bellerochea_horologicalis", "Bubbles", "Egg+Cyst", "Pennate_Diatom"]
APHIA_IDS = ["447730", "447730", "Bubbles", "Egg/Cyst", "148899"]
ABOUT = About(
    name="vliz-like",
    version="1.0.0",
    title="A model like the published one",
    instrument="FlowCam",
    licence="CC-BY-4.0",
    created=date(2025, 4, 23),
    citation="Decrop et al. 2025",
    url="https://doi.org/10.5281/zenodo.15269453",
)

needs_keras = pytest.mark.skipif(
    find_spec("keras") is None or find_spec("torch") is None, reason="Keras with PyTorch is not installed"
)

# What planktonclass builds, in small: a backbone with depthwise convolutions, average, two dense layers.
MAKE_MODEL = f"""
import sys
import keras
from keras import layers
keras.utils.set_random_seed(1)
image = keras.Input(({SIZE_PX}, {SIZE_PX}, 3))
x = layers.Rescaling(1 / 2)(image)
x = layers.Conv2D(8, 3, strides=2, padding="same", activation="swish")(x)
x = layers.DepthwiseConv2D(3, padding="same")(x)
x = layers.BatchNormalization()(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(16, activation="relu")(x)
probabilities = layers.Dense({len(CLASSES)}, activation="softmax", kernel_initializer="random_normal")(x)
model = keras.Model(image, probabilities)
for file in sys.argv[1:]:
    model.save(file)
"""

# Keras itself, the preprocessing of planktonclass written out once more: what the package must agree with.
ASK_KERAS = f"""
import sys
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1], compile=False)
batch = np.load(sys.argv[2]).astype(np.float64) - np.array({MEAN_RGB})[None, None, None, :]
batch /= 127.5
np.save(sys.argv[3], keras.ops.convert_to_numpy(model(batch.astype(np.float32), training=False)))
"""


def run_keras(program: str, *arguments: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def write_folder(folder: Path, **model: Any) -> Path:
    (folder / "ckpts").mkdir(parents=True)
    (folder / "conf").mkdir()
    (folder / "dataset_files").mkdir()
    configuration = {
        "model": {"modelname": "Tiny", "image_size": SIZE_PX, "preprocess_mode": "tf", "num_classes": 5} | model,
        "dataset": {"mean_RGB": MEAN_RGB, "std_RGB": [48.9, 48.9, 48.9], "split_ratios": [0.8, 0.1, 0.1]},
    }
    (folder / "conf" / "conf.json").write_text(json.dumps(configuration))
    (folder / "dataset_files" / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    (folder / "dataset_files" / "aphia_ids.txt").write_text("\n".join(APHIA_IDS) + "\n")
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of Zenodo 15269453, with a model made here, once as .h5 and once as .keras."""
    folder = write_folder(tmp_path_factory.mktemp("published") / "Model")
    run_keras(MAKE_MODEL, folder / "ckpts" / "final_model.h5", folder / "ckpts" / "best_model.keras")
    return folder


@pytest.fixture(scope="module", params=["final_model.h5", "best_model.keras"])
def converted(request: pytest.FixtureRequest, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    out = tmp_path_factory.mktemp("converted") / "model"
    return convert_published(published, out, ABOUT, checkpoint=request.param)


@pytest.fixture(scope="module")
def expected(published: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """(4, C) probabilities of the vignettes, by Keras and the published preprocessing."""
    scratch = tmp_path_factory.mktemp("keras")
    squares = [cv2.resize(v, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_LINEAR) for v in vignettes()]
    np.save(scratch / "in.npy", np.stack(squares))
    run_keras(ASK_KERAS, published / "ckpts" / "final_model.h5", scratch / "in.npy", scratch / "out.npy")
    return np.load(scratch / "out.npy")


def vignettes() -> Iterator[np.ndarray]:
    rng = np.random.default_rng(41)
    for rows, cols in ((30, 90), (12, 12), (200, 35), (20, 20)):
        yield cv2.GaussianBlur(rng.integers(0, 256, (rows, cols, 3), dtype=np.uint8), (0, 0), 2)


@pytest.mark.training
@needs_keras
def test_vignettes_get_the_probabilities_keras_gives(converted: Converted, expected: np.ndarray) -> None:
    found = load_classifier(converted.package.path).classify(vignettes(), features=True)
    assert (found.top_index[:, 0] == expected.argmax(axis=1)).all()
    # float32 sums in another order: parts in a million
    assert np.allclose(found.top_probability, -np.sort(-expected, axis=1), atol=1e-5)
    assert found.features is not None
    assert found.features.shape == (4, 16)
    assert not found.is_unknown.any()


@pytest.mark.training
@needs_keras
def test_the_card_says_what_is_known_and_nothing_else(converted: Converted) -> None:
    card = converted.package.card
    assert card.class_names == tuple(CLASSES)
    assert card.input.resize == "squash"
    assert (card.calibration, card.unknown, card.scores) == (None, None, None)
    assert "not calibrated" in card.limits
    assert len(card.recipe["converted_from_sha256"]) == 64
    assert card.recipe["largest_difference_of_probabilities"] < 1e-5
    page = (converted.package.path / "card.md").read_text()
    assert "10.5281/zenodo.15269453" in page
    assert "No held-out figures are known" in page


@pytest.mark.training
@needs_keras
def test_the_user_is_told_what_the_model_cannot_do(converted: Converted) -> None:
    codes = {issue.code for issue in converted.issues}
    assert {"model-uncalibrated", "model-no-unknown-rule", "aphiaid-name-mismatch"} <= codes


@pytest.mark.training
@needs_keras
def test_it_can_be_installed(converted: Converted, tmp_path: Path) -> None:
    assert install(converted.package.path, home=tmp_path).reference == "vliz-like@1.0.0"


@pytest.mark.training
@needs_keras
def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "damaged")
    (folder / "ckpts" / "final_model.h5").write_bytes(b"\x89HDF\r\n\x1a\n cut")
    with pytest.raises(BadInput, match="could not write"):
        convert_published(folder, tmp_path / "model", ABOUT)


def onnx_folder(folder: Path, **model: Any) -> Path:
    """A published folder whose model is an ONNX file of four classes; no Keras is needed for it."""
    write_folder(folder, **{"image_size": FOREIGN_SIZE_PX} | model)
    (folder / "dataset_files" / "classes.txt").write_text("\n".join(CLASSES[:4]))
    (folder / "dataset_files" / "aphia_ids.txt").write_text("\n".join(APHIA_IDS[:4]))
    (folder / "ckpts" / "model.onnx").write_bytes(foreign_graph().SerializeToString())
    return folder


def test_an_onnx_file_from_elsewhere_is_taken_without_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "find_spec", lambda name: None)
    found = convert_published(onnx_folder(tmp_path / "p"), tmp_path / "model", ABOUT)
    assert found.package.card.recipe["converted_from"] == "model.onnx"
    assert load_classifier(found.package.path).classify(vignettes()).top_index.shape == (4, 4)


def test_a_model_that_does_not_fit_the_files_beside_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not fit the files"):
        convert_published(onnx_folder(tmp_path / "size", image_size=100), tmp_path / "model", ABOUT)
    folder = onnx_folder(tmp_path / "classes")
    for name in ("classes.txt", "aphia_ids.txt"):
        (folder / "dataset_files" / name).write_text("a\nb\nc\n")
    with pytest.raises(BadInput, match="has 4 classes at 6 px, the files say 3"):
        convert_published(folder, tmp_path / "model", ABOUT)


def test_what_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "p")
    (folder / "ckpts" / "model.onnx").write_bytes(b"not an ONNX file")
    with pytest.raises(BadInput, match="not an ONNX file"):
        convert_published(folder, tmp_path / "model", ABOUT)


def test_without_keras_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "p")
    (folder / "ckpts" / "final_model.h5").write_bytes(b"")
    monkeypatch.setattr(convert, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="Keras is not installed"):
        convert_published(folder, tmp_path / "model", ABOUT)


def test_a_wrong_aphia_id_is_left_out_and_named(tmp_path: Path) -> None:
    classes, issues = read_classes(write_folder(tmp_path / "p"))
    genus = classes[0]
    assert genus.aphia_id is None  # published: 447730, a species; the genus is 149305
    assert "447730" in genus.remark
    (issue,) = (issue for issue in issues if "'Bellerochea'" in issue.message and issue.severity == "error")
    assert issue.file == "aphia_ids.txt"
    assert "149305" in issue.message


def test_words_in_place_of_an_aphia_id_are_no_aphia_id(tmp_path: Path) -> None:
    classes, _ = read_classes(write_folder(tmp_path / "p"))
    found = {c.name: c for c in classes}
    assert (found["Bubbles"].aphia_id, found["Bubbles"].is_organism) == (None, False)
    assert (found["Egg+Cyst"].aphia_id, found["Egg+Cyst"].is_organism) == (None, True)
    assert found["Egg+Cyst"].remark == "published in place of an AphiaID: Egg/Cyst"


def test_a_right_aphia_id_brings_its_scientific_name(tmp_path: Path) -> None:
    classes, _ = read_classes(write_folder(tmp_path / "p"))
    assert (classes[4].aphia_id, classes[4].scientific_name) == (148899, "Bacillariophyceae")


def test_the_published_list_of_95_classes_is_read_whole(shared_data: Path, tmp_path: Path) -> None:
    lines = (shared_data / "plankton" / "vliz_classes.csv").read_text().splitlines()[1:]
    rows = [line.split(",") for line in lines]
    folder = write_folder(tmp_path / "p")
    (folder / "dataset_files" / "classes.txt").write_text("\n".join(row[1] for row in rows))
    (folder / "dataset_files" / "aphia_ids.txt").write_text("\n".join(row[2] for row in rows))
    classes, issues = read_classes(folder)
    assert len(classes) == 95
    without = {c.name for c in classes if c.aphia_id is None}
    assert {"Bellerochea", "Artefact", "Bubbles", "Detritus", "Egg+Cyst", "Remnant", "Zooplankton"} <= without
    wrong = {issue.value for issue in issues if issue.severity == "error"}
    assert "447730" in wrong


def test_lists_of_unequal_length_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p")
    (folder / "dataset_files" / "aphia_ids.txt").write_text("1\n2\n")
    with pytest.raises(BadInput, match="5 classes, 2 AphiaIDs"):
        read_classes(folder)


def test_no_aphia_ids_published_is_no_aphia_ids(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p")
    (folder / "dataset_files" / "aphia_ids.txt").unlink()
    assert all(c.aphia_id is None for c in read_classes(folder)[0])


@pytest.mark.parametrize(
    ("mode", "divisor", "bands"),
    [("tf", (127.5,) * 3, "rgb"), ("torch", (40.0, 50.0, 60.0), "rgb"), ("caffe", (1.0,) * 3, "bgr")],
)
def test_the_three_modes_of_planktonclass(mode: str, divisor: tuple[float, ...], bands: str) -> None:
    configuration = {
        "model": {"preprocess_mode": mode},
        "dataset": {"mean_RGB": [1.0, 2.0, 3.0], "std_RGB": [40.0, 50.0, 60.0]},
    }
    found = read_preprocessing(configuration, Path())
    assert (found.mean_rgb, found.divisor_rgb, found.bands) == ((1.0, 2.0, 3.0), divisor, bands)


@pytest.mark.parametrize(
    "configuration",
    [{}, {"model": {"preprocess_mode": "tf"}}, {"model": {"preprocess_mode": "?"}, "dataset": {"mean_RGB": [1, 2, 3]}}],
)
def test_an_unknown_preprocessing_is_never_guessed(configuration: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="how the pixels were prepared"):
        read_preprocessing(configuration, Path())


def test_a_choice_of_model_files_must_be_clear(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p")
    for name in ("epoch-1.h5", "epoch-2.h5"):
        (folder / "ckpts" / name).write_bytes(b"")
    with pytest.raises(NotFound, match=r"epoch-1\.h5, epoch-2\.h5"):
        convert_published(folder, tmp_path / "model", ABOUT)


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a model folder"):
        convert_published(tmp_path, tmp_path / "model", ABOUT)
