"""``pelagia oils``: the oils of the table."""

from __future__ import annotations

import dataclasses
import json

import click

from pelagia.cli.words import columns, count
from pelagia.core.errors import BadParameter
from pelagia.ocean.oils.choosing import near_names, oil_by_api
from pelagia.ocean.oils.table import ListedOil, all_oils, list_oils

UNITS = {
    "api": "°API",
    "density_kg_m3": "kg/m³ at 15 °C",
    "viscosity_mm2_s": "mm²/s",
    "viscosity_temperature_c": "°C, of the viscosity",
    "residual_fraction": "share of the mass that does not evaporate",
    "residual_density_kg_m3": "kg/m³, of that share",
    "vapour_pressure_bar": "bar, of the fresh oil",
    "max_water_fraction": "share of water in its emulsion",
}
TITLES = ("record", "oil", "°API", "kg/m³", "mm²/s", "at °C", "stays", "from")


@click.command()
@click.argument("query", nargs=-1)
@click.option("--api", type=float, metavar="°API", help="Tell the oil that is taken for this API gravity.")
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="List no more than these.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="How to print it.")  # fmt: skip
def oils(query: tuple[str, ...], api: float | None, limit: int, form: str) -> None:
    """List the oils whose name, place or kind holds all words of QUERY; tell all of an oil that is alone.

    A name or a record of the list is what --oil of a run takes.
    """
    asked = " ".join(query)
    found = list_oils(asked, len(all_oils())) if api is None else _of_api(asked, api)
    if form == "json":
        click.echo(json.dumps([_as_json(listed) for listed in found[:limit]], ensure_ascii=False, indent=2))
    elif not found:
        named = near_names(asked)
        click.echo("No oil of the table has these words." + (f" Nearest: {'; '.join(named)}" if named else ""))
    elif len(found) == 1:
        click.echo(_card(found[0]))
    else:
        click.echo(columns([_line(listed) for listed in found[:limit]], TITLES, right=(2, 3, 4, 5, 6)))
        more = f" The first {limit}; --limit lists more." if len(found) > limit else ""
        click.echo(f"\n{count(len(found), 'oil', 'oils')}.{more} pelagia oils RECORD tells all of one.")


def _of_api(asked: str, api: float) -> tuple[ListedOil, ...]:
    if asked:
        raise BadParameter("an oil is asked for by words or by --api", value=asked, remedy="give one of them")
    taken = oil_by_api(api)
    return tuple(listed for listed in all_oils() if listed.oil.record_id == taken.record_id)


def _line(listed: ListedOil) -> tuple[str, ...]:
    oil = listed.oil
    return (
        oil.record_id,
        oil.name,
        f"{oil.api:.1f}",
        f"{oil.density_kg_m3:.0f}",
        f"{oil.viscosity_mm2_s:.3g}",
        f"{oil.viscosity_temperature_c:.0f}",
        f"{100 * oil.residual_fraction:.0f} %",
        listed.location,
    )


def _card(listed: ListedOil) -> str:
    oil = listed.oil
    lines = [click.style(f"{oil.name} ({oil.record_id})", bold=True)]
    lines.append(", ".join(part for part in (listed.product_type, listed.location) if part))
    for name, unit in UNITS.items():
        value = getattr(oil, name)
        if value is not None:
            note = "; from a relation" if name in oil.estimated else ""
            lines.append(f"  {name:<24} {value:>10.6g}  {unit}{note}")
    if oil.max_water_fraction is None:
        lines.append("  max_water_fraction       by API gravity, as MEDSLIK-II has it")
    if oil.reference:
        lines.append(f"Source: {oil.reference}")
    return "\n".join(lines)


def _as_json(listed: ListedOil) -> dict[str, object]:
    told: dict[str, object] = dataclasses.asdict(listed.oil)
    return {**told, "location": listed.location, "product_type": listed.product_type,
            "is_complete": listed.is_complete}  # fmt: skip
