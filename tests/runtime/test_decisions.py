"""What people decided: append-only, the latest of each person, who prevails, how far they agree."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, NoResultFound
from tests.runtime.toy_run import prepare
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import Conflict
from pelagia.runtime import decisions
from pelagia.runtime.decisions import (
    Annotator,
    Entry,
    Holdings,
    catch_up,
    entries,
    holdings,
    last_decision,
    record,
    rename_annotator,
    undo,
)
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import DECISIONS

ADA, BEN = Annotator(key="account:a", name="Ada"), Annotator(key="account:b", name="Ben")


@pytest.fixture
def job_id(runtime: Runtime, tmp_path: Path) -> str:
    return prepare(runtime, toy_request(write_lines(tmp_path / "a.txt", 10))).id


def label(runtime: Runtime, job_id: str, object_id: str) -> str | None:
    held = holdings(runtime.database, job_id).current(object_id)
    return held.label if held else None


def test_the_latest_decision_of_a_person_holds_and_none_is_overwritten(runtime: Runtime, job_id: str) -> None:
    record(runtime.database, job_id, {"o1": "Red", "o2": "Blue"}, ADA)
    record(runtime.database, job_id, {"o1": "Green"}, ADA)
    assert label(runtime, job_id, "o1") == "Green"
    assert [(one.object_id, one.label) for one in entries(runtime.database, job_id)] == [
        ("o1", "Red"),
        ("o2", "Blue"),
        ("o1", "Green"),
    ]


def test_undo_brings_back_what_the_person_held_and_stays_in_the_trace(runtime: Runtime, job_id: str) -> None:
    record(runtime.database, job_id, {"o1": "Red"}, ADA)
    batch = record(runtime.database, job_id, {"o1": "Green", "o2": "Green"}, ADA)
    undone = undo(runtime.database, job_id, batch.first, batch.last, ADA)
    assert undone.labels == {"o1": "Red", "o2": None}
    assert label(runtime, job_id, "o1") == "Red"
    assert label(runtime, job_id, "o2") is None
    assert len(entries(runtime.database, job_id)) == 5
    undo(runtime.database, job_id, undone.first, undone.last, ADA)
    assert label(runtime, job_id, "o2") == "Green"


def test_nobody_undoes_what_others_decided(runtime: Runtime, job_id: str) -> None:
    batch = record(runtime.database, job_id, {"o1": "Red"}, ADA)
    with pytest.raises(Conflict, match="nothing of yours"):
        undo(runtime.database, job_id, batch.first, batch.last, BEN)
    assert label(runtime, job_id, "o1") == "Red"


def test_of_several_people_the_latest_prevails_and_the_dispute_is_counted(runtime: Runtime, job_id: str) -> None:
    record(runtime.database, job_id, {"o1": "Red", "o2": "Red", "o3": "Red"}, ADA)
    batch = record(runtime.database, job_id, {"o1": "Blue", "o2": "Red"}, BEN)
    held = holdings(runtime.database, job_id)
    assert held.current("o1").annotator == BEN
    assert held.is_disputed("o1") and not held.is_disputed("o2")
    agreement = held.agreement()
    assert (agreement.decided, agreement.by_several, agreement.agreed, agreement.disputed) == (3, 2, 1, 1)
    assert held.annotators() == {ADA: 3, BEN: 2}
    undo(runtime.database, job_id, batch.first, batch.last, BEN)
    catch_up(runtime.database, job_id, held)
    assert held.current("o1").annotator == ADA
    assert held.agreement().by_several == 0


def test_catching_up_reads_only_what_is_new_and_comes_to_the_same(runtime: Runtime, job_id: str) -> None:
    record(runtime.database, job_id, {"o1": "Red"}, ADA)
    held = holdings(runtime.database, job_id)
    record(runtime.database, job_id, {"o2": "Blue"}, BEN)
    record(runtime.database, job_id, {"o1": None}, ADA)
    assert catch_up(runtime.database, job_id, held) == {"o1", "o2"}
    assert held.decisions() == holdings(runtime.database, job_id).decisions()
    assert set(held.decisions()) == {"o2"}
    assert held.last == last_decision(runtime.database, job_id)


def test_a_decision_belongs_to_a_job_that_exists(runtime: Runtime, job_id: str) -> None:
    with pytest.raises((IntegrityError, NoResultFound)):
        record(runtime.database, "nowhere", {"o1": "Red"}, ADA)
    assert last_decision(runtime.database, "nowhere") == 0


def test_a_person_can_be_forgotten_and_the_decisions_stay(runtime: Runtime, job_id: str) -> None:
    record(runtime.database, job_id, {"o1": "Red"}, ADA)
    with runtime.database.write() as connection:
        rename_annotator(connection, ADA.key, "someone", new_key="erased:1")
    (entry,) = entries(runtime.database, job_id)
    assert (entry.label, entry.annotator) == ("Red", Annotator(key="erased:1", name="someone"))
    with runtime.database.read() as connection:
        told = str(connection.execute(sa.select(DECISIONS)).all())
    assert ADA.name not in told and ADA.key not in told


def at_every_switch(work: Callable[[], Any], other: Callable[[], None]) -> Any:
    """Do some work of the module, and something else wherever Python could turn to another thread meanwhile."""

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        if frame.f_code.co_filename != decisions.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            other()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return work()
    finally:
        sys.settrace(before)


def entry(number: int, object_id: str, label: str | None, person: str) -> Entry:
    annotator = Annotator(key=f"account:{person}", name=person)
    return Entry(id=number, object_id=object_id, label=label, annotator=annotator, at=dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    "read",
    [
        lambda held: "o1" in held.objects,
        lambda held: held.votes("o1")[0].label == "Red",
        lambda held: held.current("o1").label in ("Red", "Blue"),
        lambda held: held.is_disputed("o1"),
        lambda held: held.decisions()["o1"].label in ("Red", "Blue"),
        lambda held: held.agreement().decided >= 1,
        lambda held: held.annotators()[Annotator(key="account:a", name="a")] >= 1,
    ],
    ids=["objects", "votes", "current", "is_disputed", "decisions", "agreement", "annotators"],
)
def test_what_holds_can_be_read_while_others_decide(read: Callable[[Holdings], bool]) -> None:
    held = Holdings()
    held.add([entry(1, "o1", "Red", "a"), entry(2, "o2", "Red", "a"), entry(3, "o1", "Red", "b")])

    def decide() -> None:
        number = held.last + 1
        held.add([entry(number, "o1", "Blue", f"p{number}"), entry(number + 1, f"o{number}", "Blue", "a")])

    assert at_every_switch(lambda: read(held), decide)
    assert held.last > 3


def test_who_decides_anew_never_seems_to_hold_nothing_meanwhile() -> None:
    held = Holdings()
    held.add([entry(1, "o1", "Red", "a")])
    seen: set[str | None] = set()

    def look() -> None:
        current = held.current("o1")
        seen.add(current.label if current else None)

    at_every_switch(lambda: held.add([entry(2, "o1", "Blue", "a")]), look)
    assert seen == {"Red", "Blue"}
