"""What the objects add to an occurrence: their vignettes, who looked at them, how sure the model was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pelagia.core.table import Table
from pelagia.exports.tables import records
from pelagia.exports.vignettes import file_stem, vignette_path

MOST_MEDIA = 100
"""The most vignettes named in one occurrence, so that a record stays readable by those who import it."""

OBJECT_COLUMNS = (
    "object_id",
    "sample_id",
    "scan_id",
    "taxon",
    "status",
    "confidence",
    "source_file",
    "duplicate_of",
    "validated_by",
    "validated_at",
)

Key = tuple[str, str, str]


@dataclass(slots=True)
class Evidence:
    """What is gathered over the objects of one occurrence.

    ``media`` holds the first :data:`MOST_MEDIA` of ``vignettes`` addresses; ``confidence_sum`` is that of the
    calibrated probabilities of ``confident`` objects.
    """

    media: list[str] = field(default_factory=list)
    vignettes: int = 0
    validators: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)
    confidence_sum: float = 0.0
    confident: int = 0

    def add(self, row: Mapping[str, Any], base_url: str) -> None:
        """Take one object into account."""
        if row["validated_by"]:
            self.validators.add(row["validated_by"])
        if row["validated_at"]:
            self.dates.add(row["validated_at"])
        if row["confidence"] is not None:
            self.confidence_sum += row["confidence"]
            self.confident += 1
        if row["source_file"] and not row["duplicate_of"]:
            self.vignettes += 1
            if len(self.media) < MOST_MEDIA:
                self.media.append(media_address(row, base_url))

    @property
    def mean_confidence(self) -> float | None:
        """The mean calibrated probability, None where no object has one."""
        return self.confidence_sum / self.confident if self.confident else None


def media_address(row: Mapping[str, Any], base_url: str) -> str:
    """Return where the vignette of an object is found: under the base address, or relative where there is none.

    The paths are those in the EcoTaxa export.
    """
    path = vignette_path(row["sample_id"], row["object_id"])
    if row["scan_id"]:
        suffix = PurePosixPath(row["source_file"]).suffix.lower()
        path = f"{file_stem(row['scan_id'])}/{file_stem(row['object_id'])}{suffix}"
    return f"{base_url.rstrip('/')}/{quote(path)}" if base_url else path


def gather_evidence(objects: Table, base_url: str) -> dict[Key, Evidence]:
    """Read the objects once and return what they say, by (sample, taxon, status).

    Memory grows with the number of occurrences, not of objects.
    """
    found: dict[Key, Evidence] = {}
    for row in records(objects, OBJECT_COLUMNS):
        if row["taxon"] is None or row["status"] not in {"predicted", "validated"}:
            continue
        key = (row["sample_id"], row["taxon"], row["status"])
        evidence = found.get(key)
        if evidence is None:
            evidence = found[key] = Evidence()
        evidence.add(row, base_url)
    return found
