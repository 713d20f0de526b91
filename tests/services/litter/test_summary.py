"""The figures people want first, with units and intervals, and what must be said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.litter.lattice import SIDE_M, TILE_M2, account_for, item, lattice, picture, request_of

from pelagia.services.litter.summary import notes, summarise


def test_figures_are_those_of_the_tables(tmp_path: Path) -> None:
    a = picture("a", people=2)
    rows = [*lattice(a), item(a, 101, 100.0, 100.0, duplicate_of="a_1")]
    told = account_for(tmp_path, [a], rows, length_m=40.0, classes={"a": {(0, 0): "litter high", (0, 1): "litter low"}})
    figures = summarise(request_of(length_m=40.0), told.values)
    whole = told.row("density", area_id="all", item_class="all")
    items, per_100m = figures["items"], figures["items_per_100m"]
    assert (items.value, items.low, items.high) == (100, whole["items_low"], whole["items_high"])
    assert (per_100m.value, per_100m.low, per_100m.unit) == (250.0, whole["items_per_100m_low"], "1/100 m")
    assert figures["items_per_km2"].value == pytest.approx(62_500.0)
    assert figures["covered_m2"].value == pytest.approx(SIDE_M**2)
    assert figures["littered_share"].value == pytest.approx(2 * TILE_M2 / SIDE_M**2)
    assert figures["litter_m2"].value == pytest.approx(1.5 * TILE_M2)
    assert figures["litter_m3"].value == pytest.approx(0.37 * TILE_M2)
    assert figures["litter_items"].value == pytest.approx(5.0)
    assert figures["not_counted"].value == 1
    assert figures["people"].value == 2


def test_what_is_not_known_is_empty_and_said(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None, gsd_cm=None, tile_m=None, people=None)
    told = account_for(tmp_path, [a], [item(a, 1, 500.0, 500.0)])
    request = request_of(blur_people=False)
    figures = summarise(request, told.values)
    for name in ("items_per_100m", "items_per_km2", "covered_m2", "littered_share", "litter_m2", "litter_m3", "people"):
        assert figures[name].value is None, name
    assert figures["items"].value == 1
    said = " ".join(notes(request, told.values))
    assert "1 of 1 pictures have no ground sampling distance" in said
    assert "lie nowhere on the map" in said
    assert "No people were looked for" in said


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a", people=0)], [])
    request = request_of(score_from=0.3, min_length_cm=2.5, search_from=0.2)
    said = " ".join(notes(request, told.values))
    assert "score below 0.3" in said
    assert "shorter than 2.5 cm" in said
    assert "probability of 0.2 or more" in said
    assert "comes on top" in said
    everywhere = " ".join(notes(request_of(search="everywhere"), told.values))
    assert "Items were looked for where" not in everywhere
