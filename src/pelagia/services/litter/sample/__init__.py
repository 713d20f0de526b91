"""A beach made from nothing, for those who want to try the service before they have pictures of their own.

Nothing in it is copied from a photo: sand, sea and litter are drawn. Its place on the map is that of a real beach, so
that a map has something to show around it; what lies on that beach is not told by it.
"""

from __future__ import annotations

import json
from pathlib import Path

from pyproj import Transformer

from pelagia.core.service import Sample
from pelagia.services.litter.sample.orthophoto import EPSG, Truth, draw_orthophoto

FOLDER = "Drawn_beach"
PICTURE, SURVEY = "drawn_orthophoto.tif", "drawn_survey_line.geojson"
HEIGHT_PX, WIDTH_PX, GSD_CM = 3000, 4000, 0.5
"""15 m of beach: an analysis of half a minute."""
LITTERED = 0.05
SEED = 2
LINE_COL = 0.46
"""Where the line runs along the shore, by the width of the picture."""


def make_sample(folder: Path, /) -> Sample:
    """Write an orthophoto of a beach with litter, and the line along which it was surveyed.

    Parameters
    ----------
    folder
        An empty folder.
    """
    place = folder / FOLDER
    place.mkdir()
    truth = draw_orthophoto(
        place / PICTURE, height_px=HEIGHT_PX, width_px=WIDTH_PX, gsd_cm=GSD_CM, seed=SEED, littered=LITTERED
    )
    (folder / SURVEY).write_text(json.dumps(_survey(truth), indent=1), encoding="utf-8")
    return Sample(inputs={"pictures": (FOLDER,), "survey": (SURVEY,)})


def _survey(truth: Truth) -> dict[str, object]:
    """Return a line from the upper to the lower edge, longitude and latitude."""
    a, b, c, d, e, f = truth.transform
    to_lon_lat = Transformer.from_crs(EPSG, 4326, always_xy=True).transform
    col = LINE_COL * WIDTH_PX
    ends = [to_lon_lat(a * col + b * row + c, d * col + e * row + f) for row in (0, HEIGHT_PX)]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "drawn line", "area_id": FOLDER},
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[round(lon, 9), round(lat, 9)] for lon, lat in ends],
                },
            }
        ],
    }
