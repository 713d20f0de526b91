"""A sea made from nothing, with an island, a slick and what was seen of it later, to try the service with.

Currents, wind, island and slicks are drawn by formulas: nothing in it is of a real sea, and nobody observed anything.
"""

from __future__ import annotations

import json
from pathlib import Path

from pelagia.core.service import Sample
from pelagia.services.oilspill.sample.sea import ISLAND, SLICK, seen_after, write_currents, write_wind

START = "2026-06-01T06:00:00Z"
SEEN_H = (12, 24)


def make_sample(folder: Path, /) -> Sample:
    """Write slick, currents, wind, shoreline and later slicks into an empty folder."""
    _features(folder / "slick.geojson", [SLICK], {"time": START, "mass_t": 120, "oil": "", "api": 29})
    _features(folder / "island.geojson", [ISLAND], {"coast_type": "rock"})
    for hours in SEEN_H:
        outlines, time = seen_after(hours)
        _features(folder / f"seen-after-{hours}h.geojson", outlines, {"time": time})
    write_currents(folder / "currents.nc")
    write_wind(folder / "wind.nc")
    return Sample(
        inputs={
            "slick": ("slick.geojson",),
            "currents": ("currents.nc",),
            "wind": ("wind.nc",),
            "observed": tuple(f"seen-after-{hours}h.geojson" for hours in SEEN_H),
            "shoreline": ("island.geojson",),
        },
        params={"hours": 36, "elements": 4000, "evaluations": 24, "fit_elements": 600, "members": 16},
    )


def _features(path: Path, outlines: list[list[tuple[float, float]]], properties: dict[str, object]) -> None:
    """Write polygons of (lat, lon) as GeoJSON."""
    told = {name: value for name, value in properties.items() if value != ""}
    features = [
        {
            "type": "Feature",
            "properties": told,
            "geometry": {"type": "Polygon", "coordinates": [[[lon, lat] for lat, lon in [*outline, outline[0]]]]},
        }
        for outline in outlines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
