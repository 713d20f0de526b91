"""Measurements of an occurrence in a bin of footage: MaxN, mean number, occupancy, tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.exports.darwin_core import terms
from pelagia.exports.darwin_core.measurements import label, number
from pelagia.exports.darwin_core.publication import Publication

Row = dict[str, Any]

MAX_N_METHOD = "Largest number of individuals on one usable frame of the bin (MaxN); a least number of individuals"
MEAN_METHOD = (
    "Mean number of boxes on a usable frame, weighted by the time each stands for; frames of no interest, on which "
    "the detector did not look, count as showing none"
)
OCCUPANCY_METHOD = "Share of the usable time with one individual at least"
TRACKS_METHOD = "Individuals followed from frame to frame that appear in the bin; one that comes back counts again"
INDEPENDENT = "frames of one minute taken as one look"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One kind of measurement, without dimension: column, name, how it is got, code of P01 where one is certain."""

    column: str
    name: str
    method: str
    code: str = ""
    interval: str = ""


_KINDS = (
    _Kind(
        column="max_n",
        name="MaxN",
        code=terms.COUNT,
        method=MAX_N_METHOD,
    ),
    _Kind(column="mean_n", name="Mean number of individuals on a usable frame", method=MEAN_METHOD),
    _Kind(
        column="occupancy",
        name="Share of time with an individual in view",
        method=OCCUPANCY_METHOD,
        interval=f"Wilson, {INDEPENDENT}",
    ),
    _Kind(column="tracks", name="Number of individuals followed", method=TRACKS_METHOD),
)


def bin_measurements(owner: Mapping[str, str], row: Row, publication: Publication) -> Iterator[Row]:
    """Yield what is known of an occurrence; the identifiers of terms only where one fits for certain."""
    for kind in _KINDS:
        value = row[kind.column]
        if value is None:
            continue
        yield {
            **owner,
            "measurementID": f"{owner['occurrenceID']}:{kind.column}",
            "measurementType": label("P01", kind.code) if kind.code else kind.name,
            "measurementTypeID": terms.vocabulary_uri("P01", kind.code) if kind.code else "",
            "measurementValue": number(value),
            "measurementUnit": label("P06", terms.DIMENSIONLESS),
            "measurementUnitID": terms.vocabulary_uri("P06", terms.DIMENSIONLESS),
            "measurementAccuracy": _accuracy(kind, row),
            "measurementMethod": kind.method,
            "measurementDeterminedBy": publication.software,
            "measurementDeterminedDate": publication.created,
            "measurementRemarks": _remarks(kind, row),
        }


def _accuracy(kind: _Kind, row: Row) -> str:
    low, high = row.get(f"{kind.column}_low"), row.get(f"{kind.column}_high")
    if low is None or high is None:
        return "not estimated"
    return f"95 % confidence interval {number(low)} to {number(high)} ({kind.interval})"


def _remarks(kind: _Kind, row: Row) -> str:
    parts = [kind.name] if kind.code else []
    if row["score_from"] is not None:
        parts.append(f"boxes with a score of at least {row['score_from']:.3g}")
    return "; ".join(parts)
