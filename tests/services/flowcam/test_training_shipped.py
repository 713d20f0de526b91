from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pelagia.catalogue
from pelagia.learning.evaluate import confusion_matrix
from pelagia.learning.package import ModelPackage, read_heldout, read_package

SHIPPED = Path(pelagia.catalogue.__file__).parent / "shipped"
MODELS = ("flowcam-protist/1.0.0", "plankton-isiis/1.0.0")


@pytest.fixture(params=MODELS)
def package(request: pytest.FixtureRequest) -> ModelPackage:
    return read_package(SHIPPED / request.param)


def test_a_shipped_model_is_at_most_10_mb(package: ModelPackage) -> None:
    assert package.model.stat().st_size <= 10_000_000


def test_the_figures_on_the_card_follow_from_the_heldout_logits(package: ModelPackage) -> None:
    heldout, scores = read_heldout(package), package.card.scores
    assert heldout is not None
    assert scores is not None
    truth = heldout.labels(package.card.class_names)
    found = confusion_matrix(truth, heldout.logits.argmax(axis=1), len(package.card.classes))
    assert np.array_equal(found[:, : len(package.card.classes)], np.asarray(scores.confusion))
    assert scores.accuracy.value == pytest.approx(np.trace(found) / found.sum())


def test_a_shipped_model_clears_the_random_forest_on_the_same_split_by_far(package: ModelPackage) -> None:
    scores, forest = package.card.scores, package.card.recipe["baseline"]
    assert scores is not None
    assert scores.accuracy.low > forest["accuracy"]
    assert scores.macro_f1.low > forest["macro_f1"]


def test_the_named_ones_keep_the_error_rate_that_is_stated(package: ModelPackage) -> None:
    rule = package.card.unknown
    assert rule is not None
    assert rule.measured_error <= rule.measured_error_high <= rule.target_error


def test_no_image_of_a_group_is_on_both_sides_of_a_run_wise_split() -> None:
    package = read_package(SHIPPED / MODELS[0])
    heldout = read_heldout(package)
    assert heldout is not None
    assert len(set(heldout.group)) == 2
    assert package.card.recipe["split"]["fold-1"][2] == sum(g == sorted(set(heldout.group))[0] for g in heldout.group)


def test_what_is_no_organism_has_no_name_to_publish(package: ModelPackage) -> None:
    for one in package.card.classes:
        assert one.is_organism or (one.aphia_id is None and one.scientific_name is None)
        assert one.aphia_id is None or one.scientific_name is not None


def test_a_card_names_no_place_on_the_machine_that_made_it(package: ModelPackage) -> None:
    text = (package.path / "card.json").read_text(encoding="utf-8")
    assert not {"/work", "/tmp", "/home", "/root"} & {part[:5] for part in text.split('"')}
