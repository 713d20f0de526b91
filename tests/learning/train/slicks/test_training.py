from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pelagia.core.errors import BadInput, Conflict, NothingUsable  # noqa: E402
from pelagia.learning.slick_segmenter import load_slick_segmenter  # noqa: E402
from pelagia.learning.train.separation.package import About  # noqa: E402
from pelagia.learning.train.slicks.data import SlickSample, keep_sample  # noqa: E402
from pelagia.learning.train.slicks.export import (  # noqa: E402
    base_channels,
    check_slicks,
    give_statistics,
    read_slick_base,
    slicks_to_onnx,
)
from pelagia.learning.train.slicks.loop import SlickRecipe, slick_loss, train_slick_epoch, trained_network  # noqa: E402
from pelagia.learning.train.slicks.measure import choose_level, dark_spots, floor, overlap_of, summarise  # noqa: E402
from pelagia.learning.train.slicks.network import build_slick_network  # noqa: E402
from pelagia.learning.train.slicks.package import DETECTOR, FIGURES, FLOOR, MODEL, verdicts  # noqa: E402
from pelagia.learning.train.slicks.pictures import IGNORED, Looks  # noqa: E402
from pelagia.learning.train.slicks.train import (  # noqa: E402
    Against,
    SlickOptions,
    deal,
    kept_pictures,
    train_epoch,
    write_measured,
)

pytestmark = pytest.mark.training

CHANNELS = (4, 6, 8, 8)
RECIPE = SlickRecipe(
    seed=3, classes=1, epochs=2, steps=3, batch=2, side_px=64, channels=CHANNELS, looks=Looks(as_files=False)
)
ABOUT = About(
    name="tiny",
    version="1.0.0",
    title="Tiny",
    instrument="SAR",
    created=date(2026, 1, 1),
    licence="CC0",
    intended_use="",
    limits="",
    data=(),
)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[SlickSample]:
    """Eight scenes of noise with a dark square."""
    folder = tmp_path_factory.mktemp("samples")
    rng = np.random.default_rng(0)
    found = []
    for number in range(8):
        picture = rng.normal(140, 15, (96, 96)).astype(np.float32)
        labels = np.zeros((96, 96), np.uint8)
        row, col = rng.integers(5, 50, 2)
        labels[row : row + 36, col : col + 36] = 1
        picture[labels == 1] -= 80
        keep_sample(folder / str(number), picture, labels)
        found.append(SlickSample(stem=folder / str(number), group=f"scene {number // 2}"))
    return found


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(samples: list[SlickSample], tmp_path: Path) -> None:
    losses = [train_slick_epoch(samples, RECIPE, tmp_path / "whole", epoch) for epoch in range(2)]
    train_slick_epoch(samples, RECIPE, tmp_path / "halves", 0)
    assert train_slick_epoch(samples, RECIPE, tmp_path / "halves", 1) == losses[1]
    whole, told = trained_network(RECIPE, tmp_path / "whole")
    halves, _ = trained_network(RECIPE, tmp_path / "halves")
    assert told == losses
    for one, other in zip(whole.parameters(), halves.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_epoch_that_was_trained_is_not_trained_again(samples: list[SlickSample], tmp_path: Path) -> None:
    loss = train_slick_epoch(samples, RECIPE, tmp_path, 0)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert train_slick_epoch(samples, RECIPE, tmp_path, 0) == loss
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_the_exported_model_says_what_the_network_says() -> None:
    network = build_slick_network(1, 2, CHANNELS)
    for norm in (m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.running_mean.uniform_(-0.5, 0.5)
        norm.running_var.uniform_(0.5, 2)
    pictures = np.random.default_rng(0).normal(0, 1, (2, 64, 96)).astype(np.float32)
    assert check_slicks(slicks_to_onnx(network), network, pictures) < 0.01


def test_a_model_that_says_something_else_is_not_shipped() -> None:
    model = slicks_to_onnx(build_slick_network(1, 1, CHANNELS))
    other = build_slick_network(2, 1, CHANNELS)
    with torch.no_grad():
        other.head.bias += 5.0
    with pytest.raises(Conflict, match="does not agree"):
        check_slicks(model, other, np.ones((1, 32, 32), np.float32))


def test_the_loss_falls_with_the_right_answer_and_knows_nothing_of_what_is_ignored() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.uint8)
    labels[:, :4] = 1
    labels[:, :, 0] = IGNORED
    right = torch.where(labels == 1, 4.0, -4.0)[:, None]
    ignored = right.clone()
    ignored[..., 0] = 9.0
    assert slick_loss(right, labels, 0.5) < 0.1
    assert slick_loss(-right, labels, 0.5) > 2
    assert torch.equal(slick_loss(right, labels, 0.5), slick_loss(ignored, labels, 0.5))


def test_overlap_is_counted_over_the_set_and_its_interval_over_scenes() -> None:
    labels = np.array([[1, 1, 0, 0], [2, 2, 0, IGNORED]], np.uint8)
    found = np.array([[1, 0, 1, 0], [1, 0, 0, 1]], bool)
    one = overlap_of(found, labels, "a")
    assert (one.both, one.found_only, one.drawn_only, one.neither) == (1, 2, 1, 3)
    assert (one.look_alikes, one.look_alikes_found) == (2, 1)
    merit = summarise([one, dataclasses.replace(one, group="b", both=3)], "set")
    assert (merit.pictures, merit.groups) == (2, 2)
    assert merit.iou == pytest.approx(4 / 10)
    assert merit.precision == pytest.approx(4 / 8)
    assert merit.recall == pytest.approx(4 / 6)
    assert merit.look_alikes_found == 0.5
    assert merit.iou_low == pytest.approx(1 / 4)
    assert merit.iou_high == pytest.approx(3 / 6)


def test_a_set_without_oil_has_no_overlap() -> None:
    clear = overlap_of(np.zeros((4, 4), bool), np.zeros((4, 4), np.uint8), "a")
    merit = summarise([clear], "set")
    assert merit.iou is None
    assert merit.iou_low is None
    assert merit.look_alikes_found is None


def test_the_floor_takes_the_darker_part_and_never_the_land(samples: list[SlickSample]) -> None:
    picture, labels = samples[0].picture(), samples[0].labels()
    merit = summarise([overlap_of(floor(picture), labels, "a")], "")
    assert merit.iou is not None
    assert merit.iou > 0.85
    picture[:, :10] = np.nan
    assert not floor(picture)[:, :10].any()
    assert not floor(np.full((8, 8), np.nan, np.float32)).any()


def test_dark_spots_are_found_in_grey_and_in_db(samples: list[SlickSample]) -> None:
    picture, labels = samples[0].picture(), samples[0].labels()
    for shown in (picture, 20 * np.log10(np.maximum(picture, 1)) - 60):
        merit = summarise([overlap_of(dark_spots(shown), labels, "a")], "")
        assert merit.iou is not None
        assert merit.iou > 0.7
    assert not dark_spots(np.full((8, 8), np.nan, np.float32)).any()


def test_the_probability_is_chosen_where_the_overlap_is_best() -> None:
    labels = np.zeros((1, 100), np.uint8)
    labels[:, 70:] = 1
    probabilities = np.linspace(0, 1, 100, dtype=np.float32)[None]
    assert choose_level([(probabilities, labels)]) == pytest.approx(0.7)


def test_parts_of_one_scene_stay_on_one_side(samples: list[SlickSample]) -> None:
    many = [dataclasses.replace(sample, group=f"{sample.group}{copy}") for copy in range(4) for sample in samples]
    dealt = deal(many, 0.25, seed=1)
    sides = [{sample.group for sample in side} for side in (dealt.learned, dealt.chosen_on, dealt.heldout)]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides)) == 16
    assert len(sides[2]) == 4
    assert not deal(samples, 0.25, seed=1).chosen_on  # four scenes: none to spare
    with pytest.raises(NothingUsable, match="second scene"):
        deal(samples[:2], 0.25, seed=1)


