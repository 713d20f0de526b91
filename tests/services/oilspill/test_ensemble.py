"""The ensemble: what its members draw, sums over them, probabilities with intervals, its coast and its balance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.services.direct_steps import DirectSteps
from tests.services.oilspill.drawn_spill import START_S, drawn_setup, request_of, saved

from pelagia.services.oilspill.cell_sums import CellSums, pack, unpack
from pelagia.services.oilspill.choices import ANGLE, CHOSEN, DIFFUSIVITY, FACTOR, SPREAD
from pelagia.services.oilspill.columns import ENSEMBLE_BALANCE_COLUMNS, FATES, MEMBER_COLUMNS, PROBABILITY_COLUMNS
from pelagia.services.oilspill.ensemble import add_up, ensemble_steps, run_ensemble
from pelagia.services.oilspill.ensemble_rows import impacts_of, wilson, write_probability
from pelagia.services.oilspill.members import draw_members, run_members, setup_of
from pelagia.services.oilspill.planning import Plan

HOURS, MEMBERS = 4, 12
TIMES = [START_S + 3600.0 * hour for hour in range(HOURS + 1)]
PLAN = Plan(forecasts=True, fits=False, members=MEMBERS, maps=HOURS, legs=4)
SMALL = {"elements": 300, "hours": float(HOURS)}


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, DirectSteps]:
    folder = tmp_path_factory.mktemp("ensemble")
    setup = saved(drawn_setup(hours=HOURS, elements=300), folder / "setup")
    steps = DirectSteps(folder)
    told = run_ensemble(request_of(**SMALL), steps, PLAN, setup, {}, TIMES)
    write_probability(told["cells"], setup, told["extent"][0], told["extent"][2], folder)
    return told, folder, steps


def test_keys_of_cells_are_taken_apart_as_they_were_made() -> None:
    row, col = np.array([-70_000, 0, 8_000_000]), np.array([3, -8_000_000, -1])
    time, rows, cols = unpack(pack(321, row, col))
    assert time.tolist() == [321] * 3
    assert (rows.tolist(), cols.tolist()) == (row.tolist(), col.tolist())


def test_sums_of_parts_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(1)
    members = [[np.unique(rng.integers(-5, 5, (6, 2)), axis=0) for _ in range(3)] for _ in range(8)]
    whole, parts = CellSums(), [CellSums(), CellSums()]
    for number, times in enumerate(members):
        for sums in (whole, parts[number % 2]):
            sums.begin_member()
            for time, cells in enumerate(times):
                sums.add(time, cells[:, 0], cells[:, 1], np.full(len(cells), 2.0))
    both = CellSums()
    for part in parts:
        both.merge(part.to_arrays())
    for name, values in whole.to_arrays().items():
        np.testing.assert_array_equal(values, both.to_arrays()[name])
    ever = {tuple(cell) for times in members for cells in times for cell in cells}
    assert whole.first.sum() == sum(len({tuple(cell) for cells in times for cell in cells}) for times in members)
    assert len(np.unique(np.column_stack(unpack(whole.key)[1:]), axis=0)) == len(ever)
    assert whole.members.max() <= 8


def test_members_without_a_fit_are_spread_as_the_priors_say() -> None:
    members = draw_members(request_of(), drawn_setup(), [], 400)
    factor = np.array([member[FACTOR] for member in members])
    assert factor.mean() == pytest.approx(0.03, abs=0.001)
    assert np.quantile(factor, 0.05) == pytest.approx(0.03 - 1.645 * 0.01, abs=0.0015)
    assert np.mean([member["wind_scale"] for member in members]) == pytest.approx(1.0, abs=0.01)
    assert np.std([member["wind_scale"] for member in members]) == pytest.approx(0.15, abs=0.01)
    assert np.std([member["current_scale"] for member in members]) == pytest.approx(0.2, abs=0.01)
    diffusivity = [member[DIFFUSIVITY] for member in members]
    assert np.exp(np.mean(np.log(diffusivity))) == pytest.approx(np.sqrt(10.0), rel=0.05)
    assert len({member["seed"] for member in members}) == 400


def test_members_after_a_fit_take_the_draws_of_its_posterior() -> None:
    draws = [{DIFFUSIVITY: 1.0 + k, FACTOR: 0.01, ANGLE: 4.0, SPREAD: 0.2} for k in range(4)]
    members = draw_members(request_of(), drawn_setup(), draws, 40)
    assert sorted(member[DIFFUSIVITY] for member in members) == sorted([1.0, 2.0, 3.0, 4.0] * 10)
    assert {member[FACTOR] for member in members} == {0.01}
    assert len({member["wind_scale"] for member in members}) == 40


def test_only_a_spill_that_was_reported_starts_at_another_time() -> None:
    seen = drawn_setup()
    assert {member["start_shift_h"] for member in draw_members(request_of(), seen, [], 20)} == {0.0}
    reported = replace(seen, sources=(replace(seen.sources[0], rings=()),))
    shifts = [member["start_shift_h"] for member in draw_members(request_of(), reported, [], 200)]
    assert min(shifts) < 0 < max(shifts)
    assert np.abs(shifts).max() <= 1.0
    assert np.allclose(np.mod(shifts, reported.physics.step_s / 3600.0), 0.0)
    own = setup_of(reported, draw_members(request_of(), reported, [], 1)[0] | {"start_shift_h": 0.5})
    assert (own.start_s, own.sources[0].start_s, own.end_s) == (START_S + 1800, START_S + 1800, reported.end_s)


def test_a_start_is_not_shifted_out_of_the_forcing() -> None:
    seen = drawn_setup()
    wind = seen.wind
    assert wind is not None
    late = replace(wind, time_s=np.append(START_S, wind.time_s[wind.time_s > START_S]), east_m_s=wind.east_m_s[2:])
    late = replace(late, north_m_s=wind.north_m_s[2:])
    reported = replace(seen, wind=late, sources=(replace(seen.sources[0], rings=()),))
    assert min(member["start_shift_h"] for member in draw_members(request_of(), reported, [], 100)) == 0.0


@pytest.mark.parametrize("hours", [0.25, 0.5, -0.5])
def test_a_start_is_not_shifted_to_the_end(hours: float) -> None:
    source = replace(drawn_setup().sources[0], rings=())
    short = drawn_setup(hours=hours, sources=(source,))
    for member in draw_members(request_of(), short, [], 50):
        own = setup_of(short, member)
        assert (own.end_s - own.start_s) * hours > 0, "the member would go the other way"


@pytest.mark.parametrize(("members", "elements", "steps"), [(4, 100, 4), (50, 20_000, 10), (1000, 2_000_000, 200)])
def test_an_ensemble_has_ten_steps_or_more_and_not_too_many(members: int, elements: int, steps: int) -> None:
    request = replace(request_of(), params=request_of().params.model_copy(update={"elements": elements}))
    assert ensemble_steps(request, replace(PLAN, members=members)) == 2 + steps


def test_members_done_apart_add_up_to_those_done_together(tmp_path: Path) -> None:
    setup = drawn_setup(hours=HOURS, elements=200)
    folder = saved(setup, tmp_path / "setup")
    members = draw_members(request_of(), setup, [], 6)
    item = {"setup": folder, "times_s": TIMES, "members": members}
    whole = add_up([run_members(item)])
    parts = add_up(run_members(item | {"members": members[start : start + 2]}) for start in (0, 2, 4))
    assert whole["ends"] == parts["ends"]
    for name in ("key", "members", "first", "fractions"):
        np.testing.assert_array_equal(whole[name], parts[name])
    np.testing.assert_allclose(whole["surface_kg"], parts["surface_kg"], rtol=1e-12)


def test_probabilities_are_shares_and_the_whole_run_is_no_less_than_any_time(
    ensemble: tuple[dict[str, Any], Path, DirectSteps],
) -> None:
    told = pq.read_table(ensemble[1] / "probability.parquet").to_pandas()
    assert told.columns.tolist() == [column.name for column in PROBABILITY_COLUMNS]
    assert told["probability"].between(1 / MEMBERS - 1e-6, 1.0).all()
    whole = told[told["time_utc"] == ""].set_index(["row", "col"])
    at_times = told[told["time_utc"] != ""]
    assert at_times["time_utc"].nunique() == HOURS + 1
    assert at_times["first_arrival_h"].isna().all()
    highest = at_times.groupby(["row", "col"])["probability"].max()
    assert (whole["probability"].loc[highest.index] >= highest - 1e-6).all()
    assert len(whole) == len(highest)
    assert whole["first_arrival_h"].between(0.0, HOURS).all()
    assert told["row"].min() == 0 == told["col"].min()


def test_the_median_arrival_is_the_time_by_which_half_of_the_members_that_come_have_come(tmp_path: Path) -> None:
    folder = saved(drawn_setup(hours=HOURS), tmp_path / "setup")
    sums = CellSums()
    for arrival in (1, 2, 2, 4):
        sums.begin_member()
        for time in range(arrival, HOURS + 1):
            sums.add(time, np.array([7]), np.array([9]), np.ones(1))
    np.savez(tmp_path / "cells.npz", times_s=np.array(TIMES), count=8, **sums.to_arrays())
    write_probability(str(tmp_path / "cells.npz"), folder, 7, 9, tmp_path)
    told = pq.read_table(tmp_path / "probability.parquet").to_pylist()
    (whole,) = (row for row in told if not row["time_utc"])
    assert (whole["row"], whole["col"], whole["probability"], whole["first_arrival_h"]) == (0, 0, 0.5, 2.0)
    assert [row["probability"] for row in told if row["time_utc"]] == [1 / 8, 3 / 8, 3 / 8, 4 / 8]


def test_the_balance_of_the_ensemble_sums_to_all_oil(ensemble: tuple[dict[str, Any], Path, DirectSteps]) -> None:
    told = pq.read_table(ensemble[1] / "ensemble_balance.parquet").to_pandas()
    assert told.columns.tolist() == [column.name for column in ENSEMBLE_BALANCE_COLUMNS]
    assert len(told) == (HOURS + 1) * len(FATES)
    np.testing.assert_allclose(told.groupby("hours")["mean"].sum(), 1.0, atol=1e-9)
    assert (told["low"] <= told["high"]).all()


def test_members_are_told_with_what_they_chose_and_where_they_ended(
    ensemble: tuple[dict[str, Any], Path, DirectSteps],
) -> None:
    told = pq.read_table(ensemble[1] / "members.parquet").to_pandas()
    assert told.columns.tolist() == [column.name for column in MEMBER_COLUMNS]
    assert told["member"].tolist() == list(range(MEMBERS))
    assert told[list(CHOSEN)].nunique().min() == MEMBERS
    # 10 m/s of wind from the west for four hours: those it carries farther end farther east.
    pushed = told[FACTOR] * told["wind_scale"] * 10 + 0.1 * told["current_scale"]
    assert np.corrcoef(pushed, told["centre_lon"])[0, 1] > 0.9


def test_the_steps_of_an_ensemble_are_those_foreseen(ensemble: tuple[dict[str, Any], Path, DirectSteps]) -> None:
    assert ensemble_steps(request_of(**SMALL), PLAN) == len(ensemble[2].keys)
    assert ensemble[2].billed == 0
    assert ensemble[0]["figures"]["members"]["value"] == MEMBERS
    assert "posterior" not in ensemble[0]["notes"][0]


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"), [(0, 50, 0.0, 0.0713), (5, 50, 0.0435, 0.2136), (50, 50, 0.9287, 1.0)]
)
def test_the_interval_of_a_share_is_that_of_wilson(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == pytest.approx((low, high), abs=5e-5)


def test_a_stretch_is_told_how_many_members_reach_it_and_when() -> None:
    """Three of ten members, 2 km: the load that 95 % do not exceed counts those that bring nothing."""
    shoreline = SimpleNamespace(stretch=np.array([0, 1, 1]), length_m=np.array([500.0, 1500.0, 500.0]))
    whole = {
        "hit_stretch": np.array([1, 0, 1, 1], dtype=np.int32),
        "hit_h": np.array([4.0, 9.0, 6.0, 5.0]),
        "hit_kg": np.array([100.0, 7.0, 300.0, 200.0]),
    }
    told = impacts_of(whole, 10, SimpleNamespace(shoreline=shoreline))  # type: ignore[arg-type]
    assert sorted(told) == ["0", "1"]
    stretch = told["1"]
    assert stretch["impact_probability"] == pytest.approx(0.3)
    assert (stretch["impact_low"], stretch["impact_high"]) == pytest.approx((0.1078, 0.6032), abs=1e-4)
    assert stretch["arrival_low_h"] == pytest.approx(np.quantile([4, 5, 6], 0.05))
    loads = [0.0] * 7 + [100.0, 200.0, 300.0]
    assert stretch["load_high_kg_m"] == pytest.approx(np.quantile(loads, 0.95) / 2000.0)


def test_without_a_shoreline_no_stretch_is_told(ensemble: tuple[dict[str, Any], Path, DirectSteps]) -> None:
    assert ensemble[0]["impacts"] == {}
    assert set(ensemble[0]["figures"]) == {"members"}, "nobody looked for a shore"
