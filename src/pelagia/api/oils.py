"""Oils by name, for forms that offer them."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query

from pelagia.api.spill_bodies import OilFound, OilsFound
from pelagia.ocean.oils.table import ListedOil, all_oils, list_oils, plain

router = APIRouter(prefix="/v1/oils", tags=["services"])


@router.get("", operation_id="listOils", summary="Find oils by name")
def find_oils(
    query: Annotated[
        str, Query(max_length=200, description="Parts of the name, the place it comes from, or its kind.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> OilsFound:
    """Of the table in the package; those whose name begins with what is asked for come first."""
    return OilsFound(items=[_found(one) for one in list_oils(query, limit)])


def _found(one: ListedOil) -> OilFound:
    oil = one.oil
    is_alone = _named(plain(oil.name)) == 1
    return OilFound(
        name=oil.name,
        choice=oil.name if is_alone else oil.record_id,
        api=oil.api,
        density_kg_m3=oil.density_kg_m3,
        location=one.location,
        product_type=one.product_type,
        is_complete=one.is_complete,
        estimated=len(oil.estimated),
        reference=oil.reference,
    )


def _named(name: str) -> int:
    return _names()[name]


@lru_cache(maxsize=1)
def _names() -> Counter[str]:
    """Return how many oils have each name."""
    return Counter(plain(listed.oil.name) for listed in all_oils())
