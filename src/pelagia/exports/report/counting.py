"""What the counts table says, ready to be drawn as bars and set as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pelagia.core.result import Result
from pelagia.exports.report.numbers import nice_ceiling, quantity, whole
from pelagia.exports.tables import records

Kind = Literal["organism", "other", "unnamed"]

ALL_SIZES = "all"
UNNAMED = frozenset({"unknown", "unclassified"})
"""Taxa that are none: the model declined, or there was no image."""
RANK: dict[Kind, int] = {"organism": 0, "other": 1, "unnamed": 2}
BARS_AT_MOST = 20
NEXT_TO_NOTHING = 1e-9
COMPARED_AT_MOST = 5

_ESTIMATES = ("counted", "adjusted", "per_ml", "per_ml_adjusted")
_COLUMNS = (
    *("sample_id", "taxon", "scientific_name", "is_organism", "size_class", "size_low_um", "status"),
    *(name + end for name in _ESTIMATES for end in ("", "_low", "_high")),
    *("biovolume_abd_um3_per_ml", "biovolume_esd_um3_per_ml", "biovolume_abd_um3", "biovolume_esd_um3"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval; any of the three may be missing."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """One taxon of one sample, by machine or by people, in all sizes or in one size class."""

    sample_id: str
    taxon: str
    scientific_name: str
    kind: Kind
    status: str
    size_class: str
    size_low_um: float | None
    counted: Estimate
    adjusted: Estimate
    per_ml: Estimate
    per_ml_adjusted: Estimate
    biovolume_um3: float | None
    biovolume_um3_per_ml: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; positions are percent of the width of the chart."""

    row: CountRow
    value: str
    interval: Estimate
    adjusted: bool
    width: float
    low: float | None
    high: float | None
    unadjusted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Taxa of one sample as bars, largest first; ``kinds`` are the sorts of bars there are, for the legend."""

    sample_id: str
    unit: str
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    left_out: int
    any_adjusted: bool
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The main taxa side by side over many samples: one column a taxon, one line a sample."""

    unit: str
    taxa: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, tuple[Bar | None, ...]], ...]
    any_adjusted: bool
    kinds: frozenset[str]


def read_counts(result: Result) -> tuple[CountRow, ...]:
    """Return the rows of the table ``counts``; none where there is no such table with the columns needed."""
    table = result.tables.get("counts")
    if table is None or not {"taxon", "counted"} <= {column.name for column in table.columns}:
        return ()
    return tuple(_row(record) for record in records(table, _COLUMNS))


def all_sizes(rows: Iterable[CountRow]) -> tuple[CountRow, ...]:
    """Return the rows that are not of one size class only."""
    return tuple(row for row in rows if row.size_class == ALL_SIZES)


def by_sample(rows: Sequence[CountRow]) -> dict[str, tuple[CountRow, ...]]:
    """Return the rows of each sample, samples in the order of the table."""
    order = dict.fromkeys(row.sample_id for row in rows)
    return {sample: tuple(row for row in rows if row.sample_id == sample) for sample in order}


def has_per_ml(rows: Sequence[CountRow]) -> bool:
    """Return whether every row that was counted has a figure per millilitre."""
    return bool(rows) and all(row.per_ml.value is not None for row in rows if row.counted.value)


def ordered(rows: Iterable[CountRow]) -> tuple[CountRow, ...]:
    """Return rows with organisms first, then other things, then what has no name; the largest taxon first.

    The rows of a taxon stay together: predicted, then validated.
    """
    rows = tuple(rows)
    sums: dict[str, float] = {}
    for row in rows:
        sums[row.taxon] = sums.get(row.taxon, 0.0) + _best(row, False)[0]
    return tuple(sorted(rows, key=lambda row: (RANK[row.kind], -sums[row.taxon], row.taxon, row.status)))


def bar_charts(samples: Mapping[str, Sequence[CountRow]]) -> tuple[BarChart, ...]:
    """Return a chart for each sample: per mL where the volume is known, else images counted.

    Charts of the same unit share one scale, so that they can be compared.
    """
    shown = {sample: ordered(rows)[:BARS_AT_MOST] for sample, rows in samples.items()}
    per_ml = {sample: has_per_ml(rows) for sample, rows in samples.items()}
    tops = {
        unit: _axis_end([row for sample, rows in shown.items() if per_ml[sample] is unit for row in rows], unit)
        for unit in (True, False)
    }
    return tuple(
        _chart(sample, rows, per_ml[sample], tops[per_ml[sample]], len(samples[sample]) - len(rows))
        for sample, rows in shown.items()
    )


def _chart(sample: str, rows: Sequence[CountRow], per_ml: bool, top: float, left_out: int) -> BarChart:
    bars = tuple(_bar(row, per_ml, top) for row in rows)
    return BarChart(
        sample_id=sample,
        unit="per mL" if per_ml else "images counted",
        bars=bars,
        ticks=_ticks(top),
        left_out=left_out,
        any_adjusted=any(bar.adjusted for bar in bars),
        kinds=_kinds(bars),
    )


