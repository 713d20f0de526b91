"""How large the particles are: a histogram in third octaves, all together and by taxon."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.report.basis import Basis, basis_of
from pelagia.exports.report.count_rows import UNNAMED
from pelagia.exports.report.numbers import nice_ceiling, quantity, whole

BINS_PER_OCTAVE = 3
SHORTEST_AXIS = 9
"""Bins drawn at least: three octaves."""
TAXA_AT_MOST = 5
SHOWN_FROM = 5
"""Fewer particles have no histogram of their own."""
_DIAMETERS = {"esd_um": "equivalent spherical diameter (ESD)", "abd_um": "area-based diameter (ABD)"}
_ROWS = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One histogram; positions and heights are percent of the drawing."""

    name: str
    particles: int
    bars: tuple[tuple[float, float, str], ...]
    highest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Histograms over one axis of diameters, which are told in ``unit``; ``thing`` is what was measured."""

    diameter: str
    unit: str
    thing: str
    panels: tuple[Panel, ...]
    ticks: tuple[tuple[float, str], ...]
    step: float
    bin_width: float
    measured: int
    not_measured: int
    median: str


def size_spectrum(result: Result, ranks: Mapping[str, int]) -> Spectrum | None:
    """Return the size spectrum of the objects, read piece by piece; ``None`` where next to nothing was measured.

    Parameters
    ----------
    ranks
        Taxon → its place; those of the same rank stand by how many particles there are.
    """
    table = result.tables.get("objects")
    column = _diameter_column(table, result.provenance.params) if table is not None else None
    if table is None or column is None:
        return None
    leave_out = result.provenance.params.get("stuck_duplicates") == "leave-out"
    tally, missing = _tally(table, column, leave_out)
    if tally.total() < SHOWN_FROM:
        return None
    return _drawn(tally, missing, basis_of(result), _DIAMETERS[column], ranks)


def _diameter_column(table: Table, params: Any) -> str | None:
    present = {column.name for column in table.columns}
    wanted = (f"{params.get('size_by', '')}_um", *_DIAMETERS)
    return next((name for name in wanted if name in present and name in _DIAMETERS), None)


def _tally(table: Table, column: str, leave_out: bool) -> tuple[Counter[tuple[str, int]], int]:
    """Count particles by taxon and bin, and those without a size."""
    present = {one.name for one in table.columns}
    columns = [name for name in (column, "taxon", "duplicate_of") if name in present]
    tally: Counter[tuple[str, int]] = Counter()
    missing = 0
    for batch in table.batches(columns, _ROWS):
        piece = pa.Table.from_batches([batch])
        if leave_out and "duplicate_of" in present:
            piece = piece.filter(pc.is_null(piece["duplicate_of"]))
        sizes = piece[column].to_numpy(zero_copy_only=False).astype(np.float64)
        good = np.isfinite(sizes) & (sizes > 0)
        missing += int((~good).sum())
        bins = np.floor(np.log2(sizes[good]) * BINS_PER_OCTAVE).astype(int)
        taxa = _taxa(piece)
        codes = taxa.indices.to_numpy(zero_copy_only=False)[good]
        names = taxa.dictionary.to_pylist()
        if not len(bins):
            continue
        first, width = int(bins.min()), int(bins.max() - bins.min()) + 1
        numbers = np.bincount(codes.astype(np.int64) * width + (bins - first))
        for place in np.flatnonzero(numbers).tolist():
            tally[names[place // width], first + place % width] += int(numbers[place])
    return tally, missing


def _taxa(piece: pa.Table) -> pa.DictionaryArray:
    """Return the name of each particle, empty where it has none."""
    if "taxon" not in piece.column_names:
        return pa.repeat("", piece.num_rows).dictionary_encode()
    return pc.fill_null(piece["taxon"].cast(pa.string()), "").combine_chunks().dictionary_encode()


def _drawn(
    tally: Counter[tuple[str, int]], missing: int, basis: Basis, diameter: str, ranks: Mapping[str, int]
) -> Spectrum:
    first = min(index for _, index in tally) - 1
    last = max(max(index for _, index in tally) + 1, first + SHORTEST_AXIS)
    whole_tally: Counter[int] = Counter()
    by_taxon: dict[str, Counter[int]] = {}
    for (taxon, index), number in tally.items():
        whole_tally[index] += number
        by_taxon.setdefault(taxon, Counter())[index] += number
    shown = [name for name in by_taxon if name not in {"", *UNNAMED} and by_taxon[name].total() >= SHOWN_FROM]
    main = sorted(shown, key=lambda name: (ranks.get(name, 0), -by_taxon[name].total(), name))
    panels = [_panel(f"All {basis.thing}s", whole_tally, first, last, basis)]
    if len(main) > 1:
        panels += [_panel(name, by_taxon[name], first, last, basis) for name in main[:TAXA_AT_MOST]]
    return Spectrum(
        diameter=diameter,
        unit=basis.size_unit,
        thing=basis.thing,
        panels=tuple(panels),
        ticks=_ticks(first, last, basis.size_unit_um),
        step=round(100 / (last + 1 - first), 3),
        bin_width=2 ** (1 / BINS_PER_OCTAVE),
        measured=whole_tally.total(),
        not_measured=missing,
        median=quantity(_median(whole_tally) / basis.size_unit_um, 2),
    )


def _panel(name: str, counts: Counter[int], first: int, last: int, basis: Basis) -> Panel:
    top = nice_ceiling(max(counts.values()))
    bars = []
    for index in sorted(counts):
        low, high = _edge(index), _edge(index + 1)
        size = "–".join(quantity(edge / basis.size_unit_um) for edge in (low, high))
        told = f"{size} {basis.size_unit}: {whole(counts[index])}"
        bars.append((_position(low, first, last), round(100 * counts[index] / top, 2), told))
    return Panel(name=name, particles=counts.total(), bars=tuple(bars), highest=whole(top))


def _edge(index: float) -> float:
    return float(2 ** (index / BINS_PER_OCTAVE))


def _position(diameter_um: float, first: int, last: int) -> float:
    return round(100 * (math.log2(diameter_um) * BINS_PER_OCTAVE - first) / (last + 1 - first), 2)


def _ticks(first: int, last: int, unit_um: float) -> tuple[tuple[float, str], ...]:
    """Return 1, 2, 5 × 10ⁿ of the unit inside the axis; only 1 × 10ⁿ and the like where the axis is long."""
    low, high = _edge(first) / unit_um, _edge(last + 1) / unit_um
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if last - first < 40 else (1,)
    found = [step * 10.0**decade for decade in decades for step in steps]
    return tuple((_position(value * unit_um, first, last), f"{value:g}") for value in found if low <= value <= high)


def _median(counts: Counter[int]) -> float:
    """Return the middle of the bin that holds the median particle."""
    half, so_far = counts.total() / 2, 0
    for index in sorted(counts):
        so_far += counts[index]
        if so_far >= half:
            return _edge(index + 0.5)
    raise ValueError("a histogram without particles has no median")
