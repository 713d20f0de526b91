"""What the table of counts says, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pelagia.core.result import Result
from pelagia.exports.report.basis import Basis, basis_of
from pelagia.exports.tables import records

Kind = Literal["organism", "other", "unnamed"]

ALL_SIZES = "all"
UNNAMED = frozenset({"unknown", "unclassified"})
"""Taxa that are none: the model declined, or there was no image."""
RANK: dict[Kind, int] = {"organism": 0, "other": 1, "unnamed": 2}
NEXT_TO_NOTHING = 1e-9

_NAMES = ("sample_id", "taxon", "scientific_name", "is_organism", "size_class", "size_low_um", "status")
_ENDS = ("", "_low", "_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval; any of the three may be missing."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(value=None, low=None, high=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """One taxon of one sample, by machine or by people, in all sizes or in one size class.

    Parameters
    ----------
    basis
        Which volume ``per_volume`` and the like refer to, and the units.
    """

    basis: Basis

    sample_id: str
    taxon: str
    scientific_name: str
    kind: Kind
    status: str
    size_class: str
    size_low_um: float | None
    counted: Estimate
    adjusted: Estimate
    per_volume: Estimate
    per_volume_adjusted: Estimate
    biovolume: Estimate
    biovolume_per_volume: Estimate


def read_counts(result: Result) -> tuple[CountRow, ...]:
    """Return the rows of the table ``counts``; none where there is no such table with the columns needed."""
    table = result.tables.get("counts")
    if table is None or not {"taxon", "counted"} <= {column.name for column in table.columns}:
        return ()
    basis = basis_of(result)
    biovolumes = (*basis.biovolumes, *basis.biovolumes_per_volume)
    columns = (*_NAMES, *(name + end for name in (*basis.estimates, *biovolumes) for end in _ENDS))
    return tuple(_row(record, basis) for record in records(table, columns))


def all_sizes(rows: Iterable[CountRow]) -> tuple[CountRow, ...]:
    """Return the rows that are not of one size class only."""
    return tuple(row for row in rows if row.size_class == ALL_SIZES)


def by_sample(rows: Sequence[CountRow]) -> dict[str, tuple[CountRow, ...]]:
    """Return the rows of each sample, samples in the order of the table."""
    order = dict.fromkeys(row.sample_id for row in rows)
    return {sample: tuple(row for row in rows if row.sample_id == sample) for sample in order}


def has_per_volume(rows: Sequence[CountRow]) -> bool:
    """Return whether every row that was counted has a figure per volume of water."""
    return bool(rows) and all(row.per_volume.value is not None for row in rows if row.counted.value)


def ordered(rows: Iterable[CountRow]) -> tuple[CountRow, ...]:
    """Return rows with organisms first, then other things, then what has no name; the largest taxon first.

    The rows of a taxon stay together: predicted, then validated.
    """
    rows = tuple(rows)
    sums: dict[str, float] = {}
    for row in rows:
        sums[row.taxon] = sums.get(row.taxon, 0.0) + best_figure(row, False)[0]
    return tuple(sorted(rows, key=lambda row: (RANK[row.kind], -sums[row.taxon], row.taxon, row.status)))


def best_figure(row: CountRow, per_volume: bool) -> tuple[float, Estimate, bool]:
    """Return value, interval and whether it is adjusted: the adjusted figure where there is one."""
    adjusted, plain = (row.per_volume_adjusted, row.per_volume) if per_volume else (row.adjusted, row.counted)
    chosen = adjusted if adjusted.value is not None else plain
    return chosen.value or 0.0, chosen, chosen is adjusted


def _row(record: dict[str, Any], basis: Basis) -> CountRow:
    taxon = str(record["taxon"])
    found = {name: _estimate(record, name) for name in basis.estimates}
    return CountRow(
        basis=basis,
        sample_id=str(record["sample_id"] or ""),
        taxon=taxon,
        scientific_name=record["scientific_name"] or "",
        kind="unnamed" if taxon in UNNAMED else "other" if record["is_organism"] is False else "organism",
        status=record["status"] or "predicted",
        size_class=record["size_class"] or ALL_SIZES,
        size_low_um=record["size_low_um"],
        counted=found["counted"],
        adjusted=found.get("adjusted", NOTHING),
        per_volume=found[basis.per_volume],
        per_volume_adjusted=found.get(basis.per_volume_adjusted, NOTHING),
        biovolume=_first(record, basis.biovolumes),
        biovolume_per_volume=_first(record, basis.biovolumes_per_volume),
    )


def _estimate(record: dict[str, Any], name: str) -> Estimate:
    value, low, high = (_cleared(record[f"{name}{end}"]) for end in _ENDS)
    return Estimate(value=value, low=low, high=high)


def _cleared(value: float | None) -> float | None:
    """Return 0 for what only the arithmetic of the adjustment keeps from being 0, such as 10⁻⁷⁷ per mL."""
    return 0.0 if value is not None and 0 < abs(value) < NEXT_TO_NOTHING else value


def _first(record: dict[str, Any], names: Sequence[str]) -> Estimate:
    return next((_estimate(record, name) for name in names if record[name] is not None), NOTHING)
