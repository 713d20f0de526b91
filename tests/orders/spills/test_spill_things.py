"""Slicks, coast, ways of elements, shore: in order, in pages, as places on a map."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from tests.orders.spilled import STRETCHES, TIMES, spill_rows, write_tables

from pelagia.orders.spills.shapes import MOST_POINTS, shape_of
from pelagia.orders.spills.shore import FILE, PLACES_PER_PAGE, shore_in
from pelagia.orders.spills.tables import has_spill
from pelagia.orders.spills.things import TRACK_TIMES, coast_in, slicks_in, tracks_in

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("things")
    write_tables(made, spill_rows())
    return made


def test_only_results_of_oil_have_a_map_of_oil(folder: Path, tmp_path: Path) -> None:
    assert has_spill(folder) and not has_spill(tmp_path)
    write_tables(tmp_path, {"slicks": spill_rows()["slicks"]})
    assert has_spill(tmp_path)


def test_stretches_come_in_the_order_asked_for_without_those_no_oil_reaches(folder: Path) -> None:
    page = coast_in(folder, order="load", after=0, limit=100)
    loads = [one.record["load_kg_m"] for one in page.items]
    assert page.total == STRETCHES - 2 == len(loads) and loads == sorted(loads, reverse=True)
    arrivals = [one.record["first_arrival_h"] for one in coast_in(folder, order="arrival", after=0, limit=100).items]
    assert arrivals == sorted(arrivals)
    first = coast_in(folder, order="probability", after=0, limit=4)
    rest = coast_in(folder, order="probability", after=first.next or 0, limit=100)
    assert (first.next, rest.next) == (4, None)
    chances = [one.record["impact_probability"] for one in (*first.items, *rest.items)]
    assert chances == sorted(chances, reverse=True) and len(chances) == page.total


def test_the_outline_of_a_slick_is_latitude_and_longitude(folder: Path) -> None:
    (start, _, _) = slicks_in(folder, after=0, limit=10).items
    (ring,) = start.shape.areas[0]
    lats, lons = zip(*ring, strict=True)
    assert (min(lats), max(lats)) == pytest.approx((start.record["lat"] - 0.03, start.record["lat"] + 0.03), abs=1e-4)
    assert (min(lons), max(lons)) == pytest.approx((start.record["lon"] - 0.06, start.record["lon"] + 0.06), abs=1e-4)


@pytest.mark.parametrize("text", [None, "", "no JSON", "[1]", "{}", '{"type": "Topology"}'])
def test_what_is_no_shape_has_no_places(text: str | None) -> None:
    assert shape_of(text).size == 0


def test_shapes_of_several_parts_are_taken_apart_and_long_ones_thinned() -> None:
    ring = [[at / 1e4, 1.0] for at in range(5 * MOST_POINTS)]
    parts = [{"type": "MultiPolygon", "coordinates": [[ring], [ring[:4]]]}, {"type": "Point", "coordinates": [3, 4]}]
    shape = shape_of(json.dumps({"type": "GeometryCollection", "geometries": parts}))
    assert [len(area[0]) for area in shape.areas][1] == 4 and shape.points == [(4.0, 3.0)]
    assert len(shape.areas[0][0]) <= MOST_POINTS + 1
    assert shape.areas[0][0][0] == (1.0, 0.0) and shape.areas[0][0][-1] == (1.0, ring[-1][0])


def test_ways_begin_when_an_element_is_released_and_are_taken_evenly(folder: Path) -> None:
    tracks = tracks_in(folder, 60)
    assert [one.element for one in tracks] == list(range(30))
    assert [len(one.times) for one in tracks] == [TIMES] * 29 + [TIMES - 3]
    assert all(one.times == sorted(one.times) and len(one.places) <= TRACK_TIMES for one in tracks)
    assert tracks[5].statuses[-1] == "beached"
    some = [one.element for one in tracks_in(folder, 4)]
    assert (some[0], some[-1], len(some)) == (0, 29, 4)


def test_a_long_shore_comes_in_pages_that_join(tmp_path: Path) -> None:
    line = [[5 + at * 5e-4, 37 + 0.4 * math.sin(at / 300)] for at in range(40_000)]
    other = [[4.0, 36.0], [4.0, 36.1]]
    geometry = {"type": "MultiLineString", "coordinates": [line, other]}
    (tmp_path / FILE).write_text(json.dumps({"features": [{"type": "Feature", "geometry": geometry}]}))
    lines = []
    after: int | None = 0
    while after is not None:
        page = shore_in(tmp_path, after)
        assert sum(map(len, page.lines)) <= PLACES_PER_PAGE and len(json.dumps(page.lines)) < MOST_BYTES
        lines += page.lines
        after = page.next
    assert lines[-1] == [(36.0, 4.0), (36.1, 4.0)]
    assert lines[0][0] == (37.0, 5.0)
    assert all(one[-1] == following[0] for one, following in pairwise(lines[:-1]))


def test_without_a_shore_there_are_no_lines(tmp_path: Path) -> None:
    shore = shore_in(tmp_path, 0)
    assert (shore.lines, shore.bounds, shore.next) == ([], None, None)


def test_where_no_land_is_near_the_bounds_say_so(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"bbox": [4.6, 37.1, 7.3, 39.2], "features": []}))
    shore = shore_in(tmp_path, 0)
    assert (shore.lines, shore.bounds) == ([], (37.1, 4.6, 39.2, 7.3))
