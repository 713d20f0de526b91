from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import onnxruntime as ort  # noqa: E402
from tests.services.litter.tiny_models import tiny_tiles  # noqa: E402

from pelagia.core.errors import BadInput  # noqa: E402
from pelagia.core.ground import TILE_CLASSES  # noqa: E402
from pelagia.learning.package import Heldout  # noqa: E402
from pelagia.learning.tile_classes import load_tile_classifier  # noqa: E402
from pelagia.learning.train.tiles.augmentation import TileChanges, recolour, turn  # noqa: E402
from pelagia.learning.train.tiles.base import read_tile_base  # noqa: E402
from pelagia.learning.train.tiles.data import LITTER, TileData, balanced, one_of, overlapping, steps  # noqa: E402
from pelagia.learning.train.tiles.export import check_tiles, tiles_to_onnx  # noqa: E402
from pelagia.learning.train.tiles.loop import TileRecipe, predict_tiles, tile_loss, train_tiles  # noqa: E402
from pelagia.learning.train.tiles.network import TileNetwork, TileShape, build_tile_network, set_training  # noqa: E402
from pelagia.learning.train.tiles.package import (  # noqa: E402
    About,
    area_under_curve,
    check_litter,
    draw_examples,
    heldout_tiles,
    litter_tiles,
    measure_tiles,
    write_tile_package,
)

pytestmark = pytest.mark.training

SHAPE = TileShape(classes=len(TILE_CLASSES), hidden=8, dropout=0.0)
RECIPE = TileRecipe(seed=1, epochs=2, batch=4, shape=SHAPE, frozen_stages=6)
SAND, WATER, LOW = (TILE_CLASSES.index(name) for name in ("sand", "water", "litter low"))


def _squares(count: int = 8, tiles: int = 1) -> TileData:
    """Yellow sand and blue water in turn."""
    rng = np.random.default_rng(0)
    kinds = np.where(np.arange(count) % 2, SAND, WATER)
    colour = np.where(kinds[:, None, None, None] == SAND, (220, 200, 120), (20, 60, 200))
    images = colour + rng.integers(-10, 10, (count, 64 * tiles, 64 * tiles, 3))
    own = np.zeros((count, tiles, tiles, len(TILE_CLASSES)), np.uint8)
    own[np.arange(count), ..., kinds] = 1
    pairs = [overlapping(one) for one in own]
    return TileData(
        images=images.astype(np.uint8),
        allowed=np.stack([allowed for allowed, _ in pairs]),
        weights=np.stack([weights for _, weights in pairs]),
        groups=tuple(f"beach-{i % 4}" for i in range(count)),
    )


def _network(seed: int = 0) -> TileNetwork:
    torch.manual_seed(seed)
    return build_tile_network(SHAPE, pretrained=False).eval()


def _about() -> About:
    return About(
        name="tiny", version="1.0.0", title="Tiny", created=date(2026, 1, 1), licence="CC0", intended_use="", limits="",
        data=(),
    )  # fmt: skip


def test_a_tile_over_two_may_be_either_and_counts_half() -> None:
    own = np.stack([one_of(["sand"]), one_of(["water"])])[None].repeat(2, axis=0)
    allowed, weights = overlapping(own)
    assert allowed.shape == (steps(2), steps(2), len(TILE_CLASSES))
    np.testing.assert_array_equal(allowed[0, 0], one_of(["sand"]))
    np.testing.assert_array_equal(allowed[1, 1], one_of(["sand", "water"]))
    np.testing.assert_array_equal(weights, [[1, 0.5, 1], [0.5, 0.5, 0.5], [1, 0.5, 1]])


def test_a_tile_over_an_unknown_one_does_not_count() -> None:
    own = np.stack([one_of(["sand"]), np.zeros(len(TILE_CLASSES), np.uint8)])[None]
    allowed, weights = overlapping(np.concatenate([own, own]))
    assert not allowed[:, 1:].any()
    np.testing.assert_array_equal(weights[:, 1:], 0)
    np.testing.assert_array_equal(weights[:, 0], [1, 0.5, 1])


