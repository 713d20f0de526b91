"""What people may change is checked before it is kept; nothing else is taken."""

from __future__ import annotations

from typing import Any

import pytest

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.ecosystem.editor import LONGEST_NAME, LONGEST_SUBJECT, check

FRAME = "pier_cam1:000012345"
BOX = [10, 20, 5.123456, 8]
KEPT_BOX = [10.0, 20.0, 5.12, 8.0]


def edit(kind: str, subject: str, value: Any, field: str = "") -> Edit:
    return Edit(kind=kind, subject=subject, field=field, value=value, by="Ada", at="2026-06-03T10:00:00Z")


def added(**changes: Any) -> dict[str, Any]:
    return {"state": "added", "frame_id": FRAME, "taxon": "cod", "box": BOX, **changes}


@pytest.mark.parametrize(
    ("subject", "value", "kept"),
    [
        (f"{FRAME}:1", {"state": "deleted", "noise": 1}, {"state": "deleted"}),
        (f"{FRAME}:1", {"state": "kept"}, {"state": "kept"}),
        (f"{FRAME}:1", {"state": "kept", "taxon": " Gadus  morhua "}, {"state": "kept", "taxon": "Gadus morhua"}),
        (f"{FRAME}:1", {"state": "kept", "box": BOX}, {"state": "kept", "box": KEPT_BOX}),
        (f"{FRAME}:1", {"state": "kept", "track_id": ""}, {"state": "kept", "track_id": ""}),
        ("new:1", added(), added(box=KEPT_BOX, track_id="")),
        ("new:1", added(track_id=None), added(box=KEPT_BOX, track_id="")),
        ("new:1", added(track_id="new:2"), added(box=KEPT_BOX, track_id="new:2")),
        ("new:1", {"state": "deleted"}, {"state": "deleted"}),
        (f"{FRAME}:1", None, None),
    ],
)
def test_changes_of_boxes_are_kept_in_one_form(subject: str, value: Any, kept: Any) -> None:
    assert check(edit("detection", subject, value)).value == kept


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("", {"state": "deleted"}, {"state": "deleted"}),
        ("", {"state": "kept", "taxon": " cod "}, {"state": "kept", "taxon": "cod"}),
        ("", {"state": "kept"}, {"state": "kept"}),
        ("", {"state": "merged", "into": "a:t2", "more": 1}, {"state": "merged", "into": "a:t2"}),
        ("", {"state": "split", "at_s": 12}, {"state": "split", "at_s": 12.0}),
        ("split", {"state": "split", "at_s": 12.34567}, {"state": "split", "at_s": 12.346}),
        ("split", None, None),
        ("", None, None),
    ],
)
def test_changes_of_tracks_are_kept_in_one_form(field: str, value: Any, kept: Any) -> None:
    assert check(edit("track", "a:t1", value, field)).value == kept


@pytest.mark.parametrize(
    ("kind", "subject", "value"),
    [
        ("detection", "a:1", 7),
        ("detection", "a:1", {}),
        ("detection", "a:1", {"state": "gone"}),
        ("detection", "a:1", added()),
        ("detection", "new:1", added(frame_id=None)),
        ("detection", "new:1", added(taxon="")),
        ("detection", "new:1", added(taxon="All")),
        ("detection", "new:1", added(taxon="x" * (LONGEST_NAME + 1))),
        ("detection", "new:1", added(track_id=7)),
        ("detection", "new:1", added(track_id=["a:t1"])),
        ("detection", "new:1", added(box=None)),
        ("detection", "a:1", {"state": "kept", "taxon": "a\x00b"}),
        ("detection", "a:1", {"state": "kept", "box": [1, 2, 3]}),
        ("detection", "a:1", {"state": "kept", "box": [1, 2, 0.5, 3]}),
        ("detection", "a:1", {"state": "kept", "box": [1, 2, float("nan"), 3]}),
        ("detection", "a:1", {"state": "kept", "box": [1, 10**400, 3, 3]}),
        ("detection", "a:1", {"state": "kept", "box": [True, 2, 3, 3]}),
        ("detection", "", {"state": "deleted"}),
        ("detection", "a\nb", {"state": "deleted"}),
        ("detection", "x" * (LONGEST_SUBJECT + 1), {"state": "deleted"}),
        ("track", "a:t1", {"state": "added"}),
        ("track", "a:t1", {"state": "merged"}),
        ("track", "a:t1", {"state": "merged", "into": "a:t1"}),
        ("track", "a:t1", {"state": "split"}),
        ("track", "a:t1", {"state": "split", "at_s": -1}),
        ("track", "a:t1", {"state": "split", "at_s": "now"}),
        ("object", "a:t1", {"state": "kept"}),
    ],
)
def test_what_cannot_be_is_refused(kind: str, subject: str, value: Any) -> None:
    with pytest.raises(BadParameter) as caught:
        check(edit(kind, subject, value))
    assert caught.value.remedy


@pytest.mark.parametrize(("kind", "field"), [("detection", "taxon"), ("track", "taxon")])
def test_no_other_field_can_be_changed(kind: str, field: str) -> None:
    with pytest.raises(BadParameter):
        check(edit(kind, "a:1", {"state": "kept"}, field))


def test_only_a_split_stands_in_the_field_of_splits() -> None:
    with pytest.raises(BadParameter):
        check(edit("track", "a:t1", {"state": "deleted"}, "split"))
