"""Fetching asks the right data sets for the right area and time, and tells no secret to anybody."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.io.forcing import services
from tests.io.forcing.made import write

from pelagia.core.errors import BadParameter, NotFound, PelagiaError, Unavailable
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.fetch import forecast
from pelagia.io.forcing.fetch.credentials import climate_credentials, marine_credentials
from pelagia.io.forcing.fetch.datasets import pieces
from pelagia.io.forcing.fetch.fetching import fetch_forcing
from pelagia.io.forcing.fetch.wanted import around
from pelagia.io.forcing.reading import read_forcing

NOW_S = datetime(2026, 6, 15, 9, tzinfo=UTC).timestamp()
MED_CURRENTS = "cmems_mod_med_phy-cur_anfc_4.2km-2D_PT1H-m"
MED_WARMTH = "cmems_mod_med_phy-tem_anfc_4.2km-2D_PT1H-m"
SECRETS = (services.USER, services.PASSWORD, services.KEY)


def when(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def off_syria(start: str = "2024-05-17T09:00", hours: float = 48.0) -> Window:
    return around(35.2, 35.6, 0.75, when(start), hours)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "COPERNICUSMARINE_SERVICE_USERNAME", "COPERNICUSMARINE_SERVICE_PASSWORD", "CDSAPI_KEY", "CDSAPI_URL",
        "PELAGIA_GFS_URL",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    for name in ("copernicusmarine", "cdsapi", "keyring"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def marine(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "copernicusmarine", services.marine(asked))
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", services.USER)
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", services.PASSWORD)
    return asked


@pytest.fixture
def climate(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "cdsapi", services.climate(asked))
    monkeypatch.setenv("CDSAPI_KEY", services.KEY)
    return asked


@pytest.mark.parametrize(
    ("lat", "lon", "start", "names"),
    [
        (35.2, 35.6, "2024-05-17", [MED_CURRENTS, MED_WARMTH]),
        (35.2, 35.6, "2021-08-23", ["med-cmcc-cur-rean-h", "med-cmcc-tem-rean-d"]),
        (35.2, 35.6, "2021-10-31", ["med-cmcc-cur-rean-h", MED_CURRENTS, "med-cmcc-tem-rean-d", MED_WARMTH]),
        (43.5, 34.0, "2024-05-17", ["cmems_mod_glo_phy_anfc_0.083deg_PT1H-m"]),
        (44.5, -4.0, "2024-05-17", ["cmems_mod_glo_phy_anfc_0.083deg_PT1H-m"]),
        (28.7, -88.4, "2010-04-22", ["cmems_mod_glo_phy_my_0.083deg_P1D-m"]),
        (28.7, -88.4, "2022-01-01", ["cmems_mod_glo_phy_myint_0.083deg_P1D-m"]),
        (-20.4, 57.7, "2026-06-14", ["cmems_mod_glo_phy_anfc_0.083deg_PT1H-m"]),
    ],
)  # fmt: skip
def test_the_data_set_follows_from_sea_and_time(lat: float, lon: float, start: str, names: list[str]) -> None:
    found = pieces("currents", around(lat, lon, 0.75, when(start), 48.0), now_s=NOW_S)
    assert [piece.dataset for piece in found] == names
    assert found[0].window.start_s == when(start) and max(p.window.end_s for p in found) == when(start) + 48 * 3600


def test_wind_is_era5_as_far_as_it_reaches_and_a_forecast_beyond_so_that_no_day_is_refused() -> None:
    def services_of(start: str, hours: float = 48.0) -> list[str]:
        return [piece.service for piece in pieces("wind", off_syria(start, hours), now_s=NOW_S)]

    assert services_of("2008-08-06") == ["climate-data-store"]
    assert services_of("2026-06-05") == ["climate-data-store"]
    assert services_of("2026-06-13") == ["gfs"] and services_of("2026-06-16") == ["gfs"]
    assert services_of("2026-06-07", 120.0) == ["climate-data-store", "gfs"]
    past, ahead = pieces("wind", off_syria("2026-06-07", 120.0), now_s=NOW_S)
    assert past.end_s <= NOW_S - 6 * 86_400 and ahead.start_s < past.end_s  # they overlap
    assert [p.service for p in pieces("wind", off_syria("2008-08-06"), now_s=NOW_S, dataset="gfs")] == ["gfs"]


def test_currents_are_asked_of_copernicus_marine_and_come_ready_to_read(
    tmp_path: Path, marine: list[dict[str, Any]]
) -> None:
    window = off_syria()
    found = fetch_forcing(["currents"], window, tmp_path / "new", now_s=NOW_S)["currents"]
    assert [path.suffix for path in found] == [".nc", ".nc"] and len(marine) == 2
    first = marine[0]
    assert first["dataset_id"] == "cmems_mod_med_phy-cur_anfc_4.2km-2D_PT1H-m" and first["variables"] == ["uo", "vo"]
    assert (first["minimum_latitude"], first["maximum_latitude"]) == pytest.approx((34.45, 35.95))
    assert first["start_datetime"] == "2024-05-17T08:00:00" and first["end_datetime"] == "2024-05-19T10:00:00"
    assert first["minimum_depth"] is None
    forcing = read_forcing([str(path) for path in found], "currents", window)
    assert forcing.temperature_c is not None and forcing.east_m_s.max() == pytest.approx(0.1)
    told = json.loads(found[0].with_suffix(".json").read_text())
    assert told["dataset"] == first["dataset_id"] and told["start_utc"] == "2024-05-17T08:00:00Z"
    assert told["fetched_utc"] == "2026-06-15T09:00:00Z" and told["client"] == "copernicusmarine 2.5.0"
    fetch_forcing(["currents"], window, tmp_path / "new", now_s=NOW_S)
    assert len(marine) == 2  # what is there is not fetched again


def test_a_reanalysis_is_asked_for_its_levels_and_a_day_around(tmp_path: Path, marine: list[dict[str, Any]]) -> None:
    fetch_forcing(["currents"], around(28.7, -88.4, 0.75, when("2010-04-22"), 24), tmp_path, now_s=NOW_S)
    assert marine[0]["maximum_depth"] == 150 and marine[0]["start_datetime"] == "2010-04-21T00:00:00"
    assert marine[0]["variables"] == ["uo", "vo", "thetao"]


def test_wind_is_asked_of_the_climate_data_store(tmp_path: Path, climate: list[dict[str, Any]]) -> None:
    window = off_syria()
    found = fetch_forcing(["wind"], window, tmp_path, now_s=NOW_S)["wind"]
    assert climate[0] == {"url": "https://cds.climate.copernicus.eu/api", "key": services.KEY}
    request = climate[1]["request"]
    assert climate[1]["name"] == "reanalysis-era5-single-levels"
    assert request["date"] == "2024-05-17/2024-05-19" and len(request["time"]) == 24
    assert request["area"] == pytest.approx([35.95, window.west_lon, 34.45, window.east_lon])
    assert read_forcing([str(found[0])], "wind", window).kind == "wind"


def test_forecast_winds_are_asked_without_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    names = forecast.VARIABLES

    def served(url: str, limit_bytes: int) -> Any:
        assert limit_bytes == forecast.MAX_BYTES
        seen.append(url)
        file = write(tmp_path / "served.nc", names=(names[0], names[1]))
        return type("Download", (), {"path": file})

    monkeypatch.setattr(forecast, "download", served)
    found = fetch_forcing(["wind"], off_syria("2026-06-14T06:00", 24), tmp_path / "out", now_s=NOW_S)["wind"]
    assert len(found) == 1 and found[0].with_suffix(".json").exists()
    assert seen[0].startswith("https://thredds.ucar.edu/") and "vertCoord=10" in seen[0]
    assert "time_start=2026-06-14T03%3A00%3A00Z" in seen[0] and "north=36.45" in seen[0]


def test_a_service_that_fails_says_which_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(url: str, limit_bytes: int) -> Any:
        raise NotFound("The server has no such file", value=url, remedy="Check the address.")

    monkeypatch.setattr(forecast, "download", refusing)
    with pytest.raises(Unavailable) as caught:
        fetch_forcing(["wind"], off_syria("2026-06-14", 24), tmp_path / "out", now_s=NOW_S)
    assert caught.value.code == "fetch-failed" and "gfs" in caught.value.what
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_is_no_forcing_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html>Please try later</html>")
    monkeypatch.setattr(forecast, "download", lambda url, limit: type("Download", (), {"path": page}))
    with pytest.raises(Unavailable):
        fetch_forcing(["wind"], off_syria("2026-06-14", 24), tmp_path / "out", now_s=NOW_S)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", ["currents", "wind"])
@pytest.mark.parametrize("where", ["environment", "keyring"])
@pytest.mark.parametrize("fail", [False, True])
def test_no_secret_is_stored_logged_shown_or_put_into_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], kind: Any, where: str, fail: bool,
) -> None:  # fmt: skip
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "copernicusmarine", services.marine(asked, fail=fail))
    monkeypatch.setitem(sys.modules, "cdsapi", services.climate(asked, fail=fail))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    if where == "environment":
        monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", services.USER)
        monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", services.PASSWORD)
        monkeypatch.setenv("CDSAPI_KEY", services.KEY)
    else:
        held = {"pelagia-copernicusmarine": (services.USER, services.PASSWORD), "pelagia-cds": ("key", services.KEY)}
        monkeypatch.setitem(sys.modules, "keyring", services.keyring(held))
    caplog.set_level(logging.DEBUG)
    told = ""
    try:
        fetch_forcing([kind], off_syria(), tmp_path / "out", now_s=NOW_S)
        assert not fail
    except PelagiaError as error:
        assert fail and error.code == "fetch-failed" and "***" in error.value
        told = "".join(traceback.format_exception(error)) + repr(error.__reduce__())
    assert any(secret in str(part) for part in asked for secret in SECRETS)  # the service was given them
    told += caplog.text + "".join(capfd.readouterr())
    for path in tmp_path.rglob("*"):
        told += str(path) + (path.read_bytes().decode("latin-1") if path.is_file() else "")
    assert not any(secret in told for secret in SECRETS)
    assert "Credentials(***)" in repr(marine_credentials()) + repr(climate_credentials())
    assert not any(secret in repr(marine_credentials()) for secret in SECRETS)


def test_without_credentials_the_remedy_says_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "copernicusmarine", services.marine(asked))
    monkeypatch.setitem(sys.modules, "cdsapi", services.climate(asked))
    for held in (None, services.keyring({}), services.keyring({}, broken=True)):
        monkeypatch.setitem(sys.modules, "keyring", held)
        for kind, word in (("currents", "COPERNICUSMARINE_SERVICE_USERNAME"), ("wind", "CDSAPI_KEY")):
            with pytest.raises(Unavailable) as caught:
                fetch_forcing([kind], off_syria(), tmp_path, now_s=NOW_S)  # type: ignore[list-item]
            assert caught.value.code == "credentials-missing" and word in caught.value.remedy
    assert asked == []


def test_without_the_clients_the_remedy_says_how_to_install_them(tmp_path: Path) -> None:
    for kind in ("currents", "wind"):
        with pytest.raises(Unavailable) as caught:
            fetch_forcing([kind], off_syria(), tmp_path, now_s=NOW_S)  # type: ignore[list-item]
        assert 'pip install "pelagia[forcing]"' in caught.value.remedy


def test_an_address_of_the_store_that_would_send_the_key_in_the_clear_is_refused(
    tmp_path: Path, climate: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("http://cds.example.org/api", "https://me:pass@cds.example.org/api"):
        monkeypatch.setenv("CDSAPI_URL", address)
        with pytest.raises(BadParameter) as caught:
            fetch_forcing(["wind"], off_syria(), tmp_path, now_s=NOW_S)
        assert "pass@" not in str(caught.value)
    assert climate == []


@pytest.mark.parametrize(
    "changed",
    [{"north_lat": 30.0}, {"east_lon": 20.0}, {"north_lat": 89.0}, {"end_s": 0.0}, {"end_s": 1.8e9},
     {"south_lat": -95.0}],
)  # fmt: skip
def test_an_area_or_time_that_is_none_is_refused_before_anybody_is_asked(
    tmp_path: Path, marine: list[dict[str, Any]], changed: dict[str, float]
) -> None:
    told = {
        "south_lat": 34.0,
        "north_lat": 36.0,
        "west_lon": 34.0,
        "east_lon": 36.0,
        "start_s": 1.7e9,
        "end_s": 1.7001e9,
    }
    with pytest.raises(BadParameter):
        fetch_forcing(["currents"], Window(**{**told, **changed}), tmp_path, now_s=NOW_S)
    assert marine == []


def test_a_place_by_the_dateline_has_an_area_that_goes_on_beyond_it() -> None:
    for lon in (179.9, -179.9, 180.0):
        window = around(60.0, lon, 0.75, 0.0, 24.0)
        assert -180 <= window.west_lon <= 180 and window.east_lon - window.west_lon == pytest.approx(3.0)
        assert window.west_lon < (lon if lon > 0 else lon + 360) < window.east_lon or window.west_lon < lon
