"""The content of a report, gathered from a Result; the template only sets it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result, own_files
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report import net_samples
from pelagia.exports.report import samples as imaged_samples
from pelagia.exports.report.basis import FILTERED, Basis, basis_of
from pelagia.exports.report.biovolume_spectrum import BiovolumeSpectrum, biovolume_spectrum
from pelagia.exports.report.caveats import caveats
from pelagia.exports.report.count_rows import RANK, CountRow, all_sizes, best_figure, by_sample, ordered, read_counts
from pelagia.exports.report.counting import BarChart, Comparison, bar_charts, compare
from pelagia.exports.report.edits import Changes, read_changes
from pelagia.exports.report.facts import Sample
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.mosaics import Gallery, gallery
from pelagia.exports.report.numbers import interval, many, quantity
from pelagia.exports.report.samples import read_samples
from pelagia.exports.report.scans import Scans, read_scans
from pelagia.exports.report.spectrum import Spectrum, size_spectrum
from pelagia.exports.summary import json_ready

CARDS_AT_MOST = 4
"""More samples than this are set as a table."""
CHARTS_AT_MOST = 3
"""More samples than this are compared side by side instead of one chart each."""
LINES_AT_MOST = 1500
"""More lines than this in the tables of counts are left to the files."""
FILES_AT_MOST = 12
"""Of a folder with more files only the folder is listed."""
_MODEL_FIGURE = "model_"
_SAID_IN_THE_HEADER = "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure of the summary."""

    label: str
    value: str
    unit: str
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTable:
    """The counts of one sample; ``sized`` are the rows of single size classes."""

    sample_id: str
    rows: tuple[CountRow, ...]
    sized: tuple[CountRow, ...]
    per_volume: bool
    adjusted: bool
    biovolume: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One taxon over all samples."""

    taxon: str
    scientific_name: str
    status: str
    counted: int
    samples: int
    per_volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInFolder:
    """A table of the folder, with what its columns mean."""

    file: str
    rows: int
    columns: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a report says."""

    title: str
    facts: tuple[str, ...]
    basis: Basis
    verdict: str
    needs_you: bool
    tiles: tuple[Tile, ...]
    samples: tuple[Sample, ...]
    as_cards: bool
    sample_labels: tuple[str, ...]
    scans: Scans | None
    changes: Changes | None
    charts: tuple[BarChart, ...]
    comparison: Comparison | None
    gallery: Gallery
    spectrum: Spectrum | None
    biovolume_spectrum: BiovolumeSpectrum | None
    tables: tuple[CountTable, ...]
    totals: tuple[Total, ...]
    lines_left_out: int
    findings: tuple[Group, ...]
    model_tiles: tuple[Tile, ...]
    notes: tuple[str, ...]
    caveats: tuple[str, ...]
    provenance: Provenance
    settings: tuple[tuple[str, str], ...]
    contents: tuple[TableInFolder, ...]
    files: tuple[tuple[str, int], ...]
    licence: str
    created: str

    @property
    def thing(self) -> str:
        """What findings count."""
        return self.basis.thing

    @property
    def unreadable(self) -> int:
        """How many images chosen for the report could not be read."""
        return self.gallery.unreadable


