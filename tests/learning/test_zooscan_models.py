from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pelagia.catalogue.models import SHIPPED
from pelagia.imaging.cuts import apply_cuts
from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import find_regions
from pelagia.learning.card import CardClass
from pelagia.learning.classifier import load_classifier
from pelagia.learning.multiples import multiple_probabilities, pictures
from pelagia.learning.package import ModelPackage, read_package
from pelagia.learning.segment import load_separator

SEPARATOR, MULTIPLES, GROUPS = (
    SHIPPED / name / "1.0.0" for name in ("zooscan-separator", "zooscan-multiples", "zooscan-groups")
)
MODEL, FLOOR, PLAIN, NOTHING = (
    "this model",
    "watershed, suppressed (the floor)",
    "plain distance-transform watershed",
    "nothing is cut",
)
IN_SCANS = ", one in ten several"


def bodies(*, several: bool) -> Region:
    """A dark oval like the body of a copepod; if several, a lighter round one that touches its tip."""
    rng = np.random.default_rng(0)
    grey = np.full((140, 240), 255, np.float32)
    if several:
        cv2.circle(grey, (170, 70), 32, 150, -1)
    cv2.ellipse(grey, (80, 70), (60, 24), 0, 0, 360, 60, -1)
    dark = np.where(grey < 255, grey + rng.normal(0, 6, grey.shape), 255)
    scan = np.clip(cv2.GaussianBlur(dark, (0, 0), 1.5), 0, 255).astype(np.uint8)
    (region,) = find_regions(scan, min_area_px=631, max_area_px=scan.size)
    return region


@pytest.fixture(params=[SEPARATOR, MULTIPLES, GROUPS], ids=lambda path: path.parent.name)
def package(request: pytest.FixtureRequest) -> ModelPackage:
    return read_package(request.param)


def test_a_model_is_small_and_its_card_names_data_licence_and_limits(package: ModelPackage) -> None:
    assert package.model.stat().st_size <= 3_000_000
    assert package.card.licence
    assert all(data.citation and data.licence and data.url for data in package.card.data)
    assert "ISIIS" in package.card.limits
    page = (package.path / "card.md").read_text(encoding="utf-8")
    assert package.card.limits in page
    assert not {"/work", "/tmp/", "/root", "/home"} & {part[:5] for part in page.split('"')}


def test_the_separator_beats_the_watersheds_on_merges_of_organisms_it_never_saw() -> None:
    merits = read_package(SEPARATOR).card.recipe["figure_of_merit"]
    for other in (FLOOR, PLAIN, NOTHING):
        assert merits[MODEL]["quality_low"] > merits[other]["quality_high"]
        assert merits[MODEL]["count_error"] < merits[other]["count_error"]


def test_few_single_organisms_are_cut() -> None:
    merits = read_package(SEPARATOR).card.recipe["figure_of_merit"]
    assert merits[MODEL]["singles_cut"] < 0.1
    together = merits[f"zooscan-multiples, then {MODEL}{IN_SCANS}"]
    assert together["singles_cut"] <= merits[MODEL + IN_SCANS]["singles_cut"]
    assert together["quality"] >= merits[NOTHING + IN_SCANS]["quality"]


def test_two_bodies_that_touch_are_cut_and_one_is_not() -> None:
    separator = load_separator(SEPARATOR, threads=1)
    pair, single = bodies(several=True), bodies(several=False)
    of_pair, of_single = separator.separate([pair, single], min_area_px=631)
    assert len(apply_cuts(pair, of_pair, min_area_px=631)) == 2
    assert of_single == []


def test_a_pair_is_likelier_to_be_several_than_one_body() -> None:
    pair, single = multiple_probabilities([bodies(several=True), bodies(several=False)], MULTIPLES, threads=1)
    assert pair > 5 * single  # drawn ones, not much like either to it


def test_the_groups_are_named_and_carry_aphia_ids_only_with_their_names() -> None:
    classifier = load_classifier(GROUPS, threads=1)
    assert classifier.card.calibration is not None
    assert classifier.card.unknown is not None
    for one in classifier.card.classes:
        assert isinstance(one, CardClass)
        assert one.aphia_id is None or one.scientific_name is not None
        assert one.is_organism or one.scientific_name is None
    answer = classifier.classify(pictures([bodies(several=False)]))
    assert answer.top_probability[0, 0] > 0


def test_every_model_stands_where_the_catalogue_looks() -> None:
    assert {Path(p).parent.name for p in (SEPARATOR, MULTIPLES, GROUPS)} <= {p.name for p in SHIPPED.iterdir()}
