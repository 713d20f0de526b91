"""Project months, baselines: read, and refused where they are none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pelagia.core.countries import COUNTRIES, country_code, country_name
from pelagia.core.errors import BadInput, BadParameter
from pelagia.usage.baseline import parse_baseline, read_baseline
from pelagia.usage.installations import Project, with_baseline
from pelagia.usage.months import month_of, month_start, read_period

START = dt.date(2022, 9, 1)


def test_a_period_goes_from_the_first_day_to_the_last() -> None:
    period = read_period("m25-M36", START)
    assert (period.label, period.first, period.last) == ("M25-M36", dt.date(2024, 9, 1), dt.date(2025, 8, 31))
    assert read_period("M1", START).last == dt.date(2022, 9, 30)


@pytest.mark.parametrize("text", ["", "M0", "M3-M2", "25-36", "M1-M2-M3", "M1-M9999", "M٣"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="not a period"):
        read_period(text, START)


def test_a_period_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(BadParameter, match="too far away"):
        read_period("M1-M1200", dt.date(9999, 1, 1))


@pytest.mark.parametrize("start", [dt.date(2022, 9, 1), dt.date(2023, 1, 31), dt.date(2024, 2, 29)])
def test_every_day_lies_in_the_month_that_begins_last(start: dt.date) -> None:
    for days in range(1000):
        day = start + dt.timedelta(days=days)
        month = month_of(start, day)
        assert month_start(start, month) <= day < month_start(start, month + 1)


def test_periods_overlap_where_they_share_a_day() -> None:
    first, second, third = (read_period(text, START) for text in ("M1-M12", "M12-M13", "M14-M15"))
    assert first.overlaps(second) and second.overlaps(first)
    assert not second.overlaps(third) and not third.overlaps(first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column installation"),
        ("installation,metric\na,b\n", "no column baseline"),
        ("installation,metric,baseline\n,unique users,1\n", "incomplete"),
        ("installation,metric,baseline\na,unique users,1\na,unique users,2\n", "line 3"),
    ],
)
def test_a_wrong_table_of_baselines_is_told(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse_baseline(text)


def test_a_table_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="UTF-8"):
        read_baseline(tmp_path / "x.csv")


def test_a_table_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes('\ufeffinstallation,metric,baseline\r\na,unique users,"1,500"\r\n'.encode())
    (row,) = read_baseline(tmp_path / "x.csv")
    assert (row.installation, row.baseline) == ("a", "1,500")


def test_a_metric_that_is_not_measured_is_told() -> None:
    project = Project(title="", project_start=None, installations=())
    with pytest.raises(BadInput, match="fun"):
        with_baseline(project, parse_baseline("installation,metric,baseline\na,fun,1\n"))


def test_countries_are_known_by_their_letters_and_names() -> None:
    assert len(COUNTRIES) == 250 and all(len(code) == 2 and code.isupper() for code in COUNTRIES)
    assert country_name("BA") == "Bosnia and Herzegovina" and country_name("ZZ") == "ZZ"
    assert all(country_code(name) == code for code, name in COUNTRIES.items())
    assert country_code("atlantis") is None
