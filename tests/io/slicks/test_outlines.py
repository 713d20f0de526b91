"""Outlines of slicks: crossings told with their place, and figures against the ellipsoid."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from pelagia.core.errors import BadInput
from pelagia.io.rasters.ground import GEOD
from pelagia.io.slicks.outlines import checked_rings, slick_figures

BOW_TIE = shapely.Polygon([(5.0, 38.0), (5.2, 38.1), (5.2, 38.0), (5.0, 38.1)])


def ellipse(lat: float, lon: float, half_length_m: float, half_width_m: float, azimuth: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 721)
    ahead, aside = half_length_m * np.cos(angle), half_width_m * np.sin(angle)
    bearing, far = azimuth + np.degrees(np.arctan2(aside, ahead)), np.hypot(ahead, aside)
    lons, lats, _ = GEOD.fwd(np.full_like(far, lon), np.full_like(far, lat), bearing, far)
    return np.column_stack([lats, lons])


def test_an_outline_that_crosses_itself_is_refused_with_the_place() -> None:
    with pytest.raises(BadInput) as error:
        checked_rings([BOW_TIE], "oil.geojson", 3)
    assert error.value.code == "slick-crosses-itself"
    assert error.value.value == "latitude 38.05000, longitude 5.10000"
    assert "slick 3" in error.value.what
    assert "Draw it anew" in error.value.remedy


def test_a_bow_tie_is_mended_only_where_that_is_asked_for() -> None:
    rings = checked_rings([BOW_TIE], "oil.geojson", 1, mend=True)
    assert len(rings) == 2
    areas = [shapely.Polygon(ring[:, ::-1]).area for ring in rings]
    assert areas == pytest.approx([0.005, 0.005])


def test_an_outline_without_area_is_refused() -> None:
    flat = shapely.Polygon([(5, 38), (5.1, 38.1), (5.2, 38.2), (5, 38)])
    with pytest.raises(BadInput) as error:
        checked_rings([flat], "oil.geojson", 1)
    assert error.value.code == "slick-without-area"


def test_overlapping_polygons_of_a_slick_are_one_outline() -> None:
    rings = checked_rings([shapely.box(5, 38, 5.2, 38.1), shapely.box(5.1, 38, 5.3, 38.1)], "oil.geojson", 1)
    assert len(rings) == 1
    assert shapely.Polygon(rings[0]).area == pytest.approx(0.03)


@pytest.mark.parametrize("lat", [0.0, 38.3, -70.0])
@pytest.mark.parametrize("azimuth", [0.0, 35.0, 90.0])
def test_figures_of_an_ellipse_are_those_of_geometry(lat: float, azimuth: float) -> None:
    figures = slick_figures((ellipse(lat, 5.0, 8000.0, 1000.0, azimuth),))
    # 720 corners lose a part in 80,000 of the area; the plane bends by less than a part in 1,000.
    assert figures.area_km2 == pytest.approx(np.pi * 8.0, rel=1e-3)
    assert figures.length_km == pytest.approx(16.0, rel=2e-3)
    assert figures.width_km == pytest.approx(np.pi * 8.0 / 16.0, rel=3e-3)
    # Ramanujan's second formula.
    h = (7 / 9) ** 2
    assert figures.perimeter_km == pytest.approx(np.pi * 9 * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h))), rel=1e-3)
    assert (figures.lat, figures.lon) == pytest.approx((lat, 5.0), abs=2e-4)


def test_a_hole_takes_area_away_and_adds_shore() -> None:
    outer, hole = ellipse(38, 5, 4000, 2000, 0), ellipse(38, 5, 1000, 500, 0)
    whole, pierced = slick_figures((outer,)), slick_figures((outer, hole))
    assert pierced.area_km2 == pytest.approx(whole.area_km2 - slick_figures((hole,)).area_km2)
    assert pierced.perimeter_km > whole.perimeter_km
    assert pierced.length_km == pytest.approx(whole.length_km)


def test_a_slick_over_the_180th_meridian_is_one() -> None:
    crossing = shapely.Polygon([(179.9, 0), (-179.9, 0), (-179.9, 0.1), (179.9, 0.1)])
    rings = checked_rings([crossing], "oil.geojson", 1)
    assert rings[0][:, 1].max() == pytest.approx(180.1)
    figures = slick_figures(rings)
    assert figures.area_km2 == pytest.approx(22.26 * 11.06, rel=1e-3)
    assert abs(abs(figures.lon) - 180) < 1e-6
