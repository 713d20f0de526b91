"""Counts by bin and taxon against what can be counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.services.ecosystem.series.footage import NOON, Footage, of

from pelagia.learning.evaluate import wilson_interval
from pelagia.services.ecosystem.series import SUMMARY_FIELDS, series_summary

HOUR = dt.timedelta(hours=1)


def three_clips(shift: dt.timedelta = dt.timedelta()) -> Footage:
    """Two clips of 60 s in one hour (the second dark), one two hours later; the first is searched from 20 to 30 s."""
    made = Footage()
    made.clip("a", NOON + shift, 60.0)
    for begin in range(0, 60, 10):
        made.screened("a", float(begin), 10.0, is_searched=begin == 20)
    for second in range(21, 30):
        made.searched("a", float(second))
    made.seen("a", 20.0, "cod", "cod")
    made.seen("a", 21.0, "cod", "cod", "cod", "crab")
    made.seen("a", 22.0, "cod", score=0.4)
    made.seen("a", 23.0, "cod", is_deleted=True)
    made.track("a", 20.0, 22.0, "cod")
    made.clip("b", NOON + shift + dt.timedelta(minutes=10), 60.0)
    for begin in range(0, 60, 10):
        made.screened("b", float(begin), 10.0, verdict="dark")
    made.clip("c", NOON + shift + 2 * HOUR, 60.0)
    for begin in range(0, 60, 10):
        made.screened("c", float(begin), 10.0, verdict="dark" if begin < 30 else "usable")
    return made


@pytest.fixture(name="rows")
def _rows(tmp_path: Path) -> list[dict[str, Any]]:
    return three_clips().series(tmp_path)


def test_the_most_on_one_frame_is_counted_and_when_it_was(rows: list[dict[str, Any]]) -> None:
    assert [row["max_n"] for row in of(rows, "cod")] == [3, None, 0]
    assert [row["max_n"] for row in of(rows)] == [4, None, 0]
    assert of(rows, "cod")[0]["max_n_utc"] == "2026-06-01T12:00:21.000Z"


def test_means_and_shares_are_over_the_usable_time_with_what_was_not_searched_as_empty(
    rows: list[dict[str, Any]],
) -> None:
    cod, crab = of(rows, "cod")[0], of(rows, "crab")[0]
    assert cod["mean_n"] == pytest.approx((2 + 3) * 1 / 60)
    assert cod["occupancy"] == pytest.approx(2 / 60)
    assert crab["mean_n"] == pytest.approx(1 / 60)
    assert of(rows)[0]["mean_n"] == pytest.approx(6 / 60)


def test_the_interval_of_a_share_takes_the_frames_of_a_minute_as_one_look(rows: list[dict[str, Any]]) -> None:
    cod = of(rows, "cod")[0]
    assert (cod["occupancy_low"], cod["occupancy_high"]) == pytest.approx(wilson_interval(2 / 60, 1))


def test_effort_is_what_was_recorded_and_what_of_it_was_usable(rows: list[dict[str, Any]]) -> None:
    effort = [(row["recorded_s"], row["usable_s"], row["n_frames"], row["n_frames_used"]) for row in of(rows)]
    assert effort == [(120.0, 60.0, 21, 15), (0.0, 0.0, 0, 0), (60.0, 30.0, 6, 3)]
    assert [row["quality"] for row in of(rows)] == [2.0, None, 2.0]


def test_a_bin_without_footage_is_a_gap_and_one_without_animals_is_none(rows: list[dict[str, Any]]) -> None:
    assert [row["is_gap"] for row in of(rows, "cod")] == [False, True, False]
    gap = of(rows, "cod")[1]
    assert [gap[name] for name in ("max_n", "mean_n", "occupancy", "tracks", "in_view_s", "tracks_per_h")] == [None] * 6


def test_tracks_an_hour_have_the_exact_poisson_interval(rows: list[dict[str, Any]]) -> None:
    first, _, last = of(rows, "cod")
    assert (first["tracks"], first["in_view_s"], first["tracks_per_h"]) == (1, 2.0, pytest.approx(60.0))
    assert (first["tracks_per_h_low"], first["tracks_per_h_high"]) == pytest.approx(
        (0.02532 * 60, 5.5716 * 60), rel=1e-3
    )
    assert (last["tracks"], last["tracks_per_h_low"]) == (0, 0.0)
    assert last["tracks_per_h_high"] == pytest.approx(3.6889 * 120, rel=1e-4)


def test_all_shifted_by_a_bin_gives_the_same_rows_a_bin_later(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    later = three_clips(HOUR).series(tmp_path / "later")
    times = ("bin_start_utc", "bin_end_utc", "max_n_utc")
    assert [row["bin_start_utc"][11:13] for row in of(later)] == ["13", "14", "15"]
    assert [{k: v for k, v in row.items() if k not in times} for row in later] == [
        {k: v for k, v in row.items() if k not in times} for row in rows
    ]


def split(made: Footage, name: str, at_s: float, start: dt.datetime) -> Footage:
    """Cut one clip in two."""
    old = next(clip for clip in made.clips if clip["clip_id"] == name)
    made.clip(f"{name}2", start + dt.timedelta(seconds=at_s), old["duration_s"] - at_s)
    old["duration_s"] = at_s
    for row in (*made.frames, *made.boxes):
        if row["clip_id"] == name and row["time_s"] >= at_s:
            row |= {"clip_id": f"{name}2", "time_s": row["time_s"] - at_s}
    made.frames.sort(key=lambda row: row["clip_id"])
    return made


@pytest.mark.parametrize("at_s", [10.0, 20.0, 30.0, 50.0])
def test_a_clip_cut_in_two_gives_the_same_rows(tmp_path: Path, rows: list[dict[str, Any]], at_s: float) -> None:
    made = three_clips()
    made.tracks[0] |= {"clip_id": "a2", "first_s": 20.0 - at_s, "last_s": 22.0 - at_s} if at_s <= 20 else {}
    cut = split(made, "a", at_s, NOON).series(tmp_path / "cut")
    assert cut == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def test_only_bins_say_how_the_same_footage_is_divided(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    day = three_clips().series(tmp_path / "day", bin_minutes=1440)
    assert [row["max_n"] for row in of(day)] == [4]
    for name in ("recorded_s", "usable_s", "n_frames", "n_frames_used"):
        assert of(day)[0][name] == sum(row[name] for row in of(rows))


def test_a_film_is_recorded_in_every_bin_it_reaches_over(tmp_path: Path) -> None:
    made = Footage()
    made.clip("a", NOON - dt.timedelta(seconds=40), 100.0)
    for begin in range(0, 100, 10):
        made.screened("a", float(begin), 10.0)
    made.track("a", 30.0, 60.0, "cod")
    rows = made.series(tmp_path)
    assert [(row["recorded_s"], row["usable_s"]) for row in of(rows)] == [(40.0, 40.0), (60.0, 60.0)]
    assert [(row["tracks"], row["in_view_s"]) for row in of(rows, "cod")] == [(1, 10.0), (0, 20.0)]


def test_a_long_gap_is_one_row_that_says_how_long(tmp_path: Path) -> None:
    made = Footage()
    for name, start in (("a", NOON), ("b", NOON + 1000 * HOUR)):
        made.clip(name, start, 10.0)
        made.screened(name, 0.0, 10.0)
    gap = made.series(tmp_path)[1]
    assert (gap["is_gap"], gap["bin_s"], gap["bin_start_utc"]) == (True, 999 * 3600, "2026-06-01T13:00:00.000Z")


def test_stills_stand_for_their_own_time_and_nobody_was_followed_in_them(tmp_path: Path) -> None:
    made = Footage()
    made.clip("s", NOON, 3540.0, kind="series", frame_rate=1 / 60)
    for minute in range(60):
        made.screened("s", 60.0 * minute, 60.0, is_searched=True, verdict="usable" if minute < 50 else "dark")
    made.seen("s", 0.0, "cod", "cod")
    made.seen("s", 60.0, "cod")
    made.seen("s", 55 * 60.0, "cod", "cod", "cod")
    row = of(made.series(tmp_path), "cod")[0]
    assert (row["max_n"], row["usable_s"], row["recorded_s"]) == (2, 3000.0, 3600.0)
    assert row["mean_n"] == pytest.approx(3 / 50)
    assert (row["occupancy_low"], row["occupancy_high"]) == pytest.approx(wilson_interval(2, 50))
    assert (row["tracks"], row["in_view_s"], row["tracks_per_h"]) == (None, None, None)


def test_boxes_without_a_track_are_no_tracks(tmp_path: Path) -> None:
    made = Footage()
    made.clip("a", NOON, 10.0)
    made.screened("a", 0.0, 10.0, is_searched=True)
    for second in range(1, 10):
        made.searched("a", float(second))
        made.seen("a", float(second), "cod", track_id="")
    row = of(made.series(tmp_path), "cod")[0]
    assert (row["tracks"], row["max_n"], row["occupancy"]) == (0, 1, pytest.approx(0.9))


def test_a_frame_on_which_a_person_confirmed_a_box_is_usable(tmp_path: Path) -> None:
    made = Footage()
    made.clip("a", NOON, 10.0)
    made.screened("a", 0.0, 10.0, is_searched=True, verdict="turbid")
    made.seen("a", 0.0, "cod", status="validated", score=None)
    row = of(made.series(tmp_path), "cod")[0]
    assert (row["is_gap"], row["max_n"], row["validated"], row["usable_s"]) == (False, 1, 1, 10.0)


def test_a_taxon_has_zeros_at_the_camera_that_saw_it_and_no_rows_at_another(tmp_path: Path) -> None:
    made = Footage()
    for name, camera in (("a", "cam"), ("b", "other")):
        made.clip(name, NOON, 10.0, camera=camera)
        made.screened(name, 0.0, 10.0, is_searched=True)
    made.clip("c", NOON + HOUR, 10.0, deployment="d2")
    made.screened("c", 0.0, 10.0, is_searched=True)
    made.seen("a", 0.0, "cod", aphia_id=126436)
    told = {(row["camera"], row["deployment"]): row["max_n"] for row in of(made.series(tmp_path), "cod")}
    assert told == {("cam", "d1"): 1, ("cam", "d2"): 0}
    assert {row["aphia_id"] for row in of(made.series(tmp_path), "cod")} == {126436}


def test_clips_without_a_time_are_counted_from_their_own_start(tmp_path: Path) -> None:
    made = Footage()
    made.clip("a", None, 7200.0)
    made.screened("a", 0.0, 3600.0)
    made.screened("a", 3600.0, 3600.0, is_searched=True)
    made.seen("a", 3600.0, "cod")
    rows = of(made.series(tmp_path), "cod")
    assert [(row["bin_start_utc"], row["max_n"]) for row in rows] == [("+00:00:00", 0), ("+01:00:00", 1)]
    assert rows[0]["sun_elevation_deg"] is None


def test_a_box_on_no_frame_is_an_error(tmp_path: Path) -> None:
    made = three_clips()
    made.seen("a", 33.3, "cod")
    with pytest.raises(ValueError, match="no frame at 33300 ms"):
        made.series(tmp_path)


def test_the_summary_tells_effort_and_the_most_of_each_taxon(rows: list[dict[str, Any]]) -> None:
    told = series_summary([{name: row[name] for name in SUMMARY_FIELDS} for row in rows], three_clips().clips)
    assert told["recorded_h"].value == pytest.approx(180 / 3600)
    assert told["usable_h"].value == pytest.approx(90 / 3600)
    assert (told["max_n_cod"].value, told["max_n_crab"].value, told["gaps"].value) == (3, 1, 1)
    assert list(told)[-2:] == ["max_n_cod", "max_n_crab"]
