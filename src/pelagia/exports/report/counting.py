"""Counts ready to be drawn as bars: one chart a sample, or the main taxa of many samples side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pelagia.exports.report.basis import IMAGED
from pelagia.exports.report.count_rows import RANK, CountRow, Estimate, best_figure, has_per_volume, ordered
from pelagia.exports.report.numbers import nice_ceiling, quantity, whole

BARS_AT_MOST = 20
COMPARED_AT_MOST = 5


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
    """Taxa of one sample as bars, largest first.

    ``told`` is the unit as a sentence has it; ``kinds`` are the sorts of bars there are, for the legend.
    """

    sample_id: str
    unit: str
    told: str
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


def bar_charts(samples: Mapping[str, Sequence[CountRow]]) -> tuple[BarChart, ...]:
    """Return a chart for each sample: per volume of water where the volume is known, else images counted.

    Charts of the same unit share one scale, so that they can be compared.
    """
    shown = {sample: ordered(rows)[:BARS_AT_MOST] for sample, rows in samples.items()}
    per_volume = {sample: has_per_volume(rows) for sample, rows in samples.items()}
    tops = {
        unit: _axis_end([row for sample, rows in shown.items() if per_volume[sample] is unit for row in rows], unit)
        for unit in (True, False)
    }
    return tuple(
        _chart(sample, rows, per_volume[sample], tops[per_volume[sample]], len(samples[sample]) - len(rows))
        for sample, rows in shown.items()
    )


def _chart(sample: str, rows: Sequence[CountRow], per_volume: bool, top: float, left_out: int) -> BarChart:
    bars = tuple(_bar(row, per_volume, top) for row in rows)
    return BarChart(
        sample_id=sample,
        unit=_unit(rows, per_volume),
        told=f"their number per {rows[0].basis.unit_in_words}" if rows and per_volume else _unit(rows, per_volume),
        bars=bars,
        ticks=_ticks(top),
        left_out=left_out,
        any_adjusted=any(bar.adjusted for bar in bars),
        kinds=_kinds(bars),
    )


def compare(samples: Mapping[str, Sequence[CountRow]]) -> Comparison:
    """Return the main taxa of all samples side by side, each on a scale of its own."""
    rows = [row for rows in samples.values() for row in rows]
    per_volume = all(has_per_volume(rows) for rows in samples.values())
    taxa = _main_taxa(rows)
    tops = {taxon: _axis_end([row for row in rows if _name(row) == taxon], per_volume) for taxon in taxa}
    lines = []
    for sample, own in samples.items():
        found = {_name(row): _bar(row, per_volume, tops[_name(row)]) for row in own if _name(row) in tops}
        lines.append((sample, tuple(found.get(taxon) for taxon in taxa)))
    bars = tuple(bar for _, line in lines for bar in line if bar is not None)
    return Comparison(
        unit=_unit(rows, per_volume),
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
    """Return those with a name; where nothing has one, what was left without."""
    sums: dict[tuple[str, str], float] = {}
    ranks: dict[tuple[str, str], int] = {}
    named = [row for row in rows if row.kind != "unnamed"]
    for row in named or rows:
        ranks[_name(row)] = RANK[row.kind]
        sums[_name(row)] = sums.get(_name(row), 0.0) + best_figure(row, False)[0]
    return tuple(sorted(sums, key=lambda name: (ranks[name], -sums[name], name))[:COMPARED_AT_MOST])


def _unit(rows: Sequence[CountRow], per_volume: bool) -> str:
    basis = rows[0].basis if rows else IMAGED
    return basis.per_unit if per_volume else basis.counted


def _axis_end(rows: Sequence[CountRow], per_volume: bool) -> float:
    reach = [1e-12]
    for row in rows:
        value, estimate, _ = best_figure(row, per_volume)
        plain = row.per_volume if per_volume else row.counted
        reach += [value, estimate.high or 0.0, plain.value or 0.0]
    return nice_ceiling(max(reach))


def _bar(row: CountRow, per_volume: bool, top: float) -> Bar:
    value, estimate, adjusted = best_figure(row, per_volume)
    plain = (row.per_volume if per_volume else row.counted).value
    return Bar(
        row=row,
        value=quantity(float(value)) if per_volume or adjusted else quantity(round(value)),
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
