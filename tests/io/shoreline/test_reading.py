"""Shorelines of users: sides, kinds, joined polygons, and files of MEDSLIK-II."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from tests.io.vectors.drawing import SQUARE, geojson, polygon

from pelagia.core.errors import BadInput
from pelagia.io.shoreline.dialect import Coastlines
from pelagia.io.shoreline.kinds import KINDS, UNKNOWN_KIND, kind_of
from pelagia.io.shoreline.reading import read_shoreline

DTM_MAP = "2\n5 0\n5.0 38.0\n5.0 38.1\n5.1 38.1\n5.1 38.0\n5.0 38.0\n3 0\n5.0 37.5\n5.5 37.6\n6.0 37.5\n"
"""An islet with the clock, and a coast from west to east: land to the right of both."""


def lines_of(table: Coastlines) -> list[np.ndarray]:
    pairs = zip(table.start[:-1], table.start[1:], strict=True)
    return [np.column_stack([table.lat[a:b], table.lon[a:b]]) for a, b in pairs]


def is_left(line: np.ndarray, land: shapely.Geometry) -> bool:
    """Say whether land lies to the left of the first segment of a line of lat, lon."""
    (lat, lon), (to_lat, to_lon) = line[:2]
    aside = shapely.Point((lon + to_lon) / 2 - 1e-3 * (to_lat - lat), (lat + to_lat) / 2 + 1e-3 * (to_lon - lon))
    return bool(land.contains(aside))


def read(folder: Path, *features: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    return read_shoreline(geojson(folder / "coast.geojson", *features))


@pytest.mark.parametrize("way", [1, -1])
def test_land_lies_to_the_left_of_the_outlines_of_polygons_and_of_their_holes(way: int, tmp_path: Path) -> None:
    hole = [[5.04, 38.04], [5.06, 38.04], [5.06, 38.06], [5.04, 38.04]]
    found = read(tmp_path, (polygon(SQUARE[::way], hole[::way]), {}))
    outer, inner = lines_of(found.land)
    land = shapely.Polygon(SQUARE, [hole])
    assert is_left(outer, land)
    assert is_left(inner, land)
    assert len(found.lines.lat) == 0


def test_kinds_of_coast_are_told_by_number_or_name(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[5.0, 37.0], [6.0, 37.0]]}
    found = read(tmp_path, (line, {"coast_type": 5}), (line, {"Coast_Type": "Exposed-headland"}), (line, {}))
    assert found.lines.kind.tolist() == [5, 5, 6, 6, 0, 0]
    assert not found.lines.has_sides


@pytest.mark.parametrize("told", ["9", 9, 9.0, "Marsh", "marsh "])
def test_a_kind_is_known_in_any_spelling(told: object) -> None:
    assert KINDS[kind_of(told)] == "marsh"


@pytest.mark.parametrize("told", ["0", 10, "mud", "", None, "1A"])
def test_what_is_no_kind_is_unknown(told: object) -> None:
    assert kind_of(told) == UNKNOWN_KIND


def test_a_kind_nobody_knows_is_told_once(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[5.0, 37.0], [6.0, 37.0]]}
    found = read(tmp_path, (line, {"coast_type": "mud"}), (line, {"coast_type": "mud"}))
    assert [(issue.code, issue.value) for issue in found.issues] == [("shoreline-kind", "mud")]


def test_no_shore_lies_between_polygons_that_touch_and_each_part_keeps_its_kind(tmp_path: Path) -> None:
    beside = [[x + 0.1, y] for x, y in SQUARE]
    found = read(tmp_path, (polygon(SQUARE), {"coast_type": 1}), (polygon(beside), {"coast_type": 4}))
    lengths = {1: 0.0, 4: 0.0}
    for line, kind in zip(lines_of(found.land), found.land.kind[found.land.start[:-1]], strict=True):
        lengths[int(kind)] += float(np.hypot(*np.diff(line, axis=0).T).sum())
    assert lengths == pytest.approx({1: 0.3, 4: 0.3})


def test_a_polygon_over_the_180th_meridian_is_one(tmp_path: Path) -> None:
    found = read(tmp_path, (polygon([[179.9, 0], [-179.9, 0], [-179.9, 0.1], [179.9, 0.1], [179.9, 0]]), {}))
    assert (found.land.lon.min(), found.land.lon.max()) == pytest.approx((179.9, 180.1))


def test_land_of_a_dtm_map_lies_to_the_left_here(tmp_path: Path) -> None:
    path = tmp_path / "dtm.map"
    path.write_text(DTM_MAP)
    found = read_shoreline(str(path))
    islet, coast = lines_of(found.land)
    assert found.land.has_sides
    assert is_left(islet, shapely.Polygon(SQUARE))
    assert coast[:, 1].tolist() == [6.0, 5.5, 5.0]
    assert set(found.land.kind) == {0}


def test_kinds_beside_a_dtm_map_are_those_of_the_places_nearby(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "coast.zip", "w") as archive:
        archive.writestr("dtm.map", DTM_MAP)
        archive.writestr("dtm.cst", "lat lon type\n38.05 5.0 4\n38.1 5.052 12\n38.1 5.048 2\n40.0 5.0 3\n")
    found = read_shoreline(str(tmp_path / "coast.zip"))
    islet = lines_of(found.land)[0]
    kinds = {tuple(np.round((islet[i] + islet[i + 1]) / 2, 3)): int(found.land.kind[i]) for i in range(len(islet) - 1)}
    assert kinds == {(38.05, 5.0): 4, (38.1, 5.05): 2, (38.05, 5.1): 0, (38.0, 5.05): 0}
    assert set(found.land.kind[5:]) == {0}


@pytest.mark.parametrize(
    "text",
    [
        "2\n5 0\n5.0 38.0\n",
        "1\n2 0\n5.0 38.0\n5.1 north\n",
        "1\n2 0\n5.0 38.0\n5.1 138.0\n",
        "3\n2 0\n5.0 38.0\n5.1 38.0\n",
        "1\n2 0\nnan nan\n5.1 38.0\n",
    ],
)
def test_a_damaged_dtm_map_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "dtm.map"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        read_shoreline(str(path))
    assert error.value.code == "shoreline-unreadable"


def test_a_shoreline_of_points_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path, ({"type": "Point", "coordinates": [5, 38]}, {}))
    assert error.value.code == "shoreline-empty"
