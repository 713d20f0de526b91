"""``pelagia forcing idealised``: fields that follow a formula, for training and trying out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, get_args

import click

from pelagia.cli.forcing import unix_time
from pelagia.core.errors import Conflict
from pelagia.io.forcing.dialect import GriddedForcing, Kind, Window
from pelagia.io.forcing.idealised import Grid, gyre, solid_rotation, tide, uniform
from pelagia.io.forcing.writing import write_forcing

Shape = Literal["uniform", "rotation", "gyre", "tide"]


@click.command()
@click.argument("shape", type=click.Choice(get_args(Shape)))
@click.option("--kind", type=click.Choice(get_args(Kind)), default="currents", show_default=True, help="What it is.")
@click.option("--area", nargs=4, type=float, required=True, metavar="SOUTH NORTH WEST EAST", help="The area, °.")
@click.option("--start", required=True, help="From when (UTC, such as 2024-05-17T12:00).")
@click.option(
    "--hours", type=click.FloatRange(0, 1440, min_open=True), default=48.0, show_default=True, help="How long, h."
)
@click.option("--speed", type=click.FloatRange(0, 60), default=0.3, show_default=True, help="Speed, m/s.")
@click.option(
    "--towards", type=click.FloatRange(0, 360), default=90.0, show_default=True, help="Where to, ° from north."
)
@click.option(
    "--period", type=click.FloatRange(0.1, 10_000), default=12.42, show_default=True, help="Of a turn or tide, h."
)
@click.option("--step", type=click.FloatRange(0.001, 5), default=0.05, show_default=True, help="Distance of points, °.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The NetCDF file to write.")
def idealised(
    shape: Shape,
    kind: Kind,
    area: tuple[float, float, float, float],
    start: str,
    hours: float,
    speed: float,
    towards: float,
    period: float,
    step: float,
    out: Path,
) -> None:
    """Make a field that follows a formula, for training and trying out.

    SHAPE is uniform (the same everywhere and always), rotation (turns as a whole about the middle of the area),
    gyre (one eddy that fills the area) or tide (to and fro).
    """
    if out.exists():
        raise Conflict(
            "The file is there already", value=out, remedy="Choose another name, or delete it.", file=str(out)
        )
    south, north, west, east = area
    start_s = unix_time(start)
    window = Window(
        south_lat=south,
        north_lat=north,
        west_lon=west,
        east_lon=east + 360.0 if east < west else east,
        start_s=start_s,
        end_s=start_s + hours * 3600.0,
    )
    field = _field(shape, kind, Grid(window=window, step_deg=step), speed, towards, period * 3600.0)
    out.parent.mkdir(parents=True, exist_ok=True)
    click.echo(str(write_forcing(out, field)))


def _field(
    shape: Shape, kind: Kind, grid: Grid, speed_m_s: float, towards_deg: float, period_s: float
) -> GriddedForcing:
    window = grid.window
    if shape == "uniform":
        angle = math.radians(towards_deg)
        return uniform(kind, grid, speed_m_s * math.sin(angle), speed_m_s * math.cos(angle))
    if shape == "rotation":
        middle = (window.south_lat + window.north_lat) / 2, (window.west_lon + window.east_lon) / 2
        return solid_rotation(kind, grid, lat=middle[0], lon=middle[1], period_s=period_s)
    if shape == "gyre":
        return gyre(kind, grid, speed_m_s=speed_m_s)
    return tide(kind, grid, speed_m_s=speed_m_s, towards_deg=towards_deg, period_s=period_s)
