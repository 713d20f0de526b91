"""What people may change is checked before it is kept; nothing else is taken."""

from __future__ import annotations

from typing import Any

import pytest

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.litter.editor import LONGEST_NAME, MOST_POINTS, check

BOX = [10, 20, 5.123456, 8]
PLACES = [[-6.1, 106.8], [-6.2, 106.8]]


def edit(kind: str, subject: str, value: Any, field: str = "") -> Edit:
    return Edit(kind=kind, subject=subject, field=field, value=value, by="Ada", at="2026-06-03T10:00:00Z")


@pytest.mark.parametrize(
    ("subject", "value", "kept"),
    [
        ("a_1", {"state": "deleted", "noise": 1}, {"state": "deleted"}),
        ("a_1", {"state": "kept"}, {"state": "kept"}),
        ("a_1", {"state": "kept", "item_class": " glass  bottle "}, {"state": "kept", "item_class": "glass bottle"}),
        ("a_1", {"state": "kept", "box": BOX}, {"state": "kept", "box": [10.0, 20.0, 5.12, 8.0]}),
        (
            "new:1",
            {"state": "added", "image_id": "a", "item_class": "can", "box": BOX},
            {"state": "added", "image_id": "a", "item_class": "can", "box": [10.0, 20.0, 5.12, 8.0]},
        ),
        ("new:1", {"state": "deleted"}, {"state": "deleted"}),
        ("a_1", None, None),
    ],
)
def test_changes_of_items_are_kept_in_one_form(subject: str, value: Any, kept: Any) -> None:
    assert check(edit("item", subject, value)).value == kept


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("a_1", 7),
        ("a_1", {}),
        ("a_1", {"state": "gone"}),
        ("a_1", {"state": "added", "image_id": "a", "item_class": "can", "box": BOX}),
        ("new:1", {"state": "added", "image_id": "a", "item_class": "can"}),
        ("new:1", {"state": "added", "item_class": "can", "box": BOX}),
        ("new:1", {"state": "added", "image_id": "a", "box": BOX}),
        ("a_1", {"state": "kept", "item_class": ""}),
        ("a_1", {"state": "kept", "item_class": "a\x00b"}),
        ("a_1", {"state": "kept", "item_class": "x" * (LONGEST_NAME + 1)}),
        ("a_1", {"state": "kept", "box": [1, 2, 3]}),
        ("a_1", {"state": "kept", "box": [1, 2, 0.5, 3]}),
        ("a_1", {"state": "kept", "box": [1, 2, -5, 3]}),
        ("a_1", {"state": "kept", "box": [float("nan"), 2, 3, 3]}),
        ("a_1", {"state": "kept", "box": [True, 2, 3, 3]}),
        ("a_1", {"state": "kept", "box": [10**400, 2, 3, 3]}),
        ("a_1", {"state": "kept", "box": ["1", 2, 3, 3]}),
        ("", {"state": "deleted"}),
        ("a\n1", {"state": "deleted"}),
    ],
)
def test_what_is_no_change_of_an_item_is_refused(subject: str, value: Any) -> None:
    with pytest.raises(BadParameter):
        check(edit("item", subject, value))


def test_lines_and_polygons_are_kept_in_one_form() -> None:
    line = check(edit("survey", "line:north", {"area_id": "beach", "points": PLACES})).value
    assert line == {"area_id": "beach", "image_id": "", "points": PLACES}
    square = [[0, 0], [0, 1], [1, 1]]
    polygon = check(edit("survey", "polygon:p", {"image_id": "a", "points": square, "length_m": 20})).value
    assert polygon == {"area_id": "", "image_id": "a", "points": [[0, 0], [0, 1], [1, 1]], "length_m": 20.0}
    assert check(edit("survey", "line:north", {"state": "deleted"})).value == {"state": "deleted"}
    assert check(edit("survey", "line:north", None)).value is None


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("north", {"points": PLACES}),
        ("circle:north", {"points": PLACES}),
        ("line:", {"points": PLACES}),
        ("line: ", None),
        ("line:north", "straight"),
        ("line:north", {}),
        ("line:north", {"points": PLACES[:1]}),
        ("line:north", {"points": [PLACES[0], PLACES[0]]}),
        ("line:north", {"points": PLACES * MOST_POINTS}),
        ("line:north", {"points": [[106.8, -6.1], [106.9, -6.1]]}),
        ("line:north", {"points": [[0, 0, 0], [1, 1, 1]]}),
        ("polygon:north", {"points": PLACES}),
        ("polygon:north", {"points": [[0, 0], [0, 1], [1, 1]], "length_m": 0}),
        ("line:north", {"image_id": "a", "points": [[0, 0], [1e9, 1]]}),
    ],
)
def test_what_is_no_line_and_no_polygon_is_refused(subject: str, value: Any) -> None:
    with pytest.raises(BadParameter):
        check(edit("survey", subject, value))


def test_a_length_of_beach_is_a_positive_number() -> None:
    assert check(edit("area", "beach", 120, "length_m")).value == 120.0
    assert check(edit("area", "beach", None, "length_m")).value is None
    for value in (0, -1, 1e-307, "100", True, float("inf"), 1e9, [100]):
        with pytest.raises(BadParameter):
            check(edit("area", "beach", value, "length_m"))


@pytest.mark.parametrize(("kind", "field"), [("cuts", ""), ("item", "status"), ("area", ""), ("survey", "points")])
def test_nothing_else_can_be_changed(kind: str, field: str) -> None:
    with pytest.raises(BadParameter, match="kind"):
        check(edit(kind, "a_1", {"state": "deleted"}, field))
