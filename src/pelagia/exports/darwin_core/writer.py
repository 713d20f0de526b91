"""Write a result as a Darwin Core Archive.

The layout follows the OBIS manual and the best practice for plankton imaging data: an event core with the sample and,
below it, the imaged sub-sample; an occurrence per sample, taxon and status; an extended measurement or fact extension.

References
----------
Martin-Cabrera, P., et al. (2022). Best practices and recommendations for plankton imaging data management,
https://doi.org/10.25607/OBP-1742. OBIS manual, https://manual.obis.org. Darwin Core text guide,
https://dwc.tdwg.org/text/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

from pelagia.core.result import Issue, Result
from pelagia.exports.archive import new_archive, zip_entry
from pelagia.exports.darwin_core import descriptor, terms
from pelagia.exports.darwin_core.archive_rows import ARCHIVE_NAME, about_description, fingerprint, write_rows
from pelagia.exports.darwin_core.eml import eml_xml
from pelagia.exports.darwin_core.events import event_rows
from pelagia.exports.darwin_core.footage import write_footage
from pelagia.exports.darwin_core.measurements import event_measurements, occurrence_measurements
from pelagia.exports.darwin_core.media import gather_evidence
from pelagia.exports.darwin_core.occurrences import Occurrence, find_occurrences, occurrence_row
from pelagia.exports.darwin_core.publication import Publication, plan
from pelagia.exports.darwin_core.taxa import Naming
from pelagia.exports.ecosystem.series_needs import SAMPLING_EVENTS
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.sampling import lacks
from pelagia.io.findings import gather

NEEDS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {
        "samples": ("sample_id",),
        "counts": ("sample_id", "taxon", "size_class", "status", "counted"),
        "objects": ("object_id", "sample_id", "taxon", "status"),
    },
    {
        "samples": ("sample_id",),
        "scans": ("scan_id",),
        "counts": ("sample_id", "taxon", "status", "counted", "per_m3"),
        "objects": ("object_id", "scan_id", "sample_id", "taxon", "status"),
    },
    SAMPLING_EVENTS,
)
"""Particles of an imaging cytometer, objects of scanned net samples, or counts in time of underwater cameras."""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``darwin-core.zip``.

    What is no organism or unknown is no occurrence; it is left out and told with its count. A class without
    AphiaID is published as Biota. What OBIS requires and no one said is told, and the archive written all the same.

    Parameters
    ----------
    result
        Needs what one of :data:`NEEDS` names; rows of ``counts`` with size class ``all``, or with none, are published.
    out
        The folder to write into.
    options
        Date, description of the data set, address of the vignettes.

    Returns
    -------
    ExportOutcome
        Findings: ``position-missing``, ``date-missing``, ``sampling-date-assumed``, ``volume-missing``,
        ``concentration-unknown``, ``dataset-description-incomplete``, ``media-not-online``, ``validator-missing``,
        ``not-an-organism``, ``unknown-not-published``,
        ``unclassified-not-published``, ``nature-unknown``, ``sample-not-in-result``, and those of
        :func:`pelagia.exports.taxonomy.lint`.
    """
    if "time_series" in result.tables:
        return write_footage(result, out, options)
    publication, naming = plan(result, options), Naming()
    evidence = gather_evidence(result.tables["objects"], options.media_base_url)
    occurrences = list(find_occurrences(result.tables["counts"], publication, evidence, naming))
    path = out / ARCHIVE_NAME
    with new_archive(path) as archive:
        _write_archive(archive, publication, occurrences, fingerprint(result))
    issues = (
        *lacks(
            publication.samplings,
            options.dataset,
            volume="volume_m3" if publication.from_scans else "volume_imaged_ml",
        ),
        *naming.findings(),
        *_about_the_whole(publication, occurrences),
    )
    return ExportOutcome(files=(path,), issues=gather(issues))


def _write_archive(
    archive: ZipFile, publication: Publication, occurrences: Sequence[Occurrence], identity: str
) -> None:
    archive.writestr(zip_entry(descriptor.METADATA_FILE), eml_xml(publication, identity))
    write_rows(archive, descriptor.EVENT_FILE, terms.EVENT_COLUMNS, event_rows(publication))
    write_rows(
        archive,
        descriptor.MEASUREMENT_FILE,
        terms.MEASUREMENT_COLUMNS,
        _measurements(publication, occurrences),
    )
    archive.writestr(zip_entry("meta.xml"), descriptor.meta_xml())
    write_rows(
        archive,
        descriptor.OCCURRENCE_FILE,
        terms.OCCURRENCE_COLUMNS,
        (occurrence_row(publication, occurrence) for occurrence in occurrences),
    )


def _measurements(publication: Publication, occurrences: Iterable[Occurrence]) -> Iterator[dict[str, object]]:
    samplings = {sampling.sample_id: sampling for sampling in publication.samplings}
    for sampling in publication.samplings:
        yield from event_measurements(publication, sampling)
    for occurrence in occurrences:
        yield from occurrence_measurements(publication, samplings[occurrence.count["sample_id"]], occurrence)


def _about_the_whole(publication: Publication, occurrences: Sequence[Occurrence]) -> Iterator[Issue]:
    yield from about_description(publication.dataset)
    unsaid = [s.sample_id for s in publication.samplings if s.concentrated is None]
    if unsaid and any(occurrence.count["per_ml"] is not None for occurrence in occurrences):
        yield _concentration_unknown(unsaid)
    if not publication.media_base_url and any(occurrence.evidence.media for occurrence in occurrences):
        yield Issue(
            file="",
            code="media-not-online",
            message="associatedMedia names the vignettes relative to the archive, as no address was given for them.",
            remedy="Put the vignettes of the EcoTaxa export on a web server and give its address.",
            severity="note",
        )
    for occurrence in occurrences:
        if occurrence.count["status"] == "validated" and not occurrence.evidence.validators:
            yield _validator_missing(occurrence)


def _concentration_unknown(sample_ids: Sequence[str]) -> Issue:
    return Issue(
        file=sample_ids[0] if len(sample_ids) == 1 else "",
        code="concentration-unknown",
        message=f"Of {len(sample_ids)} samples it is not known whether they were concentrated; their abundances are "
        "those in the sample, and are those in the water only if they were not.",
        remedy="For net or settled samples give water_volume_l and concentrate_volume_ml in the data set description.",
        severity="note",
    )


def _validator_missing(occurrence: Occurrence) -> Issue:
    return Issue(
        file=occurrence.count["sample_id"],
        code="validator-missing",
        message=f"It is not known who validated {occurrence.count['taxon']!r}; OBIS requires identifiedBy.",
        remedy="Give validated_by in the table of corrections.",
        value=occurrence.count["taxon"],
        objects=int(occurrence.count["counted"]),
    )
