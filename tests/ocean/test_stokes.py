"""The Stokes drift of a JONSWAP sea, against the original model's values."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.ocean.stokes import TABLE_STEP_M_S, drift_table, jonswap_drift


@pytest.mark.parametrize(("wind_m_s", "drift_m_s", "digit"), [(5.0, 0.046, 3), (10.0, 0.0944, 4), (15.0, 0.140, 3)])
def test_the_drift_is_that_of_the_original_model_to_its_last_digit(wind_m_s, drift_m_s, digit):
    assert round(float(jonswap_drift(wind_m_s, 20_000.0)), digit) == drift_m_s


def test_the_drift_grows_with_wind_and_fetch_and_is_none_in_a_calm():
    winds = jonswap_drift(np.array([0.0, 2.0, 5.0, 10.0, 20.0]), 20_000.0)
    assert winds[0] == 0.0
    assert (np.diff(winds) > 0.0).all()
    assert jonswap_drift(10.0, 5_000.0) < jonswap_drift(10.0, 20_000.0)


def test_the_table_holds_the_drift_of_each_quarter_of_a_metre_a_second():
    table = drift_table(20_000.0)
    assert table[40] == pytest.approx(float(jonswap_drift(40 * TABLE_STEP_M_S, 20_000.0)), rel=1e-12)
    assert not drift_table(None).any()
