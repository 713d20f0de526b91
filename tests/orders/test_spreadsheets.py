"""What people typed into the gallery and the forms runs as no formula in what they download, and is read back whole."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from pelagia.core.result import Issue
from pelagia.exports.issues_csv import issues_csv
from pelagia.io.corrections import read_corrections
from pelagia.orders.decisions import current_csv, trace_csv
from pelagia.runtime.decisions import Annotator, Entry, Holdings
from pelagia.services.zooscan.metadata_edits import Field
from pelagia.ui.scans.corrections import Change, trail_csv

AT = dt.datetime(2026, 5, 17, 7, 30, tzinfo=dt.UTC)
ENTRY = Entry(id=1, object_id="-x_1", label="=1+1", annotator=Annotator(key="a", name='@SUM(1) "me"'), at=AT)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_decisions_are_text_for_a_spreadsheet_and_are_read_back_as_they_were(tmp_path: Path) -> None:
    held = Holdings()
    held.add([ENTRY])
    data = current_csv(held)
    (row,) = rows_of(data)
    assert (row["object_id"], row["taxon"], row["validated_by"]) == ("'-x_1", "'=1+1", '\'@SUM(1) "me"')
    (tmp_path / "decisions.csv").write_bytes(data)
    read = read_corrections(str(tmp_path / "decisions.csv")).decisions
    assert {name: (one.taxon, one.validated_by) for name, one in read.items()} == {"-x_1": ("=1+1", '@SUM(1) "me"')}


def test_the_trace_of_decisions_has_no_formula() -> None:
    (row,) = rows_of(trace_csv({"-x_1": "+cmd|' /C calc'!A0"}, iter([ENTRY])))
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_the_trail_of_corrections_has_no_formula_and_numbers_are_numbers() -> None:
    change = Change(
        number=1,
        by="@me",
        at="2026-05-17T07:30:00Z",
        subject="st1",
        field=Field(name="longitude", label="Longitude"),
        old="9",
        new="-9.5",
        why="=HYPERLINK(1)",
    )
    (row,) = rows_of(trail_csv([change]))
    assert (row["who"], row["new"], row["why"]) == ("'@me", "-9.5", "'=HYPERLINK(1)")


def test_a_finding_has_no_formula() -> None:
    issue = Issue(file="=1.tif", code="x", message="m", value="+1+1", remedy="r")
    (row,) = rows_of(issues_csv([issue]))
    assert (row["file"], row["value"]) == ("'=1.tif", "'+1+1")
