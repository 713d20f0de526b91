"""Two overlapping halves: the objects and the numbers of ZooProcess."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pelagia.imaging import halves
from pelagia.imaging.halves import find_regions_in_halves
from pelagia.imaging.segmentation import find_regions

EVERYTHING = {"min_area_px": 1, "max_area_px": 10**9}


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "WIDTH_LIMIT_PX", 99)
    monkeypatch.setattr(halves, "HEIGHT_LIMIT_PX", 39)


def scan(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    image = np.full((50, 100), 255, np.uint8)
    for row, col, height, width in boxes:
        image[row : row + height, col : col + width] = 0
    return image


def starts(image: np.ndarray) -> list[tuple[int, int]]:
    return [(region.row, region.col) for region in find_regions_in_halves(image, **EVERYTHING)]


@pytest.mark.usefixtures("small_limits")
def test_the_left_half_is_numbered_first_then_what_only_the_right_one_holds() -> None:
    # Halves are columns 0 to 59 and 40 to 99.
    image = scan((5, 80, 3, 3), (10, 45, 3, 3), (20, 5, 3, 3), (30, 70, 3, 3))
    assert starts(image) == [(10, 45), (20, 5), (5, 80), (30, 70)]


@pytest.mark.usefixtures("small_limits")
def test_an_object_over_the_whole_shared_fifth_vanishes_and_one_over_a_seam_does_not() -> None:
    image = scan((5, 35, 3, 30), (20, 55, 3, 10), (30, 35, 3, 10))
    assert starts(image) == [(30, 35), (20, 55)]


@pytest.mark.usefixtures("small_limits")
def test_a_half_sees_what_an_object_cut_by_its_edge_holds_in_the_whole() -> None:
    image = scan((5, 38, 12, 15))
    image[6:16, 39:52] = 255
    image[10:12, 48:50] = 0  # in the hole of a ring that reaches over the left edge of the right half
    assert starts(image) == [(5, 38), (10, 48)]


def test_a_scan_that_is_not_large_is_not_halved() -> None:
    image = scan((5, 80, 3, 3), (20, 5, 3, 3), (10, 35, 3, 30))
    whole = [(region.row, region.col) for region in find_regions(image, **EVERYTHING)]
    assert starts(image) == whole


@pytest.mark.data
def test_the_real_tables_are_numbered_as_two_halves_are(shared_data: Path) -> None:
    files = sorted((shared_data / "zooscan").rglob("*_dat1.pid"))
    broken = 0
    for file in files:
        text = file.read_text("latin-1")
        header, *rows = [line.split(";") for line in text.split("[Data]")[1].strip().splitlines()]
        table = [{name: float(row[header.index(name)]) for name in ("BX", "Width", "XStart", "YStart")} for row in rows]
        first = [(row["YStart"], row["XStart"]) for row in table]
        breaks = [index for index in range(1, len(first)) if first[index] < first[index - 1]]
        assert len(breaks) == bool(table), file.name
        limit = re.search(r"Right_side_Limit= +([\d.]+)", text)
        if limit and breaks:
            share = halves.half_width_px(int(float(limit[1])))
            ends = [row["BX"] + row["Width"] for row in table]
            assert max(ends[: breaks[0]]) < share <= min(ends[breaks[0] :]), file.name
            broken += 1
    assert broken, "no table says where its scan ends"
