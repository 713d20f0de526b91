"""What the boxes say of occurrences: which taxa were found, and which MaxN people have validated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.ecosystem.deployments import Key, key_of
from pelagia.exports.tables import records

ALL = "all"
_SERIES = ("site", "camera", "deployment", "taxon", "aphia_id", "max_n", "max_n_utc", "validated")
_BOXES = (
    *("site", "camera", "deployment", "taxon", "time_utc", "status", "is_deleted", "validated_by", "validated_at"),
)


@dataclass(slots=True)
class Confirmed:
    """The boxes of a MaxN: how many there should be, how many a person validated, who and when."""

    max_n: int
    validated: int = 0
    people: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)

    @property
    def is_validated(self) -> bool:
        """Whether a person validated each of them."""
        return self.max_n > 0 and self.validated >= self.max_n


def taxa_found(result: Result) -> list[dict[str, Any]]:
    """Return the taxa of the time series, as they are named for publication, with the number of their boxes."""
    taxa: dict[str, int | None] = {}
    for row in records(result.tables["time_series"], ("taxon", "aphia_id")):
        if row["taxon"] != ALL:
            taxa[row["taxon"]] = taxa.get(row["taxon"]) or row["aphia_id"]
    boxes: Counter[str] = Counter()
    for batch in result.tables["detections"].batches(["taxon"]):
        boxes.update({one["values"]: one["counts"] for one in batch.column(0).value_counts().to_pylist()})
    return [
        {
            "taxon": taxon,
            "aphia_id": aphia_id,
            "scientific_name": None,
            "status": "predicted",
            "is_organism": None,
            "counted": boxes[taxon],
        }
        for taxon, aphia_id in taxa.items()
    ]


def confirmed_peaks(result: Result) -> dict[tuple[Key, str, str], Confirmed]:
    """Return, by deployment, taxon and moment, the MaxN of which a person validated something."""
    found: dict[tuple[Key, str, str], Confirmed] = {}
    for row in records(result.tables["time_series"], _SERIES):
        if row["validated"] and row["max_n_utc"] and row["taxon"] != ALL:
            found[key_of(row), row["taxon"], row["max_n_utc"]] = Confirmed(max_n=row["max_n"])
    if not found:
        return found
    for row in records(result.tables["detections"], _BOXES):
        peak = found.get((key_of(row), row["taxon"], row["time_utc"] or ""))
        if peak is not None and row["status"] == "validated" and not row["is_deleted"]:
            peak.validated += 1
            peak.people.update({row["validated_by"]} - {None, ""})
            peak.dates.update({row["validated_at"]} - {None, ""})
    return found
