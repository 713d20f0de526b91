"""An EcoTaxa bundle as part of the listing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.core.words import count
from pelagia.io.ecotaxa import OBJECT_COLUMNS, EcoTaxaSample, EcoTaxaTable
from pelagia.io.findings import finding
from pelagia.io.sources import open_source
from pelagia.services.flowcam.listing import Expected, Naming, listing_table
from pelagia.services.flowcam.places import Place
from pelagia.services.flowcam.service import FlowCamParams
from pelagia.services.flowcam.stated import GIVEN, filled

READ_ROWS = 8192
VALIDATED = "validated"


class EcoTaxaReader:
    """One pass over the tables of a bundle: iterate for the listing, then ask for the samples and the findings.

    An annotation a person validated is a person's decision; any other is kept as the given label.

    Parameters
    ----------
    place
        A place of the kind ``ecotaxa``.
    params
        What the user said where the tables are silent.
    """

    def __init__(self, place: Place, params: FlowCamParams) -> None:
        self._place, self._params = place, params
        self._source = open_source(place.uri)
        self._issues: list[Issue] = []
        names = frozenset(entry.name for entry in self._source.entries())
        self._tables: list[EcoTaxaTable] = []
        for name in place.tables:
            try:
                self._tables.append(EcoTaxaTable(self._source, name, names))
            except PelagiaError as error:
                self._issues.append(finding(error))
        own = {column.name for column in OBJECT_COLUMNS}
        self.columns: tuple[Column, ...] = tuple(
            column for table in self._tables for column in table.columns if column.name not in own
        )

    def expect(self) -> Expected:
        """Read the tables without their images."""
        listed = images = 0
        for piece in self._pieces():
            listed += piece.num_rows
            images += piece.num_rows - piece["image"].null_count
        samples = {sample.sample_id for table in self._tables for sample in table.samples()}
        return Expected(
            listed=listed, images=images, facts=(count(len(samples), "sample", "samples"),), issues=self.issues()
        )

    def tables(self, sample_id: str, naming: Naming) -> Iterator[pa.Table]:
        """Yield the listing in pieces; objects of no named sample belong to ``sample_id``."""
        held: list[pa.Table] = []
        rows = 0
        for piece in self._pieces():
            held.append(self._listed(piece, sample_id, naming))
            rows += piece.num_rows
            if rows >= READ_ROWS:
                yield pa.concat_tables(held, promote_options="default")
                held, rows = [], 0
        if held:
            yield pa.concat_tables(held, promote_options="default")

    def _pieces(self) -> Iterator[pa.Table]:
        for table in self._tables:
            yield from table.batches()

    def _listed(self, piece: pa.Table, sample_id: str, naming: Naming) -> pa.Table:
        params, ids = self._params, piece["object_id"].to_pylist()
        is_validated = pc.fill_null(pc.equal(piece["label_status"], VALIDATED), False)
        nothing = pa.scalar(None, pa.string())
        own = {column.name for column in OBJECT_COLUMNS}
        taken = {
            "object_id": pa.array([naming.name(name, str(row)) for row, name in enumerate(ids)], pa.string()),
            "sample_id": pc.fill_null(piece["sample_id"], sample_id),
            "source_file": piece["image"],
            "problem": piece["problem"],
            "acquired_at_utc": piece["acquired_at_utc"],
            "pixel_size_um": filled(piece["pixel_size_um"], params.pixel_size_um),
            "latitude": filled(piece["latitude"], params.latitude),
            "longitude": filled(piece["longitude"], params.longitude),
            "depth_m": pc.divide(pc.add(piece["depth_min_m"], piece["depth_max_m"]), 2.0),
            "given_label": piece["label"],
            "validated_taxon": pc.if_else(is_validated, piece["label"], nothing),
            "validated_by": pc.if_else(is_validated, piece["label_by"], nothing),
            "validated_at": pc.if_else(is_validated, piece["label_at"], nothing),
            **{name: piece[name] for name in piece.column_names if name not in own},
        }
        return listing_table(taken, {"source_uri": self._source.uri}, piece.num_rows)

    def samples(self, sample_id: str) -> list[dict[str, Any]]:
        """Return the rows of the table ``samples``; complete after :meth:`tables`."""
        found: dict[str, dict[str, Any]] = {}
        for table in self._tables:
            for sample in table.samples():
                name = sample.sample_id or sample_id
                found.setdefault(name, _sample(sample, name, self._source.uri, self._params))
        return list(found.values())

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`tables`."""
        return (*self._issues, *(issue for table in self._tables for issue in table.issues()))


def _sample(sample: EcoTaxaSample, name: str, uri: str, params: FlowCamParams) -> dict[str, Any]:
    volume, given = sample.volume_imaged_ml, params.volume_imaged_ml
    known = volume is not None
    source = f"EcoTaxa table, {sample.volume_source}" if known else GIVEN if given else "not known"
    instrument = sample.fields.get("acq_instrument") or sample.fields.get("instrument")
    return {
        "sample_id": name,
        "source_uri": uri,
        "instrument": instrument,
        "started_at_utc": sample.started_at_utc.isoformat() if sample.started_at_utc else None,
        "ended_at_utc": sample.ended_at_utc.isoformat() if sample.ended_at_utc else None,
        "latitude": params.latitude if sample.latitude is None else sample.latitude,
        "longitude": params.longitude if sample.longitude is None else sample.longitude,
        "depth_min_m": params.depth_min_m if sample.depth_min_m is None else sample.depth_min_m,
        "depth_max_m": params.depth_max_m if sample.depth_max_m is None else sample.depth_max_m,
        "volume_imaged_ml": volume if known else given,
        "volume_source": source,
        "dilution": params.dilution,
        "pixel_size_um": sample.pixel_size_um or params.pixel_size_um,
    }
