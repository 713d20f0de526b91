"""What the litter module of DFKI answers, from results of ours: every picture, real numbers, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image
from tests.exports.litter.litter_result import Recipe, make_litter

from pelagia.core.ground import TILE_CLASSES
from pelagia.core.result import Result
from pelagia.core.table import write_table
from pelagia.exports.litter.aplasticq import write
from pelagia.exports.litter.aplasticq_sheets import PLD_LABELS, PLQ_LABELS, UNASSIGNED, sheets_of
from pelagia.services.litter.columns import QUANTITY_COLUMNS
from pelagia.services.litter.quantities import PLQ_FACTORS

DERIVED = ["Litter abundances", "Litter m²", "Litter m³", "Org. Debris m²", "Org. Debris m³"]


def with_quantities(result: Result, folder: Path) -> Result:
    """Give the picture 'north' quantities, one of them below 1."""
    told: dict[str, Any] = {"image_id": "north", "area_id": "beach", "counted_items": None}
    rows = [
        {"tile_class": "all", "kind": "tiles", "tiles": 3.5, "area_m2": 0.21, "volume_m3": 0.034, "items": 8.25},
        {"tile_class": "organic debris", "kind": "tiles", "tiles": 2.0, "area_m2": 0.13, "volume_m3": 0.013},
        {"tile_class": "NP - metal", "kind": "items", "tiles": 1.5, "area_m2": 0.02, "items": 1.5},
        {"tile_class": "P - bags LDPE", "kind": "items", "tiles": 2.5, "area_m2": 0.04, "items": 2.5},
    ]
    empty = dict.fromkeys(column.name for column in QUANTITY_COLUMNS)
    folder.mkdir()
    table = write_table("quantities", folder, QUANTITY_COLUMNS, [{**empty, **told, **row} for row in rows])
    return replace(result, tables={**result.tables, "quantities": table})


@pytest.fixture
def result(tmp_path: Path) -> Result:
    return with_quantities(make_litter(tmp_path / "result"), tmp_path / "quantities")


def column(path: Path, sheet: str, number: int = 1) -> dict[str, Any]:
    return {row[0]: row[number] for row in load_workbook(path)[sheet].iter_rows(values_only=True)}


def test_the_classes_of_both_are_the_same_but_for_two_that_are_spelled_wrongly() -> None:
    assert set(PLD_LABELS.values()) == set(TILE_CLASSES)
    waste = [label.replace("LPDE", "LDPE") for label in PLQ_LABELS if not label.startswith("NW")]
    assert waste == list(PLQ_FACTORS) and len(PLQ_LABELS) == 23


def test_every_picture_gets_its_drawings_and_its_workbook(result: Result, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write(result, out)
    endings = ("PLD.jpg", "PLQ.jpg", "litter_items.xlsx")
    assert {path.name for path in out.iterdir()} == {
        f"{name}_{ending}" for name in ("north", "south", "turned", "nowhere") for ending in endings
    }


@pytest.mark.parametrize(("detection", "quantification"), [(True, False), (False, True), (False, False)])
def test_a_drawing_that_is_not_wanted_is_not_made(
    result: Result, tmp_path: Path, detection: bool, quantification: bool
) -> None:
    write(result, tmp_path, with_detection=detection, with_quantification=quantification)
    assert len(list(tmp_path.glob("*_PLD.jpg"))) == 4 * detection
    assert len(list(tmp_path.glob("*_PLQ.jpg"))) == 4 * quantification
    assert len(list(tmp_path.glob("*.xlsx"))) == 4


def test_the_two_drawings_show_the_picture_and_differ(result: Result, tmp_path: Path) -> None:
    write(result, tmp_path)
    shown = [np.asarray(Image.open(tmp_path / f"north_{kind}.jpg")).astype(int)[:600, :800] for kind in ("PLD", "PLQ")]
    assert shown[0].shape == shown[1].shape and np.abs(shown[0] - shown[1]).max() > 60


def test_the_workbook_has_the_sheets_rows_and_columns_of_the_module(result: Result, tmp_path: Path) -> None:
    write(result, tmp_path)
    path = tmp_path / "north_litter_items.xlsx"
    assert load_workbook(path).sheetnames[:2] == ["Litter Detection", "Litter Quantification"]
    detection = column(path, "Litter Detection")
    assert list(detection) == [None, *PLD_LABELS, *DERIVED] and detection[None] == "result"
    assert list(column(path, "Litter Quantification")) == [None, *PLQ_LABELS, UNASSIGNED]
    heads = [column(path, "Litter Quantification", number)[None] for number in (1, 2)]
    assert heads == ["classifications", "assessed abundances"]


def test_numbers_below_one_are_not_lost(result: Result, tmp_path: Path) -> None:
    write(result, tmp_path)
    detection = column(tmp_path / "north_litter_items.xlsx", "Litter Detection")
    assert [detection[name] for name in DERIVED] == [8.25, 0.21, 0.034, 0.13, 0.013]
    quantified = column(tmp_path / "north_litter_items.xlsx", "Litter Quantification", 2)
    assert (quantified["NP - metal"], quantified["P - bags LPDE"], quantified["NP - glass"]) == (1.5, 2.5, 0.0)


def test_tiles_and_items_of_all_pictures_are_told(result: Result) -> None:
    sheets = list(sheets_of(result))
    tiles = sum(sum(one.detection[label] or 0 for label in PLD_LABELS) for one in sheets)
    assert tiles == result.tables["tiles"].rows
    counted = sum(row["is_counted"] for row in result.tables["items"].records(["is_counted"]))
    assert counted == sum(row["counted items"] for one in sheets for row in one.quantification.values())


def test_where_the_size_of_the_ground_is_not_known_no_square_metres_are_told(result: Result, tmp_path: Path) -> None:
    (nowhere,) = (one for one in sheets_of(result) if one.name == "nowhere")
    assert [nowhere.detection[name] for name in DERIVED] == [None] * 5
    assert nowhere.quantification["NP - glass"]["assessed abundances"] is None
    write(result, tmp_path, with_detection=False, with_quantification=False)
    assert "gsd_cm" in column(tmp_path / "nowhere_litter_items.xlsx", "Picture")["ground sampling distance (cm)"]


def test_pictures_without_a_view_get_their_workbook_alone(tmp_path: Path) -> None:
    write(make_litter(tmp_path / "result", Recipe(views=False)), tmp_path)
    assert len(list(tmp_path.glob("*.xlsx"))) == 4 and not list(tmp_path.glob("*.jpg"))


def test_a_file_name_that_is_a_formula_is_text(result: Result, tmp_path: Path) -> None:
    pictures = result.tables["pictures"]
    rows = [{**row, "file": "=1+1.jpg" if row["image_id"] == "north" else row["file"]} for row in pictures.records()]
    (tmp_path / "named").mkdir()
    named = write_table("pictures", tmp_path / "named", pictures.columns, rows)
    write(replace(result, tables={**result.tables, "pictures": named}), tmp_path)
    assert column(tmp_path / "north_litter_items.xlsx", "Picture")["file"] == "'=1+1.jpg"


def test_a_file_name_that_no_workbook_holds_loses_its_control_characters(result: Result, tmp_path: Path) -> None:
    pictures = result.tables["pictures"]
    rows = [
        {**row, "file": "a\x01\u202fb.jpg" if row["image_id"] == "north" else row["file"]} for row in pictures.records()
    ]
    named = write_table("pictures", tmp_path / "named", pictures.columns, rows)
    write(replace(result, tables={**result.tables, "pictures": named}), tmp_path)
    assert column(tmp_path / "north_litter_items.xlsx", "Picture")["file"] == "a\u202fb.jpg"