def test_balance_makes_classes_weigh_the_same() -> None:
    data = _squares(8).part(np.array([0, 1, 3, 5, 7]))  # one of water, four of sand
    weights = balanced(data, 1.0).weights[:, 0, 0]
    assert weights[0] == pytest.approx(weights[1:].sum())
    assert weights.sum() == pytest.approx(5)


def test_the_loss_asks_only_for_one_of_the_classes_a_tile_may_be() -> None:
    logits = torch.zeros(1, len(TILE_CLASSES), 1, 1)
    weights = torch.ones(1, 1, 1, 1)

    def loss(names: tuple[str, ...]) -> float:
        allowed = torch.from_numpy(one_of(names)).float()[None, :, None, None]
        return float(tile_loss(logits, allowed, weights))

    assert loss(("sand",)) == pytest.approx(np.log(8), rel=1e-5)
    assert loss(LITTER) == pytest.approx(np.log(4), rel=1e-5)
    assert loss(TILE_CLASSES) == pytest.approx(0, abs=1e-6)
    assert loss(()) == 0


def test_the_network_answers_with_tiles_that_overlap_by_half() -> None:
    assert _network()(torch.zeros(2, 3, 128, 192)).shape == (2, len(TILE_CLASSES), 3, 5)


def test_what_a_cell_sees_lies_around_its_own_middle() -> None:
    backbone = _network().backbone
    filters = [backbone._conv_stem, *(block._depthwise_conv for block in backbone._blocks)]
    middle = 4.0  # number of a cell, from which one goes back to the pixels
    for conv in reversed([conv for conv in filters if conv.stride[0] == 2]):
        assert conv.before + conv.after + 2 == conv.kernel_size[0]
        middle = 2 * middle + (conv.kernel_size[0] - 1) / 2 - conv.before
    assert middle + 0.5 == pytest.approx(4.5 * 32, abs=0.5)


def test_what_is_frozen_does_not_learn_and_norms_keep_what_they_know() -> None:
    network = _network()
    set_training(network, 2, keep_norms=False)
    blocks = list(network.backbone._blocks)
    assert [all(not p.requires_grad for p in block.parameters()) for block in blocks[:4]] == [True, True, True, False]
    assert not any(m.training for m in network.backbone.modules())
    assert network.cells.norm.training
    set_training(network, 0, keep_norms=True)
    assert all(p.requires_grad for p in network.parameters())
    assert not network.cells.norm.training


def test_turning_moves_picture_and_classes_alike() -> None:
    ramp = torch.arange(16.0).reshape(1, 1, 4, 4)
    for seed in range(8):
        image, (maps,) = turn(ramp.repeat(1, 3, 1, 1), (ramp,), np.random.default_rng(seed))
        torch.testing.assert_close(image[:, :1], maps)


def test_recolouring_keeps_the_range_and_without_changes_the_picture() -> None:
    image = torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (3, 3, 16, 16))).float()
    changed = recolour(image, TileChanges(), np.random.default_rng(1))
    assert changed.shape == image.shape
    assert 0 <= float(changed.min()) < float(changed.max()) <= 255
    none = TileChanges(brightness=0, contrast=0, gamma=0, tint=0, saturation=(1, 1), blurred=0, noise=0)
    torch.testing.assert_close(recolour(image, none, np.random.default_rng(1)), image, atol=0.01, rtol=0)


def test_training_learns_and_equal_trainings_give_equal_weights(tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=4)
    network, losses = train_tiles([_squares()], recipe, tmp_path / "one", lambda *_: None)
    again, _ = train_tiles([_squares()], recipe, tmp_path / "two", lambda *_: None)
    assert losses[-1] < losses[0]
    for one, two in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, two)


