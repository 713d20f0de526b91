"""The inventory: everything the inputs hold, listed once, in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Column, TableWriter
from pelagia.io.corrections import Corrections, read_corrections
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import list_files
from pelagia.services.flowcam.from_ecotaxa import EcoTaxaReader
from pelagia.services.flowcam.from_run import RunReader
from pelagia.services.flowcam.from_vignettes import VignetteReader
from pelagia.services.flowcam.listing import Expected, Naming, fill, union_columns, with_decisions
from pelagia.services.flowcam.places import Place, recognise
from pelagia.services.flowcam.service import FlowCamParams

CHUNK_ROWS = 2048
"""Particles of one step: about a second of classification on one core with a small model, twenty with a large one."""


class Reader(Protocol):
    """One pass over a place."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns beyond those of every listing."""
        ...

    def expect(self) -> Expected:
        """Take a quick look."""
        ...

    def tables(self, sample_id: str, naming: Naming) -> Iterator[pa.Table]:
        """Yield the listing in pieces."""
        ...

    def samples(self, sample_id: str) -> list[dict[str, Any]]:
        """Return the rows of ``samples``; complete after :meth:`tables`."""
        ...

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`tables`."""
        ...


READERS: Mapping[str, Callable[[Place, FlowCamParams], Reader]] = {
    "run": RunReader,
    "vignettes": VignetteReader,
    "ecotaxa": EcoTaxaReader,
}


def take_inventory(request: Request[FlowCamParams], workdir: str) -> dict[str, Any]:
    """List every particle and every file of the inputs.

    Parameters
    ----------
    request
        The request.
    workdir
        Where ``listing.parquet`` and ``files.parquet`` are written.

    Returns
    -------
    dict
        ``listing``, ``files``: paths; ``chunks``: row groups of the listing; ``samples``: rows of the table
        ``samples`` so far; ``issues``: findings as dictionaries.
    """
    findings = Findings()
    corrections = given_corrections(request, findings)
    places = find_places(request.inputs["runs"], findings)
    listing, files = Path(workdir, "listing.parquet"), Path(workdir, "files.parquet")
    samples, chunks = _write_listing(places, request.params, corrections, listing, findings)
    findings.add_all(corrections.left_over())
    list_files(list(dict.fromkeys(place.uri for place in places)), files, findings)
    return {
        "listing": str(listing),
        "files": str(files),
        "chunks": chunks,
        "samples": samples,
        "issues": findings.records(),
    }


def find_places(uris: Sequence[str], findings: Findings) -> list[Place]:
    """Recognise all inputs; those that cannot be used become findings."""
    places: list[Place] = []
    for uri in uris:
        try:
            found = recognise(uri)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
            continue
        places += [*found, *find_places(found[0].archive_uris, findings)]
    return places


def make_reader(place: Place, params: FlowCamParams) -> Reader:
    """Return the reader for a place."""
    return READERS[place.kind](place, params)


def given_corrections(request: Request[FlowCamParams], findings: Findings) -> Corrections:
    """Read what people decided, where it is given.

    Raises
    ------
    BadInput
        If the file cannot be read or lacks a required column.
    """
    uris = request.inputs.get("corrections", ())
    if not uris:
        return Corrections()
    corrections = read_corrections(uris[0])
    findings.add_all(corrections.issues)
    return corrections


def _write_listing(
    places: Sequence[Place], params: FlowCamParams, corrections: Corrections, path: Path, findings: Findings
) -> tuple[list[dict[str, Any]], int]:
    """Write the listing; return the samples and the number of row groups."""
    readers = [make_reader(place, params) for place in places]
    columns = union_columns(reader.columns for reader in readers)
    names, objects = Naming(), Naming()
    samples: list[dict[str, Any]] = []
    chunks = 0
    with TableWriter("listing", path, columns, rows_per_group=CHUNK_ROWS) as writer:
        for number, (place, reader) in enumerate(zip(places, readers, strict=True), start=1):
            sample_id = names.name(place.run.sample_id if place.run else place.name, str(number))
            for table in reader.tables(sample_id, objects):
                writer.write(with_decisions(fill(table, columns), corrections))
                chunks += -(-table.num_rows // CHUNK_ROWS)
            samples.extend(reader.samples(sample_id))
            findings.add_all(reader.issues())
    return samples, chunks
