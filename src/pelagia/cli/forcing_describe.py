"""``pelagia forcing describe``: what files of forcing hold."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pelagia.io.forcing.facts import ForcingFacts, describe_forcing
from pelagia.io.forcing.faults import utc


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--together", is_flag=True, help="The files belong together: parts of one data set.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or programs.")
def describe(files: tuple[str, ...], together: bool, form: str) -> None:
    """Tell what files of forcing hold: kind, area, time, variables with their units, levels, grid.

    FILE is a NetCDF file, a Zarr, or a folder or zip of them; only headers are read.
    """
    asked = [files] if together else [(file,) for file in files]
    found = [(", ".join(part), describe_forcing(part)) for part in asked]
    if form == "json":
        click.echo(json.dumps([{"file": name, **asdict(facts)} for name, facts in found], indent=2))
        return
    for number, (name, facts) in enumerate(found):
        click.echo(("\n" if number else "") + click.style(name, bold=True))
        for title, text in _lines(facts):
            click.echo(f"  {title:<10} {text}")


def _lines(facts: ForcingFacts) -> list[tuple[str, str]]:
    names = [f"{name} ({unit or 'no unit'})" for name, unit in zip(facts.variables, facts.units, strict=True)]
    depths = f"{len(facts.depths_m)} levels, {facts.depths_m[0]:g} to {facts.depths_m[-1]:g} m"
    return [
        ("holds", ", ".join(facts.kinds) or "the temperature of the sea alone"),
        ("area", f"{facts.south_lat:.3f} to {facts.north_lat:.3f} N, {facts.west_lon:.3f} to {facts.east_lon:.3f} E"),
        ("time", _times(facts)),
        ("variables", ", ".join(names)),
        ("depth", depths if len(facts.depths_m) > 1 else "at the surface"),
        ("grid", f"{facts.grid}, {facts.rows} × {facts.cols}"),
        *([("files", str(facts.files))] if facts.files > 1 else []),
    ]


def _times(facts: ForcingFacts) -> str:
    if facts.start_s is None or facts.end_s is None:
        return "always the same"
    if facts.times == 1:
        return utc(facts.start_s)
    return f"{utc(facts.start_s)} to {utc(facts.end_s)}, {facts.times} times, every {facts.step_s / 3600:g} h"
