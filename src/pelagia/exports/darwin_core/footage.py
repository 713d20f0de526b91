"""Counts of underwater cameras as sampling events: an event a bin with its effort, absences where there was effort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.archive import new_archive, zip_entry
from pelagia.exports.darwin_core import descriptor, terms
from pelagia.exports.darwin_core.archive_rows import ARCHIVE_NAME, about_description, fingerprint, write_rows
from pelagia.exports.darwin_core.eml import eml_xml
from pelagia.exports.darwin_core.footage_measurements import bin_measurements
from pelagia.exports.darwin_core.footage_occurrences import Confirmed, confirmed_peaks, taxa_found
from pelagia.exports.darwin_core.occurrences import VERIFICATION
from pelagia.exports.darwin_core.publication import Publication, shared_facts
from pelagia.exports.darwin_core.taxa import Naming, PublishedName
from pelagia.exports.ecosystem.deployments import Deployment, Key, key_of, read_deployments
from pelagia.exports.outcome import DatasetInfo, ExportOptions, ExportOutcome, SampleInfo
from pelagia.exports.sampling import Sampling
from pelagia.exports.tables import records
from pelagia.io.findings import gather

ALL = "all"
PROTOCOL = "Underwater video or still imagery, screened for quality; animals found by a detector on frames of interest"
_FIELDS = (
    *("bin_start_utc", "bin_end_utc", "site", "camera", "deployment", "taxon", "aphia_id", "max_n", "max_n_utc"),
    *("mean_n", "n_frames", "n_frames_used", "recorded_s", "usable_s", "occupancy", "occupancy_low", "occupancy_high"),
    *("tracks", "validated", "score_from", "is_gap"),
    *("sun_elevation_deg",),
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Archive:
    """All that the rows of the archive are made from."""

    result: Result
    publication: Publication
    deployments: Mapping[Key, Sampling]
    names: Mapping[str, PublishedName | None]
    confirmed: Mapping[tuple[Key, str, str], Confirmed]
    undated: set[str] = field(default_factory=set)

    def bins(self) -> Iterator[Row]:
        """Yield the rows of bins with effort whose time is known."""
        for row in records(self.result.tables["time_series"], _FIELDS):
            if row["bin_start_utc"].startswith("+"):
                self.undated.add(" ".join(part for part in key_of(row) if part))
            elif not row["is_gap"]:
                yield row

    def event_id(self, row: Row) -> str:
        """Return the identifier of the event of a bin."""
        return f"{self.deployment_id(key_of(row))}:{row['bin_start_utc']}"

    def deployment_id(self, key: Key) -> str:
        """Return the identifier of the event of a deployment."""
        return self.publication.sample_event(self.deployments[key].sample_id)

    def occurrences(self) -> Iterator[tuple[Row, PublishedName]]:
        """Yield the rows that are occurrences with their names: all taxa that the camera sees, bin by bin."""
        for row in self.bins():
            name = self.names.get(row["taxon"])
            if name is not None:
                yield row, name


def write_footage(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``darwin-core.zip`` of counts in time.

    Each deployment of a camera is an event, and below it each bin with usable footage, with its effort. Each taxon is
    an occurrence of the bin: present with its MaxN, or absent. Gaps, where nobody could look, are no events.

    Returns
    -------
    ExportOutcome
        Findings: ``position-missing``, ``date-missing``, ``dataset-description-incomplete``,
        ``unknown-not-published``, ``nature-unknown``, and those of :func:`pelagia.exports.taxonomy.lint`.
    """
    naming = Naming(things="boxes")
    found = taxa_found(result)
    deployments = {key: _sampling(one, options.dataset) for key, one in read_deployments(result).items()}
    archive = _Archive(
        result=result,
        publication=Publication(
            **shared_facts(result, options), samplings=tuple(deployments.values()), from_footage=True
        ),
        deployments=deployments,
        names={row["taxon"]: naming.name(row) for row in found},
        confirmed=confirmed_peaks(result),
    )
    path = out / ARCHIVE_NAME
    with new_archive(path) as file:
        file.writestr(zip_entry(descriptor.METADATA_FILE), eml_xml(archive.publication, fingerprint(result)))
        write_rows(file, descriptor.EVENT_FILE, terms.EVENT_COLUMNS, _events(archive))
        write_rows(file, descriptor.MEASUREMENT_FILE, terms.MEASUREMENT_COLUMNS, _measurements(archive))
        file.writestr(zip_entry("meta.xml"), descriptor.meta_xml())
        write_rows(file, descriptor.OCCURRENCE_FILE, terms.OCCURRENCE_COLUMNS, _occurrences(archive))
    issues = (*_lacks(archive), *naming.findings(), *about_description(options.dataset))
    return ExportOutcome(files=(path,), issues=gather(issues))


