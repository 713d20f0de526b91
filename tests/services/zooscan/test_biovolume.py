"""Volumes of organisms: against closed forms, and the traps of pixel sizes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pelagia.services.zooscan.biovolume import VOLUMES, ellipsoid_mm3, pixel_mm, sphere_mm3, volumes_mm3


def test_the_pixel_is_exact_and_not_what_zooprocess_prints():
    assert pixel_mm(2400) == 25.4 / 2400
    assert (0.0106 / pixel_mm(2400)) ** 3 == pytest.approx(1.0047, abs=1e-4)


def test_a_disc_of_a_millimetre_is_a_sphere_of_a_millimetre():
    area = math.pi * 50.0**2
    assert float(sphere_mm3(area, 0.01)) == pytest.approx(math.pi / 6)


def test_an_ellipsoid_of_equal_axes_is_the_sphere():
    assert float(ellipsoid_mm3(100.0, 100.0, 0.01)) == pytest.approx(math.pi / 6)


def test_an_ellipsoid_has_its_closed_form():
    assert float(ellipsoid_mm3(200.0, 100.0, 0.01)) == pytest.approx(4 / 3 * math.pi * 1.0 * 0.5 * 0.5)


def test_of_an_ellipse_the_ellipsoid_is_smaller_than_the_sphere_of_equal_area():
    major, minor = 62.8, 44.0
    area = math.pi / 4 * major * minor
    # V_ellipsoid / V_sphere = √(minor / major).
    ratio = float(ellipsoid_mm3(major, minor, 0.0106) / sphere_mm3(area, 0.0106))
    assert ratio == pytest.approx(math.sqrt(minor / major))


def test_without_holes_all_volumes_shrink_alike():
    found = volumes_mm3([1000.0], [810.0], [40.0], [32.0], 0.01)
    assert tuple(found) == VOLUMES
    for kind in ("sphere", "ellipsoid"):
        assert float(found[f"{kind}_exc"][0] / found[kind][0]) == pytest.approx(0.9**3)


def test_volumes_grow_with_the_third_power_of_the_pixel():
    small, large = (volumes_mm3([1000.0], [900.0], [40.0], [32.0], pixel) for pixel in (0.01, 0.02))
    assert all(float(large[kind][0] / small[kind][0]) == pytest.approx(8.0) for kind in VOLUMES)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_what_has_no_area_has_no_volume(bad):
    found = volumes_mm3([bad, 100.0], [bad, 90.0], [bad, 12.0], [bad, 11.0], 0.01)
    for kind in VOLUMES:
        assert np.isnan(found[kind][0])
        assert np.isfinite(found[kind][1])


def test_an_unknown_pixel_gives_no_volume():
    assert np.isnan(sphere_mm3([100.0], float("nan"))).all()


@pytest.mark.data
def test_of_a_real_table_the_ellipse_has_the_area_and_so_the_volumes_agree(shared_data):
    path = (
        shared_data / "zooscan" / "imagej_reference" / "features" / "apero2023_tha_bioness_013_st46_d_n8_d3_1_meas.txt"
    )
    lines = [line.split("\t") for line in path.read_text(encoding="latin-1").splitlines()]
    columns = {name: np.array([float(row[at]) for row in lines[1:]]) for at, name in enumerate(lines[0]) if at > 1}
    found = volumes_mm3(columns["Area"], columns["Area_exc"], columns["Major"], columns["Minor"], pixel_mm(2400))
    assert len(columns["Area"]) == 862
    assert all(np.isfinite(found[kind]).all() for kind in VOLUMES)
    expected = found["sphere"] * np.sqrt(columns["Minor"] / columns["Major"])
    # Axes are printed with three decimals.
    assert np.allclose(found["ellipsoid"], expected, rtol=5e-4)
    assert (found["sphere_exc"] <= found["sphere"]).all()
