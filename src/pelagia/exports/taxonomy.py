"""Look names and AphiaIDs up offline: is the identifier of a class known, accepted and the right one.

The packaged list (``reference/taxa.parquet``) holds the 6,867 taxa and 8,500 synonyms of Nordic Microalgae, whose
names and AphiaIDs come from the World Register of Marine Species. It knows microalgae, bacteria and protists well,
and no animals: an identifier it does not hold is not wrong for that. ``tools/make_taxonomy.py`` builds it.

References
----------
Nordic Microalgae, https://github.com/nordicmicroalgae/content (MIT). WoRMS Editorial Board, World Register of
Marine Species, https://doi.org/10.14284/170 (CC BY 4.0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import pyarrow.parquet as pq

from pelagia.core.result import Issue

LSID_PREFIX = "urn:lsid:marinespecies.org:taxname:"
UNCERTAIN = frozenset({"uncertain", "unassessed", "temporary name", "nomen dubium"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxon:
    """One name of the list.

    Parameters
    ----------
    aphia_id
        Its identifier in WoRMS; None for a synonym, whose own identifier the list does not hold.
    valid_aphia_id
        The identifier of the accepted taxon, None where the name's status leaves it open.
    """

    name: str
    aphia_id: int | None
    rank: str
    status: str
    valid_aphia_id: int | None
    parent_aphia_id: int | None
    kingdom: str
    authority: str


def lsid(aphia_id: int) -> str:
    """Return the identifier OBIS asks for, ``urn:lsid:marinespecies.org:taxname:<AphiaID>``."""
    return f"{LSID_PREFIX}{aphia_id}"


def taxon_by_aphia_id(aphia_id: int) -> Taxon | None:
    """Return the taxon of an AphiaID, None where the list does not hold it."""
    return _by_id().get(aphia_id)


def taxa_by_name(name: str) -> tuple[Taxon, ...]:
    """Return the taxa of a name, homonyms and synonyms included; the accepted one first.

    Parameters
    ----------
    name
        A scientific name without authority; underscores count as spaces, case does not matter.
    """
    return _by_name().get(_key(name), ())


def lint(label: str, scientific_name: str | None, aphia_id: int | None) -> tuple[Issue, ...]:
    """Check the name and the AphiaID of a class against the list.

    Parameters
    ----------
    label
        The class as the model or the person calls it.
    scientific_name, aphia_id
        What the model card says of it.

    Returns
    -------
    tuple of Issue
        ``class-without-aphiaid``, ``aphiaid-not-in-list``, ``aphiaid-name-mismatch``, ``aphiaid-not-accepted``,
        ``aphiaid-uncertain``; empty if all is well.
    """
    if aphia_id is None:
        return (_without_identifier(label, scientific_name),)
    taxon = taxon_by_aphia_id(aphia_id)
    if taxon is None:
        return (_not_in_list(label, scientific_name, aphia_id),)
    found = [_mismatch(label, scientific_name, taxon), _standing(label, taxon)]
    return tuple(issue for issue in found if issue is not None)


def names_agree(scientific_name: str, taxon: Taxon) -> bool:
    """Tell whether a name is that of the taxon or one of its synonyms."""
    if _key(scientific_name) == _key(taxon.name):
        return True
    accepted = taxon.valid_aphia_id or taxon.aphia_id
    return any(other.valid_aphia_id == accepted for other in taxa_by_name(scientific_name))


def _without_identifier(label: str, scientific_name: str | None) -> Issue:
    asked = scientific_name or label
    suggested = next((t for t in taxa_by_name(asked) if t.valid_aphia_id or t.aphia_id), None)
    hint = ""
    if suggested is not None:
        hint = (
            f" The list holds {suggested.name} ({suggested.status}): {suggested.valid_aphia_id or suggested.aphia_id}."
        )
    return Issue(
        file="",
        code="class-without-aphiaid",
        message=f"The class {label!r} has no AphiaID, so that it cannot be matched to a taxon.",
        remedy=f"Look it up at https://www.marinespecies.org and put it into the model card.{hint}",
        value=label,
    )


def _not_in_list(label: str, scientific_name: str | None, aphia_id: int) -> Issue:
    others = [t for t in taxa_by_name(scientific_name or label) if t.aphia_id]
    if others:
        return Issue(
            file="",
            code="aphiaid-name-mismatch",
            message=f"{label!r} has the AphiaID {aphia_id}, but {others[0].name} has {others[0].aphia_id}.",
            remedy="Correct the name or the AphiaID in the model card.",
            value=str(aphia_id),
            severity="error",
        )
    return Issue(
        file="",
        code="aphiaid-not-in-list",
        message=f"The AphiaID {aphia_id} of {label!r} is not in the offline list, which holds no animals.",
        remedy=f"Check https://www.marinespecies.org/aphia.php?p=taxdetails&id={aphia_id}.",
        value=str(aphia_id),
        severity="note",
    )


def _mismatch(label: str, scientific_name: str | None, taxon: Taxon) -> Issue | None:
    asked = scientific_name or label
    if names_agree(asked, taxon):
        return None
    by_name = [t for t in taxa_by_name(asked) if t.aphia_id]
    if scientific_name is None and not by_name:
        return None  # a label such as "Centric_Diatom" is no name; the identifier alone says the taxon
    hint = f" {asked.replace('_', ' ')} has {by_name[0].aphia_id}." if by_name else ""
    return Issue(
        file="",
        code="aphiaid-name-mismatch",
        message=f"The AphiaID {taxon.aphia_id} of {label!r} is that of {taxon.name} ({taxon.rank}).{hint}",
        remedy="Correct the name or the AphiaID in the model card.",
        value=str(taxon.aphia_id),
        severity="error",
    )


def _standing(label: str, taxon: Taxon) -> Issue | None:
    if taxon.status == "accepted":
        return None
    valid = taxon.valid_aphia_id if taxon.valid_aphia_id != taxon.aphia_id else None
    accepted = taxon_by_aphia_id(valid) if valid else None
    name = f" ({accepted.name})" if accepted else ""
    # WoRMS points an unassessed name to its basionym: a hint, not a verdict.
    if valid is None or taxon.status in UNCERTAIN:
        return Issue(
            file="",
            code="aphiaid-uncertain",
            message=f"The standing of {taxon.name} ({taxon.aphia_id}, class {label!r}) in WoRMS is: {taxon.status}.",
            remedy=f"Publish it as it is; WoRMS points to {valid}{name}." if valid else "Publish it as it is.",
            value=str(taxon.aphia_id),
            severity="note",
        )
    return Issue(
        file="",
        code="aphiaid-not-accepted",
        message=f"The AphiaID {taxon.aphia_id} of {label!r} ({taxon.name}) is not accepted: {taxon.status}.",
        remedy=f"Use the accepted AphiaID {valid}{name} in the model card.",
        value=str(taxon.aphia_id),
    )


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()


@lru_cache(maxsize=1)
def _taxa() -> tuple[Taxon, ...]:
    with resources.as_file(resources.files("pelagia.exports") / "reference" / "taxa.parquet") as path:
        rows = pq.read_table(path).to_pylist()
    text = ("rank", "status", "kingdom", "authority")
    return tuple(Taxon(**{**row, **{key: row[key] or "" for key in text}}) for row in rows)


@lru_cache(maxsize=1)
def _by_id() -> Mapping[int, Taxon]:
    return {taxon.aphia_id: taxon for taxon in _taxa() if taxon.aphia_id is not None}


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, tuple[Taxon, ...]]:
    found: defaultdict[str, list[Taxon]] = defaultdict(list)
    for taxon in _taxa():
        found[_key(taxon.name)].append(taxon)
    return {key: tuple(sorted(taxa, key=lambda t: t.status != "accepted")) for key, taxa in found.items()}