def compare(samples: Mapping[str, Sequence[CountRow]]) -> Comparison:
    """Return the main taxa of all samples side by side, each on a scale of its own."""
    rows = [row for rows in samples.values() for row in rows]
    per_ml = all(has_per_ml(rows) for rows in samples.values())
    taxa = _main_taxa(rows)
    tops = {taxon: _axis_end([row for row in rows if _name(row) == taxon], per_ml) for taxon in taxa}
    lines = []
    for sample, own in samples.items():
        found = {_name(row): _bar(row, per_ml, tops[_name(row)]) for row in own if _name(row) in tops}
        lines.append((sample, tuple(found.get(taxon) for taxon in taxa)))
    bars = tuple(bar for _, line in lines for bar in line if bar is not None)
    return Comparison(
        unit="per mL" if per_ml else "images counted",
        taxa=taxa,
        lines=tuple(lines),
        any_adjusted=any(bar.adjusted for bar in bars),
        kinds=_kinds(bars),
    )


def _name(row: CountRow) -> tuple[str, str]:
    return row.taxon, row.status


def _kinds(bars: Iterable[Bar]) -> frozenset[str]:
    """Return the sorts of bars: ``organism``, ``other``, ``unnamed``, ``validated``."""
    return frozenset("validated" if bar.row.status == "validated" else bar.row.kind for bar in bars)


def _main_taxa(rows: Sequence[CountRow]) -> tuple[tuple[str, str], ...]:
    sums: dict[tuple[str, str], float] = {}
    ranks: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.kind != "unnamed":
            ranks[_name(row)] = RANK[row.kind]
            sums[_name(row)] = sums.get(_name(row), 0.0) + _best(row, False)[0]
    return tuple(sorted(sums, key=lambda name: (ranks[name], -sums[name], name))[:COMPARED_AT_MOST])


def _row(record: dict[str, Any]) -> CountRow:
    taxon = str(record["taxon"])
    estimates = {
        name: Estimate(
            value=_cleared(record[name]), low=_cleared(record[f"{name}_low"]), high=_cleared(record[f"{name}_high"])
        )
        for name in _ESTIMATES
    }
    return CountRow(
        sample_id=str(record["sample_id"] or ""),
        taxon=taxon,
        scientific_name=record["scientific_name"] or "",
        kind="unnamed" if taxon in UNNAMED else "other" if record["is_organism"] is False else "organism",
        status=record["status"] or "predicted",
        size_class=record["size_class"] or ALL_SIZES,
        size_low_um=record["size_low_um"],
        biovolume_um3=_first(record["biovolume_abd_um3"], record["biovolume_esd_um3"]),
        biovolume_um3_per_ml=_first(record["biovolume_abd_um3_per_ml"], record["biovolume_esd_um3_per_ml"]),
        **estimates,
    )


def _cleared(value: float | None) -> float | None:
    """Return 0 for what only the arithmetic of the adjustment keeps from being 0, such as 10⁻⁷⁷ per mL."""
    return 0.0 if value is not None and 0 < abs(value) < NEXT_TO_NOTHING else value


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _best(row: CountRow, per_ml: bool) -> tuple[float, Estimate, bool]:
    """Return value, interval and whether it is adjusted: the adjusted figure where there is one."""
    adjusted, plain = (row.per_ml_adjusted, row.per_ml) if per_ml else (row.adjusted, row.counted)
    chosen = adjusted if adjusted.value is not None else plain
    return chosen.value or 0.0, chosen, chosen is adjusted


def _axis_end(rows: Sequence[CountRow], per_ml: bool) -> float:
    reach = [1e-12]
    for row in rows:
        value, estimate, _ = _best(row, per_ml)
        plain = row.per_ml if per_ml else row.counted
        reach += [value, estimate.high or 0.0, plain.value or 0.0]
    return nice_ceiling(max(reach))


def _bar(row: CountRow, per_ml: bool, top: float) -> Bar:
    value, estimate, adjusted = _best(row, per_ml)
    plain = (row.per_ml if per_ml else row.counted).value
    return Bar(
        row=row,
        value=quantity(float(value)) if per_ml or adjusted else quantity(round(value)),
        interval=estimate,
        adjusted=adjusted,
        width=_position(value, top),
        low=None if estimate.low is None else _position(estimate.low, top),
        high=None if estimate.high is None else _position(estimate.high, top),
        unadjusted=_position(plain, top) if adjusted and plain is not None else None,
    )


def _position(value: float, top: float) -> float:
    return round(100 * max(0.0, min(value, top)) / top, 2)


def _ticks(top: float) -> tuple[tuple[float, str], ...]:
    leading = round(top / 10.0 ** math.floor(math.log10(top)), 1)
    parts = 3 if leading in {1.5, 3.0, 6.0} else 4
    return tuple((round(100 * part / parts, 2), _label(top * part / parts)) for part in range(parts + 1))


def _label(value: float) -> str:
    return whole(value) if value == round(value) else f"{value:g}"
