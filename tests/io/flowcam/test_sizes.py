from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.io.flowcam import sizes

ONE = np.ones(1)


def raw(**changed: float) -> dict[str, np.ndarray]:
    """A disc of radius 20 px, without fringe, at 1 µm a pixel."""
    disc = {
        "cal_const": 1.0,
        "fringe_size": 0.0,
        "raw_area": np.pi * 400,
        "raw_filled_area": np.pi * 400,
        "raw_feret_max": 40.0,
        "raw_feret_min": 40.0,
        "raw_feret_mean": 40.0,
        "raw_perimeter": 2 * np.pi * 20,
        "raw_convex_perimeter": 2 * np.pi * 20,
        "raw_convex_hull_area": np.pi * 400,
        "raw_legendre_major": 40.0,
        "raw_legendre_minor": 40.0,
    }
    return {name: np.array([value]) for name, value in (disc | changed).items()}


def test_a_disc_has_the_sizes_of_a_disc() -> None:
    found = {name: float(values[0]) for name, values in sizes.recompute(raw()).items()}
    assert found["abd_um"] == pytest.approx(40)
    assert found["area_abd_um2"] == pytest.approx(np.pi * 400)
    assert found["esd_um"] == found["length_um"] == found["width_um"] == 40
    assert found["volume_abd_um3"] == pytest.approx(4 / 3 * np.pi * 20**3)
    assert found["compactness"] == found["circularity"] == pytest.approx(1)
    assert found["aspect_ratio"] == found["convexity"] == 1
    assert found["transparency"] == pytest.approx(0)


def test_a_rectangle_has_its_own_length_and_breadth() -> None:
    length, breadth = 50.0, 4.0
    shape = raw(raw_perimeter=2 * (length + breadth), raw_filled_area=length * breadth, raw_feret_max=length)
    found = sizes.recompute(shape)
    assert found["geodesic_length_um"][0] == pytest.approx(length)
    assert found["geodesic_thickness_um"][0] == pytest.approx(breadth)
    assert found["elongation"][0] == pytest.approx(length / breadth)
    assert found["straightness"][0] == pytest.approx(1)
    assert found["curl"][0] == pytest.approx(0)


def test_a_bent_fibre_is_longer_than_it_is_long() -> None:
    found = sizes.recompute(raw(raw_perimeter=108.0, raw_filled_area=200.0, raw_feret_max=25.0))
    assert found["straightness"][0] == pytest.approx(0.5)
    assert found["curl"][0] == pytest.approx(1)


def test_the_fringe_is_taken_off_diameters_and_the_convex_perimeter_but_not_off_the_perimeter() -> None:
    plain, fringed = sizes.recompute(raw()), sizes.recompute(raw(fringe_size=4.5))
    for name in ("abd_um", "esd_um", "length_um", "width_um", "convex_perimeter_um"):
        assert plain[name][0] - fringed[name][0] == pytest.approx(4.5)
    for name in ("perimeter_um", "compactness", "elongation", "geodesic_length_um"):
        assert plain[name][0] == fringed[name][0]


def test_no_diameter_falls_below_half_and_no_width_below_a_pixel() -> None:
    assert sizes.fringe_corrected_um(ONE * 5, ONE * 4.5, ONE * 2)[0] == 5
    assert sizes.width_um(ONE * 1, ONE * 4.5, ONE * 2)[0] == 2


def test_compactness_uses_the_filled_area() -> None:
    ring = sizes.recompute(raw(raw_area=100.0))
    assert ring["compactness"][0] == pytest.approx(1)


def test_volumes_of_abd_and_esd_follow_their_diameters() -> None:
    found = sizes.recompute(raw(raw_area=np.pi * 100))
    assert found["volume_abd_um3"][0] == pytest.approx(np.pi / 6 * 20**3)
    assert found["volume_esd_um3"][0] == pytest.approx(np.pi / 6 * 40**3)
    assert found["transparency"][0] == pytest.approx(0.5)


@settings(deadline=None)
@given(st.floats(0.1, 20), st.floats(1, 1e5), st.floats(1, 1e4))
def test_sizes_scale_with_the_pixel(pixel: float, area: float, perimeter: float) -> None:
    one = sizes.recompute(raw(raw_area=area, raw_filled_area=area, raw_perimeter=perimeter))
    other = sizes.recompute(raw(raw_area=area, raw_filled_area=area, raw_perimeter=perimeter, cal_const=pixel))
    for name, power in (("abd_um", 1), ("perimeter_um", 1), ("area_abd_um2", 2), ("volume_esd_um3", 3)):
        assert other[name][0] == pytest.approx(one[name][0] * pixel**power, rel=1e-12)
    for name in ("compactness", "convexity", "aspect_ratio"):
        assert other[name][0] == one[name][0]


@settings(deadline=None)
@given(st.floats(0, 1e4), st.floats(1, 1e5))
def test_ratios_stay_in_their_ranges(perimeter: float, area: float) -> None:
    found = sizes.recompute(raw(raw_perimeter=perimeter, raw_filled_area=area, raw_convex_hull_area=area * 0.9))
    assert found["compactness"][0] >= 1
    assert 0 < found["circularity"][0] <= 1
    assert found["convexity"][0] == 1
    assert not found["elongation"][0] < 1


def test_what_is_missing_or_not_defined_is_nan_and_never_infinite() -> None:
    found = sizes.recompute(raw(raw_area=np.nan, raw_legendre_major=0, raw_convex_hull_area=0, raw_perimeter=0))
    for name in ("abd_um", "volume_abd_um3", "aspect_ratio", "convexity", "transparency", "straightness", "elongation"):
        assert np.isnan(found[name][0]), name
    assert found["esd_um"][0] == 40


def test_a_difference_within_the_printed_digits_is_none() -> None:
    computed = sizes.recompute(raw())
    stated = {"length": np.array([40.0001]), "abd_diameter": np.array([np.nan])}
    found = sizes.differences(computed, stated)
    assert set(found) == {"length_um", "abd_um"}
    assert found["length_um"][0] < 1
    assert found["abd_um"][0] == 0


def test_a_difference_beyond_the_printed_digits_is_a_mismatch() -> None:
    assert sizes.differences(sizes.recompute(raw()), {"length": np.array([40.001])})["length_um"][0] > 1
