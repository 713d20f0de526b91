"""A result follows what people change, and nothing else of it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.services.zooscan.conftest import Done

from pelagia.core.errors import BadParameter
from pelagia.core.result import Result
from pelagia.core.service import Decision, Edit
from pelagia.exports.vignettes import iter_vignettes
from pelagia.services.zooscan.revise import revise

BY = {"by": "Ada", "at": "2026-06-03T10:00:00Z"}


def rows(result: Result, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.tables[table].read().to_pylist()
    return found


def lines(name: str, *drawn: Any) -> Edit:
    return Edit(kind="cuts", subject=name, value=[list(line) for line in drawn], **BY)


def correction(subject: str, field: str, value: Any, why: str = "log book") -> Edit:
    return Edit(kind="metadata", subject=subject, field=field, value=value, why=why, **BY)


def test_without_changes_the_result_is_the_same(cut: Done, tmp_path: Path) -> None:
    again = revise(cut.request, cut.result, {}, tmp_path)
    for name in cut.result.tables:
        assert rows(again, name) == cut.rows(name), name
    assert again.summary == cut.result.summary
    assert again.issues == cut.result.issues


def test_a_cut_that_is_refused_leaves_the_object_whole(cut: Done, plain: Done, tmp_path: Path) -> None:
    name = next(row["cut_from"] for row in cut.rows("objects") if row["cut_from"])
    again = revise(cut.request, cut.result, {}, tmp_path, edits=[lines(name)])
    mine = {row["object_id"]: row for row in rows(again, "objects")}
    whole = {row["object_id"]: row for row in plain.rows("objects")}[name]
    assert mine[name]["area"] == whole["area"]
    assert mine[name]["multiple_score"] == whole["multiple_score"]
    others = {key: row for key, row in mine.items() if key != name}
    assert others == {row["object_id"]: row for row in cut.rows("objects") if row["cut_from"] != name}
    assert again.tables["objects"].rows == rows(again, "scans")[0]["objects"]
    assert name not in {row["object_id"] for row in rows(again, "cuts")}


def test_a_line_across_an_object_makes_two_of_it(plain: Done, tmp_path: Path) -> None:
    row = max(plain.rows("objects"), key=lambda row: row["area"])
    middle = row["col_px"] + row["width_px"] / 2
    across = [[row["row_px"] - 3, middle], [row["row_px"] + row["height_px"] + 3, middle]]
    again = revise(plain.request, plain.result, {}, tmp_path, edits=[lines(row["object_id"], across)])
    pieces = [one for one in rows(again, "objects") if one["cut_from"] == row["object_id"]]
    assert len(pieces) >= 2
    assert {one["cut_by"] for one in pieces} == {"person"}
    assert sum(one["area"] for one in pieces) < row["area"]
    (told,) = (one for one in rows(again, "cuts") if one["object_id"] == row["object_id"])
    assert (told["applied"], told["drawn_by"], told["drawn_at"]) == (True, "Ada", BY["at"])
    assert {one["object_id"] for one in pieces} <= set(dict(iter_vignettes(again)))


def test_the_latest_lines_hold_and_can_be_taken_back(cut: Done, tmp_path: Path) -> None:
    name = next(row["cut_from"] for row in cut.rows("objects") if row["cut_from"])
    back = Edit(kind="cuts", subject=name, value=None, **BY)
    again = revise(cut.request, cut.result, {}, tmp_path, edits=[lines(name), back])
    assert rows(again, "objects") == cut.rows("objects")


def test_a_correction_changes_tables_counts_and_checks_and_leaves_a_trail(plain: Done, tmp_path: Path) -> None:
    sample = plain.rows("samples")[0]
    subject = f"sample:{sample['sample_id']}"
    edits = [correction(subject, "volume_m3", "20"), correction(subject, "longitude", 8.5)]
    again = revise(plain.request, plain.result, {}, tmp_path, edits=edits)
    assert rows(again, "samples")[0]["volume_m3"] == 20.0
    for row, before in zip(rows(again, "counts"), plain.rows("counts"), strict=True):
        assert row["per_m3"] == pytest.approx(before["per_m3"] * sample["volume_m3"] / 20)
    assert {row["longitude"] for row in rows(again, "objects")} == {8.5}
    (position,) = (row for row in rows(again, "checks") if row["code"] == "position")
    assert "8.5" in position["value"]
    trail = rows(again, "edits")
    assert [(one["field"], one["old"], one["new"]) for one in trail] == [
        ("volume_m3", f"{sample['volume_m3']:g}", "20"),
        ("longitude", f"{sample['longitude']:g}", "8.5"),
    ]
    assert {(one["by"], one["at"], one["why"]) for one in trail} == {("Ada", BY["at"], "log book")}


def test_a_correction_of_a_scan_reaches_its_checks(plain: Done, tmp_path: Path) -> None:
    scan = plain.rows("scans")[0]
    again = revise(
        plain.request, plain.result, {}, tmp_path, edits=[correction(f"scan:{scan['scan_id']}", "sub_part", 3)]
    )
    (check,) = (row for row in rows(again, "checks") if row["code"] == "sub-part")
    assert check["verdict"] == "bad"
    assert rows(again, "scans")[0]["verdict"] == "bad"
    assert "quality-control" in {issue.code for issue in again.issues}


def test_a_correction_taken_back_gives_the_value_of_the_files(plain: Done, tmp_path: Path) -> None:
    sample = plain.rows("samples")[0]
    subject = f"sample:{sample['sample_id']}"
    edits = [correction(subject, "volume_m3", 20), correction(subject, "volume_m3", None)]
    again = revise(plain.request, plain.result, {}, tmp_path, edits=edits)
    assert rows(again, "samples")[0]["volume_m3"] == sample["volume_m3"]


@pytest.mark.parametrize(
    ("field", "value"), [("latitude", 91), ("volume_m3", 0), ("volume_m3", "many"), ("sampled_at_utc", "yesterday")]
)
def test_a_value_that_cannot_be_is_refused(plain: Done, tmp_path: Path, field: str, value: Any) -> None:
    subject = f"sample:{plain.rows('samples')[0]['sample_id']}"
    with pytest.raises(BadParameter):
        revise(plain.request, plain.result, {}, tmp_path, edits=[correction(subject, field, value)])


def test_names_given_by_people_hold_on_pieces_too(cut: Done, tmp_path: Path) -> None:
    piece = next(row for row in cut.rows("objects") if row["piece"])
    given = {piece["object_id"]: Decision(label="Copepoda", by="Ada", at=BY["at"])}
    again = revise(cut.request, cut.result, given, tmp_path)
    (row,) = (one for one in rows(again, "objects") if one["object_id"] == piece["object_id"])
    assert (row["taxon"], row["status"], row["scientific_name"]) == ("Copepoda", "validated", "Copepoda")
    assert sum(one["counted"] for one in rows(again, "counts") if one["status"] == "validated") == 1


def test_a_name_given_to_what_is_no_longer_there_is_told(cut: Done, tmp_path: Path) -> None:
    piece = next(row for row in cut.rows("objects") if row["piece"])
    given = {piece["object_id"]: Decision(label="Copepoda", by="Ada", at=BY["at"])}
    again = revise(cut.request, cut.result, given, tmp_path, edits=[lines(piece["cut_from"])])
    assert "correction-without-object" in {issue.code for issue in again.issues}


def test_lines_on_what_is_not_there_are_told(cut: Done, tmp_path: Path) -> None:
    again = revise(cut.request, cut.result, {}, tmp_path, edits=[lines("nowhere_1"), lines("nonsense")])
    assert sum(issue.code == "cut-without-object" for issue in again.issues) == 2
