from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.learning.tiny_model import tiny_package
from tests.learning.train.detection.drawn import CLASSES, SIDE_PX, draw_data
from tests.learning.train.detection.test_training import ABOUT, RECIPE
from tests.services.ecosystem.tiny_models import tiny_animals

torch = pytest.importorskip("torch")

from pelagia.core.errors import BadInput  # noqa: E402
from pelagia.learning.detector import load_detector  # noqa: E402
from pelagia.learning.package import ModelPackage  # noqa: E402
from pelagia.learning.train.detection.base import give_statistics, read_detector_base  # noqa: E402
from pelagia.learning.train.detection.data import DetectionData  # noqa: E402
from pelagia.learning.train.detection.loop import answers  # noqa: E402
from pelagia.learning.train.detection.train import DetectorOptions, train_detector, train_epoch  # noqa: E402

pytestmark = pytest.mark.training

OPTIONS = DetectorOptions(about=ABOUT, recipe=RECIPE, window_px=SIDE_PX, overlap_px=24)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DetectionData:
    return draw_data(tmp_path_factory.mktemp("pictures"), 12, 4)


@pytest.fixture(scope="module")
def package(data: DetectionData, tmp_path_factory: pytest.TempPathFactory) -> ModelPackage:
    return train_detector(data, OPTIONS, tmp_path_factory.mktemp("base"))


def maps_of(package: ModelPackage, image: np.ndarray) -> list[np.ndarray]:
    return load_detector(package.path, threads=1).session.run(None, {"image": image[None]})


def test_a_base_answers_as_its_model_does_also_once_its_norms_know_what_they_see(package: ModelPackage) -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    network = read_detector_base(package.path, CLASSES)
    middles, edges = maps_of(package, image)
    for _ in range(2):
        found, distances = answers(network, image)
        assert np.abs(found - middles[0]).max() < 1e-3
        assert np.abs(distances / edges[0] - 1).max() < 0.02
        give_statistics(network, [np.random.default_rng(1).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)])
    spread = network.head.norm.running_var
    assert spread is not None
    assert not torch.allclose(spread, torch.ones_like(spread))


def test_classes_are_found_again_by_name_and_new_ones_begin_with_the_mean(package: ModelPackage) -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    known, _ = answers(read_detector_base(package.path, CLASSES), image)
    other, _ = answers(read_detector_base(package.path, ("star", "disc")), image)
    assert np.allclose(other[1], known[CLASSES.index("disc")])
    logit = np.log(known / (1 - known)).mean(axis=0)
    assert np.allclose(np.log(other[0] / (1 - other[0])), logit, atol=1e-3)


def test_a_training_from_a_base_begins_with_what_that_knows(
    data: DetectionData, package: ModelPackage, tmp_path: Path
) -> None:
    options = replace(OPTIONS, recipe=replace(RECIPE, epochs=1, learning_rate=1e-6, width=64), base=package.path)
    again = train_detector(data, options, tmp_path)
    assert again.card.recipe["training"]["width"] == RECIPE.width
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    # The running mean of the weights moved a little; without the base it would be a network of chance.
    assert np.abs(maps_of(again, image)[0] - maps_of(package, image)[0]).max() < 0.05


def test_epochs_one_by_one_give_the_model_of_one_go(data: DetectionData, package: ModelPackage, tmp_path: Path) -> None:
    losses = [train_epoch(data, OPTIONS, tmp_path, epoch) for epoch in range(RECIPE.epochs)]
    assert train_epoch(data, OPTIONS, tmp_path, 0) == losses[0]
    parts = train_detector(data, OPTIONS, tmp_path)
    assert parts.card.sha256 == package.card.sha256
    assert parts.card.recipe["training"]["losses"] == [round(loss, 4) for loss in losses]


@pytest.mark.parametrize("kind", ["classifier", "foreign detector"])
def test_other_models_are_no_base(tmp_path: Path, kind: str) -> None:
    other = tiny_package(tmp_path / "base") if kind == "classifier" else tiny_animals(tmp_path / "base")
    with pytest.raises(BadInput):
        read_detector_base(other.path, CLASSES)
