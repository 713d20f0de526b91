"""Codes of the field's lists: given where they are certain, and nowhere else."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from pelagia.services.litter.codes import codes_of, listed_classes
from pelagia.services.litter.quantities import PLQ_FACTORS

MATERIALS = {"plastic", "metal", "glass", "paper", "rubber", "wood", "textile", "other"}
LISTED = {codes.item_class: codes for codes in listed_classes().values()}
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "litter-codes.md"


@pytest.mark.parametrize("name", ["plastic", "metal", "glass", "paper"])
def test_a_material_has_no_code_of_an_item(name: str) -> None:
    codes = codes_of(name)
    assert codes.material == name
    assert (codes.j_code, codes.ospar_code, codes.tsg_code) == (None, None, None)
    assert codes.certainty == "unmappable"


def test_items_have_the_codes_of_the_lists() -> None:
    assert codes_of("shopping bag").j_code == "J3"
    assert codes_of("glass bottle").j_code == "J200"
    assert codes_of("drink can").ospar_code == "78"
    assert codes_of("cigarette butt").tsg_code == "G27"
    assert codes_of("plastic cap").plq_class == "P - cup lids, caps and small plastics"


def test_capitals_hyphens_and_other_names_do_not_matter() -> None:
    assert codes_of("Cigarette_Butts") == codes_of("cigarette-butt") == codes_of(" cigarette  butt ")
    assert codes_of("PET bottle").item_class == "drink bottle"


def test_a_class_nobody_listed_is_told_as_such() -> None:
    codes = codes_of("rocket stage")
    assert (codes.item_class, codes.certainty, codes.material) == ("rocket stage", "unlisted", None)
    assert codes_of(None).certainty == codes_of("").certainty == "unlisted"


def test_the_list_is_consistent() -> None:
    for name, codes in LISTED.items():
        numbers = [codes.j_code, codes.ospar_code, codes.tsg_code]
        expected = "exact" if all(numbers) else "partly" if any(numbers) else "unmappable"
        assert codes.certainty == expected, name
        assert codes.certainty == "exact" or codes.remark, name
        assert codes.material is None or codes.material in MATERIALS, name
        assert codes.plq_class is None or codes.plq_class in PLQ_FACTORS, name
        assert codes.j_code is None or re.fullmatch(r"J\d{1,3}", codes.j_code), name
        # The Joint List kept the numbers of TSG-ML for items it took over unchanged.
        assert codes.j_code is None or codes.j_code[1:] == (codes.tsg_code or "")[1:], name


def test_every_class_of_aplastic_q_is_listed() -> None:
    assert {codes_of(name).plq_class for name in PLQ_FACTORS} == set(PLQ_FACTORS)


def test_codes_of_tsg_ml_are_those_of_its_list(shared_data: Path) -> None:
    path = shared_data / "litter" / "tsg_ml_g_codes.csv"
    if not path.is_file():
        pytest.skip("the list of TSG-ML codes is not among the real data")
    with path.open(encoding="utf-8") as file:
        known = {row["code"] for row in csv.DictReader(file)}
    assert {codes.tsg_code for codes in LISTED.values() if codes.tsg_code} <= known


def test_the_page_of_codes_says_what_the_list_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for codes in LISTED.values():
        cells = (codes.item_class, codes.material, codes.plq_class, codes.j_code, codes.ospar_code, codes.tsg_code)
        assert f"| {' | '.join(cell or '' for cell in cells)} |" in text, codes.item_class
