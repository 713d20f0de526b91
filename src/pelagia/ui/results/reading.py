"""What a result page says, read off the output folder of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.report.biovolume_spectrum import BiovolumeSpectrum, biovolume_spectrum
from pelagia.exports.report.count_rows import RANK, CountRow, all_sizes, by_sample, ordered, read_counts
from pelagia.exports.report.counting import BarChart, bar_charts
from pelagia.exports.report.spectrum import Spectrum, size_spectrum
from pelagia.exports.summary import read_summary
from pelagia.orders.outputs import OutputFile, files_in, tables_in

KEPT_CHARTS = 32
PREVIEW_ROWS = 8
PREVIEW_COLUMNS = 8
IMAGES_AT_MOST = 12
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")

DOWNLOADS: Sequence[tuple[str, str, str]] = (
    ("exports/ecotaxa", "For EcoTaxa", "Import file with the vignettes; names and states come with it"),
    ("exports/darwin-core", "For OBIS and GBIF", "Darwin Core Archive: events, occurrences, measurements"),
    ("exports/emodnet/beach-litter.xlsx", "For EMODnet", "Beach litter in the workbook that EMODnet's databases take"),
    ("exports/litter.gpkg", "Map layers (GeoPackage)", "Items, tiles, cells, survey for map programs such as QGIS"),
    ("exports/geojson/items.geojson", "Items (GeoJSON)", "The items as points for maps on the web"),
    ("exports/coco/items.json", "Boxes (COCO)", "The items as boxes, to be trained on or corrected elsewhere"),
    ("exports/coco/boxes.json", "Boxes (COCO)", "Boxes and tracks, to be trained on or corrected elsewhere"),
    ("exports/coco/train.json", "Training set (COCO)", "The images to train on and the boxes agreed on"),
    ("exports/coco/validation.json", "Validation set (COCO)", "Of other deployments: to watch the training by"),
    ("exports/coco/test.json", "Test set (COCO)", "Of still others: for the last figure"),
    ("exports/cvat/annotations.xml", "Boxes (CVAT)", "For correction in CVAT"),
    ("exports/cvat/films.zip", "Tracks for CVAT, films", "A task for each film of what was searched: the usual way"),
    ("exports/cvat/videos.zip", "Tracks for CVAT, videos", "A task for each video as it was recorded"),
    ("exports/cvat/stills.zip", "Boxes for CVAT, pictures", "A task for each series of pictures"),
    ("exports/cvat/labels.json", "Labels for CVAT", "What the form of a new task takes under “Raw”"),
    ("exports/animation/oil.mp4", "The oil in time (MP4)", "A frame for each map, to be shown anywhere"),
    (
        "exports/animation/probability.mp4",
        "The probability in time (MP4)",
        "Share of the forecasts with oil at a place",
    ),
    (
        "exports/netcdf/concentration.nc",
        "Concentrations (NetCDF)",
        "CF: oil at the surface, in the water, on the shore",
    ),
    ("exports/netcdf/probability.nc", "Probabilities (NetCDF)", "CF: of the ensemble, with the first arrival"),
    (
        "exports/netcdf/trajectories.nc",
        "Ways of elements (NetCDF)",
        "CF: where each element was, and what became of it",
    ),
    (
        "exports/outlines/oilspill.gpkg",
        "Map layers (GeoPackage)",
        "Oil, slicks and coast for map programs such as QGIS",
    ),
    (
        "exports/outlines/coast.geojson",
        "Coast (GeoJSON)",
        "Stretches that oil reaches, with load, arrival, probability",
    ),
    ("exports/time-series/max_n.csv", "MaxN in time", "A row for each bin, a column for each taxon"),
    ("exports/time-series/max_n_by_video.csv", "MaxN by video", "A row for each video and taxon"),
    ("exports/sensorthings/entities.json", "For SensorThings", "Entities; the observations are in the zip of all"),
    ("next_frames.zip", "Frames to label next", "Those from which a detector learns most, with the boxes it has now"),
    ("report.html", "Report", "Everything on one page that opens without internet and prints well"),
    ("decisions.csv", "What people decided", "The names that hold, as a later run takes them for corrections"),
    ("decisions-trace.csv", "Trace of decisions", "Every decision: when, by whom, old and new name"),
    ("summary.json", "Figures", "The figures above with units and intervals, for programs"),
    ("issues.csv", "Findings", "Every finding with file, value and remedy"),
    ("ro-crate-metadata.json", "RO-Crate", "Where everything comes from, for archives"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the charts of a result show; any may be missing."""

    bars: tuple[BarChart, ...]
    spectrum: Spectrum | None
    biovolume: BiovolumeSpectrum | None
    rows: tuple[CountRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file worth naming: what it is for, in plain words."""

    path: str
    title: str
    about: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows of a table; ``cells`` are as text."""

    name: str
    rows: int
    columns: tuple[tuple[str, str, str], ...]
    more_columns: int
    cells: tuple[tuple[str, ...], ...]


def shown_result(folder: Path) -> Result:
    """Return the tables and provenance of a result from its output folder, as exporters and charts take them."""
    summary = read_summary(folder) or {}
    told = summary.get("provenance", {})
    provenance = Provenance(
        service=told.get("service", ""),
        service_version=told.get("service_version", ""),
        params=told.get("params", {}),
        inputs=tuple(InputRecord(**one) for one in told.get("inputs", ())),
        models=tuple(ModelRecord(**one) for one in told.get("models", ())),
        seed=told.get("seed", 0),
        versions=told.get("versions", {}),
    )
    return Result(tables=tables_in(folder), summary={}, issues=(), provenance=provenance)


def charts_of(folder: Path) -> Charts:
    """Return what the charts of a result show; read once for each state of the folder."""
    summary = folder / "summary.json"
    return _charts(folder, summary.stat().st_mtime_ns if summary.is_file() else 0)


@lru_cache(maxsize=KEPT_CHARTS)
def _charts(folder: Path, _changed: int) -> Charts:
    result = shown_result(folder)
    rows = all_sizes(read_counts(result))
    ranks = {row.taxon: RANK[row.kind] for row in rows}
    return Charts(
        bars=bar_charts(by_sample(rows)),
        spectrum=size_spectrum(result, ranks),
        biovolume=biovolume_spectrum(result, ranks),
        rows=ordered(rows),
    )


def downloads_of(folder: Path) -> tuple[tuple[Download, ...], tuple[OutputFile, ...]]:
    """Return the files worth naming, in order, and all files."""
    files = tuple(files_in(folder))
    named = [
        Download(path=file.path, title=title, about=about, bytes=file.bytes)
        for start, title, about in DOWNLOADS
        for file in files
        if file.path.startswith(start)
    ]
    return tuple(named), files


def pictures_of(files: Sequence[OutputFile]) -> tuple[str, ...]:
    """Return the pictures among the files of a result, save those inside exports."""
    names = (file.path for file in files if file.path.lower().endswith(IMAGE_SUFFIXES))
    return tuple(islice((name for name in names if not name.startswith("exports/")), IMAGES_AT_MOST))


def previews_of(tables: Mapping[str, Table]) -> tuple[Preview, ...]:
    """Return the first rows of every table."""
    return tuple(_preview(table) for table in tables.values())


def _preview(table: Table) -> Preview:
    columns = table.columns
    shown = columns[:PREVIEW_COLUMNS]
    records = islice(table.records([column.name for column in shown]), PREVIEW_ROWS)
    return Preview(
        name=table.name,
        rows=table.rows,
        columns=tuple((column.name, column.unit, column.description) for column in columns),
        more_columns=len(columns) - len(shown),
        cells=tuple(tuple(_cell(value) for value in record.values()) for record in records),
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    return str(value)[:80]
