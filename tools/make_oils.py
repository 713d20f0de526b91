"""Build the packaged table of oils from the records of NOAA's ADIOS oil database.

Usage: ``python tools/make_oils.py OILS.jsonl``, one record a line with ``id``, ``name``, ``location``,
``product_type``, ``api``, ``complete_for_modelling``, ``reference``, ``density_kg_m3`` and the viscosities as lists of
[°C, value], ``distillation`` (``type``, ``cuts_fraction_c``) and ``emulsions_stability_water_fraction``; extracted from
https://github.com/NOAA-ORR-ERD/noaa-oil-data. Writes ``oils.csv.gz`` into the package and tells which oils are left out
and how often each value is from a relation.
"""

from __future__ import annotations

import argparse
import collections
import csv
import dataclasses
import gzip
import io
import json
from pathlib import Path
from typing import Any

from pelagia.ocean.oils.completing import ToldOil, complete_oil
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.relations import (
    HIGHEST_RESIDUE,
    LOWEST_RESIDUE,
    boiling_line,
    density_at_15_c,
    density_of_api,
    distilled_share,
    is_curve,
    volatile_density,
)
from pelagia.ocean.oils.table import COLUMNS

OUT = Path(__file__).resolve().parent.parent / "src" / "pelagia" / "ocean" / "oils" / "reference" / "oils.csv.gz"
MEASURED_C = 15.0
HEAVIEST_KG_M3 = 1200.0
NO_VAPOUR = {"residual_fraction": HIGHEST_RESIDUE, "first_boiling_k": 640.0, "half_boiling_k": 700.0}
INVOLATILE = {"Lube Oil", "Dielectric Oil", "Natural Plant Oil", "Bio-fuel Oil"}
MOST_WATER = 0.95


def told_density(record: dict[str, Any]) -> float | None:
    """Return the density at 15 °C by the measurement nearest to it, kg/m³."""
    measured = record.get("density_kg_m3")
    if not measured:
        return None
    temperature, density = min(measured, key=lambda pair: abs(pair[0] - MEASURED_C))
    return density_at_15_c(density, temperature)


def told_viscosity(record: dict[str, Any], density_kg_m3: float) -> tuple[float, float] | None:
    """Return the kinematic viscosity measured nearest to 15 °C, and its temperature."""
    kinematic = [(celsius, value) for celsius, value in record.get("kinematic_viscosity_mm2_s", [])]
    dynamic = [
        (celsius, 1000.0 * mpa_s / density_kg_m3) for celsius, mpa_s in record.get("dynamic_viscosity_mpa_s", [])
    ]
    measured = [(celsius, value) for celsius, value in kinematic + dynamic if value > 0.0]
    if not measured:
        return None
    celsius, value = min(measured, key=lambda pair: abs(pair[0] - MEASURED_C))
    return value, celsius


def told_volatility(record: dict[str, Any], density_kg_m3: float) -> dict[str, float]:
    """Return what the distillation tells: residual share of the mass, and the boiling line."""
    distillation = record.get("distillation") or {}
    cuts = [(share, celsius) for share, celsius in distillation.get("cuts_fraction_c", [])]
    if not is_curve(cuts):
        return dict(NO_VAPOUR) if record["product_type"] in INVOLATILE else {}
    first_k, slope_k = boiling_line(cuts)
    half_k = first_k + 0.5 * slope_k
    share = distilled_share(cuts)
    if distillation["type"].casefold().startswith("volume"):
        share *= volatile_density(first_k, half_k, density_kg_m3) / density_kg_m3
    residue = min(max(1.0 - share, LOWEST_RESIDUE), HIGHEST_RESIDUE)
    return {"residual_fraction": residue, "first_boiling_k": first_k, "half_boiling_k": half_k}


def told_water(record: dict[str, Any]) -> float | None:
    """Return the most water that an emulsion of the oil was measured to hold."""
    shares = [share for _, share in record.get("emulsions_stability_water_fraction", []) if share is not None]
    return min(max(shares), MOST_WATER) if shares else None


def told(record: dict[str, Any]) -> ToldOil | None:
    """Return what a record tells; nothing where it has neither API gravity nor density, or sinks."""
    density = told_density(record)
    if density is None and record.get("api") is None:
        return None
    at_15 = density if density is not None else density_of_api(record["api"])
    if at_15 > HEAVIEST_KG_M3:
        return None
    viscosity = told_viscosity(record, at_15)
    return ToldOil(
        name=record["name"].strip(),
        api=record.get("api"),
        density_kg_m3=density,
        viscosity_mm2_s=viscosity[0] if viscosity else None,
        viscosity_temperature_c=viscosity[1] if viscosity else None,
        max_water_fraction=told_water(record),
        reference=" ".join(record.get("reference", "").split()),
        record_id=record["id"],
        **told_volatility(record, at_15),
    )


def row(record: dict[str, Any], oil: Oil) -> dict[str, str]:
    """Return a line of the table."""
    numbers = ("api", "viscosity_mm2_s", "viscosity_temperature_c", "residual_fraction", "vapour_pressure_bar")
    return {
        "record_id": oil.record_id,
        "name": oil.name,
        "location": record.get("location", "").strip(),
        "product_type": record["product_type"],
        "is_complete": "1" if record["complete_for_modelling"] else "0",
        **{name: f"{getattr(oil, name):.4g}" for name in numbers},
        "density_kg_m3": f"{oil.density_kg_m3:.1f}",
        "residual_density_kg_m3": f"{oil.residual_density_kg_m3:.1f}",
        "max_water_fraction": "" if oil.max_water_fraction is None else f"{oil.max_water_fraction:.3g}",
        "estimated": " ".join(oil.estimated),
        "reference": oil.reference,
    }


def table_of(records: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Return the table as CSV, and what there is to say of it."""
    rows, said, counted = [], [], collections.Counter[str]()
    for record in sorted(records, key=lambda record: (record["name"].casefold(), record["id"])):
        known = told(record)
        if known is None:
            said.append(f"left out: {record['id']} {record['name']}")
            continue
        oil = complete_oil(known)
        if known.first_boiling_k == NO_VAPOUR["first_boiling_k"]:
            oil = dataclasses.replace(oil, estimated=tuple(sorted({*oil.estimated, "residual_fraction"})))
        counted.update(oil.estimated)
        counted["measured water"] += oil.max_water_fraction is not None
        rows.append(row(record, oil))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue(), [*said, f"{len(rows)} oils; from relations: {dict(counted)}"]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("records", type=Path)
    lines = parser.parse_args().records.read_text(encoding="utf-8").splitlines()
    text, said = table_of([json.loads(line) for line in lines])
    OUT.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    print("\n".join([*said, f"{OUT.stat().st_size} bytes"]))


if __name__ == "__main__":
    main()
