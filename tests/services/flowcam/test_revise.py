"""A revised result is what a run with the same corrections gives; nothing is predicted or billed again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.data.flowcam.make import MadeRun
from tests.services.flowcam.conftest import Outcome

from pelagia.core.result import Result
from pelagia.core.service import Decision
from pelagia.services.flowcam.revise import revise


def decisions_on(outcome: Outcome, number: int) -> dict[str, Decision]:
    objects = [row["object_id"] for row in outcome.rows("objects")]
    chosen = objects[:: max(1, len(objects) // number)][:number]
    names = ("Red", "Diatom of the reader's own", "Grey")
    return {
        object_id: Decision(label=names[index % 3], by="Ada", at=f"2026-03-0{1 + index % 9}T10:00:00Z")
        for index, object_id in enumerate(chosen)
    }


def corrections_file(path: Path, decisions: dict[str, Decision]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("object_id", "taxon", "validated_by", "validated_at"))
        writer.writerows((name, one.label, one.by, one.at) for name, one in decisions.items())
    return path


def rows(result: Result, table: str) -> list[dict[str, Any]]:
    return result.tables[table].read().to_pylist()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "revision"
    folder.mkdir()
    return folder


def test_it_equals_a_run_with_the_same_corrections(
    analyse: Callable[..., Outcome], made: MadeRun, tmp_path: Path, work: Path
) -> None:
    first = analyse(made.folder)
    decided = decisions_on(first, 20)
    again = analyse(made.folder, corrections=corrections_file(tmp_path / "c.csv", decided))
    revised = revise(first.request, first.result, decided, work)
    for table in ("objects", "counts", "samples"):
        assert rows(revised, table) == rows(again.result, table), table
        assert revised.tables[table].columns == again.result.tables[table].columns
    assert revised.summary == again.result.summary
    assert set(revised.issues) == set(again.result.issues)
    assert revised.summary["particles_validated"].value == 20


def test_decided_objects_say_by_whom_and_when_and_keep_what_the_model_said(
    analyse: Callable[..., Outcome], made: MadeRun, work: Path
) -> None:
    first = analyse(made.folder)
    (object_id, one), *_ = decisions_on(first, 1).items()
    result = revise(first.request, first.result, {object_id: one}, work)
    revised = {row["object_id"]: row for row in rows(result, "objects")}
    before = {row["object_id"]: row for row in first.rows("objects")}
    changed = {name for name, value in revised[object_id].items() if value != before[object_id][name]}
    assert changed <= {"taxon", "status", "validated_taxon", "validated_by", "validated_at"}
    row = revised.pop(object_id)
    assert (row["taxon"], row["status"], row["validated_by"], row["validated_at"]) == (
        "Red",
        "validated",
        "Ada",
        one.at,
    )
    assert row["predicted_taxon"] == before.pop(object_id)["predicted_taxon"]
    assert revised == before


def test_without_decisions_it_is_the_result_as_predicted(
    analyse: Callable[..., Outcome], made: MadeRun, work: Path
) -> None:
    first = analyse(made.folder)
    revised = revise(first.request, first.result, {}, work)
    for table in ("objects", "counts", "samples"):
        assert rows(revised, table) == first.rows(table)
    assert revised.summary == first.result.summary
    assert revised.issues == first.result.issues


def test_a_decision_on_an_object_that_is_not_there_is_told(
    analyse: Callable[..., Outcome], made: MadeRun, work: Path
) -> None:
    first = analyse(made.folder)
    revised = revise(first.request, first.result, {"nobody": Decision(label="Red", by="Ada", at="")}, work)
    (issue,) = [issue for issue in revised.issues if issue.code == "correction-without-object"]
    assert (issue.value, issue.objects) == ("nobody", 1)


def test_an_object_without_an_image_can_be_named(analyse: Callable[..., Outcome], made: MadeRun, work: Path) -> None:
    (made.folder / made.collages[0]).unlink()
    first = analyse(made.folder)
    lost = next(row["object_id"] for row in first.rows("objects") if row["status"] == "unclassified")
    revised = revise(first.request, first.result, {lost: Decision(label="Red", by="Ada", at="")}, work)
    before, after = first.rows("samples")[0], rows(revised, "samples")[0]
    assert after["classified"] == before["classified"] + 1
