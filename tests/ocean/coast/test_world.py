"""The shoreline of anywhere on Earth, cut out of the map in the package."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from roaring_landmask import RoaringLandmask
from tests.ocean.coast.shores import hits, lie_on_land

from pelagia.core.errors import Unavailable
from pelagia.io.shoreline.dialect import Bounds
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.coast.making import has_loose_ends
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.coast.world import rounded, world_lines, world_shoreline
from pelagia.ocean.coast.world_cut import _within

FIJI = Bounds(-17.5, -16.0, 179.0, 180.5)
"""Islands on both sides of the 180° meridian; the map cuts Taveuni in two there."""


@pytest.fixture(scope="module")
def fiji(cuts: Path) -> Shoreline:
    return world_shoreline(FIJI, folder=cuts)


def test_land_is_that_of_the_map_on_both_sides_of_the_180th_meridian(fiji: Shoreline) -> None:
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-17.49, -16.01, 100_000), rng.uniform(179.01, 180.49, 100_000)
    land = lie_on_land(lat, lon, coast_arrays(fiji))
    expected = RoaringLandmask.new().contains_many((lon + 180) % 360 - 180, lat)
    assert land.mean() > 0.02
    assert np.array_equal(land, expected)


def test_the_cut_of_the_map_at_the_180th_meridian_is_no_shore(fiji: Shoreline, cuts: Path) -> None:
    assert not ((fiji.lon_a == 180) & (fiji.lon_b == 180)).any()
    assert (np.abs(fiji.lon_a - 180) < 0.01).any()
    lines, _ = world_lines(FIJI, folder=cuts)
    assert not has_loose_ends(lines, rounded(FIJI))


def test_no_way_leads_from_the_sea_to_land_without_meeting_the_shore(fiji: Shoreline) -> None:
    coast = coast_arrays(fiji)
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(-17.4, -16.1, 50_000), rng.uniform(179.1, 180.4, 50_000)
    lat1, lon1 = lat + rng.normal(0, 0.01, len(lat)), lon + rng.normal(0, 0.01, len(lat))
    from_sea = ~lie_on_land(lat, lon, coast)
    to_land = lie_on_land(lat1, lon1, coast)
    segments, _ = hits(lat, lon, lat1, lon1, coast)
    assert (from_sea & to_land).sum() > 100
    assert (segments[from_sea & to_land] >= 0).all()


def test_a_cut_is_made_once(fiji: Shoreline, cuts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_told: Any) -> Any:
        raise AssertionError("the map was cut again")

    monkeypatch.setattr(subprocess, "run", refuse)
    # Another area with the same rounded bounds.
    again = world_shoreline(Bounds(-17.3, -16.2, 179.2, 180.3), folder=cuts)
    assert np.array_equal(again.lat_a, fiji.lat_a)


def test_a_damaged_cut_is_made_anew_and_a_failed_one_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_told: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "Traceback\nMemoryError")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(Unavailable) as error:
        world_lines(FIJI, folder=tmp_path / "new")
    assert (error.value.code, error.value.value) == ("shoreline-failed", "MemoryError")
    assert list((tmp_path / "new").iterdir()) == []


def test_parts_of_a_ring_in_an_area_do_not_end_where_the_ring_does() -> None:
    ring = np.array([[0.5, 0.5], [2.0, 0.5], [2.0, 2.0], [-1.0, 2.0], [-1.0, 0.5], [0.5, 0.5]])
    (part,) = _within(ring, 0.0, (0.0, 1.0, 0.0, 1.0))
    assert part.tolist() == [[0.5, -1.0], [0.5, 0.5], [0.5, 2.0]]


def test_the_edge_of_the_map_at_the_pole_is_no_shore() -> None:
    ring = np.array([[-180, -90], [180, -90], [180, -78], [0, -77], [-180, -78], [-180, -90]], np.float64)
    parts = _within(ring, 0.0, (-90.0, -60.0, -180.0, 180.0))
    assert [part[:, 0].tolist() for part in parts] == [[-78, -77, -78]]
