from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.zooscan.tiny_models import MAP_PX as SIZE_PX
from tests.services.zooscan.tiny_models import separator_graph

from pelagia.core.errors import BadInput
from pelagia.imaging.cuts import apply_cuts
from pelagia.imaging.region import Region
from pelagia.learning.card import CardClass, CardInput
from pelagia.learning.classifier import load_classifier
from pelagia.learning.maps import fill_nearest, from_square, to_square, to_squares
from pelagia.learning.segment import Rule, cuts_from_maps, load_separator

RULE = Rule(least_rise=0.1, widest_neck=0.8, least_score=0.3)
MAPS = (CardClass(name="contact", is_organism=False), CardClass(name="core", is_organism=False))


def pair(seam_grey: int = 200, zoom: int = 1) -> Region:
    """Two discs side by side, with a lighter strip where they meet."""
    mask, grey = np.zeros((50, 92), np.uint8), np.full((50, 92), 80, np.uint8)
    cv2.circle(mask, (25, 25), 22, 1, -1)
    cv2.circle(mask, (66, 25), 22, 1, -1)
    grey[:, 44:48] = seam_grey
    mask, grey = (cv2.resize(a, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST) for a in (mask, grey))
    return Region(300, 500, mask > 0, np.where(mask > 0, grey, 255).astype(np.uint8))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    rule = {"least_rise": 0.1, "widest_neck": 0.8, "least_score": 0.3}
    card = tiny_card(MAPS, task="separation", input=CardInput(size_px=SIZE_PX), recipe={"rule": rule})
    return tiny_package(tmp_path / "model", card=card, graph=separator_graph()).path


@pytest.mark.parametrize("zoom", [1, 3, 9])
def test_two_discs_are_cut_where_the_model_sees_a_contact(package: Path, zoom: int) -> None:
    region = pair(zoom=zoom)
    (cuts,) = load_separator(package, threads=1).separate([region], min_area_px=300)
    assert len(cuts) == 1
    assert cuts[0].source == "model"
    assert cuts[0].score is not None
    assert 0.3 <= cuts[0].score <= 1
    left, right = apply_cuts(region, cuts, min_area_px=300)
    assert left.filled.sum() == pytest.approx(right.filled.sum(), rel=0.2)


def test_no_line_is_drawn_where_the_model_sees_none(package: Path) -> None:
    assert list(load_separator(package, threads=1).separate([pair(seam_grey=80)], min_area_px=300)) == [[]]


def test_answers_are_those_of_each_object_alone_and_in_order(package: Path) -> None:
    separator = load_separator(package, threads=1)
    regions = [pair(seam_grey=80 + 40 * (i % 4)) for i in range(37)]
    together = list(separator.separate(iter(regions), min_area_px=300))
    assert len(together) == 37
    assert together == [next(separator.separate([region], min_area_px=300)) for region in regions]
    assert {len(cuts) for cuts in together} == {0, 1}


def test_a_part_smaller_than_asked_for_is_not_cut_off(package: Path) -> None:
    assert list(load_separator(package, threads=1).separate([pair()], min_area_px=3000)) == [[]]


def test_a_model_that_names_classes_is_refused(tmp_path: Path) -> None:
    folder = tiny_package(tmp_path / "tiny").path
    with pytest.raises(BadInput, match="does not separate"):
        load_separator(folder)


def test_a_separation_model_is_refused_as_a_classifier(package: Path) -> None:
    with pytest.raises(BadInput, match="does not name classes"):
        load_classifier(package)


def test_parts_with_little_contact_between_them_are_one() -> None:
    region = pair()
    square = to_square(region, SIZE_PX)
    contact = (cv2.resize(square[..., 0], (32, 32), interpolation=cv2.INTER_AREA) > 120).astype(np.float32)
    core = np.full((32, 32), 0.9, np.float32)
    sure = cuts_from_maps(region, np.stack([contact, core], axis=-1), RULE, size_px=SIZE_PX, min_area_px=200)
    unsure = cuts_from_maps(region, np.stack([0.25 * contact, core], axis=-1), RULE, size_px=SIZE_PX, min_area_px=200)
    assert len(sure) == 1
    assert unsure == []


def test_labels_of_a_map_come_back_to_the_pixels_they_stand_for() -> None:
    rng = np.random.default_rng(4)
    for height, width in ((31, 170), (200, 40), (64, 64), (7, 9)):
        region = Region(0, 0, np.ones((height, width), bool), rng.integers(0, 200, (height, width)).astype(np.uint8))
        left = np.zeros((height, width), bool)
        left[:, : width // 2] = True
        marked = Region(0, 0, left, region.grey)
        cover = to_square(Region(0, 0, region.filled, np.where(left, 0, 255).astype(np.uint8)), SIZE_PX)[..., 0]
        labels = np.where(to_square(region, SIZE_PX)[..., 1] > 0, np.where(cover < 128, 1, 2), 0).astype(np.int32)
        found = from_square(labels, region, SIZE_PX)
        assert (found > 0).all()
        assert ((found == 1) == marked.filled).mean() > 0.9


def test_a_square_shows_the_object_and_nothing_beside_it() -> None:
    region = pair()
    beside = Region(region.row, region.col, region.filled, np.where(region.filled, region.grey, 7).astype(np.uint8))
    assert np.array_equal(to_squares([region], SIZE_PX), to_squares([beside], SIZE_PX))


def test_empty_places_take_the_nearest_label() -> None:
    labels = np.zeros((5, 9), np.int32)
    labels[2, 1], labels[2, 7] = 3, 5
    filled = fill_nearest(labels)
    assert (filled[:, :4] == 3).all()
    assert (filled[:, 5:] == 5).all()
    assert np.array_equal(fill_nearest(np.zeros((3, 3), np.int32)), np.zeros((3, 3)))
