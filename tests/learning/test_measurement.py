"""A model measured on one's own images knows how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.learning.tiny_model import CLASSES, plain_image, tiny_package

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.learning.checks import check_model
from pelagia.learning.classifier import load_classifier
from pelagia.learning.measurement import LabelledImage, Plan, measure_package
from pelagia.learning.package import read_heldout
from pelagia.learning.quantify import heldout_confusion

PLAN = Plan(split="twelve runs of 2026, none used in training", target_error=0.2, version="1.1.0")


def labelled(n: int = 600) -> Iterator[LabelledImage]:
    """Colours around their class's own, so that some are mistaken."""
    rng = np.random.default_rng(51)
    centres = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [90, 90, 90]])
    for i in range(n):
        truth = i % 4
        colour = np.clip(centres[truth] + rng.normal(0, 35, 3), 0, 255).astype(int)
        yield LabelledImage(
            image=plain_image(colour.tolist(), 6, 9), class_name=CLASSES[truth], group=f"run {i // 50}", path=f"{i}.png"
        )


def test_the_measured_copy_has_every_figure_and_the_same_weights(tmp_path: Path) -> None:
    bare = tiny_package(tmp_path / "bare")
    found = measure_package(bare, labelled(), tmp_path / "measured", PLAN, np.random.default_rng(0))
    card = found.card
    assert card.sha256 == bare.card.sha256
    assert card.version == "1.1.0"
    assert card.scores is not None
    assert card.scores.n_heldout == 600
    assert card.scores.split == PLAN.split
    assert card.calibration is not None
    assert card.calibration.ece_after <= card.calibration.ece_before + 0.02
    assert card.unknown is not None
    assert {issue.code for issue in check_model(card, "FlowCam")} == {"class-without-aphiaid"}
    assert "twelve runs of 2026" in (found.path / "card.md").read_text()


def test_the_held_out_logits_are_those_of_the_classifier(tmp_path: Path) -> None:
    bare = tiny_package(tmp_path / "bare")
    found = measure_package(bare, labelled(100), tmp_path / "measured", PLAN, np.random.default_rng(0))
    heldout = read_heldout(found)
    assert heldout is not None
    logits = np.concatenate([o.logits for o in load_classifier(bare.path).outputs(one.image for one in labelled(100))])
    assert np.allclose(heldout.logits, logits)
    confusion = heldout_confusion(found)
    assert confusion is not None
    assert confusion.shape == (4, 5)


def test_a_class_the_model_does_not_have_is_named(tmp_path: Path) -> None:
    image = LabelledImage(image=plain_image((1, 2, 3)), class_name="Copepod", group="a", path="copepod/1.png")
    with pytest.raises(BadInput, match=r"copepod/1\.png"):
        measure_package(tiny_package(tmp_path / "m"), [image], tmp_path / "n", PLAN, np.random.default_rng(0))


def test_no_image_is_nothing_usable(tmp_path: Path) -> None:
    with pytest.raises(NothingUsable):
        measure_package(tiny_package(tmp_path / "m"), [], tmp_path / "n", PLAN, np.random.default_rng(0))
