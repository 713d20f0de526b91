"""What a run takes is known before it starts, in all its combinations; what is missing is told before any long work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.io.scenes.making import sea, write_safe
from tests.services.direct_steps import DirectSteps

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.service import Request
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.services.oilspill import detecting_land
from pelagia.services.oilspill.pipeline import estimate, run
from pelagia.services.oilspill.sample import make_sample
from pelagia.services.oilspill.service import SERVICE

START = "2021-08-25T03:00"
CALM: dict[str, Any] = {"current_m_s": 0.2, "wind_m_s": 4.0, "beaching": False, "elements": 100, "output_min": 180}
POINT: dict[str, Any] = {"latitude": 35.9, "longitude": 33.0, "mass_t": 5.0, "api": 30.0, "start": START}
QUICK: dict[str, Any] = {"evaluations": 9, "fit_elements": 100, "fit_scales_km": (5.0,)}


@pytest.fixture(autouse=True)
def _open_sea(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shoreline is cut out of the map of the Earth."""
    monkeypatch.setattr(detecting_land, "_coast", lambda _bounds, _folder: coast_arrays(None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slicks at several times, and scenes with and without one."""
    folder = tmp_path_factory.mktemp("given")
    outlines(folder / "start.geojson", {START: 33.0})
    outlines(folder / "two.geojson", {START: 33.0, "2021-08-25T05:00": 33.1})
    outlines(folder / "later.geojson", {"2021-08-25T06:00": 33.02, "2021-08-25T08:00": 33.04})
    outlines(folder / "past-the-end.geojson", {"2021-08-25T06:00": 33.02, "2021-08-27T03:00": 33.3})
    outlines(folder / "before.geojson", {"2021-08-24T06:00": 33.02})
    outlines(folder / "early-and-later.geojson", {"2021-08-20T06:00": 33.02, "2021-08-25T08:00": 33.04})
    for name, damping_db in (("slick", 8.0), ("calm", 0.0)):
        sigma0 = sea(320, 480)
        mask = cv2.ellipse(np.zeros((320, 480), np.uint8), (240, 160), (100, 20), 25, 0, 360, 1, -1)
        sigma0[mask > 0] *= 10 ** (-damping_db / 10)
        write_safe(folder / name, {"VV": sigma0})
    return folder


def outlines(path: Path, places: dict[str, float]) -> None:
    """Write a square of 0.05° at each longitude, seen at a time."""
    features = [
        {
            "type": "Feature",
            "properties": {"time": time, "api": 30, "tons": 10},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[lon, 35.9], [lon + 0.05, 35.9], [lon + 0.05, 35.95], [lon, 35.95], [lon, 35.9]],
                ],
            },
        }
        for time, lon in places.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def ask(folder: Path, inputs: dict[str, str], params: dict[str, Any]) -> Request[Any]:
    """Return a request of files in the folder."""
    return Request(
        service="oilspill",
        service_version=SERVICE.version,
        inputs={slot: (str(next(folder.glob(name))),) for slot, name in inputs.items()},
        params=SERVICE.params.model_validate(params),
    )


@pytest.mark.parametrize(
    ("inputs", "params"),
    [
        ({}, POINT | CALM | {"hours": 5, "members": 3}),
        ({}, POINT | CALM | {"hours": 5, "direction": "backward", "members": 2}),
        ({}, POINT | CALM | {"hours": 6, "release_hours": 3, "step_min": 7}),
        ({"slick": "two.geojson"}, CALM | {"hours": 6, "members": 12}),
        ({"slick": "start.geojson", "observed": "later.geojson"}, CALM | QUICK | {"hours": 6, "members": 2}),
        ({"slick": "start.geojson", "observed": "later.geojson"}, CALM | QUICK | {"hours": 6, "evaluations": 0}),
        ({"slick": "start.geojson", "observed": "past-the-end.geojson"}, CALM | QUICK | {"hours": 6}),
        ({"slick": "start.geojson", "observed": "before.geojson"}, CALM | QUICK | {"hours": 6, "members": 2}),
        (
            {"slick": "start.geojson", "observed": "early-and-later.geojson"},
            CALM | QUICK | {"hours": 6, "fit_elements": 10_000, "evaluations": 8},
        ),
        ({"scenes": "slick/*.SAFE"}, {}),
        ({"scenes": "slick/*.SAFE", "observed": "later.geojson"}, CALM | QUICK | {"hours": 6, "members": 2, "api": 30}),
    ],
)  # fmt: skip
def test_steps_and_units_are_those_of_the_estimate(
    folder: Path, tmp_path: Path, inputs: dict[str, str], params: dict[str, Any]
) -> None:
    request = ask(folder, inputs, params)
    told, steps = estimate(request), DirectSteps(tmp_path)
    run(request, steps)
    assert (told.steps, told.units) == (len(steps.keys), steps.billed)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"hours": 6}, "nobody says which oil"),
        ({"hours": 6, "oil": "NO SUCH OIL"}, "NO SUCH OIL"),
    ],
)
def test_a_scene_is_not_searched_for_a_forecast_of_an_unknown_oil(
    folder: Path, tmp_path: Path, params: dict[str, Any], code: str
) -> None:
    request = ask(folder, {"scenes": "slick/*.SAFE"}, CALM | params)
    assert code in " ".join(f"{issue.message} {issue.value}" for issue in estimate(request).issues)
    steps = DirectSteps(tmp_path)
    with pytest.raises(PelagiaError):
        run(request, steps)
    assert steps.keys == ["inventory"]


def test_forcing_that_ends_early_is_told_before_a_scene_is_searched(folder: Path, tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    request = ask(folder, {"scenes": "slick/*.SAFE"}, {"hours": 6, "api": 30})
    request = replace(request, inputs=request.inputs | {"wind": (str(tmp_path / sample.inputs["wind"][0]),)})
    assert "forcing-starts-late" in {issue.code for issue in estimate(request).issues}
    steps = DirectSteps(tmp_path)
    with pytest.raises(BadInput, match="forcing starts too late"):
        run(request, steps)
    assert steps.keys == ["inventory"]


def test_a_file_of_another_kind_is_told_before_the_start(tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    inputs = {slot: (str(tmp_path / sample.inputs[other][0]),) for slot, other in (("currents", "wind"),)}
    request = replace(ask(tmp_path, {}, {"hours": 6} | POINT), inputs=inputs)
    assert "forcing-no-variables" in {issue.code for issue in estimate(request).issues}


def test_a_scene_without_a_slick_ends_without_a_forecast(folder: Path, tmp_path: Path) -> None:
    steps = DirectSteps(tmp_path)
    result = run(ask(folder, {"scenes": "calm/*.SAFE"}, CALM | {"hours": 6, "api": 30, "members": 2}), steps)
    assert "no-slick" in {issue.code for issue in result.issues}
    assert (list(result.tables), steps.billed) == (["slicks"], 1)


def test_a_slick_that_begins_after_the_end_is_told(folder: Path, tmp_path: Path) -> None:
    request = ask(folder, {"slick": "two.geojson"}, CALM | {"hours": 1.5})
    assert [issue.code for issue in estimate(request).issues] == ["slick-too-late"]
    result = run(request, DirectSteps(tmp_path))
    assert [issue.code for issue in result.issues] == ["slick-too-late"]
    assert result.tables["mass_balance"].read().to_pylist()[-1]["unreleased_fraction"] == pytest.approx(0.5)


def test_a_slick_that_flowed_for_a_while_is_there_at_once_backward_in_time(folder: Path, tmp_path: Path) -> None:
    told = json.loads((folder / "start.geojson").read_text(encoding="utf-8"))
    told["features"][0]["properties"]["release_hours"] = 3
    (tmp_path / "flowing.geojson").write_text(json.dumps(told), encoding="utf-8")
    request = ask(tmp_path, {"slick": "flowing.geojson"}, CALM | {"hours": 2, "direction": "backward", "members": 2})
    result = run(request, DirectSteps(tmp_path))
    assert result.tables["mass_balance"].read().to_pylist()[0]["surface_fraction"] == 1.0
    assert "shore_probability" not in result.summary, "nobody looked for a shore"
