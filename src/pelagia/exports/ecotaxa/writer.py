"""Write a result as an import file for EcoTaxa.

References
----------
Picheral M, Colin S, Irisson J-O (2017). EcoTaxa, a tool for the taxonomic classification of images,
https://ecotaxa.obs-vlfr.fr. The rules are those of its import (github.com/ecotaxa/ecotaxa_back, ``BO/TSVFile``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.exports.ecotaxa import zooscan_columns
from pelagia.exports.ecotaxa.bundle import Bundle
from pelagia.exports.ecotaxa.columns import READ_COLUMNS, Layout, object_cells, parent_cells, plan_layout
from pelagia.exports.ecotaxa.zooscan import write_scans
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.sampling import lacks, read_samplings
from pelagia.exports.vignettes import read_vignettes
from pelagia.io.findings import gather
from pelagia.io.images import encode_png

NEEDS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {
        "samples": ("sample_id",),
        "objects": ("object_id", "sample_id", "source_uri", "source_file", "taxon", "status"),
    },
    zooscan_columns.NEEDS,
)
"""Particles of an imaging cytometer, or objects of scans."""

ASKED_BY_ECOTAXA = frozenset({"position-missing", "date-missing", "sampling-date-assumed", "sample-not-in-result"})


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``ecotaxa.zip``, or ``ecotaxa-1.zip`` and so on where one would be too large to upload.

    Each holds a folder per sample with ``ecotaxa_<sample>.tsv`` and the vignettes as PNG; of scans see
    :func:`pelagia.exports.ecotaxa.zooscan.write_scans`. Predicted and validated objects carry category and state;
    unknown and unclassified ones carry neither, and wait for a person.

    Parameters
    ----------
    result
        Needs ``samples`` and ``objects``.
    out
        The folder to write into.
    options
        Date, description of the data set.

    Returns
    -------
    ExportOutcome
        Findings: ``particles-without-image`` and those on place and date of the samples.
    """
    process = process_cells(result, options)
    if "scans" in result.tables:
        return write_scans(result, out, options, process)
    samplings = read_samplings(result, options.dataset)
    parents = {sampling.sample_id: parent_cells(sampling, process) for sampling in samplings}
    by_name = {sampling.sample_id: sampling for sampling in samplings}
    objects = result.tables["objects"]
    layout = plan_layout(objects.columns, next(iter(parents.values()), {}))
    without_image: Counter[str] = Counter()
    reasons: dict[str, PelagiaError] = {}
    with Bundle(out, layout) as bundle:
        for row, vignette in read_vignettes(result, _read_columns(layout)):
            sample_id = row["sample_id"]
            if vignette.image is None:
                without_image[sample_id] += 1
                if vignette.error is not None:
                    reasons.setdefault(sample_id, vignette.error)
                continue
            cells = object_cells(row, by_name[sample_id], layout) | parents[sample_id]
            bundle.add(sample_id, cells, encode_png(vignette.image))
    issues = [issue for issue in lacks(samplings, options.dataset) if issue.code in ASKED_BY_ECOTAXA]
    issues += [_without_image(sample_id, n, reasons.get(sample_id)) for sample_id, n in without_image.items()]
    return ExportOutcome(files=bundle.files, issues=gather(issues))


def process_cells(result: Result, options: ExportOptions) -> dict[str, object]:
    """Return the cells that say how the objects were processed."""
    provenance = result.provenance
    return {
        "process_software": f"Pelagia {provenance.versions.get('pelagia', '')}".strip(),
        "process_service": f"{provenance.service} {provenance.service_version}",
        "process_model": "; ".join(f"{model.name}@{model.version}" for model in provenance.models),
        "process_model_sha256": "; ".join(model.sha256 for model in provenance.models),
        "process_date": options.created.strftime("%Y%m%d"),
    }


def _read_columns(layout: Layout) -> tuple[str, ...]:
    return (*READ_COLUMNS, *layout.numbers, *layout.texts)


def _without_image(sample_id: str, objects: int, first: PelagiaError | None) -> Issue:
    return Issue(
        file=sample_id,
        code="particles-without-image",
        message=f"{objects} particles have no readable image and cannot be imported into EcoTaxa"
        + (f" (first: {first.what})." if first else "."),
        remedy="See the findings of the run for the files that are missing or damaged.",
        value=first.file if first else "",
        objects=objects,
    )