def read_page(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> Page:
    """Gather what the report of a result says; the tables are read piece by piece."""
    basis = basis_of(result)
    samples = read_samples(result, issues)
    counts = read_counts(result)
    own = by_sample(all_sizes(counts))
    compared = len(own) > CHARTS_AT_MOST
    tables = _count_tables(counts)
    ranks = {row.taxon: RANK[row.kind] for row in all_sizes(counts)}
    fit = len(counts) <= LINES_AT_MOST
    findings, scans = group_findings(issues), read_scans(result)
    return Page(
        title=_title(result, samples, options),
        facts=_facts(result, samples, basis, options),
        basis=basis,
        verdict=verdict_of(findings, scans),
        needs_you=any(group.severity != "note" for group in findings) or bool(scans and scans.needs_you),
        tiles=_tiles(result, model=False),
        samples=samples,
        as_cards=len(samples) <= CARDS_AT_MOST,
        sample_labels=net_samples.TABLE_LABELS if basis is FILTERED else imaged_samples.TABLE_LABELS,
        scans=scans,
        changes=read_changes(result),
        charts=() if compared else bar_charts(own),
        comparison=compare(own) if compared else None,
        gallery=gallery(result.tables.get("objects"), ranks, own_files(result.artifacts), basis),
        spectrum=size_spectrum(result, ranks),
        biovolume_spectrum=biovolume_spectrum(result, ranks),
        tables=tables if fit else (),
        totals=_totals(own) if len(own) > 1 else (),
        lines_left_out=0 if fit else len(counts),
        findings=findings,
        model_tiles=_tiles(result, model=True),
        notes=result.notes,
        caveats=caveats(counts, samples, result),
        provenance=result.provenance,
        settings=settings(result.provenance),
        contents=contents(result),
        files=listed(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


def _title(result: Result, samples: Sequence[Sample], options: ExportOptions) -> str:
    instruments = {sample.instrument for sample in samples if sample.instrument}
    name = instruments.pop() if len(instruments) == 1 else result.provenance.service
    if options.dataset.title:
        return options.dataset.title
    return f"{name}: {samples[0].sample_id}" if len(samples) == 1 else f"{name} report"


def _facts(result: Result, samples: Sequence[Sample], basis: Basis, options: ExportOptions) -> tuple[str, ...]:
    facts = [many(len(samples), "sample")] if samples else []
    if samples:
        facts.append(many(sum(sample.listed for sample in samples), basis.thing))
    facts += [f"model {model.name} {model.version}" for model in result.provenance.models]
    return (*facts, f"report of {options.created.isoformat()}")


def verdict_of(findings: Sequence[Group], scans: Scans | None = None) -> str:
    """Say in a sentence whether anything asks for a person."""
    numbers = {group.severity: group.number for group in findings}
    parts = []
    if "error" in numbers:
        parts.append(f"{many(numbers['error'], 'finding')} about what could not be processed")
    if "warning" in numbers:
        parts.append(f"{many(numbers['warning'], 'finding')} to look at")
    if scans is not None and scans.needs_you:
        parts.append(_of_scans(scans))
    if parts:
        return ", ".join([*parts[:-2], " and ".join(parts[-2:])])
    noted = f"; {many(numbers['note'], 'note')} for you to know" if "note" in numbers else ""
    return f"Nothing needs you: no problem was found{noted}"


def _of_scans(scans: Scans) -> str:
    if scans.to_look_at:
        return f"{many(scans.to_look_at, 'scan')} to look at"
    return f"{many(len(scans.kinds), 'check')} of samples or projects to look at"


def _tiles(result: Result, *, model: bool) -> tuple[Tile, ...]:
    chosen = [
        figure
        for name, figure in result.summary.items()
        if name.startswith(_MODEL_FIGURE) is model and name != _SAID_IN_THE_HEADER
    ]
    return tuple(tile(figure) for figure in chosen)


def tile(figure: Figure) -> Tile:
    """Return a figure as the page sets it."""
    return Tile(
        label=figure.description,
        value=quantity(figure.value),
        unit=figure.unit,
        interval=interval(figure.low, figure.high),
    )


def _count_tables(counts: Sequence[CountRow]) -> tuple[CountTable, ...]:
    tables = []
    for sample, rows in by_sample(counts).items():
        sized = [row for row in rows if row not in all_sizes(rows)]
        tables.append(
            CountTable(
                sample_id=sample,
                rows=ordered(all_sizes(rows)),
                sized=tuple(sorted(sized, key=lambda row: (row.taxon, row.status, row.size_low_um or 0.0))),
                per_volume=any(row.per_volume.value is not None for row in rows),
                adjusted=any(row.adjusted.value is not None for row in rows),
                biovolume=any((row.biovolume_per_volume.value or row.biovolume.value) is not None for row in rows),
            )
        )
    return tuple(tables)


def _totals(samples: dict[str, tuple[CountRow, ...]]) -> tuple[Total, ...]:
    grouped: dict[tuple[str, str], list[CountRow]] = {}
    for row in ordered(row for rows in samples.values() for row in rows):
        grouped.setdefault((row.taxon, row.status), []).append(row)
    totals = [_total(rows, len(samples)) for rows in grouped.values()]
    return tuple(sorted(totals, key=lambda total: -total.counted))


def _total(rows: Sequence[CountRow], samples: int) -> Total:
    known = all(best_figure(row, True)[1].value is not None for row in rows)
    values = [best_figure(row, True)[0] for row in rows]
    per_volume = ""
    if known:
        values += [0.0] * (samples - len(rows))
        per_volume = f"{quantity(float(median(values)))} ({interval(min(values), max(values))})"
    return Total(
        taxon=rows[0].taxon,
        scientific_name=rows[0].scientific_name,
        status=rows[0].status,
        counted=round(sum(row.counted.value or 0 for row in rows)),
        samples=sum(bool(row.counted.value) for row in rows),
        per_volume=per_volume,
    )


def listed(files: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return what is listed with how many files it stands for: a folder of many files stands for them."""
    folders = Counter(name.rpartition("/")[0] for name in files)
    whole = {folder for folder, number in folders.items() if folder and number > FILES_AT_MOST}
    places = [name.rpartition("/")[0] for name in files]
    listed = [f"{place}/" if place in whole else name for name, place in zip(files, places, strict=True)]
    return tuple(Counter(listed).items())


def settings(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Return the settings of a run by name."""
    values = {**provenance.params, "seed": provenance.seed}
    return tuple((name, _setting(value)) for name, value in values.items())


def _setting(value: object) -> str:
    if value is None:
        return "not set"
    return value if isinstance(value, str) else json.dumps(json_ready(value), ensure_ascii=False)


def contents(result: Result) -> tuple[TableInFolder, ...]:
    """Return the tables of a result, with what their columns mean."""
    return tuple(
        TableInFolder(
            file=f"{name}.parquet",
            rows=table.rows,
            columns=tuple((column.name, column.unit, column.description) for column in table.columns),
        )
        for name, table in result.tables.items()
    )
