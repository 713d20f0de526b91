"""What people may change in a litter result: items, lines and polygons of the survey, the length of a beach."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.litter.columns import ALL

ITEM, SURVEY, AREA = "item", "survey", "area"
NEW = "new:"
"""Begins the subject of an item that a person adds."""
SHAPES = ("line", "polygon")
LENGTH = "length_m"
DELETED, KEPT, ADDED = "deleted", "kept", "added"
LEAST_POINTS = {"line": 2, "polygon": 3}
MOST_POINTS = 2_000
FARTHEST_PX = 10_000_000.0
LEAST_BOX_PX = 1.0
SHORTEST_M, LONGEST_M = 0.01, 1e6
LONGEST_NAME = 200


def check(edit: Edit, /) -> Edit:
    """Return a change as it shall be kept.

    Raises
    ------
    BadParameter
        Where there is no such change, or the value cannot be.
    """
    if not _is_name(edit.subject):
        raise _bad("This is no name", edit.subject, f"Names are of one line and at most {LONGEST_NAME} characters.")
    if edit.kind == ITEM and not edit.field:
        return replace(edit, value=None if edit.value is None else _item(edit.subject, edit.value))
    if edit.kind == SURVEY and not edit.field:
        return replace(edit, value=_survey(edit.subject, edit.value))
    if edit.kind == AREA and edit.field == LENGTH:
        return replace(edit, value=None if edit.value is None else _length_m(edit.value))
    raise _bad(
        "There is nothing of this kind to be changed",
        f"{edit.kind} {edit.field}".strip(),
        f"Change {ITEM}, {SURVEY}, or {LENGTH} of {AREA}.",
    )


def _item(subject: str, value: Any) -> dict[str, Any]:
    state = value.get("state") if isinstance(value, Mapping) else None
    is_new = subject.startswith(NEW)
    if state == DELETED:
        return {"state": DELETED}
    if state == KEPT:
        told: dict[str, Any] = {"state": KEPT}
        if value.get("item_class") is not None:
            told["item_class"] = _name(value["item_class"], "class")
        if value.get("box") is not None:
            told["box"] = _box(value["box"])
        return told
    if state == ADDED and is_new:
        return {
            "state": ADDED,
            "image_id": _name(value.get("image_id"), "picture"),
            "item_class": _name(value.get("item_class"), "class"),
            "box": _box(value.get("box")),
        }
    wanted = f"{ADDED}, {KEPT} or {DELETED}" if is_new else f"{KEPT} or {DELETED}"
    raise _bad("An item cannot become this", str(state)[:40], f"Its state may be {wanted}.")


def _survey(subject: str, value: Any) -> dict[str, Any] | None:
    shape, colon, name = subject.partition(":")
    if shape not in SHAPES or not colon or not name.strip():
        raise _bad("This is no part of a survey", subject[:60], "Name the subject line:… or polygon:….")
    if value is None:
        return None
    if isinstance(value, Mapping) and value.get("state") == DELETED:
        return {"state": DELETED}
    if not isinstance(value, Mapping):
        raise _bad("This is no line and no polygon", str(value)[:40], "Give its points.")
    image_id = value.get("image_id") or ""
    told: dict[str, Any] = {
        "area_id": _name(value["area_id"], "area") if value.get("area_id") else "",
        "image_id": _name(image_id, "picture") if image_id else "",
        "points": _points(value.get("points"), shape, on_picture=bool(image_id)),
    }
    if shape == "polygon" and value.get(LENGTH) is not None:
        told[LENGTH] = _length_m(value[LENGTH])
    return told


def _points(value: Any, shape: str, *, on_picture: bool) -> list[list[float]]:
    least = LEAST_POINTS[shape]
    if not isinstance(value, list) or not least <= len(value) <= MOST_POINTS:
        found = len(value) if isinstance(value, list) else type(value).__name__
        raise _bad(f"This is no {shape}", str(found), f"Draw it with {least} to {MOST_POINTS:,} points.")
    bounds = (FARTHEST_PX, FARTHEST_PX) if on_picture else (90.0, 180.0)
    points = []
    for point in value:
        numbers = _numbers(point, 2)
        if numbers is None or any(abs(part) > bound for part, bound in zip(numbers, bounds, strict=True)):
            wanted = "row and column in pixels" if on_picture else "latitude and longitude in degrees"
            raise _bad("This is no point", str(point)[:60], f"A point is {wanted}.")
        points.append(numbers)
    if len({tuple(point) for point in points}) < least:
        raise _bad(f"This is no {shape}", f"{len(points)} points", f"{least} of its points must differ.")
    return points


def _box(value: Any) -> list[float]:
    numbers = _numbers(value, 4)
    if numbers is None or max(abs(part) for part in numbers) > FARTHEST_PX or min(numbers[2:]) < LEAST_BOX_PX:
        raise _bad(
            "This is no box",
            str(value)[:60],
            "A box is row, column, height and width in pixels of the picture; at least a pixel high and wide.",
        )
    return [round(part, 2) for part in numbers]


def _length_m(value: Any) -> float:
    numbers = _numbers([value], 1)
    if numbers is None or not SHORTEST_M <= numbers[0] <= LONGEST_M:
        wanted = f"Give metres, from {SHORTEST_M:g} to {LONGEST_M:,.0f}."
        raise _bad("This is no length of a beach", str(value)[:40], wanted)
    return numbers[0]


def _numbers(value: Any, count: int) -> list[float] | None:
    """Return so many finite numbers, ``None`` where a value is something else."""
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in value):
        return None
    try:
        numbers = [float(part) for part in value]
    except OverflowError:
        return None
    return numbers if all(math.isfinite(part) for part in numbers) else None


def _name(value: Any, of_what: str) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if of_what == "class" and text.lower() == ALL:
        raise _bad(f"No class can be called '{ALL}', which stands for the sum of them", text, "Give it another name.")
    if not _is_name(text):
        raise _bad(
            f"This is no name of a {of_what}",
            ascii(value)[:60],
            f"Names are of one line and at most {LONGEST_NAME} characters.",
        )
    return text


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= LONGEST_NAME


def _bad(what: str, value: str, remedy: str) -> BadParameter:
    return BadParameter(what, value=value, remedy=remedy)
