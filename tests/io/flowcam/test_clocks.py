from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pelagia.io.flowcam.clocks import Clock, run_clock, to_utc
from pelagia.io.flowcam.context import Context
from pelagia.io.flowcam.summaries import parse_run_summary, parse_summary


def clock(utc: str | None, local: str | None) -> tuple[Clock, list[str]]:
    values = {"general.runstarttime": utc, "general.runendtime": "2024-04-08 09:11:53"} if utc else {}
    context = Context(file="run.ctx", values=values)
    text = f"Date/Time:\n\tStart:  {local}\n".encode() if local else b""
    found, issues = run_clock(context, [parse_run_summary(text, "run_run_summary.txt")], "run.lst")
    return found, [issue.code for issue in issues]


@pytest.mark.parametrize(
    ("local", "minutes"),
    [("11:10:51", 120), ("09:10:51", 0), ("03:25:52", -345), ("18:40:49", 570)],
)
def test_the_offset_is_the_difference_of_the_two_clocks(local: str, minutes: int) -> None:
    found, codes = clock("2024-04-08 09:10:51", f"2024-04-08 {local}")
    assert found.utc_offset == timedelta(minutes=minutes)
    assert found.started_utc == datetime(2024, 4, 8, 9, 10, 51, tzinfo=UTC)
    assert codes == []


def test_the_end_on_the_local_clock_follows_from_the_offset() -> None:
    assert clock("2024-04-08 09:10:51", "2024-04-08 11:10:51")[0].ended_local == datetime(2024, 4, 8, 11, 11, 53)


@pytest.mark.parametrize("local", ["2024-04-08 11:17:51", "2024-04-10 11:10:51", "2023-04-08 11:10:51"])
def test_a_difference_no_time_zone_has_is_told_and_not_used(local: str) -> None:
    found, codes = clock("2024-04-08 09:10:51", local)
    assert found.utc_offset is None
    assert codes == ["clock-mismatch"]


@pytest.mark.parametrize(("utc", "local"), [("2024-04-08 09:10:51", None), (None, "2024-04-08 11:10:51"), (None, None)])
def test_with_one_clock_the_offset_is_not_known(utc: str | None, local: str | None) -> None:
    found, codes = clock(utc, local)
    assert found.utc_offset is None
    assert codes == ["clock-local-only"]


def test_the_start_of_the_summary_table_is_local_too() -> None:
    context = Context(file="run.ctx", values={"general.runstarttime": "2024-04-08 09:10:51"})
    summary = parse_summary(b"List File,run.lst\nStart Time,2024-04-08  11:10:51\n", "run_summary.csv")
    assert run_clock(context, [summary], "run.lst")[0].utc_offset == timedelta(hours=2)


def test_times_of_rows_become_utc() -> None:
    local = pa.chunked_array([["2024-04-08T11:11:01.303", "2024-04-08 00:30:00", "soon", None, ""]])
    assert to_utc(local, timedelta(hours=2)).to_pylist() == [
        datetime(2024, 4, 8, 9, 11, 1, 303000, tzinfo=UTC),
        datetime(2024, 4, 7, 22, 30, tzinfo=UTC),
        None,
        None,
        None,
    ]


def test_a_day_that_does_not_exist_is_missing_and_harms_no_other() -> None:
    local = pa.chunked_array([["2024-06-31T11:11:01", "2024-06-30T11:11:01.5"]])
    assert to_utc(local, timedelta(0)).to_pylist() == [None, datetime(2024, 6, 30, 11, 11, 1, 500000, tzinfo=UTC)]


def test_without_an_offset_every_time_is_missing() -> None:
    assert to_utc(pa.chunked_array([["2024-04-08T11:11:01.303"]]), None).to_pylist() == [None]
