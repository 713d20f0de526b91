"""Wind by the published function of backscatter."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.imaging.scenes.wind import backscatter, wind_from_backscatter


@pytest.mark.parametrize("incidence_deg", [22.0, 30.0, 38.0, 45.0])
@pytest.mark.parametrize("speed_m_s", [2.0, 5.0, 12.0])
def test_wind_and_backscatter_are_inverse(incidence_deg: float, speed_m_s: float) -> None:
    db = 10 * np.log10(float(backscatter(speed_m_s, incidence_deg)))
    # Between speeds 0.25 m/s apart the curve is taken as straight.
    assert wind_from_backscatter(db, incidence_deg) == pytest.approx(speed_m_s, abs=0.02)


def test_more_wind_and_a_steeper_view_are_brighter() -> None:
    speeds = np.arange(1.0, 20.0)
    for incidence in (25.0, 35.0, 45.0):
        assert (np.diff(backscatter(speeds, incidence)) > 0).all()
    assert (np.diff(backscatter(7.0, np.arange(20.0, 50.0))) < 0).all()


def test_a_usual_sea_is_as_bright_as_it_is_known_to_be() -> None:
    # Some 10 m/s at 40° in VV: -17 dB across the wind to -12 dB against it (Hersbach 2008, figure 3).
    assert -17 < 10 * np.log10(float(backscatter(10.0, 40.0))) < -12
