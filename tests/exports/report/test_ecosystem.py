"""The report of underwater footage: what was counted, where nothing could be, and what is not known."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.exports.ecosystem.footage_result import POSITION, SIZE, footage, make_result, utc
from tests.exports.report.test_render import ERROR, WARNING, Page, render
from tests.services.ecosystem.series.footage import NOON, Footage

from pelagia.core.result import Artifact, Result
from pelagia.core.table import write_table
from pelagia.exports.report.ecosystem.drawings import COLUMNS, draw_camera, time_ticks, together
from pelagia.exports.report.ecosystem.readings import CameraSeries, Slot, read_cameras, read_totals
from pelagia.exports.report.ecosystem.rhythms import days, years
from pelagia.services.ecosystem.columns import TOW_COLUMNS

HOUR = 3600.0


def hourly(days_long: int, missing: Sequence[int] = ()) -> Footage:
    """A clip an hour with as many cod as the hour of the day; none on missing days."""
    made = Footage()
    midnight = NOON.replace(hour=0)
    for hour in range(24 * days_long):
        start = midnight + dt.timedelta(hours=hour)
        if hour // 24 in missing:
            continue
        name = f"h{hour:05d}"
        made.clip(name, start, 60.0, searched_frames=1, recordings=1, verdict="usable", **POSITION, **SIZE)
        made.screened(name, 0.0, 60.0, is_searched=True, time_utc=utc(start))
        made.seen(name, 0.0, *["cod"] * start.hour)
    return made


def undated() -> Footage:
    made = Footage()
    made.clip("x", None, 7200.0, verdict="dark", recordings=1)
    made.screened("x", 0.0, 3600.0, is_searched=True)
    made.screened("x", 3600.0, 3600.0, is_searched=True)
    made.seen("x", 3600.0, "a <b>fish</b>")
    return made


def empty() -> Footage:
    made = Footage()
    made.clip("x", NOON, 10.0, verdict="dark")
    made.screened("x", 0.0, 10.0, verdict="dark")
    return made


MADE = {"usual": footage, "undated": undated, "empty": empty, "two months": lambda: hourly(62, missing=(20, 21))}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    return {name: make_result(tmp_path_factory.mktemp("footage"), make()) for name, make in MADE.items()}


@pytest.fixture(params=MADE)
def any_result(request: pytest.FixtureRequest, results: dict[str, Result]) -> Result:
    return results[request.param]


def test_every_report_is_a_balanced_page_with_names_for_all_drawings_and_tables(any_result: Result) -> None:
    page = Page(render(any_result, (ERROR, WARNING)))
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert all("alt" in image for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in head for head in page.all("th"))
    assert all(svg.get("aria-hidden") == "true" or svg.get("aria-label") for svg in page.all("svg"))
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    assert {attributes["aria-labelledby"] for attributes in page.all("section")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_fetched_or_run(any_result: Result) -> None:
    html = render(any_result, (ERROR,))
    page = Page(html)
    assert not page.all("script")
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert "url(" not in html
    assert "<b>fish</b>" not in html
    assert render(any_result, (ERROR,)) == html


def test_the_page_says_what_was_seen_and_that_nobody_has_looked(results: dict[str, Result]) -> None:
    said = Page(render(results["two months"])).text
    assert "no person has looked at them yet" in said
    assert "MaxN of cod" in said
    assert "no person has looked" not in Page(render(results["usual"])).text


def test_what_is_not_known_is_said(results: dict[str, Result]) -> None:
    said = Page(render(results["undated"])).text
    assert "When the clip began is unknown" in said
    assert "Where the clip lies is unknown" in said
    assert "No animal was counted" in Page(render(results["empty"])).text


def test_the_totals_weigh_by_effort(results: dict[str, Result]) -> None:
    totals = {one.taxon: one for one in read_totals(results["usual"].tables["time_series"])}
    assert (totals["all"].max_n, totals["cod"].max_n, totals["cod"].bins, totals["cod"].bins_with) == (2, 2, 2, 1)
    assert totals["cod"].mean_n == pytest.approx(3 / 120)
    assert totals["cod"].occupancy == pytest.approx(2 / 120)
    assert (totals["crab"].validated, totals["cod"].tracks) == (1, 1)


def drawn(result: Result) -> Any:
    table = result.tables["time_series"]
    cameras, left_out = read_cameras(table, read_totals(table))
    assert left_out == 0
    return cameras


def test_lines_break_at_a_gap_and_the_gap_is_marked(results: dict[str, Result]) -> None:
    drawing = draw_camera(drawn(results["usual"])[0])
    cod = next(one for one in drawing.counts if one.name == "cod")
    assert cod.gaps == ((33.33, 33.33),)
    assert cod.line.count("M") == 2
    # MaxN 2 of 2 in the first third, none in the last.
    assert cod.steps == "M0.0 100V0.0H333.3V100z"
    assert [one.name for one in drawing.beside] == ["TEMP"]


def test_what_stays_the_same_beside_a_camera_is_level_whatever_its_last_digits(results: dict[str, Result]) -> None:
    camera = drawn(results["usual"])[0]
    slots = [
        Slot(n * HOUR, (n + 1) * HOUR, False, 0.0, 0.0, 60.0, None, (value,))
        for n, value in enumerate((37.9, 37.9 - 7e-15, 37.9))
    ]
    (beside,) = draw_camera(replace(camera, slots=dict.fromkeys(camera.slots, slots))).beside
    assert (beside.low, beside.top) == ("37.4", "38.4")
    assert set(re.findall(r" (\d+\.\d)", beside.line)) == {"50.0"}


def test_bins_too_many_to_draw_keep_their_highest_and_their_mean_by_effort() -> None:
    slots = [
        Slot(n * HOUR, (n + 1) * HOUR, False, float(n % 7), float(n % 2), 60.0, None, (1.0,))
        for n in range(4 * COLUMNS)
    ]
    joined = together(slots, 0.0, 4 * COLUMNS * HOUR)
    assert len(joined) == COLUMNS
    assert max(slot.max_n for slot in joined) == 6
    assert {slot.mean_n for slot in joined} == {0.5}
    assert sum(slot.usable_s for slot in joined) == sum(slot.usable_s for slot in slots)
    assert not any(slot.is_gap for slot in joined)


def test_a_series_without_gaps_that_is_too_long_to_draw_is_one_line() -> None:
    slots = [Slot(n * HOUR, (n + 1) * HOUR, False, 1.0, 1.0, 60.0, None) for n in range(3 * COLUMNS + 7)]
    drawing = draw_camera(CameraSeries(key=("s", "c", ""), is_timed=True, slots={"all": slots}))
    assert drawing is not None
    assert drawing.counts[0].line.count("M") == 1


def test_the_pattern_of_the_day_is_the_mean_of_each_hour_with_the_night_shaded(results: dict[str, Result]) -> None:
    result = results["two months"]
    (rhythm,) = days(result.tables["time_series"], drawn(result))
    cod = next(one for one in rhythm.drawings if one.name == "cod")
    assert [round(bar.height / 100 * 30) for bar in cod.bars] == list(range(24))
    assert cod.top == "30"
    # Off Barcelona in June the sun is down from before 20 to about 4 o'clock UTC.
    (first, morning), (evening, rest) = rhythm.nights
    assert (first, evening + rest) == (0.0, pytest.approx(100.0))
    assert morning / 100 * 24 == pytest.approx(4, abs=1.01)
    assert evening / 100 * 24 == pytest.approx(20, abs=1.01)


def test_the_pattern_of_the_year_needs_more_than_two_months(results: dict[str, Result], tmp_path: Path) -> None:
    result = results["two months"]
    (rhythm,) = years(result.tables["time_series"], drawn(result))
    assert [label for _, label in rhythm.ticks] == ["2026-06", "2026-07", "2026-08"]
    short = make_result(tmp_path, hourly(5))
    assert years(short.tables["time_series"], drawn(short)) == ()


@pytest.mark.parametrize(
    ("span_s", "is_timed", "labels"),
    [
        (6 * HOUR, True, [f"1 Jun {hour}:00" for hour in range(12, 19)]),
        (400 * 86_400, True, ["Jul 2026", "Oct 2026", "Jan 2027", "Apr 2027", "Jul 2027"]),
    ],
)  # fmt: skip
def test_the_axis_of_time_has_round_times(span_s: float, is_timed: bool, labels: list[str]) -> None:
    first = NOON.timestamp()
    ticks = time_ticks(first, first + span_s, is_timed=is_timed)
    assert [label for _, label in ticks] == labels
    assert all(0 <= place <= 100 for place, _ in ticks)


def test_time_from_the_start_is_told_in_hours() -> None:
    assert [label for _, label in time_ticks(0.0, 4 * HOUR, is_timed=False)] == ["0 h", "1 h", "2 h", "3 h", "4 h"]


def test_tows_stand_with_their_intervals_and_the_timeline_is_shown(tmp_path: Path) -> None:
    result = make_result(tmp_path)
    row = {"clip_id": "a", "taxon": "burrow", "openings": 9, "systems": 5, "systems_low": 2.0, "systems_high": 9.0,
           "distance_m": 200.0, "distance_source": "navigation", "counted_width_m": 0.75, "area_m2": 150.0,
           "density_per_m2": 0.0333, "density_low": 0.013, "density_high": 0.06, "edge_method": "inside"}  # fmt: skip
    picture = tmp_path / "timeline.png"
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "PNG")
    picture.write_bytes(data.getvalue())
    tables = {**result.tables, "tows": write_table("tows", tmp_path / "tows", TOW_COLUMNS, [row])}
    artifact = Artifact(role="timeline", name="timeline.png", path=picture, media_type="image/png")
    page = Page(
        render(
            Result(
                tables=tables,
                summary=result.summary,
                issues=(),
                provenance=result.provenance,
                artifacts=(artifact,),
            )
        )
    )
    assert "0.0333" in page.text
    assert "0.013–0.06" in page.text
    assert [image["class"] for image in page.all("img")] == ["timeline"]
