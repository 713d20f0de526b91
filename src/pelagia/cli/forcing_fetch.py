"""``pelagia forcing fetch``: forcing of a place and time, from the services that make it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from pelagia.cli.forcing import unix_time
from pelagia.core.errors import BadParameter
from pelagia.io.forcing.dialect import Kind, Window
from pelagia.io.forcing.fetch.fetching import fetch_forcing
from pelagia.io.forcing.fetch.wanted import around
from pelagia.runtime.settings import read_settings


@click.command()
@click.argument("kinds", metavar="KIND…", nargs=-1, required=True, type=click.Choice(get_args(Kind)))
@click.option("--lat", type=click.FloatRange(-85, 85), help="Latitude of the oil, °.")
@click.option("--lon", type=click.FloatRange(-180, 360), help="Longitude of the oil, °.")
@click.option("--margin", type=click.FloatRange(0.1, 20), default=0.75, show_default=True, help="Area around it, °.")
@click.option("--area", nargs=4, type=float, metavar="SOUTH NORTH WEST EAST", help="An area instead of a place, °.")
@click.option("--start", required=True, help="When the oil was there (UTC, such as 2008-08-06T09:51).")
@click.option(
    "--hours", type=click.FloatRange(0, 1440, min_open=True), default=48.0, show_default=True, help="How long, h."
)
@click.option("--backward", is_flag=True, help="The hours before the start instead of those after it.")
@click.option("--dataset", default="", help="A data set of your choice; for wind era5 or gfs.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; by default forcing in Pelagia's home."
)
def fetch(
    kinds: tuple[Kind, ...],
    lat: float | None,
    lon: float | None,
    margin: float,
    area: tuple[float, float, float, float] | None,
    start: str,
    hours: float,
    backward: bool,
    dataset: str,
    out: Path | None,
) -> None:
    """Fetch currents, wind or waves (KIND) of a place and time.

    Currents and waves come from Copernicus Marine, wind from ERA5 and for recent and coming days from GFS. User name
    and password are taken from the environment (COPERNICUSMARINE_SERVICE_USERNAME and _PASSWORD, CDSAPI_KEY) or the
    keyring of the system, and kept nowhere. GFS needs none.
    """
    if dataset and len(set(kinds)) > 1:
        raise BadParameter("A data set holds one kind", value=", ".join(kinds), remedy="Fetch one kind at a time.")
    window = _window(lat, lon, margin, area, unix_time(start) - (hours * 3600.0 if backward else 0.0), hours)
    folder = out if out is not None else read_settings().home / "forcing"
    found = fetch_forcing(tuple(dict.fromkeys(kinds)), window, folder, dataset=dataset)
    for paths in found.values():
        for path in paths:
            click.echo(str(path))
    options = " ".join(f"--{kind} '{path}'" for kind, paths in found.items() for path in paths)
    click.echo(f"\nUse them: pelagia run oilspill … {options}", err=True)


def _window(
    lat: float | None,
    lon: float | None,
    margin: float,
    area: tuple[float, float, float, float] | None,
    start_s: float,
    hours: float,
) -> Window:
    if area is not None:
        south, north, west, east = area
        return Window(
            south_lat=south,
            north_lat=north,
            west_lon=west,
            east_lon=east + 360.0 if east < west else east,
            start_s=start_s,
            end_s=start_s + hours * 3600.0,
        )
    if lat is None or lon is None:
        raise BadParameter(
            "Where the forcing is wanted is not told",
            value=f"lat {lat}, lon {lon}",
            remedy="Give --lat and --lon, or --area SOUTH NORTH WEST EAST.",
        )
    return around(lat, lon, margin, start_s, hours)
