"""Measures derived from others, exact and in the rounding of ZooProcess."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from pelagia.imaging.measures.catalogue import LEGACY_MEASURES

TAG_LINE = 3.0
# Not computed for a box that is taken for a line of the scanner: 0 in the tables.
_NOT_ON_LINES = (
    *("slope", "histcum1", "histcum2", "histcum3", "nb1", "nb2", "symetrieh", "symetriev", "symetriehc", "symetrievc"),
    *("convperim", "convarea", "fcons", "thickr"),
)
# Read back as whole numbers before ZooProcess derives anything from them.
_WHOLE = ("major", "minor", "stddev", "perim.", "feret", "x", "y", "xm", "ym")


def derive(values: Mapping[str, float]) -> dict[str, float]:
    """Compute the derived measures.

    Parameters
    ----------
    values
        `area`, `area_exc`, `mean`, `stddev`, `min`, `max`, `x`, `y`, `xm`, `ym`, `major`, `minor`, `perim.`, `feret`.

    Returns
    -------
    `esd` to `cdexc`; NaN where a divisor is 0.
    """
    spread = values["max"] - values["min"]
    root = math.sqrt(values["area_exc"])
    perimeter = values["perim."]
    apart = math.hypot(values["xm"] - values["x"], values["ym"] - values["y"])
    return {
        "esd": 2.0 * math.sqrt(values["area"] / math.pi),
        "elongation": quotient(values["major"], values["minor"]),
        "range": spread,
        "meanpos": quotient(values["mean"] - values["max"], values["mean"] - values["min"]),
        "centroids": apart,
        "cv": 100.0 * quotient(values["stddev"], values["mean"]),
        "sr": 100.0 * quotient(values["stddev"], spread),
        "perimareaexc": quotient(perimeter, root),
        "feretareaexc": quotient(values["feret"], root),
        "perimferet": quotient(perimeter, values["feret"]),
        "perimmajor": quotient(perimeter, values["major"]),
        "circex": quotient(4.0 * math.pi * values["area_exc"], perimeter * perimeter),
        "cdexc": quotient(apart, root),
    }


def quotient(dividend: float, divisor: float) -> float:
    """Divide; NaN where the divisor is 0."""
    return dividend / divisor if divisor != 0.0 else math.nan


def legacy(exact: Mapping[str, float]) -> dict[str, float]:
    """Round an object's measures as ZooProcess prints them, and derive the rest from the rounded ones.

    Parameters
    ----------
    exact
        What `measure` returns.

    Returns
    -------
    Every column of `LEGACY_MEASURES`, in its order, those that are always 0 included. The derived ones come from axes,
    perimeter, Feret diameter, standard deviation and centroids rounded *to whole numbers*, as in the original: `cv`
    differs by up to a quarter from the exact one. Of a box 40 times as wide as high ZooProcess measured no more than
    shape and grey: `slope` to `thickr` are 0.
    """
    printed = {
        measure.name: _printed(exact.get(measure.name, 0.0), measure.decimals)
        for measure in LEGACY_MEASURES
        if measure.decimals is not None
    }
    if printed["tag"] == TAG_LINE:
        printed |= dict.fromkeys(_NOT_ON_LINES, 0.0)
    whole = {name: printed[name] if math.isnan(printed[name]) else math.floor(printed[name] + 0.5) for name in _WHOLE}
    return printed | derive(printed | whole)


def _printed(value: float, decimals: int) -> float:
    """Round the shortest decimal form half to even, which is how Java 6 printed numbers."""
    if not math.isfinite(value):
        return value
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)) + 0.0
