"""The occurrence extension: one record per sample, taxon and status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pelagia.core.table import Table
from pelagia.exports.darwin_core.media import Evidence, Key
from pelagia.exports.darwin_core.publication import Publication
from pelagia.exports.darwin_core.taxa import Naming, PublishedName
from pelagia.exports.tables import records

ALL_SIZES = "all"
COUNT_COLUMNS = (
    "sample_id",
    "taxon",
    "scientific_name",
    "aphia_id",
    "is_organism",
    "size_class",
    "status",
    "counted",
    "counted_low",
    "counted_high",
    "per_ml",
    "per_ml_low",
    "per_ml_high",
    "per_ml_adjusted",
    "per_ml_adjusted_low",
    "per_ml_adjusted_high",
    "biovolume_abd_um3_per_ml",
    "per_m3",
    "per_m3_low",
    "per_m3_high",
    "biovolume_ellipsoid_mm3_per_m3",
    "biovolume_ellipsoid_mm3_per_m3_low",
    "biovolume_ellipsoid_mm3_per_m3_high",
)
VERIFICATION = {"predicted": "PredictedByMachine", "validated": "ValidatedByHuman"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence: its row of ``counts``, its name, and what its objects say."""

    occurrence_id: str
    count: dict[str, Any]
    name: PublishedName
    evidence: Evidence


def find_occurrences(
    counts: Table, publication: Publication, evidence: dict[Key, Evidence], naming: Naming
) -> Iterator[Occurrence]:
    """Yield the occurrences of a result; what is none is noted in ``naming``."""
    for row in records(counts, COUNT_COLUMNS):
        # Tables without size classes have one row for all sizes.
        if row["size_class"] not in {ALL_SIZES, None} or not row["counted"]:
            continue
        name = naming.name(row)
        if name is None:
            continue
        key = (row["sample_id"], row["taxon"], row["status"])
        yield Occurrence(
            occurrence_id=publication.occurrence(*key), count=row, name=name, evidence=evidence.get(key, Evidence())
        )


def occurrence_row(publication: Publication, occurrence: Occurrence) -> dict[str, object]:
    """Return the columns of an occurrence."""
    row, name, evidence = occurrence.count, occurrence.name, occurrence.evidence
    validated = row["status"] == "validated"
    return {
        "eventID": publication.imaged_event(row["sample_id"]),
        "occurrenceID": occurrence.occurrence_id,
        "basisOfRecord": "MachineObservation",
        "occurrenceStatus": "present",
        "scientificName": name.scientific_name,
        "scientificNameID": name.scientific_name_id,
        "kingdom": name.kingdom,
        "taxonRank": name.rank,
        "verbatimIdentification": row["taxon"],
        "identifiedBy": _validators(evidence) if validated else _machine(publication),
        "dateIdentified": _dates(evidence) if validated else publication.created,
        "identificationVerificationStatus": VERIFICATION[row["status"]],
        "identificationReferences": " | ".join(part for part in (publication.models, publication.software) if part),
        "identificationRemarks": _remarks(publication, occurrence),
        "associatedMedia": " | ".join(evidence.media),
    }


def _validators(evidence: Evidence) -> str:
    return " | ".join(sorted(evidence.validators))


def _dates(evidence: Evidence) -> str:
    if not evidence.dates:
        return ""
    first, last = min(evidence.dates), max(evidence.dates)
    return first if first == last else f"{first}/{last}"


def _machine(publication: Publication) -> str:
    return publication.models.split(" (SHA-256")[0] if publication.models else publication.software


def _remarks(publication: Publication, occurrence: Occurrence) -> str:
    evidence = occurrence.evidence
    parts = []
    if occurrence.count["status"] == "predicted":
        parts.append("Identified from images by a machine-learning model; not checked by a person")
        if evidence.mean_confidence is not None:
            parts.append(f"mean calibrated probability {evidence.mean_confidence:.3f}")
        if publication.scores:
            parts.append(publication.scores)
    else:
        parts.append("Identified from images by a person")
    if occurrence.name.remark:
        parts.append(occurrence.name.remark)
    if evidence.vignettes > len(evidence.media):
        parts.append(f"associatedMedia names the first {len(evidence.media)} of {evidence.vignettes} images")
    return "; ".join(parts) + "."
