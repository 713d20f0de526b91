"""Derived measures and the legacy rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import disc, region

from pelagia.imaging.measures import LEGACY_MEASURES, MEASURES, legacy, measure
from pelagia.imaging.measures.derived import derive

PIXEL_MM = 0.0106


@pytest.fixture(scope="module")
def exact() -> dict[str, float]:
    filled = disc(53)
    grey = np.random.default_rng(8).integers(90, 250, filled.shape).astype(np.uint8)
    return measure(region(filled, grey), pixel_mm=PIXEL_MM)


def test_the_derived_follow_from_the_measured(exact: dict[str, float]) -> None:
    assert math.pi / 4 * exact["esd"] ** 2 == pytest.approx(exact["area"])
    assert exact["elongation"] == exact["major"] / exact["minor"]
    assert exact["sr"] * exact["range"] == pytest.approx(100 * exact["stddev"])
    assert exact["cv"] * exact["mean"] == pytest.approx(100 * exact["stddev"])
    assert exact["meanpos"] < 0
    assert exact["circex"] == pytest.approx(4 * math.pi / exact["perimareaexc"] ** 2)
    assert exact["cdexc"] ** 2 * exact["area_exc"] == pytest.approx(exact["centroids"] ** 2)
    assert exact["perimferet"] * exact["feretareaexc"] == pytest.approx(exact["perimareaexc"])


def test_the_legacy_table_has_every_column_in_its_order(exact: dict[str, float]) -> None:
    assert list(legacy(exact)) == [column.name for column in LEGACY_MEASURES]


def test_dead_columns_are_zero_and_in_the_legacy_table_only(exact: dict[str, float]) -> None:
    dead = {column.name for column in LEGACY_MEASURES} - {column.name for column in MEASURES}
    assert dead == {"xmg5", "ymg5", "nb3", "compentropy", "compmean", "compslope", "compm1", "compm2", "compm3"}
    assert not dead & set(exact)
    assert all(legacy(exact)[name] == 0.0 for name in dead)


def test_printed_values_have_the_decimals_of_the_table(exact: dict[str, float]) -> None:
    rounded = legacy(exact)
    for column in MEASURES:
        if column.decimals is not None:
            assert rounded[column.name] == pytest.approx(exact[column.name], abs=0.5001 * 10**-column.decimals)
            assert rounded[column.name] == round(rounded[column.name], column.decimals)


def test_rounding_what_is_rounded_changes_nothing(exact: dict[str, float]) -> None:
    assert legacy(legacy(exact)) == legacy(exact)


def test_the_legacy_derives_from_whole_numbers_but_for_the_mean(exact: dict[str, float]) -> None:
    values = exact | {"stddev": 25.439, "mean": 207.336, "min": 122.0, "max": 249.0, "major": 62.823, "minor": 44.041}
    rounded = legacy(values)
    assert rounded["cv"] == pytest.approx(100 * 25 / 207.34)
    assert rounded["sr"] == pytest.approx(100 * 25 / 127)
    assert rounded["elongation"] == 63 / 44
    assert rounded["meanpos"] == (207.34 - 249) / (207.34 - 122)


def test_whole_numbers_come_from_the_printed_value_half_up(exact: dict[str, float]) -> None:
    # 61.46 is printed 61.5 and read back as 62.
    assert legacy(exact | {"major": 61.46, "minor": 31.0})["elongation"] == 62 / 31


def test_of_a_line_of_the_scanner_the_legacy_has_shape_and_grey_only(exact: dict[str, float]) -> None:
    rounded = legacy(exact | {"tag": 3.0})
    names = [column.name for column in LEGACY_MEASURES]
    inner = names[names.index("slope") : names.index("thickr") + 1]
    assert not any(rounded[name] for name in inner)
    assert all(rounded[name] for name in ("area", "fractal", "skelarea", "esd"))


def test_nan_stays_nan(exact: dict[str, float]) -> None:
    rounded = legacy(exact | {"xm": math.nan, "skew": math.nan})
    assert all(math.isnan(rounded[name]) for name in ("xm", "skew", "centroids"))


def test_a_quotient_by_zero_has_no_value() -> None:
    flat = dict.fromkeys(("mean", "min", "max"), 50.0) | dict.fromkeys(("x", "y", "xm", "ym", "stddev"), 0.0)
    sizes = {"area": 4.0, "area_exc": 0.0, "major": 2.0, "minor": 0.0, "perim.": 3.0, "feret": 1.0}
    values = derive(flat | sizes)
    undefined = {name for name, value in values.items() if math.isnan(value)}
    assert undefined == {"elongation", "meanpos", "sr", "perimareaexc", "feretareaexc", "cdexc"}
