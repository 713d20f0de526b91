"""A setup read back is the one that was written."""

import numpy as np

from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.services.oilspill.setups import load_setup, save_setup

OIL = Oil(
    name="drawn",
    api=30.0,
    density_kg_m3=876.0,
    viscosity_mm2_s=20.0,
    viscosity_temperature_c=15.0,
    residual_fraction=0.6,
    residual_density_kg_m3=930.0,
    vapour_pressure_bar=0.4,
    estimated=("vapour_pressure_bar",),
)


def test_a_setup_survives_the_disk(tmp_path):
    field = np.arange(24, dtype=np.float32).reshape(2, 1, 3, 4)
    currents = GriddedForcing(
        kind="currents",
        time_s=np.array([0.0, 3600.0]),
        depth_m=np.array([0.0]),
        south_lat=35.0,
        west_lon=5.0,
        lat_step=0.5,
        lon_step=0.25,
        east_m_s=field,
        north_m_s=-field,
        is_sea=np.ones((3, 4), bool),
        files=("a.nc",),
    )
    source = Source(
        lat=35.5,
        lon=5.5,
        mass_kg=1000.0,
        start_s=10.0,
        elements=50,
        oil=OIL,
        rings=(np.array([[35.4, 5.4], [35.6, 5.4], [35.6, 5.6]]),),
    )
    setup = SpillSetup(
        sources=(source,), start_s=10.0, end_s=7210.0, currents=currents, physics=Physics(step_s=450.0), seed=3
    )
    save_setup(setup, tmp_path / "setup")
    read = load_setup(str(tmp_path / "setup"))
    assert (read.physics, read.start_s, read.end_s, read.seed) == (setup.physics, 10.0, 7210.0, 3)
    assert read.currents is not None
    assert read.currents.files == ("a.nc",)
    np.testing.assert_array_equal(read.currents.east_m_s, field)
    assert read.currents.east_m_s.dtype == np.float32
    assert read.sources[0].oil == OIL
    np.testing.assert_array_equal(read.sources[0].rings[0], source.rings[0])
    assert (read.wind, read.shoreline) == (None, None)
