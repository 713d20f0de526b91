"""Under which name a class is published, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pelagia.core.result import Issue, Severity
from pelagia.exports.taxonomy import Taxon, lint, lsid, taxa_by_name, taxon_by_aphia_id

UNKNOWN = "unknown"
PUBLISHED_STATUS = frozenset({"predicted", "validated"})
BIOTA_APHIA_ID = 1
"""What OBIS uses for what is alive and cannot be named: the superdomain Biota. GBIF reads the bare word as a genus
of plants (gbif/portal-feedback#4498); the kingdom "incertae sedis" says that no kingdom is meant."""

INCERTAE_SEDIS = "incertae sedis"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedName:
    """The taxonomic columns of an occurrence; ``remark`` says what was decided about them."""

    scientific_name: str
    scientific_name_id: str
    kingdom: str
    rank: str
    remark: str = ""


@dataclass(slots=True)
class Naming:
    """Decides per class how it is published; findings are told once a class.

    ``left_out`` counts, by class and code, what is not an occurrence; ``things`` says what is counted.
    """

    things: str = "images"
    issues: list[Issue] = field(default_factory=list)
    left_out: dict[tuple[str, str], int] = field(default_factory=dict)
    _names: dict[tuple[str, str | None, int | None], PublishedName] = field(default_factory=dict)

    def name(self, row: dict[str, Any]) -> PublishedName | None:
        """Return how the class of a row of ``counts`` is published; None if it is not an occurrence."""
        label, aphia_id = row["taxon"], row["aphia_id"]
        reason = _reason_to_leave_out(row)
        if reason:
            key = (label, reason)
            self.left_out[key] = self.left_out.get(key, 0) + int(row["counted"])
            return None
        known = (label, row["scientific_name"], aphia_id)
        if known not in self._names:
            issues = lint(*known)
            self.issues += issues
            self._names[known] = _published(*known, {issue.code for issue in issues})
        return self._names[known]

    def findings(self) -> tuple[Issue, ...]:
        """Return what was found about the names, and what was left out with its counts."""
        return (*self.issues, *(_left_out(label, code, n, self.things) for (label, code), n in self.left_out.items()))


def _reason_to_leave_out(row: dict[str, Any]) -> str:
    if row["status"] not in PUBLISHED_STATUS:
        return "unclassified-not-published"
    if row["taxon"] == UNKNOWN:
        return "unknown-not-published"
    if row["is_organism"] is False:
        return "not-an-organism"
    if row["is_organism"] is None and row["aphia_id"] is None and not _is_listed(row["taxon"]):
        return "nature-unknown"
    return ""


def _is_listed(name: str) -> bool:
    # A person may name what the model has no class for.
    return any(taxon.aphia_id for taxon in taxa_by_name(name))


def _published(label: str, scientific_name: str | None, aphia_id: int | None, codes: set[str]) -> PublishedName:
    if aphia_id is None:
        name = scientific_name or (_words(label) if _is_listed(label) else "")
        return _by_name_alone(name, "") if name else _biota()
    if "aphiaid-name-mismatch" in codes:
        remark = f"The AphiaID {aphia_id} given for this class is that of another taxon and is withheld"
        return _by_name_alone(scientific_name or _words(label), remark)
    taxon = taxon_by_aphia_id(aphia_id)
    if taxon is None:
        name = scientific_name or _words(label)
        return PublishedName(scientific_name=name, scientific_name_id=lsid(aphia_id), kingdom="", rank="")
    return PublishedName(
        scientific_name=scientific_name or taxon.name,
        scientific_name_id=lsid(aphia_id),
        kingdom=_kingdom(taxon),
        rank=taxon.rank.lower(),
    )


def _biota() -> PublishedName:
    return PublishedName(
        scientific_name="Biota",
        scientific_name_id=lsid(BIOTA_APHIA_ID),
        kingdom=INCERTAE_SEDIS,
        rank="superdomain",
        remark="Published as Biota because the class is not mapped to a taxon",
    )


def _by_name_alone(name: str, remark: str) -> PublishedName:
    taxon = next((t for t in taxa_by_name(name) if t.aphia_id), None)
    kingdom, rank = (_kingdom(taxon), taxon.rank.lower()) if taxon else ("", "")
    return PublishedName(scientific_name=name, scientific_name_id="", kingdom=kingdom, rank=rank, remark=remark)


def _kingdom(taxon: Taxon) -> str:
    return taxon.kingdom or (INCERTAE_SEDIS if taxon.aphia_id == BIOTA_APHIA_ID else "")


def _words(label: str) -> str:
    return " ".join(label.replace("_", " ").split())


def _left_out(label: str, code: str, counted: int, things: str) -> Issue:
    message, remedy = {
        "unclassified-not-published": (
            f"{counted} objects were not classified and are no occurrences.",
            "See the findings of the run for why.",
        ),
        "unknown-not-published": (
            f"{counted} {things} are of no known class and are no occurrences.",
            "Validate them, or accept a higher error rate (max error).",
        ),
        "not-an-organism": (
            f"The class {label!r} is not an organism; its {counted} {things} are no occurrences.",
            "Nothing to do. If it is one, say so in the model card.",
        ),
        "nature-unknown": (
            f"It is not known whether {label!r} is an organism; its {counted} {things} are not published.",
            "Say it in the model card, with its AphiaID.",
        ),
    }[code]
    severity: Severity = "warning" if code == "nature-unknown" else "note"
    return Issue(file="", code=code, message=message, remedy=remedy, value=label, severity=severity, objects=counted)
