"""A spill from its slick to its tables: what they say agrees with each other, and with what was given."""

import json

import numpy as np
import pytest
from tests.services.direct_steps import DirectSteps

from pelagia.core.service import Request
from pelagia.services.oilspill.columns import FATES
from pelagia.services.oilspill.pipeline import estimate, run
from pelagia.services.oilspill.sample import make_sample
from pelagia.services.oilspill.service import SERVICE


def rows_of(result, name):
    return result.tables[name].read().to_pylist()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("drawn"))


def make_files(folder):
    sample = make_sample(folder)
    return {slot: tuple(str(folder / path) for path in paths) for slot, paths in sample.inputs.items()}


def ask(inputs, **params):
    return Request(
        service="oilspill",
        service_version=SERVICE.version,
        inputs=inputs,
        params=SERVICE.params.model_validate(params),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All parts chained, small."""
    quick = {"output_min": 360, "elements": 200, "evaluations": 8, "fit_elements": 100, "members": 4}
    request = ask(make_files(tmp_path_factory.mktemp("inputs")), hours=25, **quick)
    steps = DirectSteps(tmp_path_factory.mktemp("work"))
    return request, steps, run(request, steps)


def test_the_estimate_is_what_the_run_takes(whole):
    request, steps, _ = whole
    told = estimate(request)
    assert (told.steps, told.units) == (len(steps.keys), steps.billed)


def test_the_fates_sum_to_one_at_every_time(whole):
    _, _, result = whole
    for row in rows_of(result, "mass_balance"):
        assert sum(row[f"{fate}_fraction"] for fate in FATES) == pytest.approx(1.0, abs=1e-6)
        assert abs(row["closure_error"]) < 1e-6


def test_the_maps_hold_the_mass_that_the_balance_tells(whole):
    _, _, result = whole
    grid = rows_of(result, "grid")[0]
    cells = rows_of(result, "concentration")
    for told in rows_of(result, "mass_balance"):
        own = [cell for cell in cells if cell["time_utc"] == told["time_utc"]]
        lats = np.array([grid["south_lat"] + (cell["row"] + 0.5) * grid["lat_step"] for cell in own])
        step_m = np.radians(1.0) * 6_371_008.8
        areas = grid["lat_step"] * grid["lon_step"] * step_m**2 * np.cos(np.radians(lats))
        surface_t = float((areas * [cell["surface_kg_m2"] for cell in own]).sum()) / 1000.0
        assert surface_t == pytest.approx(told["surface_fraction"] * told["spilled_t"], rel=1e-3, abs=1e-6)


def test_the_coast_holds_what_the_balance_says_lies_on_it(whole):
    _, _, result = whole
    end = rows_of(result, "mass_balance")[-1]
    coast = rows_of(result, "coast")
    assert coast, "the slick is drawn so that it reaches the island"
    assert sum(row["beached_t"] for row in coast) == pytest.approx(end["beached_fraction"] * end["spilled_t"], rel=1e-6)
    assert sum(row["seeped_t"] for row in coast) == pytest.approx(end["seeped_fraction"] * end["spilled_t"], rel=1e-6)


def test_the_fit_keeps_the_last_pass(whole):
    _, _, result = whole
    scores = rows_of(result, "scores")
    held_out = {row["observed_utc"] for row in scores if row["is_held_out"]}
    assert held_out == {"2026-06-02T06:00:00Z"}
    assert {row["forecast"] for row in scores} == {"defaults", "fitted", "persistence"}


def test_equal_requests_give_equal_tables(whole, tmp_path):
    request, _, result = whole
    again = run(request, DirectSteps(tmp_path))
    for name in result.tables:
        assert again.tables[name].read().equals(result.tables[name].read()), name


def test_a_point_without_a_coast_is_forecast(drawn, tmp_path):
    forcing = {slot: drawn[slot] for slot in ("currents", "wind")}
    request = ask(
        forcing, latitude=40.5, longitude=-29.5, start="2026-06-01T06:00", hours=3, elements=100, mass_t=5.0, api=30,
        beaching=False,
    )  # fmt: skip
    result = run(request, DirectSteps(tmp_path))
    assert "coast" not in result.tables
    assert rows_of(result, "mass_balance")[-1]["hours"] == 3.0
    assert rows_of(result, "slicks")[0]["mass_t"] == 5.0
    assert not {"coast_km", "first_arrival_h", "beached_share", "area_start_km2"} & result.summary.keys(), (
        "nothing is known of a coast, and a point has no area"
    )


def test_backward_in_time_nothing_weathers(drawn, tmp_path):
    inputs = {slot: drawn[slot] for slot in ("slick", "currents", "wind", "shoreline")}
    request = ask(inputs, start="2026-06-02T00:00", hours=6, elements=100, direction="backward")
    result = run(request, DirectSteps(tmp_path))
    assert not {"coast_km", "beached_share"} & result.summary.keys(), "no oil strands"
    end = rows_of(result, "mass_balance")[-1]
    assert (end["hours"], end["evaporated_fraction"], end["surface_fraction"]) == (-6.0, 0.0, 1.0)


def test_a_constant_current_moves_the_centre_by_itself(drawn, tmp_path):
    inputs = {"slick": drawn["slick"]}
    request = ask(
        inputs, hours=10, elements=500, current_m_s=0.5, current_towards_deg=90.0, diffusivity_m2_s=0.0, beaching=False,
        spreading=False,
    )  # fmt: skip
    result = run(request, DirectSteps(tmp_path))
    assert [
        words for words in ("No currents", "No wind", "Nobody told the temperature") if words in " ".join(result.notes)
    ] == ["No wind", "Nobody told the temperature"]
    rows = rows_of(result, "mass_balance")
    moved_deg = rows[-1]["centre_lon"] - rows[0]["centre_lon"]
    expected = 0.5 * 36_000 / (np.radians(1.0) * 6_371_008.8 * np.cos(np.radians(rows[0]["centre_lat"])))
    assert moved_deg == pytest.approx(expected, rel=1e-3)
    assert rows[-1]["centre_lat"] == pytest.approx(rows[0]["centre_lat"], abs=1e-6)


def test_the_outlines_are_geojson(whole):
    _, _, result = whole
    for row in rows_of(result, "slicks"):
        assert json.loads(row["geometry"])["type"] == "Polygon"
