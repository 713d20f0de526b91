from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from tests.services.ecosystem.drawn_tow import film
from tests.services.ecosystem.towed import CLIP, HEIGHT, Sea, Towed, tow

from pelagia.learning.quantify import poisson_interval
from pelagia.services.ecosystem.columns import TOW_COLUMNS
from pelagia.services.ecosystem.navigation import Navigation
from pelagia.services.ecosystem.sample.tow import Tow
from pelagia.services.ecosystem.sample.truth import Placed
from pelagia.services.ecosystem.tow_findings import TOW_FINDINGS

SHAKEN = {"sway_m": 0.04, "yaw_rad": 0.05, "heave": 0.04, "motion_noise_px": 0.7}
BEGAN = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def steady() -> list[Towed]:
    return [tow(Sea(lasts_s=200, frames_per_s=5), seed) for seed in range(10)]


@pytest.fixture(scope="module")
def shaken() -> list[Towed]:
    return [tow(Sea(lasts_s=200, frames_per_s=5, **SHAKEN), seed) for seed in range(6)]


def mean_of(tows: Sequence[Towed], **given: Any) -> float:
    """Return the mean density of some tows, of the truth."""
    return float(np.mean([one.burrows(**given)["density_per_m2"] / one.sea.systems_per_m2 for one in tows]))


def test_the_density_is_right_to_a_twentieth_where_systems_inside_count(
    steady: list[Towed], shaken: list[Towed]
) -> None:
    assert mean_of(steady, edge="inside") == pytest.approx(1, abs=0.05)
    assert mean_of(shaken, edge="inside") == pytest.approx(1, abs=0.05)


def test_without_correction_the_edge_effect_is_that_of_a_system_by_the_field_of_view(steady: list[Towed]) -> None:
    # Openings at the rim of a system 0.3 m wide reach over 0.19 m (two) or 0.27 m (three and four) on average; the
    # field of view is 1 m.
    assert mean_of(steady, edge="none") == pytest.approx(1 + (0.19 + 2 * 0.27) / 3, abs=0.04)
    assert mean_of(steady, edge="widened") == pytest.approx((1 + (0.19 + 2 * 0.27) / 3) / 1.3, abs=0.04)
    assert mean_of(steady, edge="factor", bias_factor=1.24) == pytest.approx(1, abs=0.05)


def test_no_opening_is_counted_twice_under_heave_and_yaw(steady: list[Towed], shaken: list[Towed]) -> None:
    for one in steady:
        row = one.burrows(edge="none")
        assert (row["openings"], row["systems"]) == (one.crossed, one.systems_seen)
    for one in shaken:
        row = one.burrows(edge="none")
        assert row["openings"] == pytest.approx(one.crossed, abs=3)
        assert row["systems"] == pytest.approx(one.systems_seen, abs=1)


def test_openings_that_flicker_and_letters_that_stand_still_change_the_count_by_a_twentieth_at_most() -> None:
    faults = {"missed": 0.15, "place_noise": 0.06, "false": 0.05, "overlay": True, "unknown_motion": 0.03}
    tows = [tow(Sea(lasts_s=120, **SHAKEN, **faults), seed) for seed in range(4)]
    rows = [one.burrows(edge="none") for one in tows]
    assert sum(row["openings"] for row in rows) == pytest.approx(sum(one.crossed for one in tows), rel=0.05)
    assert sum(row["systems"] for row in rows) == pytest.approx(sum(one.systems_seen for one in tows), rel=0.05)


def test_the_distance_of_the_image_is_right_to_a_hundredth_and_its_error_holds(shaken: list[Towed]) -> None:
    for one in shaken:
        row = one.burrows()
        assert row["distance_source"] == "image motion"
        assert row["distance_m"] == pytest.approx(one.distance_m, rel=0.01)
        assert abs(row["distance_m"] - one.distance_m) < 2 * row["distance_error_m"]


def test_where_the_motion_is_unknown_the_speed_goes_on_and_the_user_is_told() -> None:
    one = tow(Sea(lasts_s=120, unknown_motion=0.2), 3)
    counted = one.count()
    (row,) = counted.rows
    assert row["distance_m"] == pytest.approx(one.distance_m, rel=0.01)
    assert "tow-motion-unknown" in {issue.code for issue in counted.issues}
    assert row["distance_error_m"] >= steady_error(one)


def steady_error(one: Towed) -> float:
    return 0.01 * one.distance_m


