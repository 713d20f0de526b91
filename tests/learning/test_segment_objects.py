from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.learning.tiny_model import tiny_card, tiny_graph, tiny_package

from pelagia.imaging.region import Region
from pelagia.learning.multiples import multiple_probabilities
from pelagia.learning.segment_objects import propose_cuts

DARKER_IS_LIKELIER = np.array([[1, -1]] * 3, np.float32)


def pair(grey: int) -> Region:
    mask = np.zeros((60, 112), np.uint8)
    cv2.circle(mask, (30, 30), 28, 1, -1)
    cv2.circle(mask, (81, 30), 28, 1, -1)
    return Region(0, 0, mask > 0, np.where(mask > 0, grey, 255).astype(np.uint8))


@pytest.fixture
def multiples(tmp_path: Path) -> Path:
    card = tiny_card(("single", "multiple"))
    return tiny_package(tmp_path / "model", card=card, graph=tiny_graph(DARKER_IS_LIKELIER)).path


def test_without_any_model_the_watershed_cuts_every_object_that_has_a_neck() -> None:
    found = propose_cuts([pair(100), pair(200)], min_area_px=300)
    assert [proposal.probability for proposal in found] == [None, None]
    assert [len(proposal.cuts) for proposal in found] == [1, 1]
    assert found[0].cuts[0].source == "watershed"


def test_objects_held_to_be_single_are_not_looked_at(multiples: Path) -> None:
    regions = [pair(5), pair(230)]
    dark, light = multiple_probabilities(regions, multiples)
    assert dark > light
    found = propose_cuts(regions, min_area_px=300, multiples=multiples, least_probability=float(dark + light) / 2)
    assert [proposal.probability for proposal in found] == [pytest.approx(dark), pytest.approx(light)]
    assert [len(proposal.cuts) for proposal in found] == [1, 0]


def test_no_object_no_proposal(multiples: Path) -> None:
    assert propose_cuts([], min_area_px=300) == []
    assert propose_cuts([], min_area_px=300, multiples=multiples) == []
