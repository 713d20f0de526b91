"""Oil spill in the place of WITOIL: its lists used whole, its picture and film, no credentials, no refusal of today."""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from tests.api.deepaas.servers import Server
from tests.services.direct_steps import DirectSteps

from pelagia.api.deepaas.originals import Composed
from pelagia.api.deepaas.originals.oilspill import ORIGINAL, composed, predictions
from pelagia.api.deepaas.wanted import WrongArguments
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.exports.oilspill.drawn import write_film, write_picture
from pelagia.io.video.reading import open_video
from pelagia.services.oilspill.columns import FATES
from pelagia.services.oilspill.pipeline import run
from pelagia.services.oilspill.sample.sea import write_currents, write_wind
from pelagia.services.oilspill.service import SERVICE, OilspillParams

PREDICT = "/v2/models/oilspill/predict/"
SPILLS = {"spill_lat": [40.9, 41.1], "spill_lon": [-29.4, -29.2], "spill_duration": [0.0, 2.0], "spill_rate": [50, 10]}
ASKED: dict[str, Any] = {**SPILLS, "oil": ["28", "35"], "start_datetime": "2026-06-01T06:00:00", "sim_length": 3}
PATIENCE_S = 240
"""Where nothing is compiled yet, the first forecast waits for that."""
QUICK = {"elements": 200, "beaching": "no"}


def green(picture: Image.Image) -> int:
    """Return how many pixels of the left four fifths, the bar left out, have a green of the scale of oil."""
    pixels = np.asarray(picture, np.int64)[:, : picture.width * 4 // 5]
    return int(np.sum(pixels[..., 1] > pixels[..., 0] + 40))


def features(made: Composed) -> list[dict[str, Any]]:
    name, content = made.files["slick"]
    assert name == "spills.geojson"
    found: list[dict[str, Any]] = json.loads(content)["features"]
    return found


def test_every_element_of_the_lists_is_a_spill_of_its_own() -> None:
    first, second = features(composed(SPILLS | {"oil": ["28", "Arabian Light"]}))
    assert first["geometry"]["coordinates"] == [-29.4, 40.9]
    assert first["properties"] == {"release_hours": 0.0, "mass_t": 50, "api": 28.0}
    # t an hour, for two hours
    assert second["properties"] == {"release_hours": 2.0, "mass_t": 20.0, "oil": "Arabian Light"}


def test_one_value_is_for_all_spills_and_the_originals_defaults_hold() -> None:
    one, two = features(composed({"spill_lat": [40.9, 41.0], "spill_lon": [-29.0, -29.1], "oil": ["30"]}))
    assert one["properties"] == two["properties"] == {"release_hours": 0.0, "mass_t": 27.78, "api": 30.0}
    (alone,) = features(composed({"spill_lat": [40.9], "spill_lon": [-29.0]}))
    assert alone["properties"]["api"] == 28.0


def test_an_oil_without_a_spill_is_that_of_the_slicks_in_the_files() -> None:
    assert composed({"oil": ["29.5"]}) == Composed(params={"api": 29.5})
    assert composed({"oil": ["Arabian Light"]}) == Composed(params={"oil": "Arabian Light"})
    assert composed({}) == Composed()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"spill_lat": [1.0, 2.0], "spill_lon": [3.0]}, "spill_lon"),
        ({"spill_lat": [1.0]}, "spill_lon"),
        ({"spill_lat": [1.0] * 3, "spill_lon": [3.0] * 3, "spill_rate": [1.0, 2.0]}, "spill_rate"),
        ({"spill_lat": [1.0], "spill_lon": [3.0], "spill_rate": [0.0]}, "spill_rate"),
        ({"spill_rate": [3.0]}, "spill_rate"),
        ({"oil": ["28", "30"]}, "oil"),
        ({"plot_lat": [36.0, 35.0]}, "plot_lat"),
        ({"plot_lon": [36.0]}, "plot_lon"),
    ],
)
def test_lists_that_do_not_fit_are_told_by_name(told: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongArguments) as error:
        composed(told)
    assert field in error.value.fields


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Request[OilspillParams]]:
    """Two spills in a steady sea."""
    folder = tmp_path_factory.mktemp("run")
    (slicks,) = composed(SPILLS | {"oil": ["28"]}).files.values()
    path = folder / slicks[0]
    path.write_bytes(slicks[1])
    params = OilspillParams(
        start="2026-06-01T06:00", hours=3, elements=200, beaching=False, current_m_s=0.3, wind_m_s=6.0
    )
    request = Request(
        service="oilspill", service_version=SERVICE.version, inputs={"slick": (str(path),)}, params=params
    )
    return run(request, DirectSteps(folder / "work")), request