def test_a_package_carries_its_figures_beside_the_floor_and_can_be_trained_on(
    samples: list[SlickSample], tmp_path: Path
) -> None:
    options = SlickOptions(about=ABOUT, recipe=RECIPE, window_px=64, overlap_px=16)
    for epoch in range(RECIPE.epochs):
        train_epoch(samples, options, tmp_path, epoch)
    sets = {"held out": kept_pictures(samples[:4]), "elsewhere": kept_pictures(samples[4:])}
    package = write_measured(samples, options, tmp_path, Against(chosen_on=kept_pictures(samples[:2]), sets=sets))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "training"]
    told = [(one["set"], one["by"], one["pictures"]) for one in package.card.recipe[FIGURES]]
    assert told == [(what, by, 4) for what in sets for by in (MODEL, FLOOR, DETECTOR)]
    page = (package.path / "card.md").read_text(encoding="utf-8")
    assert "| elsewhere | the detector dark-spots" in page
    assert "detector = " in page
    assert (package.path / "figures" / "examples.png").stat().st_size > 1000
    segmenter = load_slick_segmenter(package.path, threads=1)
    assert segmenter.least_probability == package.card.recipe["feed"]["least_probability"]

    again = dataclasses.replace(options, base=package.path)
    assert base_channels(package.path) == CHANNELS
    network = read_slick_base(package.path, ["oil", "ice"])
    picture = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        before = network(picture)
        give_statistics(network, [torch.randn(2, 1, 64, 64)])
        after = network.eval()(picture)
    torch.testing.assert_close(before, after, atol=1e-3, rtol=1e-3)
    model = segmenter.session.run(["logits"], {"image": picture.permute(0, 2, 3, 1).numpy()})[0]
    np.testing.assert_allclose(before[:, 0].numpy(), model[..., 0], atol=0.05)
    assert train_epoch(samples, again, tmp_path / "again", 0) > 0


def test_a_model_that_was_not_trained_here_cannot_be_trained_on(tmp_path: Path) -> None:
    from tests.learning.tiny_slicks import tiny_slicks

    with pytest.raises(BadInput, match="cannot be trained on"):
        base_channels(tiny_slicks(tmp_path / "1.0.0").path)


def test_the_card_says_where_dark_spots_do_better() -> None:
    def line(what: str, by: str, iou: float | None) -> dict[str, object]:
        return {"set": what, "by": by, "iou": iou}

    told = list(
        verdicts(
            [
                line("a", MODEL, 0.6),
                line("a", FLOOR, 0.5),
                line("b", MODEL, 0.4),
                line("b", FLOOR, 0.3),
                line("b", DETECTOR, 0.5),
                line("c", MODEL, None),
                line("c", FLOOR, 0.5),
            ]
        )
    )
    assert told == [
        "a: better than dark spots (0.600 against 0.500); use `detector = network`.",
        "b: **no better than dark spots** (0.400 against 0.500); use `detector = dark-spots`.",
    ]
