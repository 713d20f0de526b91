from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pelagia.learning.train.augmentation import Augmentation, augment_context, augment_image  # noqa: E402
from pelagia.learning.train.dataset import Examples  # noqa: E402
from pelagia.learning.train.head import choose_head, fit_head  # noqa: E402
from pelagia.learning.train.loop import (  # noqa: E402
    Recipe,
    draw_order,
    learning_rate,
    load_state,
    macro_f1,
    measure,
    norm_momentum,
    predict,
    save_state,
    start,
    train_epoch,
)
from pelagia.learning.train.network import Architecture  # noqa: E402

pytestmark = pytest.mark.training


def _examples(n: int = 48) -> Examples:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    store = rng.integers(90, 110, (n, 32, 32, 3)).astype(np.uint8)
    store[labels == 1, 8:24, 8:24] += 100
    return Examples(store=store, rows=np.arange(n), labels=labels, context=np.zeros((n, 0), np.float32))


def _recipe(**changes: object) -> Recipe:
    given = {"epochs": 3, "batch": 8, "precision": "float32", "learning_rate": 2e-3, "threads": 1} | changes
    return Recipe(architecture=Architecture(classes=2, stages=3), **given)


def test_it_learns_what_can_be_seen() -> None:
    examples, recipe = _examples(), _recipe(epochs=4)
    state = start(recipe, examples)
    for epoch in range(4):
        train_epoch(recipe, state, examples, epoch)
    assert measure(predict(state.averaged, examples)[0], examples.labels)["accuracy"] == 1.0


def test_a_training_cut_between_epochs_ends_with_the_same_weights(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    examples, recipe = _examples(24), _recipe(epochs=2)
    whole = start(recipe, examples)
    train_epoch(recipe, whole, examples, 0)
    save_state(whole, tmp_path / "state.pt")
    resumed = load_state(recipe, tmp_path / "state.pt")
    train_epoch(recipe, whole, examples, 1)
    train_epoch(recipe, resumed, examples, 1)
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, resumed.averaged.state_dict()[name]), name


def test_frozen_epochs_leave_the_backbone_alone() -> None:
    examples, recipe = _examples(16), _recipe(freeze_epochs=1)
    state = start(recipe, examples)
    before = {name: value.clone() for name, value in state.network.backbone.state_dict().items()}
    train_epoch(recipe, state, examples, 0)
    assert all(torch.equal(before[name], value) for name, value in state.network.backbone.state_dict().items())
    train_epoch(recipe, state, examples, 1)
    assert not torch.equal(before["_conv_stem.weight"], state.network.backbone._conv_stem.weight)


def test_balanced_drawing_makes_classes_alike_and_plain_drawing_does_not() -> None:
    labels = np.repeat([0, 1], [90, 10])
    rng = np.random.default_rng(0)
    assert np.bincount(labels[draw_order(labels, 0.0, rng)]).tolist() == [90, 10]
    assert np.bincount(labels[draw_order(labels, 1.0, rng)]).tolist() == [50, 50]
    # (90, 10) to the power ½ is 3 : 1.
    assert np.bincount(labels[draw_order(labels, 0.5, rng)]).tolist() == [75, 25]


def test_each_image_of_a_class_comes_before_one_comes_again() -> None:
    order = draw_order(np.repeat([0, 1], [90, 10]), 1.0, np.random.default_rng(0))
    assert sorted(np.bincount(order, minlength=100)[90:].tolist()) == [5] * 10
    assert np.bincount(order, minlength=100)[:90].max() == 1


def test_the_learning_rate_rises_then_falls_to_a_hundredth() -> None:
    recipe = _recipe(epochs=10)
    rates = [learning_rate(recipe, step, 20) for step in range(200)]
    assert rates[0] == pytest.approx(recipe.learning_rate / 20)
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[-1] == pytest.approx(recipe.learning_rate / 100, rel=0.1)
    assert all(a >= b for a, b in pairwise(rates[20:]))


def test_short_trainings_follow_the_statistics_faster() -> None:
    assert norm_momentum(50) == 0.1
    assert norm_momentum(100_000) == 0.01


def test_macro_f1_is_that_of_its_definition() -> None:
    # Class 0: precision 1, recall ½; class 1: precision ⅔, recall 1.
    assert macro_f1(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])) == pytest.approx((2 / 3 + 0.8) / 2)


def test_what_turns_into_view_has_the_colour_of_the_background() -> None:
    image = np.full((64, 64, 3), (10, 120, 200), np.uint8)
    how = Augmentation(contrast=0.0, brightness=0.0)
    for seed in range(5):
        changed = augment_image(image, image[0, 0], how, np.random.default_rng(seed))
        assert np.array_equal(changed, image)


def test_an_image_without_allowed_changes_is_at_most_mirrored() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    how = Augmentation(rotate=False, scale=0.0, shift=0.0, contrast=0.0, brightness=0.0)
    seen = [augment_image(image, image[0, 0], how, np.random.default_rng(seed)) for seed in range(8)]
    assert {bool(np.array_equal(s, image)) for s in seen} == {True, False}
    assert all(np.array_equal(s, image) or np.array_equal(s, image[:, ::-1]) for s in seen)


def test_hidden_context_is_hidden_with_its_flag() -> None:
    context = np.tile(np.array([[0.5, 1.0, -0.2, 1.0]], np.float32), (500, 1))
    flag = np.array([1, 1, 3, 3])
    seen = augment_context(context, flag, Augmentation(context_dropped=0.3), np.random.default_rng(0))
    for value, known in ((0, 1), (2, 3)):
        assert np.array_equal(seen[:, known] == 0, seen[:, value] == 0)
        assert 0.3 < (seen[:, known] == 0).mean() < 0.6


def test_the_linear_head_separates_what_a_line_can_separate() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 20)).astype(np.float32) * 100 + 1000
    labels = np.arange(60) % 3
    features[:, 0] += 2000 * (labels == 1)
    features[:, 1] += 2000 * (labels == 2)
    head, figures = choose_head(features, labels, np.arange(60) >= 45, 3, balance=0.5)
    assert figures["accuracy"] == 1.0
    assert (head.logits(features).argmax(axis=1) == labels).all()


def test_a_heavier_penalty_makes_the_head_less_sure() -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(40, 5)), np.arange(40) % 2
    norms = [np.linalg.norm(fit_head(features, labels, 2, penalty=p, balance=0).weight) for p in (0.01, 0.1, 1.0)]
    assert norms == sorted(norms, reverse=True)
