"""Real objects: the lossless crop that ImageJ measured, and the identities of every real table."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage

from pelagia.imaging.measures import LEGACY_MEASURES, legacy, measure
from pelagia.imaging.region import Region

REFERENCE = Path("zooscan") / "imagej_reference"
CROP = "13892_13563"
PIXEL_MM = 0.0106
THRESHOLD = 243
DEAD = ("xmg5", "ymg5", "nb3", "compentropy", "compmean", "compslope", "compm1", "compm2", "compm3")


def _crop(folder: Path) -> Region:
    """Cut the object out of the crop: its largest 8-connected piece, holes filled."""
    grey = cv2.imread(str(folder / "images" / "measures" / f"crop_{CROP}.png"), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    labels, _ = ndimage.label(grey <= THRESHOLD, np.ones((3, 3)))
    piece = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    col, row = (int(part) for part in CROP.split("_"))
    return Region(row, col, np.asarray(ndimage.binary_fill_holes(piece), dtype=np.bool_), np.asarray(grey, np.uint8))


def _lines(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="latin-1").splitlines(), delimiter="\t"))


def _names(head: list[str]) -> list[str]:
    return [name.lower().removeprefix("object_") for name in head]


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Path:
    folder = shared_data / REFERENCE
    if not folder.is_dir():
        pytest.skip("the ZooScan reference is not beside the project")
    return folder


@pytest.mark.data
def test_every_measure_equals_that_of_imagej_at_its_printed_decimals(reference: Path) -> None:
    head, row = _lines(reference / "features" / f"meas_{CROP}.csv")
    exact = legacy_zeros() | measure(_crop(reference), pixel_mm=PIXEL_MM)
    compared = 0
    for name, printed in zip(_names(head), row, strict=True):
        if name in exact:
            decimals = len(printed.partition(".")[2])
            assert f"{exact[name]:.{decimals}f}" == printed, name
            compared += 1
    assert compared == len([column for column in LEGACY_MEASURES if column.decimals is not None])


@pytest.mark.data
def test_the_legacy_rounding_gives_the_row_that_went_to_ecotaxa(reference: Path) -> None:
    lines = _lines(reference / "features" / f"ecotaxa_{CROP}.tsv")
    row = dict(zip(_names(lines[0]), lines[2], strict=True))
    rounded = legacy(measure(_crop(reference), pixel_mm=PIXEL_MM))
    assert [name for name in row if name in rounded] == list(rounded)
    for name, value in rounded.items():
        assert value == pytest.approx(float(row[name]), rel=1e-14), name


def legacy_zeros() -> dict[str, float]:
    return dict.fromkeys(DEAD, 0.0)


def _tables(folder: Path) -> list[tuple[Path, list[str], list[list[str]]]]:
    """Every real table: measurements with three decimals, and .pid files."""
    tables = []
    for path in sorted(folder.rglob("*_meas.txt")):
        lines = [line for line in _lines(path) if line]
        tables.append((path, _names(lines[0]), lines[1:]))
    for path in sorted(folder.rglob("*.pid")):
        text = path.read_text(encoding="latin-1").splitlines()
        start = text.index("[Data]") + 1
        rows = [line.split(";") for line in text[start:] if ";" in line]
        tables.append((path, _names(rows[0]), rows[1:]))
    return [table for table in tables if table[2]]  # one scan of the real project was empty


def _error(text: str) -> float:
    """Half of the last digit that a table may show of this column: what rounding can hide."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-12


@pytest.mark.data
def test_the_identities_of_the_measures_hold_on_every_real_table(shared_data: Path, reference: Path) -> None:
    tables = _tables(reference.parent)
    objects = 0
    for path, head, rows in tables:
        columns = {name: np.array([float(row[i]) for row in rows]) for i, name in enumerate(head) if name in NEEDED}
        # A column shows as many digits as its longest number: trailing zeros are not written.
        error = {name: min(_error(row[i]) for row in rows) for i, name in enumerate(head) if name in NEEDED and rows}
        _check(path.name, columns, error)
        objects += len(rows)
    assert len(tables) >= 2
    assert objects > 1000


NEEDED = {
    *("area", "mean", "min", "max", "mode", "median", "intden", "perim.", "circ.", "major", "minor", "angle", "%area"),
    *("area_exc", "bx", "by", "width", "height", "xstart", "ystart", "x", "y", "feret", "convarea", "skelarea"),
    *("histcum1", "histcum2", "histcum3", "tag", *DEAD),
}


def _check(name: str, of: dict[str, np.ndarray], error: dict[str, float]) -> None:
    area = of["area"]
    slack = area * error["mean"] + 0.5
    assert (np.abs(of["intden"] - area * of["mean"]) <= slack).all(), name
    ellipse = math.pi / 4 * of["major"] * of["minor"]
    slack = 5e-5 * area + math.pi / 4 * (of["major"] * error["minor"] + of["minor"] * error["major"])
    assert (np.abs(ellipse - area) <= slack + 0.01).all(), name
    circularity = 4 * math.pi * area / of["perim."] ** 2
    slack = 5e-4 + 2 * circularity * error["perim."] / of["perim."]
    assert (np.abs(of["circ."] - circularity) <= slack + 1e-9).all(), name
    holes = 100 * (1 - of["area_exc"] / area)
    assert (np.abs(of["%area"] - holes) <= error["%area"] + 1e-9).all(), name
    assert (of["min"] <= of["median"]).all() and (of["median"] <= of["max"]).all()
    assert (of["histcum1"] <= of["histcum2"]).all() and (of["histcum2"] <= of["histcum3"]).all()
    assert (of["ystart"] == of["by"]).all(), name
    assert ((of["bx"] <= of["xstart"]) & (of["xstart"] < of["bx"] + of["width"])).all(), name
    assert ((of["x"] > 0) & (of["x"] < of["width"]) & (of["y"] > 0) & (of["y"] < of["height"])).all(), name
    assert ((of["angle"] >= 0) & (of["angle"] <= 180)).all(), name
    assert (of["feret"] <= np.hypot(of["width"], of["height"]) + error["feret"]).all(), name
    of_lines = of["tag"] == 3  # not measured
    assert (of_lines | (of["convarea"] >= of["area_exc"])).all() and (
        of["convarea"] <= of["width"] * of["height"]
    ).all(), name
    assert not of["convarea"][of_lines].any() and (of["width"] >= 40 * of["height"])[of_lines].all(), name
    assert (of["skelarea"] <= of["area_exc"]).all(), name
    assert all(not of[dead].any() for dead in DEAD), name
