"""A stream of use made from published figures gives these figures again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.usage.conftest import feed, make_report

from pelagia.runtime.runner import Runtime
from pelagia.usage.baseline import BaselineRow, read_baseline, whole_number
from pelagia.usage.report import Cell, Report


def same(cell: Cell, published: str) -> bool:
    """Whether a figure is the published one; names are the same in any order, and N/A is only N/A."""
    if published == "N/A":
        return cell.value is None and cell.text == "N/A" and bool(cell.why)
    if isinstance(cell.value, tuple):
        return sorted(cell.value) == sorted(name for name in published.split(";") if name)
    return cell.value == whole_number(published) and not cell.at_least


def differences(report: Report, baseline: tuple[BaselineRow, ...]) -> list[str]:
    found = []
    for stated in baseline:
        row = report.installation(stated.installation).metric(stated.metric)
        cells = dict(zip((period.label for period in report.periods), row.values, strict=True))
        for label, published in stated.published.items():
            if not same(cells[label], published):
                found.append(f"{stated.installation}, {stated.metric}, {label}: {cells[label]} for {published}")
        if stated.published_total and not same(row.total, stated.published_total):
            found.append(f"{stated.installation}, {stated.metric}, total: {row.total} for {stated.published_total}")
    return found


def test_every_published_figure_comes_out_but_the_total_that_is_wrong(
    report: Report, baseline: tuple[BaselineRow, ...]
) -> None:
    wrong, *others = differences(report, baseline)
    assert others == []
    assert wrong.startswith("deep, user groups, total") and "value=70," in wrong and wrong.endswith("for 700")


def test_the_published_figures_of_the_field_come_out(runtime: Runtime, shared_data: Path) -> None:
    baseline = read_baseline(shared_data / "usage" / "va_metrics.csv")
    feed(runtime, baseline)
    report = make_report(runtime, baseline)
    assert len(baseline) == 30
    wrong, *others = differences(report, baseline)
    assert others == []
    assert (
        wrong.startswith("ecosystem-obsea, user groups, total") and "value=70," in wrong and wrong.endswith("for 700")
    )
    flagged = [(finding.code, finding.where) for finding in report.findings if finding.code.startswith("published")]
    assert flagged == [("published-total", "ecosystem-obsea, user groups")]
    union = report.installation("litter").metric("country names").total.value
    assert union == ("Canada", "Germany", "Italy")
    azores = report.installation("ecosystem-azores").metric("country names").total.value
    assert azores == ("France", "Germany", "Italy", "Netherlands", "Poland", "United States")


def findings(report: Report, code: str) -> dict[str, str]:
    return {finding.where: finding.text for finding in report.findings if finding.code == code}


def test_a_published_total_that_is_not_the_sum_of_its_parts_is_flagged(report: Report) -> None:
    found = findings(report, "published-total")
    assert "700 is not what its parts give: 0 + 70 = 70" in found["deep, user groups"]
    assert "same ones occur in several periods" not in found["deep, user groups"]
    assert "same ones occur in several periods" in found["cell, unique users"]
    assert set(found) == {"deep, user groups", "cell, unique users", "cell, countries"}


def test_users_of_both_periods_are_counted_once_and_this_is_explained(report: Report) -> None:
    row = report.installation("cell").metric("unique users")
    assert [cell.value for cell in row.values] == [7, 122] and row.total.value == 127
    assert "2 of the users came in both M13-M24 and M25-M36" in findings(report, "in-both")["cell, unique users"]
    assert "7 + 122 − 2 = 127" in findings(report, "in-both")["cell, unique users"]
    assert "1 of the countries came in both" in findings(report, "in-both")["cell, countries"]
    assert set(findings(report, "in-both")) == {"cell, unique users", "cell, countries"}


def test_what_is_not_available_says_why(report: Report) -> None:
    found = findings(report, "not-available")
    assert "which is not 0: not tracked: calls were not logged" in found["deep, images processed"]
    assert "downloads carry no country" in found["deep, countries"]
    assert report.installation("deep").metric("images processed").values[0].value == 0


def test_the_summary_counts_over_all_installations_and_says_what_it_lacks(report: Report) -> None:
    rows = {row.metric: row for row in report.summary}
    assert [cell.text for cell in rows["unique users"].values] == ["17", "138"]
    assert rows["unique users"].total.text == "153"
    processed = rows["images processed"]
    assert [cell.text for cell in (*processed.values, processed.total)] == ["2,075,959", "≥ 185,506", "≥ 2,261,465"]
    assert "without deep (N/A)" in processed.total.why
    assert rows["country names"].total.value == (
        *("Belgium", "Canada", "France", "Germany", "Italy", "Taiwan", "United States"),
    )


@pytest.mark.parametrize(("period", "users"), [("M13-M18", 5), ("M1-M12", None), ("M13-M24", 10)])
def test_any_months_can_be_reported(
    streamed: Runtime, baseline: tuple[BaselineRow, ...], period: str, users: int | None
) -> None:
    report = make_report(streamed, baseline, period=period, compare=None)
    cell = report.installation("beach").metric("unique users").total
    assert cell.value == users
    assert (users is None) == ("nothing was recorded before 2023-09-01" in cell.why)
