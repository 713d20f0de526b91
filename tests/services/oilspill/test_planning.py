"""What a run does follows from what it is given; contradictions are told before anything is read."""

import pytest

from pelagia.core.errors import BadParameter
from pelagia.core.service import Request
from pelagia.services.oilspill.planning import make_plan
from pelagia.services.oilspill.service import SERVICE


def ask(inputs=None, **params):
    return Request(
        service="oilspill",
        service_version=SERVICE.version,
        inputs={slot: (f"{slot}.file",) for slot in inputs or ()},
        params=SERVICE.params.model_validate(params),
    )


def test_a_scene_alone_is_searched_and_nothing_is_forecast():
    plan = make_plan(ask(["scenes"], members=10))
    assert (plan.forecasts, plan.fits, plan.members, plan.analyses) == (False, False, 0, 0)


def test_a_slick_with_currents_is_forecast():
    plan = make_plan(ask(["slick", "currents"]))
    assert (plan.forecasts, plan.fits, plan.members, plan.analyses) == (True, False, 0, 1)


def test_all_parts_are_chained():
    plan = make_plan(ask(["scenes", "currents", "wind", "observed"], members=50))
    assert (plan.forecasts, plan.fits, plan.members, plan.analyses) == (True, True, 50, 3)


def test_without_evaluations_observed_slicks_only_score():
    assert not make_plan(ask(["slick", "wind", "observed"], evaluations=0)).fits


def test_the_legs_map_every_time_once_and_the_start_first():
    plan = make_plan(ask(["slick", "wind"], hours=25, elements=2_000_000))
    numbers = [number for leg in plan.leg_maps() for number in leg]
    assert numbers == list(range(26))
    assert plan.legs > 8


def test_the_last_map_is_at_the_end_also_where_it_is_no_whole_interval():
    request = ask(["slick", "wind"], hours=2.5)
    assert make_plan(request).times_s(request.params, 0.0) == [0.0, 3600.0, 7200.0, 9000.0]


def test_maps_are_of_whole_steps():
    request = ask(["slick", "wind"], hours=3, step_min=25, output_min=60)
    assert make_plan(request).times_s(request.params, 0.0) == [0.0, 3000.0, 6000.0, 10_800.0]


def test_backward_times_fall():
    request = ask(["slick", "wind"], hours=2, direction="backward")
    assert make_plan(request).times_s(request.params, 0.0) == [0.0, -3600.0, -7200.0]


@pytest.mark.parametrize(
    ("inputs", "params", "words"),
    [
        ([], {}, "nothing to begin|no slick, no point"),
        (["currents"], {}, "no slick, no point"),
        (["slick"], {}, "nothing moves the oil"),
        (["slick", "currents"], {"current_m_s": 0.3}, "told twice"),
        (["slick", "wind"], {"stokes": "file"}, "Stokes"),
        (["slick", "wind", "waves"], {}, "not to be used"),
        (["slick", "wind", "observed"], {"direction": "backward"}, "backward"),
        (["slick", "wind"], {"direction": "backward", "release_hours": 3}, "flow for a while"),
        (["slick", "wind"], {"hours": 1440, "output_min": 10, "step_min": 10}, "maps"),
        (["slick", "wind"], {"hours": 1440, "elements": 2_000_000, "members": 1000}, "days"),
        (["slick", "wind", "observed"], {"hours": 1440, "evaluations": 2000, "fit_elements": 1_000_000}, "days"),
    ],
)
def test_contradictions_are_told(inputs, params, words):
    with pytest.raises(BadParameter, match=words):
        make_plan(ask(inputs, **params))


@pytest.mark.parametrize(
    "params",
    [
        {"latitude": 38.0},
        {"mass_t": 1.0, "volume_m3": 1.0},
        {"oil": "BRENT", "api": 38.0},
        {"output_min": 5, "step_min": 15},
    ],
)
def test_parameters_that_exclude_each_other_are_refused(params):
    with pytest.raises(BadParameter):
        SERVICE.params.model_validate(params)
