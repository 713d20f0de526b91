from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.learning.train.detection.drawn import CLASSES, SIDE_PX, draw_data

torch = pytest.importorskip("torch")

from pelagia.core.errors import NothingUsable  # noqa: E402
from pelagia.learning.detector import load_detector  # noqa: E402
from pelagia.learning.train.detection.augmentation import ViewChanges  # noqa: E402
from pelagia.learning.train.detection.data import DetectionData, keep_pictures, split_data  # noqa: E402
from pelagia.learning.train.detection.export import check_detector, detector_to_onnx  # noqa: E402
from pelagia.learning.train.detection.loop import DetectorRecipe, edge_loss, middle_loss, train_network  # noqa: E402
from pelagia.learning.train.detection.network import DetectorShape, build_detector_network  # noqa: E402
from pelagia.learning.train.detection.train import DetectorOptions, Elsewhere, train_detector  # noqa: E402
from pelagia.learning.train.separation.package import About  # noqa: E402

pytestmark = pytest.mark.training

RECIPE = DetectorRecipe(
    seed=3, epochs=2, batch=4, side_px=64, width=16, views=8, changes=ViewChanges(scale=(0.9, 1.1), mosaic=0.3)
)
ABOUT = About(
    name="tiny-detector",
    version="1.0.0",
    title="Squares and discs",
    instrument="drone camera",
    created=date(2026, 1, 2),
    licence="Apache-2.0",
    intended_use="Tests.",
    limits="All.",
    data=(),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DetectionData:
    return draw_data(tmp_path_factory.mktemp("pictures"), 20, 5)


def quiet(epoch: int, loss: float) -> None:
    assert epoch >= 0
    assert loss > 0


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(data: DetectionData, tmp_path: Path) -> None:
    pictures = keep_pictures(data, tmp_path / "pictures")
    whole, losses = train_network(pictures, 2, RECIPE, tmp_path / "whole", quiet)

    def stop(epoch: int, loss: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_network(pictures, 2, RECIPE, tmp_path / "parts", stop)
    parts, losses_of_parts = train_network(pictures, 2, RECIPE, tmp_path / "parts", quiet)
    assert losses == losses_of_parts
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, parts.state_dict()[name]), name


def test_it_learns_to_find_what_is_drawn(data: DetectionData, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=12, views=24, learning_rate=4e-3, backbone_rate=0.5, averaging=0.9)
    package = train_detector(
        data, DetectorOptions(about=ABOUT, recipe=recipe, window_px=SIDE_PX, overlap_px=24), tmp_path
    )
    first = package.card.recipe["figures"][0]
    assert first["ap50"] > 0.5
    assert first["f1"] > 0.5
    assert {one["name"] for one in first["per_class"]} == set(CLASSES)
    page = (package.path / "card.md").read_text(encoding="utf-8")
    assert f"| {first['ap50']:.3f} (" in page
    assert (package.path / "figures" / "examples.png").is_file()
    detector = load_detector(package.path, threads=1)
    assert detector.classes == CLASSES
    assert detector.score_from == first["threshold"] or abs(detector.score_from - first["threshold"]) < 1e-3


def test_figures_of_other_sets_stand_beside_those_of_the_held_out_pictures(data: DetectionData, tmp_path: Path) -> None:
    other = Elsewhere(what="elsewhere", data=data.only([True] * 3 + [False] * 17), classes_count=False)
    options = DetectorOptions(about=ABOUT, recipe=replace(RECIPE, epochs=1), window_px=SIDE_PX, gsd_cm=0.5)
    package = train_detector(data, options, tmp_path, elsewhere=(other,))
    figures = package.card.recipe["figures"]
    assert [one["what"] for one in figures] == ["held out by group", "elsewhere"]
    assert figures[1]["pictures"] == 3
    assert not figures[1]["classes_count"]
    assert load_detector(package.path).gsd_cm == 0.5


def test_held_out_pictures_are_whole_groups(data: DetectionData) -> None:
    train, heldout = split_data(data, 0.3, np.random.default_rng(0))
    assert len(train.samples) + len(heldout.samples) == 20
    assert heldout.samples
    assert not set(train.groups) & set(heldout.groups)


def test_one_group_cannot_be_split(data: DetectionData) -> None:
    with pytest.raises(NothingUsable, match="one group"):
        split_data(data.only([sample.group == "flight 0" for sample in data.samples]), 0.3, np.random.default_rng(0))


def test_a_group_on_both_sides_is_refused(data: DetectionData, tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="both trained and measured"):
        train_detector(data, DetectorOptions(about=ABOUT, recipe=RECIPE), tmp_path, heldout=data)


def test_the_exported_model_answers_as_the_network_does() -> None:
    torch.manual_seed(0)
    network = build_detector_network(DetectorShape(classes=2, width=16), pretrained=False)
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    with torch.no_grad():
        network.train()
        network(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    model = detector_to_onnx(network)
    assert check_detector(model, network, images) < 0.01


def test_the_loss_of_middles_is_least_at_the_target_and_falls_off_around_it() -> None:
    target = torch.zeros(1, 1, 5, 5)
    target[0, 0, 2, 2] = 1.0
    target[0, 0, 2, 3] = 0.8
    right = torch.full_like(target, -6.0)
    right[0, 0, 2, 2] = 6.0
    near, far, missed = right.clone(), right.clone(), right.clone()
    near[0, 0, 2, 3] = 3.0
    far[0, 0, 0, 0] = 3.0
    missed[0, 0, 2, 2] = -3.0
    weight, alike = torch.ones(1, 5, 5), torch.ones(1)
    best, beside, away, none = (float(middle_loss(x, target, weight, alike)) for x in (right, near, far, missed))
    assert best < beside < away
    assert best < none


def test_what_is_not_fully_marked_costs_less_where_nothing_is_marked() -> None:
    target, found = torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), 2.0)
    whole, partly = (float(middle_loss(found, target, torch.full((1, 4, 4), w), torch.ones(1))) for w in (1.0, 0.1))
    assert partly == pytest.approx(0.1 * whole)


def test_the_loss_of_edges_is_nothing_at_the_truth_and_more_than_one_far_from_it() -> None:
    box = torch.zeros(1, 4, 4, 4)
    box[0, :, 1, 2] = torch.tensor([2.0, 4.0, 10.0, 16.0])
    weight = torch.zeros(1, 4, 4)
    weight[0, 1, 2] = 2.0
    distances = torch.ones(1, 4, 4, 4)
    distances[0, :, 1, 2] = torch.tensor([4.0, 6.0, 4.0, 6.0])  # the cell's middle lies at row 6, column 10
    assert float(edge_loss(distances, box, weight)) == pytest.approx(0, abs=1e-6)
    distances[0, :, 1, 2] = torch.tensor([0.1, 0.1, 0.1, 0.1])
    assert float(edge_loss(distances, box, weight)) > 0.9
    assert float(edge_loss(distances, box, weight * 0)) == 0
