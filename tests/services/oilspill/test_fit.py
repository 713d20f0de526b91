"""The fit to slicks observed later: a twin of a known truth, what it says when nothing is known, its steps."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.services.direct_steps import DirectSteps
from tests.services.oilspill.drawn_spill import (
    SLICK,
    START_S,
    drawn_setup,
    forcing,
    record,
    request_of,
    saved,
    seen_later,
    square,
)

from pelagia.core.service import Request
from pelagia.services.oilspill.choices import ANGLE, CHOSEN, DIFFUSIVITY, FACTOR, SPREAD, given_choice, priors_of
from pelagia.services.oilspill.columns import FIT_COLUMNS, POSTERIOR_COLUMNS, SCORE_COLUMNS
from pelagia.services.oilspill.evaluating import evaluate_batch
from pelagia.services.oilspill.fit_rows import fit_notes, interval_of
from pelagia.services.oilspill.fitting import BATCH, batch_sizes, conclude, fit_forecast, fit_steps
from pelagia.services.oilspill.observing import read_observed, write_observed
from pelagia.services.oilspill.planning import Plan
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import load_setup

TRUTH = {DIFFUSIVITY: 8.0, FACTOR: 0.018, ANGLE: 9.0, SPREAD: 0.0}
PLAN = Plan(forecasts=True, fits=True, members=0, maps=12, legs=8)
HOURS = [4.0, 8.25, 12.0]


def _fit(
    folder: Path, observed: list[dict[str, Any]], request: Request[OilspillParams]
) -> tuple[dict[str, Any], DirectSteps]:
    setup = saved(drawn_setup(), folder / "setup")
    steps = DirectSteps(folder)
    return fit_forecast(request, steps, PLAN, {"setup": setup}, observed), steps


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], DirectSteps, Path]:
    folder = tmp_path_factory.mktemp("twin")
    observed = seen_later(drawn_setup(), TRUTH, HOURS)
    told, steps = _fit(folder, observed, request_of(evaluations=40))
    return told, steps, folder


def test_a_twin_finds_what_is_true(twin: tuple[dict[str, Any], DirectSteps, Path]) -> None:
    """The drift to 0.3 % of the wind and 4°: 2500 elements of a slick of 9 km place its centre to about 50 m."""
    best = twin[0]["best"]
    assert best[FACTOR] == pytest.approx(TRUTH[FACTOR], abs=0.003)
    assert best[ANGLE] == pytest.approx(TRUTH[ANGLE], abs=4.0)


def test_the_truth_lies_within_ninety_percent_of_the_posterior_of_a_twin(
    twin: tuple[dict[str, Any], DirectSteps, Path],
) -> None:
    for name in (DIFFUSIVITY, FACTOR, ANGLE):
        low, high = np.quantile([draw[name] for draw in twin[0]["draws"]], [0.05, 0.95])
        assert low <= TRUTH[name] <= high


def test_a_twin_says_more_than_was_known_before(twin: tuple[dict[str, Any], DirectSteps, Path]) -> None:
    given = given_choice(request_of().params)
    for prior in priors_of(given, (FACTOR, ANGLE)):
        drawn = np.std([draw[prior.name] for draw in twin[0]["draws"]])
        assert drawn < 0.6 * float(prior.spread or 0.0)


def test_the_pass_kept_from_the_fit_is_forecast_better_than_before_and_than_persistence(
    twin: tuple[dict[str, Any], DirectSteps, Path],
) -> None:
    """Mean FSS of the scales: the published gain is from 0.058 to 0.111."""
    scores = pq.read_table(twin[2] / "scores.parquet").to_pandas()
    kept = scores[scores["is_held_out"]]
    assert set(kept["observed_utc"]) == {scores["observed_utc"].max()}
    mean = kept.groupby("forecast")["fss"].mean()
    assert mean["fitted"] > 0.9
    assert mean["fitted"] > 2 * mean["defaults"]
    assert mean["defaults"] >= mean["persistence"]
    figures = twin[0]["figures"]
    assert figures["fss_fitted"]["value"] == pytest.approx(mean["fitted"])


def test_the_tables_of_a_fit_are_those_promised(twin: tuple[dict[str, Any], DirectSteps, Path]) -> None:
    for name, columns in (("fit", FIT_COLUMNS), ("posterior", POSTERIOR_COLUMNS), ("scores", SCORE_COLUMNS)):
        assert name in twin[0]["tables"]
        table = pq.read_table(twin[2] / f"{name}.parquet")
        assert table.column_names == [column.name for column in columns]
        assert table.num_rows > 0
    fit = pq.read_table(twin[2] / "fit.parquet").to_pandas()
    assert len(fit) == 40
    best = fit[fit["is_best"]]
    assert len(best) >= 1
    assert best["surrogate"].max() == pytest.approx(fit["surrogate"].max(), abs=0.05)


def test_a_high_score_at_odd_parameters_is_not_believed_where_little_was_seen() -> None:
    """One look: the prior of the factor falls by more than a score of 0.3 is worth."""
    given = given_choice(OilspillParams())
    priors = [asdict(prior) for prior in priors_of(given, [FACTOR])]
    units = [[0.02], [0.3], [0.6], [0.98]]
    task = {"priors": priors, "given": given, "units": units, "scores": [0.0, 0.05, 0.05, 0.3], "seed": 1}
    task |= {"guides": [0.0] * 4, "looks": 1.0}
    few, many = conclude(task), conclude(task | {"looks": 200.0})
    assert few["best_unit"] != [0.98]
    assert few["highest"]["score"] == pytest.approx(0.3, abs=0.1)
    assert many["best_unit"] == [0.98]
    assert many["highest"]["choice"] == many["best"]
    seen = {"training": 1, "times_s": [0.0]}
    assert any("highest score" in note for note in fit_notes({"known": few, "seen": seen, "rows": []}))
    assert not any("highest score" in note for note in fit_notes({"known": many, "seen": seen, "rows": []}))


def test_the_forecast_goes_on_with_what_was_fitted(twin: tuple[dict[str, Any], DirectSteps, Path]) -> None:
    setup = load_setup(twin[0]["setup"])
    assert setup.physics.wind_drift_factor == twin[0]["best"][FACTOR]
    assert setup.physics.diffusivity_m2_s == twin[0]["best"][DIFFUSIVITY]
    assert setup.sources[0].spread_m == twin[0]["best"][SPREAD] * 1000
    assert (Path(twin[0]["setup"]) / "lattice.npz").is_file()


def test_the_steps_are_those_foreseen(twin: tuple[dict[str, Any], DirectSteps, Path]) -> None:
    observed = [{"time_s": START_S + hour * 3600.0} for hour in HOURS]
    assert fit_steps(request_of(evaluations=40), PLAN, observed, START_S) == len(twin[1].keys)


def test_slicks_that_no_forecast_meets_leave_what_was_known(tmp_path: Path) -> None:
    """Mean and spread of 400 draws: within four standard errors of those of the prior, which ends at 0 and 5 %."""
    far = [record(0, START_S + 8 * 3600.0, square(3.0, north_km=60.0))]
    told, _ = _fit(tmp_path, far, request_of(evaluations=16))
    prior = priors_of(given_choice(request_of().params), [FACTOR])[0]
    known = prior.from_unit(prior.quantile((np.arange(1000) + 0.5) / 1000))
    drawn = np.array([draw[FACTOR] for draw in told["draws"]])
    assert drawn.mean() == pytest.approx(known.mean(), abs=4 * known.std() / 20)
    assert drawn.std() == pytest.approx(known.std(), rel=0.14)
    assert any("distance of the centres" in note for note in told["notes"])
    scores = pq.read_table(tmp_path / "scores.parquet").to_pandas()
    assert scores["fss"].max() == 0.0
    nearer = scores.groupby("forecast")["centroid_km"].first()
    assert nearer["fitted"] < nearer["defaults"]


def test_a_fit_is_the_same_when_it_is_done_again(tmp_path: Path) -> None:
    observed = seen_later(drawn_setup(), TRUTH, [8.0])
    rows = []
    for name in ("one", "two"):
        _fit(tmp_path / name, observed, request_of(evaluations=9))
        rows.append(pq.read_table(tmp_path / name / "fit.parquet"))
    assert rows[0].equals(rows[1])


def test_what_may_not_change_stays_as_given(tmp_path: Path) -> None:
    observed = seen_later(drawn_setup(), TRUTH, [8.0])
    told, _ = _fit(tmp_path, observed, request_of(evaluations=12, fit=("wind_drift_factor",), diffusivity_m2_s=3.0))
    fit = pq.read_table(tmp_path / "fit.parquet").to_pandas()
    assert set(fit[DIFFUSIVITY]) == {3.0}
    assert set(fit[ANGLE]) == {0.0}
    assert fit[FACTOR].nunique() > 5
    assert told["figures"].keys() & {"fitted_diffusivity_m2_s", "fitted_wind_drift_angle_deg"} == set()


def test_a_forecast_is_scored_at_the_very_time_of_the_pass(tmp_path: Path) -> None:
    """1 m/s for 8 h 10 min; steps of half an hour would end 10 min before, 600 m away."""
    setup = saved(drawn_setup(wind=None, currents=forcing("currents", 1.0, 0.0)), tmp_path / "setup")
    time_s = START_S + 8 * 3600.0 + 600.0
    east_km = (time_s - START_S) / 1000
    told = write_observed(
        [record(0, time_s, SLICK + (square(1.0, east_km=east_km) - square(1.0)))],
        setup,
        (1.0, 5.0),
        tmp_path / "observed.json",
    )
    item = {
        "setup": setup,
        "observed": told["path"],
        "passes": 1,
        "scales_km": [1.0, 5.0],
        "elements": 12_000,
        "choices": [{DIFFUSIVITY: 0.0, FACTOR: 0.0, ANGLE: 0.0, SPREAD: 0.0}],
        "seeds": [1],
    }
    (score,) = evaluate_batch(item)["scores"][0]
    assert score["centroid_km"] < 0.1
    assert min(score["fss"]) > 0.95


def test_slicks_seen_together_are_one_pass_and_early_ones_are_told(tmp_path: Path) -> None:
    setup = saved(drawn_setup(), tmp_path / "setup")
    times = [START_S, START_S + 7200.0, START_S + 7260.0, START_S + 20000.0]
    slicks = [record(number, time_s, square(2.0)) for number, time_s in enumerate(times)]
    told = write_observed(slicks, setup, (1.0, 10.0), tmp_path / "observed.json")
    assert told["times_s"] == [START_S + 7230.0, START_S + 20000.0]
    assert (told["training"], told["looks"]) == (1, pytest.approx(3.0))
    assert [issue["code"] for issue in told["issues"]] == ["observed-early"]
    assert len(read_observed(told["path"])) == 2
    again = write_observed(slicks[:2], setup, (1.0, 10.0), tmp_path / "observed.json")
    assert len(read_observed(again["path"])) == 1


def test_without_a_pass_after_the_start_nothing_is_fitted(tmp_path: Path) -> None:
    told, steps = _fit(tmp_path, [record(0, START_S - 60.0, square(2.0))], request_of(evaluations=8))
    assert told["tables"] == []
    assert "setup" not in told
    assert steps.keys == ["fit/observed"]


def test_without_evaluations_the_forecast_as_given_is_scored_beside_persistence(tmp_path: Path) -> None:
    observed = seen_later(drawn_setup(), TRUTH, HOURS)
    setup = saved(drawn_setup(), tmp_path / "setup")
    request, plan = request_of(evaluations=0), replace(PLAN, fits=False)
    steps = DirectSteps(tmp_path)
    told = fit_forecast(request, steps, plan, {"setup": setup}, observed)
    assert told["tables"] == ["scores"] and "setup" not in told and "draws" not in told
    assert set(told["figures"]) == {"fss_defaults", "fss_persistence"}
    rows = pq.read_table(tmp_path / "scores.parquet").to_pylist()
    assert {row["forecast"] for row in rows} == {"defaults", "persistence"}
    assert len({row["observed_utc"] for row in rows}) == len(HOURS)
    assert not any(row["is_held_out"] for row in rows)
    assert fit_steps(request, plan, observed, START_S) == len(steps.keys)


@pytest.mark.parametrize("evaluations", [8, 9, 31, 100, 2000])
def test_batches_make_up_the_forecasts_allowed(evaluations: int) -> None:
    sizes = batch_sizes(evaluations)
    assert sum(sizes) == evaluations
    assert sizes[0] >= BATCH
    assert max(sizes[1:], default=0) <= BATCH


def test_what_is_given_lies_within_every_prior() -> None:
    for params in (OilspillParams(), OilspillParams(diffusivity_m2_s=0.0), OilspillParams(diffusivity_m2_s=90.0)):
        given = given_choice(params)
        for prior in priors_of(given, CHOSEN):
            assert prior.low < prior.high
            assert prior.name == DIFFUSIVITY or prior.low <= given[prior.name] <= prior.high


def test_no_spread_of_the_start_is_within_its_interval() -> None:
    draws = [{SPREAD: 0.01 * number, FACTOR: 0.01 * number} for number in range(1, 101)]
    assert interval_of(SPREAD, draws) == (0.0, pytest.approx(0.9505))
    assert interval_of(FACTOR, draws) == (pytest.approx(0.03475), pytest.approx(0.97525))
