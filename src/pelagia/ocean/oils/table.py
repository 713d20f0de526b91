"""The table of oils in the package: 1,442 oils of NOAA's ADIOS database, each made whole.

It is made by ``tools/make_oils.py``; ``docs/reference/oils.md`` tells from what. Reading it needs no package.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from pelagia.ocean.oils.oil import Oil

COLUMNS = (
    "record_id",
    "name",
    "location",
    "product_type",
    "is_complete",
    "api",
    "density_kg_m3",
    "viscosity_mm2_s",
    "viscosity_temperature_c",
    "residual_fraction",
    "residual_density_kg_m3",
    "vapour_pressure_bar",
    "max_water_fraction",
    "estimated",
    "reference",
)
"""Of the file, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOil:
    """An oil of the table.

    Parameters
    ----------
    oil
        All that its weathering needs.
    location
        Where it comes from; empty where unknown.
    product_type
        Such as ``Crude Oil NOS`` or ``Distillate Fuel Oil``.
    is_complete
        Whether NOAA holds its record complete enough for models.
    """

    oil: Oil
    location: str
    product_type: str
    is_complete: bool

    @property
    def is_crude(self) -> bool:
        """Return whether it is a crude oil or a condensate."""
        return self.product_type in {"Crude Oil NOS", "Condensate", "Tight Oil"}


@lru_cache(maxsize=1)
def all_oils() -> tuple[ListedOil, ...]:
    """Return the whole table, by name."""
    packed = (files("pelagia.ocean.oils") / "reference" / "oils.csv.gz").read_bytes()
    rows = csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8")))
    return tuple(_listed(row) for row in rows)


def list_oils(query: str = "", limit: int = 50) -> tuple[ListedOil, ...]:
    """Return the oils whose name, place or kind holds all words of a query; names that begin with it come first.

    Parameters
    ----------
    query
        Words or parts of words; capitals, accents of writing (``-``, ``,``) do not matter. All oils where empty.
    limit
        No more than these.
    """
    words = plain(query).split()
    found = [listed for listed in all_oils() if _holds(listed, words)]
    asked = " ".join(words)
    found.sort(key=lambda listed: _rank(plain(listed.oil.name), asked))
    return tuple(found[: max(limit, 0)])


def plain(text: str) -> str:
    """Return text in small letters and figures with single spaces, for comparing."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _holds(listed: ListedOil, words: list[str]) -> bool:
    text = plain(f"{listed.oil.name} {listed.location} {listed.product_type} {listed.oil.record_id}")
    return all(word in text for word in words)


def _rank(name: str, asked: str) -> tuple[int, str]:
    place = 0 if name == asked else 1 if name.startswith(asked) else 2 if asked in name else 3
    return place, name


def _listed(row: dict[str, str]) -> ListedOil:
    water = row["max_water_fraction"]
    return ListedOil(
        oil=Oil(
            name=row["name"],
            api=float(row["api"]),
            density_kg_m3=float(row["density_kg_m3"]),
            viscosity_mm2_s=float(row["viscosity_mm2_s"]),
            viscosity_temperature_c=float(row["viscosity_temperature_c"]),
            residual_fraction=float(row["residual_fraction"]),
            residual_density_kg_m3=float(row["residual_density_kg_m3"]),
            vapour_pressure_bar=float(row["vapour_pressure_bar"]),
            max_water_fraction=float(water) if water else None,
            estimated=tuple(row["estimated"].split()),
            reference=row["reference"],
            record_id=row["record_id"],
        ),
        location=row["location"],
        product_type=row["product_type"],
        is_complete=row["is_complete"] == "1",
    )
