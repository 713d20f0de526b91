"""What is found lies on the map where it lies in the picture: to half a pixel, in any coordinate system."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Transformer
from tests.services.direct_steps import DirectSteps
from tests.services.litter.marks import MarkDetector
from tests.services.litter.tiny_models import tiny_models

from pelagia.core.service import Request
from pelagia.services.litter import pipeline
from pelagia.services.litter.sample.orthophoto import Form, draw_orthophoto
from pelagia.services.litter.service import LitterParams

GSD_CM = 0.4
PLACES = {
    "UTM of the south": (32748, 592_084.0, 9_304_222.0),
    "Lambert of France": (2154, 652_381.0, 6_862_047.0),
    "degrees": (4326, 105.8313, -6.2942),
}


@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
@pytest.mark.parametrize("place", list(PLACES))
def test_marks_are_found_where_they_are_to_half_a_pixel(tmp_path, monkeypatch, place, turn_deg):
    epsg, west, north = PLACES[place]
    truth = draw_orthophoto(
        tmp_path / "beach.tif",
        height_px=1000,
        width_px=900,
        gsd_cm=GSD_CM,
        epsg=epsg,
        west=west,
        north=north,
        seed=8,
        littered=0.0,
        compress="DEFLATE",
        form=Form(marks=24, turn_deg=turn_deg),
    )
    monkeypatch.setattr("pelagia.services.litter.grid.CORE_PX", 512)
    monkeypatch.setattr("pelagia.services.litter.blocks.load_detector", lambda _: MarkDetector())
    request = Request(
        service="litter",
        service_version="1.0.0",
        inputs={"pictures": (str(truth.path),)},
        params=LitterParams(search="everywhere", blur_people=False),
        models=tiny_models(tmp_path / "models"),
    )
    workdir = tmp_path / "work"
    workdir.mkdir()
    items = pipeline.run(request, DirectSteps(workdir)).tables["items"].read().to_pylist()

    middles = np.array(
        [(item["row_px"] + item["height_px"] / 2, item["col_px"] + item["width_px"] / 2) for item in items]
    )
    marks = np.array([(mark.row_middle, mark.col_middle) for mark in truth.marks])
    nearest = np.linalg.norm(marks[:, None] - middles[None], axis=-1)
    apart = [number for number in range(len(marks)) if np.sort(np.linalg.norm(marks - marks[number], axis=1))[1] > 20]
    assert len(apart) > 12
    assert nearest[apart].min(axis=1).max() < 0.5
    geod, to_lon_lat = Geod(ellps="WGS84"), Transformer.from_crs(epsg, 4326, always_xy=True)
    for number in apart:
        item = items[int(nearest[number].argmin())]
        lon, lat = to_lon_lat.transform(truth.marks[number].x, truth.marks[number].y)
        _, _, off_m = geod.inv(lon, lat, item["longitude"], item["latitude"])
        assert off_m < 0.5 * GSD_CM / 100
        back = Transformer.from_crs(item["crs"], 4326, always_xy=True).transform(item["easting_m"], item["northing_m"])
        assert geod.inv(lon, lat, *back)[2] < 0.5 * GSD_CM / 100
