"""What oil on the shore does: half-lives, limits and directions of the published model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from tests.ocean.coast.shores import SQUARE, arrays_of

from pelagia.ocean.coast.kinds import SEEP_HALF_H, SEEP_LIMIT_M3_M, WASH_HALF_H
from pelagia.ocean.coast.stranding import points_seaward, shore_rates, strand_step

HOUR = 3600.0
SEEP = (24, 36, 48, 96, 96, 96, 24, 96, 24)
WASH = (24, 24, 24, 18, 0, 1, 120, 120, 120)


@pytest.mark.parametrize("kind", range(1, 10))
def test_half_of_the_oil_seeps_in_and_half_is_washed_off_in_the_hours_of_its_kind(kind: int) -> None:
    assert (SEEP_HALF_H[kind], WASH_HALF_H[kind]) == (SEEP[kind - 1], WASH[kind - 1])
    release, seep = shore_rates(kind, 28.0, 900.0)
    if WASH[kind - 1] == 0:
        assert (release, seep) == (1.0, 0.0)
        return
    assert (1 - release) ** (WASH[kind - 1] * 4) == pytest.approx(0.5)
    assert (1 - seep) ** (SEEP[kind - 1] * 4) == pytest.approx(0.5)


def test_heavy_oil_seeps_as_fast_as_light_as_the_original_is_run() -> None:
    assert shore_rates(1, 10.0, HOUR) == shore_rates(1, 40.0, HOUR)


def test_oil_is_free_only_where_its_way_points_to_the_sea() -> None:
    coast = arrays_of(shapely.Polygon(SQUARE), kind=1)
    west_shore = int(np.flatnonzero((coast.lon_a == 10.4) & (coast.lon_b == 10.4))[0])
    assert points_seaward(west_shore, 0.0, -1e-3, coast)
    assert not points_seaward(west_shore, 0.0, 1e-3, coast)
    release, _ = shore_rates(1, 28.0, HOUR)
    held = np.zeros(len(coast.lat_a))
    for d_lon, draw, is_free in [(-1e-3, 0.99 * release, True), (-1e-3, release, False), (1e-3, 0.0, False)]:
        assert strand_step(west_shore, 0.0, d_lon, 0.0, 900.0, 28.0, HOUR, draw, held, coast)[0] is is_free


def test_a_shore_takes_up_less_the_more_it_holds() -> None:
    coast = arrays_of(shapely.Polygon(SQUARE), kind=1)
    held = np.zeros(len(coast.lat_a))
    _, seep = shore_rates(1, 28.0, HOUR)
    limit_kg = 10_000 * 0.158987294928 * 900.0 * coast.length_m[0] / 1000.0
    assert pytest.approx(limit_kg) == SEEP_LIMIT_M3_M * 900.0 * coast.length_m[0]
    for share in (0.0, 1.0, 2.0):
        held[0] = share * limit_kg
        _, seeps = strand_step(0, 0.0, 0.0, 100.0, 900.0, 28.0, HOUR, 0.5, held, coast)
        assert seeps == pytest.approx(100.0 * seep * math.exp(-share))
        assert held[0] == pytest.approx(share * limit_kg + seeps)
    assert held[1:].sum() == 0


def test_nothing_seeps_into_a_seawall_and_nothing_where_no_residue_is_left() -> None:
    coast = arrays_of(shapely.Polygon(SQUARE), kind=5)
    held = np.zeros(len(coast.lat_a))
    assert strand_step(0, 0.0, 0.0, 100.0, 900.0, 28.0, HOUR, 0.5, held, coast)[1] == 0.0
    sand = arrays_of(shapely.Polygon(SQUARE), kind=1)
    assert strand_step(0, 0.0, 0.0, 0.0, 900.0, 28.0, HOUR, 0.5, held, sand)[1] == 0.0
    assert held.sum() == 0
