"""What is shown of the inputs before a run: small, upright, and only what can be read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.data.litter.make import make_orthophoto, write_picture

from pelagia.core.service import Request
from pelagia.services.litter.preview import LARGEST_PX, NOTHING_RGB, preview
from pelagia.services.litter.sample.orthophoto import Form
from pelagia.services.litter.service import LitterParams


def shown(*inputs: Path, count: int = 6) -> list[NDArray[np.uint8]]:
    request = Request(
        service="litter",
        service_version="1",
        inputs={"pictures": tuple(map(str, inputs))},
        params=LitterParams(gsd_cm=0.5),
    )
    return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) for data in preview(request, count)]


def test_a_large_picture_is_shown_small_and_in_its_proportions(tmp_path: Path) -> None:
    drawn = make_orthophoto(tmp_path / "beach.tif", height=600, width=1200)
    (picture,) = shown(drawn.path)
    assert picture.shape == (LARGEST_PX // 2, LARGEST_PX, 3)
    assert picture.std() > 10


def test_what_has_no_ground_is_shown_in_the_colour_of_the_page(tmp_path: Path) -> None:
    drawn = make_orthophoto(tmp_path / "beach.tif", height=600, width=600, form=Form(border=0.2))
    (picture,) = shown(drawn.path)
    assert tuple(picture[0, 0]) == NOTHING_RGB
    assert tuple(picture[160, 160]) != NOTHING_RGB


@pytest.mark.parametrize("count", [1, 2, 6])
def test_no_more_pictures_are_shown_than_asked(tmp_path: Path, count: int) -> None:
    for number in range(3):
        write_picture(tmp_path / f"{number}.png", np.full((40, 60, 3), 80 * number, np.uint8))
    pictures = shown(tmp_path, count=count)
    assert [int(picture[0, 0, 0]) for picture in pictures] == [0, 80, 160][:count]


def test_colours_are_those_of_the_picture(tmp_path: Path) -> None:
    rgb = np.zeros((50, 50, 3), np.uint8)
    rgb[...] = (200, 120, 40)
    write_picture(tmp_path / "one.png", rgb)
    (picture,) = shown(tmp_path / "one.png")
    assert tuple(picture[25, 25]) == (200, 120, 40)


def test_a_damaged_picture_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8 this is no picture")
    write_picture(tmp_path / "good.png", np.full((40, 60, 3), 90, np.uint8))
    assert len(shown(tmp_path)) == 1
