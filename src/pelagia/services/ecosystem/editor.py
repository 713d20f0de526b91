"""What people may change in an ecosystem result: boxes on frames, and tracks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.ecosystem.columns import ALL

DETECTION, TRACK = "detection", "track"
NEW = "new:"
"""Begins the subject of a box that a person adds, and the name of a track that they begin with it."""
SPLIT_FIELD = "split"
"""A track may be split besides what else is decided of it; that change stands in a field of its own, or in none."""
DELETED, KEPT, ADDED, MERGED, SPLIT = "deleted", "kept", "added", "merged", "split"
LEAST_BOX_PX = 1.0
FARTHEST_PX = 1_000_000.0
LONGEST_NAME = 200
LONGEST_SUBJECT = 500
LATEST_S = 1e10


def check(edit: Edit, /) -> Edit:
    """Return a change as it shall be kept.

    Raises
    ------
    BadParameter
        Where there is no such change, or the value cannot be.
    """
    if not _is_line(edit.subject, LONGEST_SUBJECT):
        raise _bad("This is no name", edit.subject[:60], f"It has one line and at most {LONGEST_SUBJECT} characters.")
    if edit.kind == DETECTION and not edit.field:
        return replace(edit, value=None if edit.value is None else _detection(edit.subject, edit.value))
    if edit.kind == TRACK and edit.field in {"", SPLIT_FIELD}:
        return replace(edit, value=None if edit.value is None else _track(edit.subject, edit.value, edit.field))
    raise _bad(
        "There is nothing of this kind to be changed",
        f"{edit.kind} {edit.field}".strip()[:60],
        f"Change a {DETECTION} or a {TRACK}.",
    )


def _detection(subject: str, value: Any) -> dict[str, Any]:
    state = value.get("state") if isinstance(value, Mapping) else None
    is_new = subject.startswith(NEW)
    if state == DELETED:
        return {"state": DELETED}
    if state == KEPT:
        return {"state": KEPT, **_told_of_box(value)}
    if state == ADDED and is_new:
        return {
            "state": ADDED,
            "frame_id": _subject(value.get("frame_id"), "frame"),
            "taxon": _taxon(value.get("taxon")),
            "box": _box(value.get("box")),
            "track_id": _track_id(value.get("track_id")),
        }
    wanted = f"{ADDED}, {KEPT} or {DELETED}" if is_new else f"{KEPT} or {DELETED}"
    raise _bad("A box cannot become this", str(state)[:40], f"Its state may be {wanted}.")


def _told_of_box(value: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if value.get("taxon") is not None:
        told["taxon"] = _taxon(value["taxon"])
    if value.get("box") is not None:
        told["box"] = _box(value["box"])
    if value.get("track_id") is not None:
        told["track_id"] = _track_id(value["track_id"])
    return told


def _track(subject: str, value: Any, field: str) -> dict[str, Any]:
    state = value.get("state") if isinstance(value, Mapping) else None
    if state == SPLIT:
        return {"state": SPLIT, "at_s": _moment(value.get("at_s"))}
    if state == DELETED and not field:
        return {"state": DELETED}
    if state == KEPT and not field:
        return {"state": KEPT, **({"taxon": _taxon(value["taxon"])} if value.get("taxon") is not None else {})}
    if state == MERGED and not field:
        into = _subject(value.get("into"), "track")
        if into == subject:
            raise _bad("A track cannot be merged into itself", into[:60], "Name another track.")
        return {"state": MERGED, "into": into}
    wanted = SPLIT if field else f"{KEPT}, {DELETED}, {MERGED} or {SPLIT}"
    raise _bad("A track cannot become this", str(state)[:40], f"Its state may be {wanted}.")


def _box(value: Any) -> list[float]:
    numbers = _numbers(value, 4)
    if numbers is None or max(abs(part) for part in numbers) > FARTHEST_PX or min(numbers[2:]) < LEAST_BOX_PX:
        raise _bad(
            "This is no box",
            str(value)[:60],
            "A box is row, column, height and width in pixels of the frame; at least a pixel high and wide.",
        )
    return [round(part, 2) for part in numbers]


def _moment(value: Any) -> float:
    numbers = _numbers([value], 1)
    if numbers is None or not 0 <= numbers[0] <= LATEST_S:
        raise _bad("This is no moment of a clip", str(value)[:40], "Give seconds from the start of the clip.")
    return round(numbers[0], 3)


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


def _taxon(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if text.lower() == ALL:
        raise _bad(f"Nothing can be called '{ALL}', which stands for all taxa together", text, "Give it another name.")
    if not _is_line(text, LONGEST_NAME):
        raise _bad(
            "This is no name of a taxon",
            ascii(value)[:60],
            f"Names are of one line and at most {LONGEST_NAME} characters.",
        )
    return text


def _track_id(value: Any) -> str:
    return "" if value is None or value == "" else _subject(value, "track")


def _subject(value: Any, of_what: str) -> str:
    if not isinstance(value, str) or not _is_line(value, LONGEST_SUBJECT):
        raise _bad(f"This is no name of a {of_what}", ascii(value)[:60], "Give it as the table has it.")
    return value


def _is_line(text: str, longest: int) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= longest


def _bad(what: str, value: str, remedy: str) -> BadParameter:
    return BadParameter(what, value=value, remedy=remedy)
