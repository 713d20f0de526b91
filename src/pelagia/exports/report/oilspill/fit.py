"""What a fit to slicks observed later says: scores before and after, beside persistence, and what remains possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import all_rows
from pelagia.exports.oilspill.words import minute
from pelagia.exports.report.numbers import quantity

PARAMETERS: Mapping[str, tuple[str, str]] = {
    "diffusivity_m2_s": ("Diffusivity", "m²/s"),
    "wind_drift_factor": ("Drift as a share of the wind", ""),
    "wind_drift_angle_deg": ("Angle of that drift to the right of the wind", "°"),
    "start_spread_km": ("Spread of the start", "km"),
}
INSIDE = (0.025, 0.5, 0.975)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One pass at one scale: scores from 0 to 1, ``None`` where they are not known.

    Parameters
    ----------
    seen
        When, in words.
    is_held_out
        Whether the fit did not know it.
    scale
        Of the comparison.
    persistence, given, fitted
        Of the slick that stays, of the forecast as given, and of the fitted one.
    useful
        From this score on a forecast is useful.
    """

    seen: str
    is_held_out: bool
    scale: str
    persistence: float | None
    given: float | None
    fitted: float | None
    useful: float | None

    @property
    def own(self) -> float | None:
        """Of the forecast of this result."""
        return self.given if self.fitted is None else self.fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is known of a parameter: as given, the best, and median and range of the posterior."""

    name: str
    unit: str
    given: str
    best: str
    median: str
    range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Everything of a comparison with slicks observed later; without a fit there are scores alone."""

    scores: tuple[Score, ...]
    centres: tuple[tuple[str, str, str, str], ...]
    beliefs: tuple[Belief, ...]
    evaluations: int
    has_held_out: bool
    is_fitted: bool


def read_fit(result: Result) -> Fit | None:
    """Return what is told of a fit, ``None`` where nothing was compared."""
    if "scores" not in result.tables:
        return None
    rows = all_rows(result.tables["scores"])
    evaluations = result.tables["fit"].rows if "fit" in result.tables else 0
    passes = list(dict.fromkeys((row["observed_utc"], row["scale_km"]) for row in rows))
    scores = tuple(_score([row for row in rows if (row["observed_utc"], row["scale_km"]) == one]) for one in passes)
    return Fit(
        scores=scores,
        centres=_centres(rows),
        beliefs=_beliefs(result) if evaluations else (),
        evaluations=evaluations,
        has_held_out=any(one.is_held_out for one in scores),
        is_fitted=any(one.fitted is not None for one in scores),
    )


def _score(rows: list[dict[str, Any]]) -> Score:
    fss = {row["forecast"]: row["fss"] for row in rows}
    return Score(
        seen=minute(rows[0]["observed_utc"]),
        is_held_out=bool(rows[0]["is_held_out"]),
        scale=f"{rows[0]['scale_km']:g} km",
        persistence=fss.get("persistence"),
        given=fss.get("defaults"),
        fitted=fss.get("fitted"),
        useful=rows[0]["fss_useful"],
    )


def _centres(rows: list[dict[str, Any]]) -> tuple[tuple[str, str, str, str], ...]:
    """Return of each pass how far the centres are apart: of the slick that stays, as given, fitted; km."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        known = row["centroid_km"] is not None
        found.setdefault(row["observed_utc"], {})[row["forecast"]] = quantity(row["centroid_km"], 2) if known else "–"
    names = ("persistence", "defaults", "fitted")
    return tuple((minute(seen), *(told.get(name, "–") for name in names)) for seen, told in found.items())  # type: ignore[misc]


def _beliefs(result: Result) -> tuple[Belief, ...]:
    draws = pq.read_table(result.tables["posterior"].path)
    best = next((row for row in all_rows(result.tables["fit"]) if row["is_best"]), None)
    given = result.provenance.params
    told = []
    for name, (words, unit) in PARAMETERS.items():
        values = draws[name].to_numpy()
        low, median, high = np.quantile(values, INSIDE).tolist()
        told.append(
            Belief(
                name=words,
                unit=unit,
                given=quantity(float(given.get(name, 0.0)), 2),
                best="–" if best is None else quantity(best[name], 2),
                median=quantity(median, 2),
                range=f"{quantity(low, 2)} to {quantity(high, 2)}" if high > low else "not fitted",
            )
        )
    return tuple(told)
