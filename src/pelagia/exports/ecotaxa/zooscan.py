"""Write scans as an import file for EcoTaxa: a table a scan, with the columns ZooProcess gives it.

Notes
-----
Unlike ZooProcess 10, the depths are those of the net (``zmin`` and ``zmax``), not the surface and the sea floor; all
measures are written; the type of a column is that of the table, not that of its first value; what is not finite is
empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result, own_files
from pelagia.exports.ecotaxa.bundle import Bundle
from pelagia.exports.ecotaxa.columns import Layout
from pelagia.exports.ecotaxa.zooscan_columns import (
    READ_COLUMNS,
    SAMPLE_COLUMNS,
    SCAN_COLUMNS,
    object_cells,
    parent_cells,
    plan_layout,
)
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.sampling import lacks, read_samplings
from pelagia.exports.tables import record_batches, records
from pelagia.exports.vignettes import file_stem
from pelagia.io.cutting import Vignette, iter_vignettes
from pelagia.io.ecotaxa.rules import CONCENTRATION_COLUMNS, concentration_problem
from pelagia.io.findings import gather
from pelagia.io.images import encode_png
from pelagia.io.sources import open_source

ASKED_BY_ECOTAXA = frozenset({"position-missing", "date-missing", "sample-not-in-result"})
READ_LIMIT_BYTES = 64 << 20
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif"})
ROWS_AT_A_TIME = 2048


def write_scans(result: Result, out: Path, options: ExportOptions, process: Mapping[str, object]) -> ExportOutcome:
    """Write ``ecotaxa.zip``, or ``ecotaxa-1.zip`` and so on where one would be too large to upload.

    Each holds a folder per scan with ``ecotaxa_<scan>.tsv`` and the vignettes as they are.

    Parameters
    ----------
    result
        Needs what :data:`pelagia.exports.ecotaxa.zooscan_columns.NEEDS` names.
    out
        The folder to write into.
    options
        Date, description of the data set.
    process
        Cells on the software that are the same for all.
    """
    scans = {scan["scan_id"]: scan for scan in records(result.tables["scans"], SCAN_COLUMNS)}
    samples = {sample["sample_id"]: sample for sample in records(result.tables["samples"], SAMPLE_COLUMNS)}
    samplings = {sampling.sample_id: sampling for sampling in read_samplings(result, options.dataset)}
    parents = {name: parent_cells(scan, samples[scan["sample_id"]], process) for name, scan in scans.items()}
    objects = result.tables["objects"]
    layout = plan_layout(objects.columns, next(iter(parents.values()), {}))
    without: dict[str, Counter[str]] = {}
    with Bundle(out, layout) as bundle:
        for row, image in _read_objects(result, layout):
            scan_id = row["scan_id"]
            if isinstance(image, str):
                without.setdefault(scan_id, Counter())[image] += 1
                continue
            sample_id = scans[scan_id]["sample_id"]
            name = {"img_file_name": f"{file_stem(row['object_id'])}{image.suffix}"}
            cells = object_cells(row, samplings[sample_id], samples[sample_id], layout)
            bundle.add(scan_id, name | cells | parents[scan_id], image.data)
    issues = [
        *(issue for issue in lacks(tuple(samplings.values()), options.dataset) if issue.code in ASKED_BY_ECOTAXA),
        *_no_concentration(parents),
        *(_without_image(scan_id, reasons) for scan_id, reasons in without.items()),
    ]
    return ExportOutcome(files=bundle.files, issues=gather(issues))


@dataclass(frozen=True, slots=True)
class _Image:
    """An image file, and what its name ends in."""

    data: bytes
    suffix: str


def _read_objects(result: Result, layout: Layout) -> Iterator[tuple[dict[str, Any], _Image | str]]:
    """Read the objects with their vignettes, in their order; a text says why one has none."""
    own = own_files(result.artifacts)
    columns = tuple(dict.fromkeys((*READ_COLUMNS, *layout.numbers, *layout.texts)))
    for rows in record_batches(result.tables["objects"], columns, ROWS_AT_A_TIME):
        cut = iter_vignettes((row for row in rows if row["source_file"] and _is_part(row)), own)
        for row in rows:
            if not row["source_file"]:
                yield row, "no vignette was made"
            elif _is_part(row):
                yield row, _encoded(next(cut))
            else:
                yield row, _file(own.get(row["source_uri"], row["source_uri"]), row["source_file"])


def _is_part(row: Mapping[str, Any]) -> bool:
    return row["box_col_px"] is not None


def _encoded(vignette: Vignette) -> _Image | str:
    if vignette.image is None:
        return vignette.error.what if vignette.error else "the picture cannot be read"
    return _Image(encode_png(vignette.image), ".png")


def _file(place: str, name: str) -> _Image | str:
    """Return the file of a vignette as it is, or say why there is none."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        return f"{name} is no PNG, JPEG or GIF"
    try:
        return _Image(open_source(place).read(name, READ_LIMIT_BYTES), suffix)
    except PelagiaError as error:
        return error.what


def _no_concentration(parents: Mapping[str, Mapping[str, object]]) -> Iterator[Issue]:
    for scan_id, cells in parents.items():
        for column in sorted(CONCENTRATION_COLUMNS):
            value = cells[column]
            if value is None or concentration_problem(str(value)):
                yield Issue(
                    file=scan_id,
                    code="ecotaxa-concentration",
                    message=f"{column} is not known; EcoTaxa cannot compute concentrations of this scan.",
                    remedy="Correct the metadata of the sample and run again.",
                    value="" if value is None else str(value),
                )


def _without_image(scan_id: str, reasons: Counter[str]) -> Issue:
    total = reasons.total()
    return Issue(
        file=scan_id,
        code="objects-without-image",
        message=f"{total} objects have no vignette and cannot be imported into EcoTaxa (first: {next(iter(reasons))}).",
        remedy="See the findings of the run.",
        objects=total,
    )
