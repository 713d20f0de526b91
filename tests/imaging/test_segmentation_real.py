"""Objects on real scans, against the tables that ImageJ made of them."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from pelagia.imaging.segmentation import esd_to_area_px, find_regions

pytestmark = pytest.mark.data
SCAN = "ScanCol24-example/ScanCol24.2000-05-05.p72+A.jpg"
TABLE = "BIO.2000-05-05.p72/BIO.2000-05-05.p72+A_dat1.zim"
PIXEL_MM = 0.04233


def test_an_object_cut_from_a_scan_has_the_place_and_areas_that_imagej_gives(shared_data: Path) -> None:
    folder = shared_data / "zooscan" / "imagej_reference"
    crop = cv2.imread(str(folder / "images" / "measures" / "crop_13892_13563.png"), cv2.IMREAD_GRAYSCALE)
    with (folder / "features" / "meas_13892_13563.csv").open(encoding="latin-1") as file:
        (table,) = csv.DictReader(file, delimiter="\t")
    around = np.pad(crop, 1, constant_values=255)  # the crop ends where the object does
    (region,) = find_regions(around, min_area_px=esd_to_area_px(0.3, 2400), max_area_px=10**8)
    left, top = int(table["BX"]) - 1, int(table["BY"]) - 1
    assert (region.width, region.height) == (int(table["Width"]), int(table["Height"]))
    assert (region.col_start + left, region.row_start + top) == (int(table["XStart"]), int(table["YStart"]))
    assert region.filled.sum() == int(table["Area"])
    assert (region.filled & (region.grey <= 243)).sum() == int(table["Area_exc"])


def test_on_a_whole_scan_the_boxes_of_the_table_are_found(shared_data: Path) -> None:
    # The picture is a JPEG and its processing is known only roughly: 60 of 66 boxes within 3 pixels is what is known
    # to be possible.
    folder = shared_data / "zooscan" / "whole_scans"
    with zipfile.ZipFile(folder / "ScanCol24-example.zip") as archive:
        blue, green, red = cv2.split(cv2.imdecode(np.frombuffer(archive.read(SCAN), np.uint8), cv2.IMREAD_COLOR))
    with zipfile.ZipFile(folder / "BIO.2000-05-05.p72.zid") as archive:
        text = archive.read(TABLE).decode("latin-1").split("[Data]")[1].strip()
    rows = [
        {key.strip("! "): value for key, value in row.items()}
        for row in csv.DictReader(text.splitlines(), delimiter="\t")
    ]
    boxes = np.array([[float(row[name]) / PIXEL_MM for name in ("BY", "BX", "Height", "Width")] for row in rows])
    grey = np.round((0.1 * red + 0.8 * green + 0.9 * blue) / 1.8).astype(np.uint8)
    found = find_regions(grey, min_area_px=20, max_area_px=10**7, threshold=205)
    ours = np.array([[region.row, region.col, region.height, region.width] for region in found])
    matched = (np.abs(boxes[:, None] - ours).max(axis=2) <= 3).any(axis=1)
    assert len(boxes) == 66
    assert matched.sum() >= 60
