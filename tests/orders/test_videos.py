"""Timelines of clips with many frames or none, and which changes are about a clip."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from pelagia.core.service import Edit
from pelagia.orders.videos.clips import MOST_POINTS, sorted_clips, timeline_of
from pelagia.orders.videos.standing import edits_on_clip


def frames(times_s: list[float], **columns: Any) -> pa.Table:
    told = {"is_screened": True, "is_searched": True, "interest": 0.0, "verdict": "usable", "view": None} | columns
    made = {name: value if isinstance(value, list) else [value] * len(times_s) for name, value in told.items()}
    schema = {"is_screened": pa.bool_(), "is_searched": pa.bool_(), "interest": pa.float64()}
    return pa.table(
        {"time_s": pa.array(times_s, pa.float64())}
        | {name: pa.array(value, schema.get(name, pa.string())) for name, value in made.items()}
    )


def test_a_peak_of_a_long_clip_is_not_lost_on_its_timeline() -> None:
    count = 10 * MOST_POINTS + 7
    interest: list[float | None] = [0.1] * count
    interest[12_345], interest[77] = 0.9, None
    told = timeline_of(frames([float(number) for number in range(count)], interest=interest), float(count))
    assert len(told.times_s) == MOST_POINTS
    assert (max(one for one in told.interest if one is not None), 12_345.0 in told.times_s) == (0.9, True)


def test_stretches_end_where_frames_do_and_not_behind_the_clip() -> None:
    told = timeline_of(frames([0.0, 0.2, 0.4, 5.0, 5.2, 5.4]), 5.5)
    assert [pytest.approx(one) for one in told.searched] == [(0.0, 0.6), (5.0, 5.5)]


def test_a_clip_without_searched_frames_has_no_films() -> None:
    told = timeline_of(frames([0.0, 1.0], is_searched=False), None)
    assert (list(told.searched), list(told.films), len(told.times_s)) == ([], [], 2)


def test_films_are_told_in_order_of_time_whatever_they_are_called() -> None:
    told = timeline_of(frames([0.0, 1.0, 2.0, 3.0], view=["views/b.mp4", "views/b.mp4", None, "views/a.mp4"]), 4.0)
    assert [(film.name, film.frames, film.first_s, film.last_s) for film in told.films] == [
        ("views/b.mp4", 2, 0.0, 1.0),
        ("views/a.mp4", 1, 3.0, 3.0),
    ]


def test_clips_with_the_most_come_first_and_unknown_ones_last() -> None:
    clips = pa.table({"clip_id": ["a", "b", "c"], "started_utc": ["", "", ""], "max_n": pa.array([1, None, 5])})
    assert sorted_clips(clips, "max_n")["clip_id"].to_pylist() == ["c", "a", "b"]


def test_changes_of_a_clip_are_those_of_its_boxes_tracks_and_of_what_was_drawn_on_it() -> None:
    def edit(kind: str, subject: str, value: Any = None) -> Edit:
        return Edit(kind=kind, subject=subject, field="", value=value, by="Ada", at="2026-01-01T00:00:00Z", why="")

    added = {"state": "added", "frame_id": "clip:000000200", "taxon": "x", "box": [0, 0, 5, 5], "track_id": ""}
    mine = [
        edit("detection", "clip:000000200:1", {"state": "deleted"}),
        edit("track", "clip:t3", {"state": "kept", "taxon": "x"}),
        edit("detection", "new:1", added),
        edit("detection", "new:1"),
    ]
    others = [
        edit("detection", "clip-2:000000200:1", {"state": "deleted"}),
        edit("detection", "new:2", added | {"frame_id": "clip-2:000000200"}),
        edit("metadata", "clip:x", "y"),
    ]
    assert list(edits_on_clip([*others, *mine], "clip")) == mine
