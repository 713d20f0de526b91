"""The oil of a spill: by its name in the table, or by its API gravity."""

from __future__ import annotations

from difflib import get_close_matches

from pelagia.core.errors import BadParameter
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.table import ListedOil, all_oils, list_oils, plain

NAMED = 5
"""Names that an error tells."""


def find_oil(name: str) -> Oil:
    """Return an oil of the table by its name or its record.

    Parameters
    ----------
    name
        As in the table (capitals and punctuation do not matter), or the record, such as ``AD00042``.

    Raises
    ------
    BadParameter
        ``unknown-oil``, which names the nearest; ``ambiguous-oil`` where several oils have the name, which names their
        records.
    """
    asked = plain(name)
    by_record = [listed for listed in all_oils() if listed.oil.record_id.casefold() == asked]
    found = by_record or [listed for listed in all_oils() if plain(listed.oil.name) == asked]
    if not found or not asked:
        raise _unknown(name)
    complete = [listed for listed in found if listed.is_complete] or found
    if len(complete) > 1:
        told = ", ".join(f"{listed.oil.record_id} ({_origin(listed)})" for listed in complete)
        raise BadParameter(
            "several oils of the table have this name",
            value=name,
            remedy=f"Name the record instead: {told}",
            code="ambiguous-oil",
        )
    return complete[0].oil


def oil_by_api(api: float) -> Oil:
    """Return the crude oil of the table whose API gravity is nearest; its name tells which it is.

    Only complete records are asked whose viscosity and distillation were measured; of equally near ones the first by
    record.

    Parameters
    ----------
    api
        °API, 0 to 70.

    Raises
    ------
    BadParameter
        Where it is outside, with what a density would be.
    """
    if not 0.0 <= api <= 70.0:
        raise BadParameter(
            "an API gravity lies between 0 and 70",
            value=f"{api:g}",
            remedy="Give °API (a light crude oil has about 35), or choose the oil by name: pelagia oils lists them",
        )
    measured = [
        listed.oil
        for listed in all_oils()
        if listed.is_crude
        and listed.is_complete
        and not {"viscosity_mm2_s", "residual_fraction"} & {*listed.oil.estimated}
    ]
    return min(measured, key=lambda oil: (abs(oil.api - api), oil.record_id))


def _unknown(name: str) -> BadParameter:
    named = near_names(name)
    nearest = f"Nearest: {'; '.join(named)}. " if named else ""
    return BadParameter(
        "no oil of the table has this name",
        value=name,
        remedy=f"{nearest}pelagia oils lists them; or give api instead",
        code="unknown-oil",
    )


def near_names(name: str) -> list[str]:
    """Return the names of the table that are nearest to one that is not in it."""
    asked = plain(name)
    if not asked:
        return []
    holding = [listed.oil.name for listed in list_oils(asked, NAMED)]
    names = {plain(listed.oil.name): listed.oil.name for listed in all_oils()}
    alike = [names[near] for near in get_close_matches(asked, names, NAMED, cutoff=0.6)]
    beginning = [told for near, told in names.items() if near.split(" ")[0] == asked.split(" ")[0]]
    return list(dict.fromkeys([*holding, *alike, *beginning]))[:NAMED]


def _origin(listed: ListedOil) -> str:
    return ", ".join(part for part in (f"{listed.oil.api:.1f} °API", listed.location, listed.product_type) if part)