def test_a_stopped_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole, losses = train_tiles([_squares()], RECIPE, tmp_path / "whole", lambda *_: None)
    _, first = train_tiles([_squares()], RECIPE, tmp_path / "cut", lambda *_: None, until=1)
    resumed, both = train_tiles([_squares()], RECIPE, tmp_path / "cut", lambda *_: None)
    assert first == losses[:1]
    assert both == losses
    for one, two in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(one, two)


def test_the_exported_model_gives_what_the_network_gives_for_any_size() -> None:
    network = _network()
    model = tiles_to_onnx(network)
    images = _squares(2, tiles=2).images
    assert check_tiles(model, network, images) < 0.01
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    wide = np.zeros((1, 64, 256, 3), np.uint8)
    assert session.run(["logits"], {"image": wide})[0].shape == (1, 1, 7, len(TILE_CLASSES))


def test_a_package_is_written_loaded_and_trained_on(tmp_path: Path) -> None:
    network, data = _network(), _squares(8, tiles=2)
    logits = predict_tiles(network, data.images)
    heldout = heldout_tiles(data, logits)
    assert len(heldout.path) == 8 * 4
    measured = measure_tiles(heldout, split="drawn.", n_train=8, rng=np.random.default_rng(0))
    check = check_litter(*_mixed(data, logits), "drawn", np.random.default_rng(0))
    package = write_tile_package(
        tmp_path / "tiny" / "1.0.0",
        model=tiles_to_onnx(network),
        about=_about(),
        measured=measured,
        heldout=heldout,
        checks={"drawn": check},
        recipe=RECIPE.to_json(),
        examples=draw_examples(data.images, logits),
    )
    classifier = load_tile_classifier(package.path, threads=1)
    assert classifier.temperature == measured.calibration.temperature
    np.testing.assert_allclose(classifier.logits(data.images[0]), logits[0], atol=0.01)
    page = (package.path / "card.md").read_text(encoding="utf-8")
    assert f"| drawn | {check.auc:.3f} |" in page
    assert "32 tiles that were held out: drawn." in page
    read = read_tile_base(package.path)
    np.testing.assert_allclose(predict_tiles(read, data.images), logits, atol=0.01)


def _mixed(data: TileData, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Take half of the squares for litter."""
    allowed = data.allowed.copy()
    allowed[::2], allowed[::2, ..., LOW] = 0, 1
    return litter_tiles(replace(data, allowed=allowed), logits, 1.0)


def test_only_tiles_known_to_be_litter_or_not_are_counted() -> None:
    data = _squares(4)
    allowed = data.allowed.copy()
    allowed[0], allowed[1], allowed[2] = one_of(LITTER), one_of(["sand", "litter low"]), 0
    chance, is_litter, groups = litter_tiles(replace(data, allowed=allowed), np.zeros((4, 1, 1, 8), np.float32), 1.0)
    assert is_litter.tolist() == [True, False]
    assert groups == ["beach-0", "beach-3"]
    np.testing.assert_allclose(chance, 0.25)


def test_the_area_under_the_curve_is_how_often_litter_is_ranked_higher() -> None:
    truth = np.array([True, True, False, False])
    assert area_under_curve(np.array([0.9, 0.4, 0.5, 0.1], np.float32), truth) == 0.75
    assert area_under_curve(np.array([0.5, 0.5, 0.5, 0.5], np.float32), truth) == 0.5
    assert np.isnan(area_under_curve(np.array([0.5], np.float32), np.array([True])))


def test_a_model_that_was_not_trained_here_is_no_base(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not trained here"):
        read_tile_base(tiny_tiles(tmp_path / "foreign").path)


def test_heldout_tiles_carry_their_group_and_class() -> None:
    found = heldout_tiles(_squares(4), np.zeros((4, 1, 1, 8), np.float32))
    assert isinstance(found, Heldout)
    assert list(found.true_class) == ["water", "sand", "water", "sand"]
    assert list(found.group) == ["beach-0", "beach-1", "beach-2", "beach-3"]
