"""A fit to observed slicks: how much better it is, on what it has not seen too; and what remains possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pelagia.orders.spills.tables import FIT, POSTERIOR, SCORES, Record, read_columns, read_rows

FORECASTS = ("persistence", "defaults", "fitted")
CHOICES: Mapping[str, tuple[str, str]] = {
    "diffusivity_m2_s": ("Horizontal diffusivity", "m²/s"),
    "wind_drift_factor": ("Drift as a share of the wind", ""),
    "wind_drift_angle_deg": ("Angle of the drift to the wind", "°"),
    "start_spread_km": ("Spread added at the start", "km"),
}
"""What a fit may change: its name and unit."""
BINS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """How forecasts compare with one observation at one scale.

    Parameters
    ----------
    observed_utc
        When the slick was seen.
    is_held_out
        Whether the fit knew nothing of it.
    scale_km
        Of the comparison, km.
    useful
        Score from which on a forecast is useful at that scale.
    fss
        Fraction skill scores, by forecast.
    centroid_km
        Distances of the centres, by forecast.
    """

    observed_utc: str
    is_held_out: bool
    scale_km: float
    useful: float | None
    fss: Mapping[str, float | None]
    centroid_km: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is known of a parameter after a fit.

    Parameters
    ----------
    name, label, unit
        Of the parameter.
    low, median, high
        5 %, 50 % and 95 % of the draws.
    best
        Of the best forecast; ``None`` where the table names none.
    shares
        Of the draws, in bins of equal width from ``from_`` to ``to``.
    """

    name: str
    label: str
    unit: str
    low: float
    median: float
    high: float
    best: float | None
    from_: float
    to: float
    shares: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fit; without one, forecasts may still be scored: then there are passes alone."""

    passes: Sequence[Pass]
    beliefs: Sequence[Belief]
    evaluations: int
    best_score: float | None


def fitted_of(folder: Path) -> Fitted | None:
    """Return what a result says of observed slicks; ``None`` where it was compared with none."""
    passes = passes_of(read_rows(folder, SCORES))
    tried = read_rows(folder, FIT)
    if not passes and not tried:
        return None
    best = next((row for row in tried if row["is_best"]), None)
    return Fitted(
        passes=passes,
        beliefs=_beliefs(folder, best),
        evaluations=len(tried),
        best_score=None if best is None else best["score"],
    )


def passes_of(rows: Iterable[Record]) -> list[Pass]:
    """Return scores by observation and scale, those that the fit did not know last."""
    found: dict[tuple[bool, str, float], list[Record]] = {}
    for row in rows:
        place = bool(row["is_held_out"]), row["observed_utc"] or "", float(row["scale_km"])
        found.setdefault(place, []).append(row)
    return [
        Pass(
            observed_utc=observed,
            is_held_out=held_out,
            scale_km=scale_km,
            useful=next((row["fss_useful"] for row in mine if row["fss_useful"] is not None), None),
            fss={row["forecast"]: row["fss"] for row in mine},
            centroid_km={row["forecast"]: row["centroid_km"] for row in mine},
        )
        for (held_out, observed, scale_km), mine in sorted(found.items())
    ]


def _beliefs(folder: Path, best: Record | None) -> list[Belief]:
    draws = read_columns(folder, POSTERIOR)
    if draws is None:
        return []
    found = []
    for name, (label, unit) in CHOICES.items():
        values = sorted(value for value in draws[name].to_pylist() if value is not None)
        # What the fit was not to change is the same in all draws.
        if not values or values[0] == values[-1]:
            continue
        found.append(
            Belief(
                name=name,
                label=label,
                unit=unit,
                low=_quantile(values, 0.05),
                median=_quantile(values, 0.5),
                high=_quantile(values, 0.95),
                best=None if best is None else best[name],
                from_=values[0],
                to=values[-1],
                shares=_shares(values),
            )
        )
    return found


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _shares(ordered: Sequence[float]) -> list[float]:
    width = (ordered[-1] - ordered[0]) / BINS
    counts = [0] * BINS
    for value in ordered:
        counts[min(BINS - 1, int((value - ordered[0]) / width))] += 1
    return [count / len(ordered) for count in counts]
