"""The user's own shoreline: sides of lines from the map of the Earth, and what is told of parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from tests.ocean.coast.shores import AREA, SQUARE, land_lines, lie_on_land
from tests.ocean.coast.test_world import FIJI

from pelagia.core.errors import BadInput
from pelagia.io.shoreline.dialect import Bounds, Coastlines, coastlines
from pelagia.io.shoreline.reading import GivenShoreline
from pelagia.ocean.coast.crossing import coast_arrays, on_land
from pelagia.ocean.coast.own import own_shoreline
from pelagia.ocean.coast.world import world_lines

NOTHING = coastlines([], [], has_sides=False, source="")


def given(land: Coastlines = NOTHING, lines: Coastlines = NOTHING) -> GivenShoreline:
    return GivenShoreline(land=land, lines=lines)


def test_lines_drawn_either_way_have_land_where_the_map_of_the_earth_has_it(cuts: Path) -> None:
    lines, _ = world_lines(FIJI, folder=cuts)
    islands = [line for line in _lines(lines) if len(line) > 60 and (line[0] == line[-1]).all()]
    assert len(islands) > 3
    turned = [island[::-1] if number % 2 else island for number, island in enumerate(islands)]
    drawn = [np.column_stack([line[:, 0], (line[:, 1] + 180) % 360 - 180]) for line in turned]
    shore, issues = own_shoreline(
        given(lines=coastlines(drawn, [0] * len(drawn), has_sides=False, source="drawn")), FIJI, folder=cuts
    )
    assert issues == []
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-17.4, -16.1, 20_000), rng.uniform(179.1, 180.4, 20_000)
    expected = shapely.contains_xy(shapely.MultiPolygon([shapely.Polygon(one[:, ::-1]) for one in islands]), lon, lat)
    assert expected.sum() > 50
    assert np.array_equal(lie_on_land(lat, lon, coast_arrays(shore)), expected)


@pytest.mark.parametrize("way", [1, -1])
def test_where_the_map_knows_nothing_land_lies_inside_of_a_closed_line(way: int, cuts: Path) -> None:
    # In the open sea off Fiji.
    ring = np.array([[-17.4, 180.3], [-17.4, 180.4], [-17.3, 180.4], [-17.3, 180.3], [-17.4, 180.3]])[::way]
    shore, _ = own_shoreline(given(lines=coastlines([ring], [7], has_sides=False, source="islet")), FIJI, folder=cuts)
    assert on_land(-17.35, 180.35, coast_arrays(shore))
    assert not on_land(-17.2, 180.2, coast_arrays(shore))
    assert set(shore.coast_type) == {7}


def test_longitudes_of_another_turn_of_the_earth_are_those_of_the_area(cuts: Path) -> None:
    square = [(lon - 360, lat) for lon, lat in SQUARE]
    shore, issues = own_shoreline(given(land_lines(shapely.Polygon(square))), AREA, folder=cuts)
    assert on_land(40.5, 10.5, coast_arrays(shore))
    assert issues == []


def test_a_shoreline_elsewhere_is_refused(cuts: Path) -> None:
    with pytest.raises(BadInput) as error:
        own_shoreline(given(land_lines(shapely.Polygon(SQUARE))), Bounds(0, 1, 0, 1), folder=cuts)
    assert error.value.code == "shoreline-elsewhere"


def test_beyond_a_shoreline_that_was_cut_the_sea_is_open_and_that_is_told(cuts: Path) -> None:
    coast = coastlines([np.array([[40.5, 10.8], [40.45, 10.5], [40.5, 10.2]])], [0], has_sides=True, source="dtm.map")
    top = land_lines(shapely.box(10.4, 40.6, 10.45, 40.65))
    both = coastlines([*_lines(coast), *_lines(top)], [0, 0], has_sides=True, source="dtm.map")
    shore, (issue,) = own_shoreline(given(both), AREA, folder=cuts)
    assert issue.code == "shoreline-partial"
    assert "beyond latitude 40.45 to 40.65, longitude 10.20 to 10.80" in issue.message
    arrays = coast_arrays(shore)
    assert on_land(40.46, 10.3, arrays)
    assert on_land(40.62, 10.42, arrays)
    assert not on_land(40.55, 10.5, arrays)
    assert not on_land(40.2, 10.5, arrays)


def _lines(lines: Coastlines) -> list[np.ndarray]:
    pairs = zip(lines.start[:-1], lines.start[1:], strict=True)
    return [np.column_stack([lines.lat[a:b], lines.lon[a:b]]) for a, b in pairs]
