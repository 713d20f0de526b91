from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from pelagia.core.errors import BadInput
from pelagia.services.ecosystem.navigation import Navigation, read_navigation, travelled

BEGAN = datetime(2025, 6, 1, 12, tzinfo=UTC)
GEOD = Geod(ellps="WGS84")


def write(path: Path, fixes: list[tuple[float, float, float]], header: str = "time,latitude,longitude") -> str:
    """Write positions: seconds after the begin, latitude, longitude."""
    lines = [f"{(BEGAN + timedelta(seconds=at)).isoformat()},{lat:.7f},{lon:.7f}" for at, lat, lon in fixes]
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return str(path)


def straight(speed_m_s: float, azimuth: float, *, every_s: float = 2.0, lasts_s: float = 420.0) -> list:
    """Return the positions of a sledge that goes straight on, by the geodesic."""
    fixes = []
    for at in np.arange(-60, lasts_s, every_s).tolist():
        lon, lat, _ = GEOD.fwd(-6.2, 53.4, azimuth, speed_m_s * at)
        fixes.append((at, lat, lon))
    return fixes


def moments(lasts_s: float = 300.0, frames_per_s: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    at = np.arange(0, lasts_s, 1 / frames_per_s)
    return BEGAN.timestamp() + at, np.diff(at, prepend=at[:1])


@pytest.mark.parametrize("azimuth", [0, 37, 90, 215])
def test_the_way_is_that_of_the_geodesic(azimuth: float, tmp_path: Path) -> None:
    navigation, issues = read_navigation(write(tmp_path / "n.csv", straight(0.5, azimuth)))
    assert issues == []
    at, step_s = moments()
    found = travelled(navigation, at, step_s)
    assert found.along_m[-1] == pytest.approx(0.5 * step_s.sum(), rel=1e-4)
    assert found.covered == 1
    assert found.error_m < 0.01


@pytest.mark.parametrize(("noise_m", "lasting"), [(1.0, 0.0), (2.0, 0.0), (2.0, 0.8)])
def test_noise_makes_the_way_no_longer_and_its_error_is_told(noise_m: float, lasting: float) -> None:
    at, step_s = moments()
    off_by = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        start = np.arange(-60.0, 420.0, 2.0)
        noise = rng.normal(0, noise_m * np.sqrt(1 - lasting**2), (2, len(start)))
        for fix in range(1, len(start)):
            noise[:, fix] += lasting * noise[:, fix - 1]
        bend = 0.2 * np.sin(start / 120)
        east, north = (np.cumsum(0.5 * side(bend) * 2.0) for side in (np.cos, np.sin))
        sledge = Navigation(file="", time_s=BEGAN.timestamp() + start, east_m=east + noise[0], north_m=north + noise[1])
        found = travelled(sledge, at, step_s)
        off_by.append((found.along_m[-1] - 0.5 * step_s.sum(), found.error_m))
    errors, told = np.array(off_by).T
    raw_m = np.pi**0.5 / 2 * noise_m * 2 * len(np.arange(0, 300, 2.0)) * 0.5  # what positions joined by lines add
    assert abs(errors.mean()) < 0.006 * 150 < raw_m
    assert errors.std() == pytest.approx(told.mean(), rel=0.6)


def test_jumps_gaps_and_wrong_rows_are_told_and_left_out(tmp_path: Path) -> None:
    fixes = straight(0.5, 90)
    fixes = [fix for fix in fixes if not 100 < fix[0] < 190]
    fixes[40] = (fixes[40][0], fixes[40][1] + 0.01, fixes[40][2])
    path = write(tmp_path / "n.csv", fixes)
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("\nnot a time,53.4,-6.2\n2025-06-01T12:30:00Z,95,-6.2\n2025-06-01T12:30:02Z,0,0\n")
    navigation, issues = read_navigation(path)
    assert {issue.code: issue.objects for issue in issues} == {
        "navigation-rows": 3,
        "navigation-jumps": 1,
        "navigation-gaps": 0,
    }
    at, step_s = moments()
    found = travelled(navigation, at, step_s)
    assert found.along_m[-1] == pytest.approx(0.5 * step_s.sum(), rel=0.005)
    assert 0.6 < found.covered < 0.75


def test_a_track_over_the_date_line_is_as_long_as_any_other(tmp_path: Path) -> None:
    rows = [(at, -17.0, (179.9995 + at * 5e-6 + 180) % 360 - 180) for at in range(0, 300, 5)]
    assert np.ptp([row[2] for row in rows]) > 300
    expected = GEOD.line_length([179.9995, 179.9995 + 295 * 5e-6], [-17.0, -17.0])
    navigation, _ = read_navigation(write(tmp_path / "n.csv", rows))
    assert np.hypot(navigation.east_m[-1], navigation.north_m[-1]) == pytest.approx(expected, rel=1e-4)


def test_columns_may_be_called_as_instruments_call_them(tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv", straight(0.5, 90), header="Date_Time;LAT;Lon")
    text = Path(path).read_text(encoding="utf-8")
    Path(path).write_text(text.replace(",", ";"), encoding="utf-8")
    navigation, issues = read_navigation(path)
    assert len(navigation.time_s) == 240
    assert issues == []


def test_positions_out_of_order_or_told_twice_are_put_in_order(tmp_path: Path) -> None:
    fixes = straight(0.5, 90)
    navigation, _ = read_navigation(write(tmp_path / "n.csv", [*fixes[::-1], *fixes[:10]]))
    assert (np.diff(navigation.time_s) > 0).all()
    assert len(navigation.time_s) == len(fixes)


def test_a_table_of_too_few_positions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_navigation(write(tmp_path / "n.csv", straight(0.5, 90)[:3]))
    assert caught.value.code == "navigation-empty"


def test_time_before_the_first_position_is_not_covered() -> None:
    at, step_s = moments()
    start = np.arange(150.0, 400.0, 2.0)
    late = Navigation(file="", time_s=BEGAN.timestamp() + start, east_m=0.5 * start, north_m=0 * start)
    assert travelled(late, at, step_s).covered == pytest.approx(0.59, abs=0.01)  # half a minute before it is known
    early = Navigation(file="", time_s=BEGAN.timestamp() - 5000 + start, east_m=0.5 * start, north_m=0 * start)
    assert travelled(early, at, step_s).covered == 0
