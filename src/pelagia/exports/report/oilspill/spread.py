"""How far the members of an ensemble are apart, in words."""

from __future__ import annotations

import math

import numpy as np
import pyarrow.parquet as pq

from pelagia.core.result import Result
from pelagia.exports.oilspill.words import place
from pelagia.exports.report.numbers import many, quantity

KM_PER_DEGREE = math.pi / 180.0 * 6371.0088
HALF, MOST = 0.5, 0.9


def spread(result: Result) -> str:
    """Say within how many km of their middle the centres of the oil lie at the end; empty without an ensemble.

    Parameters
    ----------
    result
        Of an ensemble with ``members``.
    """
    if "members" not in result.tables:
        return ""
    table = pq.read_table(result.tables["members"].path, columns=["centre_lat", "centre_lon"])
    known = table.drop_null()
    told = f"{many(table.num_rows, 'forecast')} with other winds, currents, starts and drifts."
    if not known.num_rows:
        return f"{told} In none of them is oil at the surface at the end."
    lats, lons = (known[name].to_numpy() for name in ("centre_lat", "centre_lon"))
    lons = lons[0] + (lons - lons[0] + 180.0) % 360.0 - 180.0
    lat, lon = float(lats.mean()), float(lons.mean())
    away_km = KM_PER_DEGREE * np.hypot(lats - lat, (lons - lon) * math.cos(math.radians(lat)))
    half, most = np.quantile(away_km, (HALF, MOST), method="higher").tolist()
    some = "" if known.num_rows == table.num_rows else f" of the {known.num_rows} with oil at the surface at the end"
    return (
        f"{told} The centre of the oil{some} ends within {quantity(half, 2)} km of {place(lat, lon)} in half of them,"
        f" within {quantity(most, 2)} km in nine of ten."
    )
