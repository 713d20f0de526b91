"""From the name of a class to its material and its codes in the lists of the field; only what is certain."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

TABLE = "item_classes.csv"
EXACT, UNMAPPABLE, UNLISTED = "exact", "unmappable", "unlisted"
_SEPARATORS = re.compile(r"[\s_\-/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What is certain of a class; ``None`` where nothing is.

    Parameters
    ----------
    item_class
        Its name in the list; of a class that is not listed, the name asked for.
    material
        plastic, metal, glass, paper, rubber, wood, textile or other.
    plq_class
        The class of APLASTIC-Q.
    j_code, ospar_code, tsg_code
        Codes of the Joint List (EUR 30348), of OSPAR's list of items of the beach, and of the TSG-ML master list.
    certainty
        ``exact``: the class is the item of the list. ``unmappable``: several items of the list may be meant, or none
        is. ``unlisted``: the class is not in the list.
    remark
        Why.
    """

    item_class: str
    material: str | None = None
    plq_class: str | None = None
    j_code: str | None = None
    ospar_code: str | None = None
    tsg_code: str | None = None
    certainty: str = UNLISTED
    remark: str = ""


@lru_cache(maxsize=4096)
def codes_of(item_class: str | None) -> Codes:
    """Return what is certain of a class.

    Parameters
    ----------
    item_class
        As a detector or a person calls it; capitals, hyphens and underscores do not matter.
    """
    name = item_class or ""
    return listed_classes().get(_plain(name)) or Codes(item_class=name, remark="Not in the list of classes.")


@lru_cache(maxsize=1)
def listed_classes() -> Mapping[str, Codes]:
    """Return the list by every name that a class goes by."""
    text = files("pelagia.services.litter").joinpath("reference", TABLE).read_text(encoding="utf-8")
    found: dict[str, Codes] = {}
    for row in csv.DictReader(text.splitlines()):
        codes = Codes(
            item_class=row["item_class"],
            material=row["material"] or None,
            plq_class=row["plq_class"] or None,
            j_code=row["j_code"] or None,
            ospar_code=row["ospar_code"] or None,
            tsg_code=row["tsg_code"] or None,
            certainty=row["certainty"],
            remark=row["remark"],
        )
        for name in (row["item_class"], *filter(None, row["also_called"].split(";"))):
            found[_plain(name)] = codes
    return found


def _plain(name: str) -> str:
    return _SEPARATORS.sub(" ", name).strip().lower()
