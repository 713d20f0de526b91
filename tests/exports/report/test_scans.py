"""Scans in a report: the gravest first, a hundred checks of one kind as one, who cut how many."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from tests.exports.flowcam_result import make_result
from tests.exports.publishable import write_table
from tests.exports.report.net_result import (
    CHECK_TYPES,
    CUT_TYPES,
    SCAN_TYPES,
    Recipe,
    check_row,
    cut_row,
    make_net_result,
)

from pelagia.exports.report.scans import SCANS_AT_MOST, read_scans

MIXED = Recipe(samples=4, objects=8, verdicts=("ok", "look", "bad", "strange"))


def scans_of(tmp_path, recipe=MIXED, *, checks=None, cuts=None):
    result = make_net_result(tmp_path, recipe)
    tables = dict(result.tables)
    if checks is not None:
        tables["checks"] = write_table(tmp_path, "checks", CHECK_TYPES, checks)
    if cuts is not None:
        tables["cuts"] = write_table(tmp_path, "cuts", CUT_TYPES, cuts)
    return read_scans(replace(result, tables=tables))


def test_the_gravest_verdict_comes_first_and_one_that_is_not_known_is_said_to_be_unchecked(tmp_path):
    found = scans_of(tmp_path)
    assert [(scan.scan_id[:4], scan.verdict, scan.words) for scan in found.rows] == [
        ("net3", "bad", "not in order"),
        ("net2", "look", "to be looked at"),
        ("net4", "unknown", "not checked"),
        ("net1", "ok", "in order"),
    ]
    assert (found.to_look_at, found.needs_you) == (2, True)


def test_where_all_is_in_order_nobody_is_asked(tmp_path):
    found = scans_of(tmp_path, Recipe(verdicts=("ok",)))
    assert (found.kinds, found.needs_you) == ((), False)


def test_checks_of_one_kind_are_told_as_one(tmp_path):
    checks = [
        check_row("a"), check_row("b", "ok"), check_row("c", value="41"), check_row("d", "unknown"),
        check_row("p", "bad", scope="project", code="spelling"),
    ]  # fmt: skip
    first, second = scans_of(tmp_path, checks=checks).kinds
    assert (first.code, first.verdict, [one.subject for one in first.found]) == ("spelling", "bad", ["project p"])
    assert [(one.subject, one.value) for one in second.found] == [("a", "40"), ("c", "41")]


def test_a_check_of_a_project_asks_for_a_person_even_if_all_scans_are_in_order(tmp_path):
    found = scans_of(tmp_path, Recipe(verdicts=("ok",)), checks=[check_row("p", scope="project")])
    assert (found.to_look_at, found.needs_you) == (0, True)


def test_it_is_said_how_many_were_cut_and_by_whom(tmp_path):
    cuts = [
        cut_row("a_1"), cut_row("a_1"), cut_row("a_2", source="person"), cut_row("a_3", applied=False),
        cut_row("a_4", source="model"), cut_row("a_5", source="model"),
    ]  # fmt: skip
    told = scans_of(tmp_path, Recipe(objects=8), cuts=cuts).separation
    assert told.startswith("4 objects were taken for several organisms that touch; 1 was cut")
    assert "(2 by the model, 1 by a person, 1 by watershed)" in told
    assert told.endswith("After that 3 are still taken for several.")


def test_a_scan_that_was_not_measured_from_its_picture_says_so(tmp_path):
    result = make_net_result(tmp_path, Recipe(samples=3))
    rows = result.tables["scans"].read().to_pylist()
    told = [{**row, "measured_from": source} for row, source in zip(rows, ("picture", "table", "nothing"), strict=True)]
    table = write_table(tmp_path, "scans", {**SCAN_TYPES, "measured_from": pa.string()}, told)
    found = read_scans(replace(result, tables={**result.tables, "scans": table}))
    assert [scan.source for scan in found.rows] == [
        "", "measured by ZooProcess, its picture is gone", "nothing to measure, checked only",
    ]  # fmt: skip


def test_where_nothing_was_measured_nothing_is_said_of_cuts(tmp_path):
    result = make_net_result(tmp_path, Recipe(objects=1))
    rows = [{**row, "objects": 0} for row in result.tables["scans"].read().to_pylist()]
    table = write_table(tmp_path, "scans", SCAN_TYPES, rows)
    assert read_scans(replace(result, tables={**result.tables, "scans": table})).separation == "No object was measured."


def test_many_scans_are_left_to_the_table(tmp_path):
    found = scans_of(tmp_path, Recipe(samples=SCANS_AT_MOST + 5, objects=1))
    assert (len(found.rows), found.left_out, found.to_look_at) == (SCANS_AT_MOST, 5, SCANS_AT_MOST + 5)


def test_a_result_without_scans_has_no_such_part(tmp_path):
    assert read_scans(make_result(tmp_path)) is None
