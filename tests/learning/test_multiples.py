from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.learning.tiny_model import tiny_card, tiny_graph, tiny_package

from pelagia.core.errors import BadInput
from pelagia.imaging.region import Region
from pelagia.learning.multiples import at_share, multiple_probabilities

DARK_IS_MULTIPLE = np.array([[2, -2]] * 3, np.float32)


def square(grey: int) -> Region:
    return Region(0, 0, np.ones((40, 40), bool), np.full((40, 40), grey, np.uint8))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    card = tiny_card(("single", "multiple"))
    return tiny_package(tmp_path / "model", card=card, graph=tiny_graph(DARK_IS_MULTIPLE)).path


def test_every_object_has_a_probability_in_its_place(package: Path) -> None:
    found = multiple_probabilities((square(grey) for grey in (10, 240, 120)), package, threads=1)
    assert found.shape == (3,)
    assert found[0] > found[2] > found[1]
    assert multiple_probabilities([], package, threads=1).shape == (0,)


def test_probabilities_are_lower_where_few_multiples_are_expected(package: Path) -> None:
    few = multiple_probabilities([square(60)], package, expected_share=0.05, threads=1)
    half = multiple_probabilities([square(60)], package, expected_share=0.5, threads=1)
    assert few < half


def test_the_share_changes_the_odds_and_nothing_else() -> None:
    probability = np.array([0, 0.2, 0.5, 0.9, 1], np.float32)
    assert at_share(probability, 0.5) == pytest.approx(probability)
    found = at_share(probability, 0.1)
    assert found[2] == pytest.approx(0.1)
    assert found[[0, -1]].tolist() == [0, 1]
    assert (np.diff(found) > 0).all()


def test_a_model_without_the_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="several organisms"):
        multiple_probabilities([square(5)], tiny_package(tmp_path / "tiny").path)
