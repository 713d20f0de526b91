"""What the tests of usage share: the published figures, and an installation whose ledger has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.usage.stream import rows_of_figures

from pelagia.runtime import ledger
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.baseline import BaselineRow, parse_baseline
from pelagia.usage.build import build_report, plan_report
from pelagia.usage.installations import Project, with_baseline
from pelagia.usage.report import Report

START = dt.date(2022, 9, 1)
NOW = dt.datetime(2025, 9, 15, 8, 30, tzinfo=dt.UTC)
# The shapes that occur in published tables: nothing known, something known, a total that is wrong, users in both.
FIGURES = """\
installation,metric,baseline,M13-M24,M25-M36,total_as_published,note
beach,unique users,10,10,16,26,
beach,images processed,1500,1,94,95,
beach,images ingested,200000,0,0,0,
beach,countries,7,1,2,3,
beach,country names,Germany;Viet Nam,Italy,Germany;Canada,,published without a total
deep,user groups,10,0,70,700,published total disagrees with the sum of its periods
deep,images archived,3000,0,1300000,1300000,
deep,images processed,0,0,N/A,N/A,not tracked: calls were not logged
deep,countries,3,0,N/A,N/A,downloads carry no country
cell,unique users,5,7,122,127,
cell,images processed,300000,2075958,185412,2261370,
cell,images ingested,1400000,2075958,185412,2261370,
cell,countries,1,3,3,5,
cell,country names,Belgium,France;Italy;Belgium,Taiwan;United States;Belgium,,
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=tmp_path / "home", executor="inline")) as opened:
        yield opened


@pytest.fixture
def baseline() -> tuple[BaselineRow, ...]:
    return parse_baseline(FIGURES)


@pytest.fixture
def streamed(runtime: Runtime, baseline: tuple[BaselineRow, ...]) -> Runtime:
    """An installation whose ledger has the published figures."""
    feed(runtime, baseline)
    return runtime


@pytest.fixture
def report(streamed: Runtime, baseline: tuple[BaselineRow, ...]) -> Report:
    return make_report(streamed, baseline)


def feed(runtime: Runtime, baseline: tuple[BaselineRow, ...]) -> None:
    with runtime.database.write() as connection:
        ledger.insert_rows(connection, rows_of_figures(baseline, START))


def make_report(
    runtime: Runtime,
    baseline: tuple[BaselineRow, ...],
    project: Project | None = None,
    *,
    period: str = "M25-M36",
    compare: str | None = "M13-M24",
) -> Report:
    empty = Project(title="A project", project_start=START, installations=())
    plan = plan_report(with_baseline(project or empty, baseline), period=period, compare=compare)
    with runtime.database.read() as connection:
        return build_report(connection, plan, now=NOW)
