"""The content of a report, gathered from a Result; the template only sets it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.counting import (
    RANK,
    BarChart,
    Comparison,
    CountRow,
    all_sizes,
    bar_charts,
    by_sample,
    compare,
    ordered,
    read_counts,
)
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.mosaics import Gallery, gallery
from pelagia.exports.report.numbers import interval, many, quantity
from pelagia.exports.report.samples import Sample, read_samples
from pelagia.exports.report.spectrum import Spectrum, size_spectrum
from pelagia.exports.summary import json_ready
from pelagia.exports.vignettes import own_files

CARDS_AT_MOST = 4
"""More samples than this are set as a table."""
CHARTS_AT_MOST = 3
"""More samples than this are compared side by side instead of one chart each."""
LINES_AT_MOST = 1500
"""More lines than this in the tables of counts are left to the files."""
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
    per_ml: bool
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
    per_ml: str


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
    verdict: str
    needs_you: bool
    tiles: tuple[Tile, ...]
    samples: tuple[Sample, ...]
    as_cards: bool
    charts: tuple[BarChart, ...]
    comparison: Comparison | None
    gallery: Gallery
    spectrum: Spectrum | None
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
    files: tuple[str, ...]
    licence: str
    created: str


def read_page(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> Page:
    """Gather what the report of a result says; the tables are read piece by piece."""
    samples = read_samples(result, issues)
    counts = read_counts(result)
    own = by_sample(all_sizes(counts))
    compared = len(own) > CHARTS_AT_MOST
    tables = _count_tables(counts)
    ranks = {row.taxon: RANK[row.kind] for row in all_sizes(counts)}
    fit = len(counts) <= LINES_AT_MOST
    findings = group_findings(issues)
    return Page(
        title=_title(result, samples, options),
        facts=_facts(result, samples, options),
        verdict=_verdict(findings),
        needs_you=any(group.severity != "note" for group in findings),
        tiles=_tiles(result, model=False),
        samples=samples,
        as_cards=len(samples) <= CARDS_AT_MOST,
        charts=() if compared else bar_charts(own),
        comparison=compare(own) if compared else None,
        gallery=gallery(result.tables.get("objects"), ranks, own_files(result.artifacts)),
        spectrum=size_spectrum(result, ranks),
        tables=tables if fit else (),
        totals=_totals(own) if len(own) > 1 else (),
        lines_left_out=0 if fit else len(counts),
        findings=findings,
        model_tiles=_tiles(result, model=True),
        notes=result.notes,
        caveats=_caveats(counts, samples, result),
        provenance=result.provenance,
        settings=_settings(result.provenance),
        contents=_contents(result),
        files=tuple(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


def _title(result: Result, samples: Sequence[Sample], options: ExportOptions) -> str:
    instruments = {sample.instrument for sample in samples if sample.instrument}
    name = instruments.pop() if len(instruments) == 1 else result.provenance.service
    if options.dataset.title:
        return options.dataset.title
    return f"{name}: {samples[0].sample_id}" if len(samples) == 1 else f"{name} report"


def _facts(result: Result, samples: Sequence[Sample], options: ExportOptions) -> tuple[str, ...]:
    facts = [many(len(samples), "sample")] if samples else []
    if samples:
        facts.append(many(sum(sample.listed for sample in samples), "particle"))
    facts += [f"model {model.name} {model.version}" for model in result.provenance.models]
    return (*facts, f"report of {options.created.isoformat()}")


def _verdict(findings: Sequence[Group]) -> str:
    numbers = {group.severity: group.number for group in findings}
    parts = []
    if "error" in numbers:
        parts.append(f"{many(numbers['error'], 'finding')} about what could not be processed")
    if "warning" in numbers:
        parts.append(f"{many(numbers['warning'], 'finding')} to look at")
    if parts:
        return " and ".join(parts)
    noted = f"; {many(numbers['note'], 'note')} for you to know" if "note" in numbers else ""
    return f"Nothing needs you: no problem was found{noted}"


def _tiles(result: Result, *, model: bool) -> tuple[Tile, ...]:
    chosen = [
        figure
        for name, figure in result.summary.items()
        if name.startswith(_MODEL_FIGURE) is model and name != _SAID_IN_THE_HEADER
    ]
    return tuple(_tile(figure) for figure in chosen)


def _tile(figure: Figure) -> Tile:
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
                per_ml=any(row.per_ml.value is not None for row in rows),
                adjusted=any(row.adjusted.value is not None for row in rows),
                biovolume=any((row.biovolume_um3_per_ml or row.biovolume_um3) is not None for row in rows),
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
    found = [row.per_ml_adjusted.value if row.per_ml_adjusted.value is not None else row.per_ml.value for row in rows]
    values = [value for value in found if value is not None]
    per_ml = ""
    if values and len(values) == len(rows):
        values += [0.0] * (samples - len(rows))
        per_ml = f"{quantity(float(median(values)))} ({interval(min(values), max(values))})"
    return Total(
        taxon=rows[0].taxon,
        scientific_name=rows[0].scientific_name,
        status=rows[0].status,
        counted=round(sum(row.counted.value or 0 for row in rows)),
        samples=sum(bool(row.counted.value) for row in rows),
        per_ml=per_ml,
    )


def _caveats(counts: Sequence[CountRow], samples: Sequence[Sample], result: Result) -> tuple[str, ...]:
    told = []
    if any(row.status == "predicted" for row in counts):
        told.append(
            "Names marked “predicted” were given by a model and seen by no person; those marked “validated” were"
            " decided on by a person."
        )
    if any(row.adjusted.value is not None for row in counts):
        told.append(
            "Adjusted figures correct the counts for the mistakes the model made on images held back from its training."
            " Their intervals hold the error of counting and of the model. They are only as good as these images are"
            " like yours."
        )
    if any(row.counted.low is not None for row in counts):
        told.append(
            "Intervals of unadjusted figures hold the error of counting alone, as if every particle fell into the"
            " imaged volume by chance. The volume itself is taken as exact."
        )
    if counts:
        told.append("Images are counted, not cells: a chain or colony in one image counts once.")
    if any(not sample.volume_known for sample in samples):
        told.append("Where the volume imaged is not known, there are counts but no figures per millilitre.")
    return (*told, *_of_settings(result))


def _of_settings(result: Result) -> tuple[str, ...]:
    if result.provenance.params.get("stuck_duplicates") == "leave-out":
        return ("Repeated images of particles stuck to the flow cell are left out of the counts.",)
    return ()


def _settings(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    values = {**provenance.params, "seed": provenance.seed}
    return tuple((name, _setting(value)) for name, value in values.items())


def _setting(value: object) -> str:
    if value is None:
        return "not set"
    return value if isinstance(value, str) else json.dumps(json_ready(value), ensure_ascii=False)


def _contents(result: Result) -> tuple[TableInFolder, ...]:
    return tuple(
        TableInFolder(
            file=f"{name}.parquet",
            rows=table.rows,
            columns=tuple((column.name, column.unit, column.description) for column in table.columns),
        )
        for name, table in result.tables.items()
    )
