from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.io.rasters.making import find

from pelagia.io.rasters.inventory import look
from pelagia.io.rasters.reading import open_raster

pytestmark = pytest.mark.data

SETS = {"aplasticq_samples": 3, "aquatrash": 180, "river_jakarta": 130, "river_uav_tiles": 590}


@pytest.mark.parametrize(("name", "count"), SETS.items())
def test_every_picture_of_a_real_set_is_found_and_nothing_else(
    tmp_path: Path, shared_data: Path, name: str, count: int
) -> None:
    folder = shared_data / "litter" / name
    pictures, issues = find(tmp_path, folder)
    assert len(pictures) == len({picture.image_id for picture in pictures}) == count
    assert set(issues) == {"gsd-unknown"}
    assert look([str(folder)], gsd_cm=None, area_id="")[0] == pictures
    assert {picture.gsd_source for picture in find(tmp_path, folder, gsd_cm=0.2)[0]} == {"user"}


def test_the_palette_picture_that_ended_the_original_is_read_as_it_looks(tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "litter" / "aplasticq_samples" / "cambodia1.png"
    (picture,), _ = find(tmp_path, path, gsd_cm=0.2)
    with open_raster(picture) as reader, Image.open(path) as image:
        rgb, valid = reader.read(0, 0, *reader.shape)
        assert (rgb == np.asarray(image.convert("RGB"))).all()
    assert valid.all()
