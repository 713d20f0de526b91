"""Outlines: their area by the even-odd rule, and places drawn evenly within."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.ocean.spills import LAT, LON

from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.polygons import outline_of, places_within
from pelagia.ocean.randomness import uniforms

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
MANY = 20_000


def at(ring, scale=0.1):
    """Move a ring to the usual place."""
    return np.array([LAT, LON]) + scale * np.asarray(ring)


def drawn(*rings):
    return places_within(outline_of(rings), uniforms(3, 0, 5, 0, MANY))


def test_the_area_of_a_square_is_that_on_the_sphere():
    height = 0.1 * METRES_PER_DEGREE
    assert outline_of([at(SQUARE)]).area_m2 == pytest.approx(height**2 * lon_scale(LAT + 0.05), rel=1e-6)


def test_a_ring_within_another_is_a_hole_and_one_beside_it_is_more():
    hole = at(0.25 + 0.5 * SQUARE)
    whole, quarter = outline_of([at(SQUARE)]).area_m2, outline_of([hole]).area_m2
    assert outline_of([at(SQUARE), hole]).area_m2 == pytest.approx(whole - quarter, rel=1e-5)
    beside = at(SQUARE + np.array([0.0, 2.0]))
    assert outline_of([at(SQUARE), beside]).area_m2 == pytest.approx(2.0 * whole, rel=1e-9)


def test_closed_rings_are_as_open_ones():
    closed = np.vstack([SQUARE, SQUARE[:1]])
    assert outline_of([at(closed)]).area_m2 == outline_of([at(SQUARE)]).area_m2


def test_a_line_has_no_area():
    assert outline_of([at(np.array([[0.0, 0.0], [0.0, 1.0]]))]).area_m2 == 0.0


def test_places_lie_within_and_not_in_holes():
    star = np.array(
        [(1.0 + 0.6 * np.cos(5 * t)) * np.array([np.sin(t), np.cos(t)]) for t in np.linspace(0, 2 * np.pi, 200)]
    )
    hole = 0.2 * SQUARE
    shape = shapely.Polygon(at(star)[:, ::-1], [at(hole)[:, ::-1]])
    places = drawn(at(star), at(hole))
    assert shapely.contains_xy(shape.buffer(1e-9), places[:, 1], places[:, 0]).all()


def test_places_are_even_over_the_area():
    # A long thin slick across its box, of which it is a fiftieth; with a second one beside it of half its width.
    thin = np.array([[0.0, 0.0], [0.02, 0.0], [1.02, 1.0], [1.0, 1.0]])
    thinner = np.array([[0.0, 0.5], [0.01, 0.5], [1.01, 1.5], [1.0, 1.5]])
    places = drawn(at(thin), at(thinner)) - np.array([LAT, LON])
    along = places[:, 0] / 0.1
    second = places[:, 1] - places[:, 0] > 0.02
    # Standard errors of shares of twenty thousand are a third of a percent.
    assert second.mean() == pytest.approx(1.0 / 3.0, abs=0.015)
    assert (along < 0.5).mean() == pytest.approx(0.495, abs=0.015)
    assert np.histogram(along, bins=4, range=(0.02, 1.0))[0] / MANY == pytest.approx([0.245] * 4, abs=0.015)
