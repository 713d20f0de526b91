from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.learning.train.separation.drawn import region_of, vignette

torch = pytest.importorskip("torch")

from pelagia.learning.card import DataOrigin  # noqa: E402
from pelagia.learning.segment import Rule, load_separator  # noqa: E402
from pelagia.learning.train.separation.export import check_separator, separator_to_onnx  # noqa: E402
from pelagia.learning.train.separation.loop import SeparationRecipe, separation_loss, train_separator  # noqa: E402
from pelagia.learning.train.separation.measure import measure_separation, summarise  # noqa: E402
from pelagia.learning.train.separation.merges import Look, make_merges  # noqa: E402
from pelagia.learning.train.separation.network import build_separation_network  # noqa: E402
from pelagia.learning.train.separation.package import About, draw_examples, write_separator  # noqa: E402
from pelagia.learning.train.separation.sources import Organism  # noqa: E402
from pelagia.learning.train.separation.targets import Prepared, prepare  # noqa: E402

pytestmark = pytest.mark.training

SIZE_PX = 32
LOOK = Look(esd_px=(30, 60))
RECIPE = SeparationRecipe(seed=3, epochs=2, batch=8)


@pytest.fixture(scope="module")
def organisms() -> list[Organism]:
    rng = np.random.default_rng(1)
    return [Organism(region=region_of(vignette(rng)), class_name="a", name=str(i), group=str(i)) for i in range(12)]


@pytest.fixture(scope="module")
def prepared(organisms: list[Organism], tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("merges"), organisms, LOOK, count=32, size_px=SIZE_PX, seed=1)


def quiet(epoch: int, loss: float) -> None:
    assert epoch >= 0
    assert loss > 0


def test_merges_that_were_made_are_read_again(organisms: list[Organism], tmp_path: Path) -> None:
    first = prepare(tmp_path, organisms, LOOK, count=4, size_px=SIZE_PX, seed=1)
    again = prepare(tmp_path, [], LOOK, count=4, size_px=SIZE_PX, seed=1)
    assert len(again) == 4
    assert np.array_equal(first.squares, again.squares)


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(prepared: Prepared, tmp_path: Path) -> None:
    whole, losses = train_separator(prepared, RECIPE, tmp_path / "whole", quiet)

    def stop(epoch: int, loss: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_separator(prepared, RECIPE, tmp_path / "parts", stop)
    parts, losses_of_parts = train_separator(prepared, RECIPE, tmp_path / "parts", quiet)
    assert losses == losses_of_parts
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, parts.state_dict()[name]), name


def test_it_learns(prepared: Prepared, tmp_path: Path) -> None:
    _, losses = train_separator(prepared, replace(RECIPE, epochs=6), tmp_path, quiet)
    assert losses[-1] < 0.9 * losses[0]


def test_the_loss_is_least_at_the_target_and_a_missed_contact_costs_most() -> None:
    targets = torch.zeros(1, 2, 4, 4)
    targets[0, 1] = 1.0
    targets[0, 0, 1:3] = 1.0
    right = 20 * (targets - 0.5)
    missed, invented = right.clone(), right.clone()
    missed[0, 0, 1] = -10
    invented[0, 0, 0] = 10
    best, worse, bad = (float(separation_loss(x, targets, 8.0)) for x in (right, invented, missed))
    assert best < worse < bad


def test_the_exported_model_answers_as_the_network_does(prepared: Prepared) -> None:
    network = build_separation_network(5)
    with torch.no_grad():
        network.train()
        network(torch.from_numpy(np.array(prepared.squares)).permute(0, 3, 1, 2).float())
    model = separator_to_onnx(network, SIZE_PX)
    assert check_separator(model, network, np.array(prepared.squares[:8])) < 0.01
    assert len(model) < 3_000_000


def test_the_package_is_read_separates_and_tells_its_figures(organisms: list[Organism], tmp_path: Path) -> None:
    merges = list(islice(make_merges(organisms, LOOK, np.random.default_rng(2)), 6))
    merit = summarise(measure_separation(merges, lambda _: [], min_area_px=100), np.random.default_rng(0))
    network = build_separation_network(5)
    package = write_separator(
        tmp_path / "model",
        model=separator_to_onnx(network, SIZE_PX),
        about=About(
            name="tiny-separator",
            version="1.0.0",
            title="Tiny",
            instrument="ZooScan",
            created=date(2026, 1, 2),
            licence="Apache-2.0",
            intended_use="Tests.",
            limits="All.",
            data=(DataOrigin(name="drawn", n_images=12),),
        ),
        size_px=SIZE_PX,
        rule=Rule(least_rise=0.1, widest_neck=0.8, least_score=0.3),
        merits={"nothing is cut": merit},
        measured_on="On six drawn merges.",
        recipe=asdict(RECIPE),
        examples=draw_examples(merges, [[] for _ in merges]),
    )
    page = (package.path / "card.md").read_text(encoding="utf-8")
    assert f"| nothing is cut | {merit.count_error:.3f} |" in page
    assert package.card.sha256 in page
    separator = load_separator(package.path, threads=1)
    assert len(list(separator.separate([merge.region for merge in merges], min_area_px=100))) == 6