def test_a_tow_that_goes_backwards_is_counted_as_well(steady: list[Towed]) -> None:
    one = steady[0]
    turned = replace(
        one,
        frames=[row | {"shift_row_px": row["shift_row_px"] and -row["shift_row_px"]} for row in one.frames],
        boxes=[box | {"row_px": HEIGHT - box["row_px"] - box["height_px"]} for box in one.boxes],
    )
    mirrored = turned.burrows(edge="none", count_line=0.25)
    assert mirrored["openings"] == one.burrows(edge="none")["openings"]


def test_what_the_user_and_the_navigation_say_of_the_distance_comes_first(steady: list[Towed]) -> None:
    one = steady[0]
    moments = np.arange(-60, 300, 2.0)
    way_m = 0.42 * moments
    sledge = Navigation(file="nav.csv", time_s=BEGAN + moments, east_m=way_m * 0.6, north_m=way_m * 0.8)
    by_navigation = one.burrows(navigation=sledge, began=BEGAN)
    assert by_navigation["distance_source"] == "navigation"
    assert by_navigation["distance_m"] == pytest.approx(0.42 * by_navigation["counted_s"], rel=0.001)
    told = one.burrows(navigation=sledge, began=BEGAN, distance_m=100.0)
    assert (told["distance_source"], told["distance_m"], told["distance_error_m"]) == ("user", 100.0, 0.0)


def test_navigation_of_another_time_is_told_and_not_used(steady: list[Towed]) -> None:
    moments = np.arange(0, 300, 2.0)
    sledge = Navigation(file="nav.csv", time_s=BEGAN + 1e5 + moments, east_m=moments, north_m=moments)
    counted = steady[0].count(navigation=sledge, began=BEGAN)
    assert counted.rows[0]["distance_source"] == "image motion"
    assert [issue.code for issue in counted.issues] == ["navigation-short"]
    without_time = steady[0].count(navigation=sledge)
    assert [issue.code for issue in without_time.issues] == ["navigation-no-time"]


def test_a_distance_that_the_image_contradicts_is_told_with_the_field_of_view_that_would_fit(
    steady: list[Towed],
) -> None:
    one = steady[0]
    (issue,) = one.count(distance_m=one.distance_m * 1.5).issues
    assert issue.code == "distance-disagrees"
    assert "1.50 m" in issue.remedy


def test_without_a_field_of_view_openings_are_counted_and_nothing_is_invented(steady: list[Towed]) -> None:
    counted = steady[0].count(field_of_view_m=None)
    (row,) = counted.rows
    assert row["openings"] == steady[0].crossed
    for name in ("systems", "systems_low", "density_per_m2", "area_m2", "distance_m", "per_minute"):
        assert row[name] is None
    assert [issue.code for issue in counted.issues] == ["field-of-view-unknown"]


def test_a_field_of_view_no_wider_than_a_system_leaves_no_width_to_count_on(steady: list[Towed]) -> None:
    counted = steady[0].count(system_m=1.2)
    assert [issue.code for issue in counted.issues] == ["field-of-view-narrow"]
    assert counted.rows[0]["density_per_m2"] is None


def test_tracks_tell_what_they_count_for(steady: list[Towed]) -> None:
    one = steady[0]
    counted = one.count(edge="none")
    crossed = [change for change in counted.changes.values() if change["is_counted"]]
    assert len(crossed) == one.crossed
    assert len({change["system_id"] for change in crossed}) == one.systems_seen
    assert all(-0.5 <= change["across_m"] <= 0.5 for change in crossed)
    assert all(
        change["along_m"] == pytest.approx(one.sea.speed_m_s * change["crossed_s"], abs=0.1) for change in crossed
    )
    others = [change for change in counted.changes.values() if change["crossed_s"] is None]
    assert len(others) + len(crossed) == len(counted.changes)
    assert not any(change["is_counted"] or change["system_id"] for change in others)
    np.testing.assert_allclose([change["length_cm"] for change in crossed], 60 / 1280 * 100)


def test_what_a_person_deleted_does_not_count(steady: list[Towed]) -> None:
    one = steady[0]
    before = one.count(edge="none")
    gone = next(name for name, change in before.changes.items() if change["is_counted"])
    tracks, boxes = one.followed
    after = replace(one)
    after.__dict__["followed"] = (
        [track | {"is_deleted": track["object_id"] == gone} for track in tracks],
        [box | {"is_deleted": box["track_id"] == gone} for box in boxes],
    )
    assert after.burrows(edge="none")["openings"] == before.rows[0]["openings"] - 1
    assert not after.count().changes[gone]["is_counted"]


