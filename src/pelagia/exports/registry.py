"""Which exporters there are; each is a module that is imported only when it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from pelagia.core.errors import NotFound
from pelagia.core.result import Result
from pelagia.exports.citizen.needs import CONSENSUS
from pelagia.exports.ecosystem import needs as animals
from pelagia.exports.ecosystem import series_needs
from pelagia.exports.litter import needs
from pelagia.exports.oilspill import needs as spills
from pelagia.exports.outcome import ExportOptions, ExportOutcome

Needs = Mapping[str, tuple[str, ...]]
"""Table → its columns."""


class ExporterModule(Protocol):
    """What the module of an exporter offers."""

    #: The tables and columns it cannot work without; of several such, one suffices.
    NEEDS: Needs | tuple[Needs, ...]

    def write(self, result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
        """Write the result into the folder ``out`` and name the files written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """One format a result can be written in.

    Parameters
    ----------
    name
        What the user writes to choose it.
    title
        What it makes, in a few words.
    module
        Dotted path of the module that satisfies :class:`ExporterModule`.
    asks
        Its ``NEEDS`` where the module takes long to load; ``None`` where only the module tells.
    on_request
        Results that have these tables and columns are written so only when a person asks for it: it takes long.
    """

    name: str
    title: str
    module: str
    asks: Needs | tuple[Needs, ...] | None = None
    on_request: Needs | None = None

    @property
    def needs(self) -> Needs | tuple[Needs, ...]:
        """The tables and columns it cannot work without; of several such, one suffices."""
        return self.load().NEEDS if self.asks is None else self.asks

    def is_usual_for(self, result: Result) -> bool:
        """Whether a result is written so without being asked for."""
        if self.on_request is not None and not missing_columns(result, self.on_request):
            return False
        return not missing_columns(result, self.needs)

    def load(self) -> ExporterModule:
        """Import the module of this exporter."""
        return cast(ExporterModule, import_module(self.module))


EXPORTERS: Mapping[str, Exporter] = MappingProxyType(
    {
        exporter.name: exporter
        for exporter in (
            Exporter(name="csv", title="Every table as CSV", module="pelagia.exports.csv_tables"),
            Exporter(name="darwin-core", title="Darwin Core Archive", module="pelagia.exports.darwin_core"),
            Exporter(name="ecotaxa", title="EcoTaxa import file", module="pelagia.exports.ecotaxa"),
            Exporter(name="zooprocess", title="Tables of ZooProcess", module="pelagia.exports.zooprocess"),
            Exporter(
                name="geopackage",
                title="Map layers as GeoPackage",
                module="pelagia.exports.litter.geopackage",
                asks=needs.MAP_LAYERS,
            ),
            Exporter(
                name="geojson",
                title="Map layers as GeoJSON",
                module="pelagia.exports.litter.geojson",
                asks=needs.MAP_LAYERS,
            ),
            Exporter(
                name="density-map",
                title="Density and classes as GeoTIFF, contours",
                module="pelagia.exports.litter.density_map",
                asks=needs.DENSITY_MAP,
            ),
            Exporter(
                name="overview",
                title="Annotated pictures",
                module="pelagia.exports.litter.overview",
                asks=needs.OVERVIEW,
            ),
            Exporter(
                name="coco",
                title="Boxes as COCO",
                module="pelagia.exports.coco",
                asks=(needs.BOXES, animals.BOXES, CONSENSUS),
            ),
            Exporter(
                name="cvat",
                title="Boxes for correction in CVAT",
                module="pelagia.exports.cvat",
                asks=(needs.BOXES, animals.BOXES, CONSENSUS),
            ),
            Exporter(
                name="yolo",
                title="Pictures and boxes for YOLO",
                module="pelagia.exports.yolo",
                asks=(animals.BOXES, CONSENSUS),
                on_request=animals.BOXES,
            ),
            Exporter(
                name="time-series",
                title="Counts in time as CSV",
                module="pelagia.exports.ecosystem.time_series",
                asks=series_needs.TIME_SERIES,
            ),
            Exporter(
                name="sensorthings",
                title="Observations for SensorThings",
                module="pelagia.exports.ecosystem.sensorthings",
                asks=series_needs.SENSORTHINGS,
            ),
            Exporter(
                name="emodnet",
                title="Beach litter for EMODnet",
                module="pelagia.exports.litter.emodnet",
                asks=needs.EMODNET,
            ),
            Exporter(
                name="netcdf",
                title="Maps, mass balance and paths as NetCDF",
                module="pelagia.exports.oilspill.netcdf",
                asks=spills.NETCDF,
            ),
            Exporter(
                name="geotiff",
                title="Maps by time as GeoTIFF",
                module="pelagia.exports.oilspill.geotiff",
                asks=spills.MAPS,
            ),
            Exporter(
                name="outlines",
                title="Slicks, oil and coast as GeoJSON and GeoPackage",
                module="pelagia.exports.oilspill.outlines",
                asks=spills.OUTLINES,
            ),
            Exporter(
                name="animation",
                title="Film of the oil on the map",
                module="pelagia.exports.oilspill.animation",
                asks=spills.ANIMATION,
            ),
        )
    }
)


def find_exporters(names: Sequence[str]) -> tuple[Exporter, ...]:
    """Return the exporters of these names, each once, in the order given.

    Raises
    ------
    NotFound
        Where a name is not known.
    """
    unknown = [name for name in names if name not in EXPORTERS]
    if unknown:
        raise NotFound(
            "There is no export of this name",
            value=", ".join(unknown),
            remedy=f"Choose from {', '.join(EXPORTERS)}; the tables are always written as Parquet.",
        )
    return tuple(EXPORTERS[name] for name in dict.fromkeys(names))


def missing_columns(result: Result, needed: Needs | tuple[Needs, ...]) -> tuple[str, ...]:
    """Return what an exporter needs and the result does not have, as ``table`` or ``table.column``.

    Of several needs the one that lacks least counts.
    """
    if isinstance(needed, tuple):
        return min((missing_columns(result, one) for one in needed), key=len)
    missing: list[str] = []
    for name, columns in needed.items():
        table = result.tables.get(name)
        if table is None:
            missing.append(name)
            continue
        present = {column.name for column in table.columns}
        missing += [f"{name}.{column}" for column in columns if column not in present]
    return tuple(missing)