def test_an_answer_in_json_has_the_mass_balance_and_a_map_of_each_time(
    done: tuple[Result, Request[OilspillParams]],
) -> None:
    told = predictions(*done)
    json.dumps(told, allow_nan=False)
    assert [row["hours"] for row in told["mass_balance"]] == [0.0, 1.0, 2.0, 3.0]
    for row in told["mass_balance"]:
        assert sum(row[f"{fate}_fraction"] for fate in FATES) == pytest.approx(1.0, abs=1e-6)
    # Of 70 t, 20 flow in two hours, evenly.
    assert told["mass_balance"][1]["unreleased_fraction"] == pytest.approx(10 / 70, abs=0.01)
    assert told["mass_balance"][2]["unreleased_fraction"] == 0.0
    assert [one["time_utc"] for one in told["maps"]] == [row["time_utc"] for row in told["mass_balance"]]
    for one in told["maps"]:
        assert len(one["row"]) == len(one["surface_kg_m2"]) > 0
    assert told["grid"]["crs"] == "EPSG:4326" and told["coast"] == []
    assert {row["mass_t"] for row in told["slicks"]} == {50.0, 20.0}


def test_a_picture_shows_the_window_it_is_asked_for(
    done: tuple[Result, Request[OilspillParams]], tmp_path: Path
) -> None:
    whole = Image.open(write_picture(done[0], tmp_path)).convert("RGB")
    away = Image.open(write_picture(done[0], tmp_path, plot_lat=[20.0, 20.1], plot_lon=[10.0, 10.1])).convert("RGB")
    assert away.size == whole.size
    assert green(away) == 0 < green(whole)


def test_a_film_has_a_frame_of_every_map_and_rests_on_the_last(
    done: tuple[Result, Request[OilspillParams]], tmp_path: Path
) -> None:
    path = write_film(done[0], tmp_path, plot_lat=[40.0, 42.0], plot_lon=[-30.0, -28.0])
    with open_video(path, file="output.mp4") as reader:
        assert sum(1 for _ in reader.frames()) == 4 + 12


def test_the_arguments_are_those_of_the_original() -> None:
    names = {one.name for one in ORIGINAL.arguments}
    assert names == {
        *("name", "start_datetime", "sim_length", "spill_lat", "spill_lon", "spill_duration", "spill_rate", "oil"),
        *("set_domain", "lat", "lon", "delta", "plot_lat", "plot_lon"),
    }


@pytest.mark.parametrize("name", ["copernicus_user", "copernicus_password", "cds_token"])
@pytest.mark.parametrize("place", ["query", "form", "body"])
def test_credentials_are_refused_with_what_to_do_instead(name: str, place: str, visitor: httpx.Client) -> None:
    sent: dict[str, Any] = {"query": {"params": {name: "s3cret"}}, "form": {"data": {name: "s3cret"}}}.get(
        place, {"json": {name: "s3cret"}}
    )
    answer = visitor.post(PREDICT, **sent)
    assert answer.status_code == 422
    (message,) = answer.json()[name]
    assert "pelagia forcing fetch" in message and "s3cret" not in answer.text


def test_its_description_asks_for_no_credentials_and_has_the_picture_first(visitor: httpx.Client) -> None:
    told = visitor.get("/deepaas/oilspill/swagger.json").json()
    (operation,) = (path["post"] for path in told["paths"].values() if "predict" in str(path.get("post", "")))
    names = {one["name"] for one in operation["parameters"]}
    assert {"spill_lat", "oil", "plot_lon", "currents", "wind", "wind_drift_factor", "accept"} <= names
    assert not [name for name in names if "password" in name or "token" in name or "copernicus" in name]
    assert operation["produces"] == ["image/png", "video/mp4", "application/json", "application/zip", "*/*"]


def test_spills_are_forecast_with_the_files_that_are_sent(visitor: httpx.Client, tmp_path: Path) -> None:
    write_currents(tmp_path / "currents.nc")
    write_wind(tmp_path / "wind.nc")
    files = {
        name: (f"{name}.nc", (tmp_path / f"{name}.nc").read_bytes(), "application/x-netcdf")
        for name in ("currents", "wind")
    }
    headers = {"accept": "application/json"}
    answer = visitor.post(PREDICT, params=ASKED | QUICK, files=files, headers=headers, timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
    told = answer.json()["predictions"]
    assert len(told["slicks"]) == 2 and told["mass_balance"][0]["spilled_t"] == pytest.approx(70.0)
    assert told["mass_balance"][-1]["evaporated_fraction"] > 0
    assert {row["file"] for row in told["slicks"]} == {"spills.geojson"} and "upload:" not in answer.text
    assert not answer.json()["predictions"].get("issues")


def test_a_spill_of_today_is_not_refused_and_is_answered_as_picture_and_film(
    visitor: httpx.Client, pelagia: Server
) -> None:
    today = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    asked = ASKED | QUICK | {"start_datetime": today, "current_m_s": 0.3, "wind_m_s": 6}
    for media_type, begin in (("image/png", b"\x89PNG"), ("video/mp4", b"ftyp"), ("*/*", b"\x89PNG")):
        answer = visitor.post(PREDICT, params=asked, headers={"accept": media_type}, timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        assert begin in answer.content[:16]
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"
    # Files of a request are deleted when its answer is sent.
    until = time.monotonic() + 20
    while list(pelagia.home.rglob("spills.geojson")):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_without_anything_that_moves_the_oil_it_is_no_success(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params=ASKED | QUICK, headers={"accept": "application/json"})
    assert answer.status_code == 422 and "currents" in answer.text