def test_minutes_add_up_to_the_systems_and_few_of_them_have_the_interval_of_chance(steady: list[Towed]) -> None:
    row = steady[0].burrows(edge="none")
    assert len(row["per_minute"]) == 4  # 200 s
    assert sum(row["per_minute"]) == row["systems"]
    low, high = poisson_interval(row["systems"])
    assert (row["systems_low"], row["systems_high"]) == (pytest.approx(low), pytest.approx(high))


def test_the_error_of_the_distance_makes_the_interval_of_the_density_wider(steady: list[Towed]) -> None:
    rng = np.random.default_rng(0)
    moments = np.arange(-60, 300, 2.0)
    off = rng.normal(0, 4, (2, len(moments)))
    sledge = Navigation(file="n.csv", time_s=BEGAN + moments, east_m=off[0], north_m=0.4 * moments + off[1])
    sure = steady[0].burrows(distance_m=80.0)
    unsure = steady[0].burrows(navigation=sledge, began=BEGAN)
    assert unsure["distance_error_m"] > 0.5
    assert relative_width(unsure) > relative_width(sure)


def relative_width(row: dict[str, Any]) -> float:
    return float((row["density_high"] - row["density_low"]) / row["density_per_m2"])


def test_a_tow_of_many_minutes_has_an_interval_from_its_minutes() -> None:
    one = tow(Sea(lasts_s=720, frames_per_s=5, speed_m_s=0.3), 1)
    row = one.burrows(edge="none")
    assert len(row["per_minute"]) == 12
    # The systems lie evenly, so that minutes vary less than by chance.
    low, high = poisson_interval(row["systems"])
    assert low < row["systems_low"] < row["systems"] < row["systems_high"] < high


def test_a_tow_without_burrows_has_a_row_of_zeros(steady: list[Towed]) -> None:
    (row,) = replace(steady[0], boxes=[]).count().rows
    assert (row["taxon"], row["openings"], row["systems"], row["density_per_m2"]) == ("burrow", 0, 0, 0.0)
    assert row["density_low"] == 0.0
    assert row["density_high"] == pytest.approx(3.689 / row["area_m2"], rel=0.001)


def test_animals_are_counted_apart_by_their_middle_on_the_whole_field_of_view(steady: list[Towed]) -> None:
    name = "Nephrops norvegicus"
    boxes = [box | {"predicted_class": name, "taxon": name} for box in steady[0].boxes]
    animals, burrows = replace(steady[0], boxes=boxes).count().rows
    assert (animals["taxon"], burrows["taxon"]) == (name, "burrow")
    assert animals["systems"] == animals["openings"] == steady[0].crossed
    assert animals["counted_width_m"] == 1.0
    assert burrows["systems"] == 0


def test_rows_have_the_columns_of_the_table_and_findings_are_known(steady: list[Towed]) -> None:
    counted = steady[0].count(edge="factor")
    assert list(counted.rows[0]) == [column.name for column in TOW_COLUMNS]
    assert {issue.code for issue in counted.issues} == {"edge-factor-missing"} <= TOW_FINDINGS


def test_on_drawn_footage_openings_systems_and_distance_are_those_that_were_drawn() -> None:
    # Mud, lamps, snow, a clock and lasers on the screen; heave, yaw and sway; the movement is estimated.
    drawn = Tow(
        height_px=270,
        width_px=480,
        frames_per_s=10,
        duration_s=16,
        seed=2,
        systems_per_m2=1.0,
        clock=datetime(2024, 5, 1, tzinfo=UTC),
    )
    truth, frames, boxes = film(drawn)
    clip = CLIP | {"height_px": drawn.height_px, "width_px": drawn.width_px, "field_of_view_m": drawn.field_of_view_m}
    looked_at = Towed(
        sea=Sea(), frames=frames, boxes=boxes, distance_m=0, crossed=0, systems_seen=0, clip=clip, taxa=()
    )
    row = looked_at.burrows(edge="none", field_of_view_m=None)
    crossed = [one for one in truth.placed if one.system_id and one.crossed_s is not None]
    assert len(crossed) >= 8
    assert row["distance_m"] == pytest.approx(truth.distance_m, rel=0.03)
    assert row["openings"] == pytest.approx(dark_spots(crossed), abs=1)
    assert row["systems"] == pytest.approx(len({one.system_id for one in crossed}), abs=1)


def dark_spots(placed: Sequence[Placed]) -> int:
    """Return how many openings can be told apart: those that lie on each other are one dark spot."""
    at = np.array([complex(one.along_m, one.across_m) for one in placed])
    size = np.array([one.size_m for one in placed])
    touching = np.abs(at[:, None] - at[None]) < 0.55 * (size[:, None] + size[None])
    return int(connected_components(touching)[0])
