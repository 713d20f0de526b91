"""A slick that lies on land in part is told."""

from __future__ import annotations

import numpy as np
from tests.ocean.spills import LAT, LON, coast_east_of, source

from pelagia.services.oilspill.ashore import partly_on_land

RING = np.array([[LAT, LON], [LAT, LON + 0.1], [LAT + 0.1, LON + 0.1], [LAT + 0.1, LON]])


def test_a_slick_that_lies_on_land_in_part_is_told_and_others_are_not():
    coast = coast_east_of(LON + 0.05)
    places = (0.0, -0.5, 0.3)
    sources = [
        source(rings=(np.add(RING, [0.0, east]),), lat=LAT + 0.05, lon=LON + 0.05 + east) for east in places
    ]  # half on land, at sea, on land
    slicks = [{"file": "s.geojson", "slick_id": f"start-{number}"} for number in range(3)]
    (issue,) = partly_on_land(sources, slicks, coast)
    assert issue.severity == "warning" and issue.file == "s.geojson"
    assert "start-0 lies on land" in issue.message
    assert 47.0 < float(issue.value.rstrip("%")) < 53.0
    assert partly_on_land(sources, slicks, None) == []