def _sampling(one: Deployment, dataset: DatasetInfo) -> Sampling:
    """Return a deployment as it is published; what the publisher says of it by its name goes first."""
    site, camera, deployment = one.key
    told = next(
        (dataset.samples[name] for name in (one.label, deployment, camera, site) if name in dataset.samples),
        SampleInfo(),
    )
    is_placed = told.latitude is not None
    return Sampling(
        sample_id=one.label,
        latitude=told.latitude if is_placed else one.latitude,
        longitude=told.longitude if is_placed else one.longitude,
        depth_min_m=told.depth_min_m,
        depth_max_m=told.depth_max_m,
        position_is_told=is_placed,
        date=told.sampled_at or (f"{one.first_utc}/{one.last_utc}" if one.first_utc else ""),
        date_is_of_imaging=False,
        locality=told.locality or dataset.locality or site,
        location_id=told.location_id or dataset.location_id,
        concentrated=None,
        run={},
    )


def _events(archive: _Archive) -> Iterator[Row]:
    for key, sampling in archive.deployments.items():
        yield {
            **_shared(archive.publication, sampling),
            "eventID": archive.deployment_id(key),
            "eventType": "deployment",
            "eventDate": sampling.date,
            "samplingProtocol": archive.publication.dataset.sampling_protocol or PROTOCOL,
        }
    for row in archive.bins():
        if row["taxon"] == ALL:
            yield {
                **_shared(archive.publication, archive.deployments[key_of(row)]),
                "eventID": archive.event_id(row),
                "parentEventID": archive.deployment_id(key_of(row)),
                "eventType": "observation",
                "eventDate": f"{row['bin_start_utc']}/{row['bin_end_utc']}",
                "samplingProtocol": PROTOCOL,
                "sampleSizeValue": f"{row['usable_s']:.6g}",
                "sampleSizeUnit": "second",
                "samplingEffort": f"{row['usable_s']:.6g} s of usable footage of {row['recorded_s']:.6g} s recorded; "
                f"{row['n_frames_used']} usable frames of {row['n_frames']} looked at",
            }


def _shared(publication: Publication, sampling: Sampling) -> Row:
    dataset = publication.dataset
    placed = sampling.latitude is not None and sampling.longitude is not None
    return {
        "datasetID": dataset.dataset_id,
        "datasetName": publication.dataset_name,
        "institutionCode": dataset.institution_code,
        "locationID": sampling.location_id,
        "waterBody": dataset.water_body,
        "countryCode": dataset.country_code,
        "locality": sampling.locality,
        "decimalLatitude": sampling.latitude,
        "decimalLongitude": sampling.longitude,
        "geodeticDatum": "EPSG:4326" if placed else "",
        "coordinateUncertaintyInMeters": dataset.coordinate_uncertainty_m if placed else None,
        "minimumDepthInMeters": sampling.depth_min_m,
        "maximumDepthInMeters": sampling.depth_max_m,
        "modified": publication.created,
        "license": dataset.licence,
    }


def _occurrences(archive: _Archive) -> Iterator[Row]:
    publication = archive.publication
    machine = publication.models.split(" (SHA-256")[0] or publication.software
    for row, name in archive.occurrences():
        seen = archive.confirmed.get((key_of(row), row["taxon"], row["max_n_utc"] or ""))
        status = "validated" if seen is not None and seen.is_validated else "predicted"
        yield {
            "eventID": archive.event_id(row),
            "occurrenceID": _occurrence_id(archive, row),
            "basisOfRecord": "MachineObservation",
            "occurrenceStatus": "present" if row["max_n"] else "absent",
            "scientificName": name.scientific_name,
            "scientificNameID": name.scientific_name_id,
            "kingdom": name.kingdom,
            "taxonRank": name.rank,
            "verbatimIdentification": row["taxon"],
            "identifiedBy": " | ".join(sorted(seen.people)) if status == "validated" and seen else machine,
            "dateIdentified": max(seen.dates, default="") if status == "validated" and seen else publication.created,
            "identificationVerificationStatus": VERIFICATION[status],
            "identificationReferences": " | ".join(part for part in (publication.models, publication.software) if part),
            "identificationRemarks": _remarks(publication, name, status),
        }


def _occurrence_id(archive: _Archive, row: Row) -> str:
    return f"{archive.event_id(row)}:{' '.join(row['taxon'].split())}"


def _remarks(publication: Publication, name: PublishedName, status: str) -> str:
    if status == "validated":
        parts = ["Every individual of the MaxN was validated by a person"]
    else:
        parts = ["Identified by a machine-learning model; not checked by a person", publication.scores]
    return "; ".join(part for part in (*parts, name.remark) if part) + "."


def _measurements(archive: _Archive) -> Iterator[Row]:
    for row, _ in archive.occurrences():
        owner = {"eventID": archive.event_id(row), "occurrenceID": _occurrence_id(archive, row)}
        yield from bin_measurements(owner, row, archive.publication)


def _lacks(archive: _Archive) -> Iterator[Issue]:
    for sampling in archive.publication.samplings:
        if sampling.latitude is None or sampling.longitude is None:
            yield Issue(
                file=sampling.sample_id,
                code="position-missing",
                message="The position of the camera is not known; OBIS and GBIF require it.",
                remedy="Run again with latitude and longitude given, or give them in the data set description.",
            )
    for name in sorted(archive.undated):
        yield Issue(
            file=name,
            code="date-missing",
            message="It is not known when some clips were made; OBIS and GBIF require it, and their counts are left"
            " out.",
            remedy="Run again with their times: in the names, in a table of times, or as the begin of the first.",
        )
