"""What people change in a result is added, never replaced, and can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.runtime.toy_run import prepare
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import Conflict
from pelagia.core.service import Edit
from pelagia.runtime.decisions import Annotator, rename_annotator
from pelagia.runtime.edits import edits_of, last_edit, record_edits, undo_edits
from pelagia.runtime.runner import Runtime

ADA, BEN = Annotator(key="account:a", name="Ada"), Annotator(key="account:b", name="Ben")
LINE = [[1.0, 2.0], [3.5, 4.0]]


@pytest.fixture
def job_id(runtime: Runtime, tmp_path: Path) -> str:
    return prepare(runtime, toy_request(write_lines(tmp_path / "a.txt", 10))).id


def cut(subject: str, *lines: list[list[float]]) -> Edit:
    return Edit(kind="cuts", subject=subject, value=list(lines), why="two animals")


def held(runtime: Runtime, job_id: str) -> dict[str, Any]:
    return {made.edit.subject: made.edit.value for made in edits_of(runtime.database, job_id)}


def test_edits_are_kept_in_order_with_who_when_and_why(runtime: Runtime, job_id: str) -> None:
    first = record_edits(runtime.database, job_id, [cut("a", LINE), cut("b")], ADA)
    last = record_edits(runtime.database, job_id, [cut("a")], BEN)
    made = edits_of(runtime.database, job_id)
    assert [(one.edit.subject, one.edit.value, one.edit.by, one.edit.why) for one in made] == [
        ("a", [LINE], "Ada", "two animals"),
        ("b", [], "Ada", "two animals"),
        ("a", [], "Ben", "two animals"),
    ]
    assert (first[0], last[1]) == (made[0].id, made[2].id)
    assert last_edit(runtime.database, job_id) == made[2].id
    assert made[0].edit.at.endswith("Z")


def test_undo_brings_back_what_held_before(runtime: Runtime, job_id: str) -> None:
    record_edits(runtime.database, job_id, [cut("a", LINE)], BEN)
    batch = record_edits(runtime.database, job_id, [cut("a"), cut("b", LINE)], ADA)
    undo_edits(runtime.database, job_id, *batch, ADA)
    assert held(runtime, job_id) == {"a": [LINE], "b": None}
    assert len(edits_of(runtime.database, job_id)) == 5


def test_nobody_undoes_what_another_did_or_changed_since(runtime: Runtime, job_id: str) -> None:
    batch = record_edits(runtime.database, job_id, [cut("a", LINE)], ADA)
    with pytest.raises(Conflict):
        undo_edits(runtime.database, job_id, *batch, BEN)
    record_edits(runtime.database, job_id, [cut("a")], BEN)
    with pytest.raises(Conflict):
        undo_edits(runtime.database, job_id, *batch, ADA)


def test_a_person_can_be_forgotten_and_the_change_stays(runtime: Runtime, job_id: str) -> None:
    record_edits(runtime.database, job_id, [cut("a", LINE)], ADA)
    with runtime.database.write() as connection:
        rename_annotator(connection, ADA.key, "a former user", "erased:1")
    (made,) = edits_of(runtime.database, job_id)
    assert (made.annotator.key, made.edit.by, made.edit.value) == ("erased:1", "a former user", [LINE])


def test_several_changes_of_the_same_are_undone_one_after_the_other(runtime: Runtime, job_id: str) -> None:
    one = record_edits(runtime.database, job_id, [cut("a", LINE)], ADA)
    other = record_edits(runtime.database, job_id, [cut("a")], ADA)
    with pytest.raises(Conflict):
        undo_edits(runtime.database, job_id, *one, ADA)
    undo_edits(runtime.database, job_id, *other, ADA)
    assert held(runtime, job_id) == {"a": [LINE]}
    undo_edits(runtime.database, job_id, *one, ADA)
    assert held(runtime, job_id) == {"a": None}
