"""Maps of a spill that need no network: oil at a few times, its probability, the shore, where it began."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.oilspill.colours import SCALE_OF_SHARES, SHORE_OIL, Scale, film_um, scale_of_amounts
from pelagia.exports.oilspill.frames import Grid, cells_at, check_inside, largest, read_grid, unix_s
from pelagia.exports.oilspill.geometry import near
from pelagia.exports.oilspill.shore import land, read_shore
from pelagia.exports.oilspill.words import minute, since_start
from pelagia.exports.report.litter.backdrop import png_uri
from pelagia.exports.report.numbers import percent, quantity
from pelagia.exports.report.oilspill.chart import Chart, Net, chart_around, net, scale_bar

PIXELS_AT_MOST = 600
"""Along a side of a map: of more cells the largest of a block is shown."""
SHORE_RGBA = (*bytes.fromhex(SHORE_OIL[1:]), 255)
STEPS = 24
"""Of the bar of colours."""
ROLES = ("start", "observed")
SAME_TIME_S = 1800.0
"""A slick that was seen so long before or after a map is drawn on it."""

Row = Mapping[str, Any]
Outline = tuple[Row, list[NDArray[np.float64]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """A bar of colours: ``steps`` are its colours, ``ticks`` are places in percent, a number, and what it means."""

    words: str
    steps: tuple[str, ...]
    ticks: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillMap:
    """One map; lengths are in units of the drawing."""

    title: str
    words: str
    told: str
    picture: str
    box: tuple[float, float, float, float]
    slicks: tuple[tuple[str, str], ...]
    legend: Legend


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """All maps over the same part of the Earth, with what they share."""

    maps: tuple[SpillMap, ...]
    height: float
    land: tuple[str, ...]
    shore: str
    track: str
    net: Net
    scale: tuple[float, str]
    cell: str
    has_shore_oil: bool
    roles: frozenset[str]

    @property
    def legends(self) -> tuple[Legend, ...]:
        """Each legend once."""
        return tuple(dict.fromkeys(one.legend for one in self.maps))


def draw_maps(result: Result, balance: Sequence[Row], slicks: Sequence[Row]) -> Maps | None:
    """Return the maps of a forecast, ``None`` without one.

    Parameters
    ----------
    result
        With ``grid`` and ``concentration``, of an ensemble ``probability``.
    balance
        Rows of the mass balance: a map each.
    slicks
        Rows of the slicks.
    """
    if not {"grid", "concentration"} <= set(result.tables) or not balance:
        return None
    grid = read_grid(result)
    edges = (
        grid.west_lon, grid.south_lat,
        grid.west_lon + grid.cols * grid.lon_step, grid.south_lat + grid.rows * grid.lat_step,
    )  # fmt: skip
    middle = (edges[0] + edges[2]) / 2.0
    outlines = [(row, rings_of(row, middle)) for row in slicks if row["role"] in ROLES]
    points = np.concatenate([np.array(edges).reshape(2, 2), *(ring for _, rings in outlines for ring in rings)])
    chart = chart_around([(*points.min(axis=0).tolist(), *points.max(axis=0).tolist())])
    lines, known = read_shore(result, middle)
    ground: list[Any] = []
    if known is not None:
        seen = (
            max(chart.west, known[0]),
            max(chart.south, known[1]),
            min(chart.east, known[2]),
            min(chart.north, known[3]),
        )
        ground = land(lines, seen)
    drawn = [*_oil_maps(result, grid, chart, balance, outlines), *_likely(result, grid, chart, outlines)]
    return Maps(
        maps=tuple(drawn),
        height=chart.height,
        land=tuple(chart.area(one) for one in ground),
        shore="".join(chart.path(line) for line in lines if _touches(line, chart)),
        track=_track(balance, chart, middle),
        net=net(chart),
        scale=scale_bar(chart),
        cell=f"{quantity(grid.lat_step * 111_195.0 / 1000.0, 2)} km",
        has_shore_oil=largest(result.tables["concentration"], "beached_kg") > 0,
        roles=frozenset(row["role"] for row, rings in outlines if rings),
    )


def rings_of(row: Row, lon: float) -> list[NDArray[np.float64]]:
    """Return the rings of a slick as (n, 2) of lon, lat; a point is a ring of one.

    Parameters
    ----------
    row
        Of the slicks; without a place it has none.
    lon
        Longitudes are written within 180° of this one.
    """
    if not row["geometry"]:
        return []
    geometry = json.loads(row["geometry"])
    rings = [[geometry["coordinates"]]] if geometry["type"] == "Point" else geometry["coordinates"]
    return [near(np.array(ring, np.float64), lon) for ring in rings]


def shown_rows(balance: Sequence[Row]) -> list[Row]:
    """Return the first time with oil, one in the middle and the end of a forecast, each once."""
    last = len(balance) - 1
    first = next((number for number, row in enumerate(balance) if row["surface_fraction"] > 0), 0)
    numbers = dict.fromkeys((first, (first + last) // 2, last))
    return [balance[number] for number in numbers]


def _oil_maps(
    result: Result,
    grid: Grid,
    chart: Chart,
    balance: Sequence[Row],
    outlines: Sequence[Outline],
) -> list[SpillMap]:
    table = result.tables["concentration"]
    scale = scale_of_amounts(largest(table, "surface_kg_m2"))
    legend = _legend_of_amounts(scale)
    found = []
    for row in shown_rows(balance):
        values, beached = _dense(table, grid, row["time_utc"], ("surface_kg_m2", "beached_kg"))
        pixels = scale.rgba(values)
        pixels[beached > 0] = SHORE_RGBA
        surface = f"{percent(row['surface_fraction'])} of the oil at the surface" if row["hours"] >= 0 else ""
        found.append(
            SpillMap(
                title=minute(row["time_utc"]),
                words=since_start(row["hours"]),
                told=surface,
                picture=png_uri(np.ascontiguousarray(pixels[::-1])) if pixels[..., 3].any() else "",
                box=_box(grid, chart, values.shape),
                slicks=_slicks(chart, _seen_then(row, outlines)),
                legend=legend,
            )
        )
    return found


def _likely(result: Result, grid: Grid, chart: Chart, outlines: Sequence[Outline]) -> list[SpillMap]:
    """Return the map of the probability of an ensemble, none without one."""
    if "probability" not in result.tables:
        return []
    (values,) = _dense(result.tables["probability"], grid, "", ("probability",))
    ticks = tuple((100.0 * share, percent(share), "") for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    made = SpillMap(
        title="Probability of oil",
        words="at the surface at any time of the run",
        told="share of the forecasts of the ensemble",
        picture=png_uri(np.ascontiguousarray(SCALE_OF_SHARES.rgba(values)[::-1])) if values.any() else "",
        box=_box(grid, chart, values.shape),
        slicks=_slicks(chart, outlines),
        legend=Legend(words="Probability of oil at the surface", steps=_steps(SCALE_OF_SHARES), ticks=ticks),
    )
    return [made]


def _dense(table: Table, grid: Grid, time_utc: str, fields: tuple[str, ...]) -> list[NDArray[np.float32]]:
    """Return fields as small maps, row 0 in the south: the largest value of each block of cells."""
    cells = cells_at(table, time_utc, fields)
    check_inside(table, grid, cells["row"], cells["col"])
    block = _block(grid)
    shape = (-(-grid.rows // block), -(-grid.cols // block))
    found = []
    for field in fields:
        dense = np.zeros(shape, np.float32)
        values = np.nan_to_num(cells[field].astype(np.float32))
        np.maximum.at(dense, (cells["row"] // block, cells["col"] // block), values)
        found.append(dense)
    return found


def _block(grid: Grid) -> int:
    return max(1, -(-max(grid.rows, grid.cols) // PIXELS_AT_MOST))


def _box(grid: Grid, chart: Chart, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    block = _block(grid)
    east = grid.west_lon + shape[1] * block * grid.lon_step
    return chart.box(grid.west_lon, grid.south_lat, east, grid.south_lat + shape[0] * block * grid.lat_step)


def _slicks(chart: Chart, outlines: Sequence[Outline]) -> tuple[tuple[str, str], ...]:
    """Return role and path of outlines; a point is a path of no length."""
    told = []
    for row, rings in outlines:
        is_point = len(rings) == 1 and len(rings[0]) == 1
        path = "".join(chart.path(ring, is_closed=not is_point) for ring in rings)
        told.append((f"{row['role']} point" if is_point else row["role"], f"{path}h0" if is_point else path))
    return tuple(one for one in told if one[1])


def _seen_then(row: Row, outlines: Sequence[Outline]) -> list[Outline]:
    """Return the slicks at the start, and those observed at about the time of a map."""
    time_s = unix_s(row["time_utc"])
    return [
        (one, rings)
        for one, rings in outlines
        if one["role"] == "start" or (one["observed_utc"] and abs(unix_s(one["observed_utc"]) - time_s) <= SAME_TIME_S)
    ]


def _track(balance: Sequence[Row], chart: Chart, lon: float) -> str:
    """Return the way of the centre of the oil at the surface."""
    places = [(row["centre_lon"], row["centre_lat"]) for row in balance if row["centre_lat"] is not None]
    return chart.path(near(np.array(places), lon)) if len(places) > 1 else ""


def _touches(line: NDArray[np.float64], chart: Chart) -> bool:
    west, south = line.min(axis=0).tolist()
    east, north = line.max(axis=0).tolist()
    return bool(west <= chart.east and east >= chart.west and south <= chart.north and north >= chart.south)


def _legend_of_amounts(scale: Scale) -> Legend:
    decades = [scale.low * 10.0**power for power in range(round(np.log10(scale.high / scale.low)) + 1)]
    ticks = tuple(
        (round(100.0 * float(scale.place(value)), 1), quantity(value, 1), _film(film_um(value))) for value in decades
    )
    return Legend(words="Oil at the surface, kg/m², and how thick that is", steps=_steps(scale), ticks=ticks)


def _film(um: float) -> str:
    if um >= 1000.0:
        return f"{quantity(um / 1000.0, 2)} mm"
    return f"{quantity(um, 2)} µm" if um >= 0.1 else f"{quantity(um * 1000.0, 2)} nm"


def _steps(scale: Scale) -> tuple[str, ...]:
    return tuple(scale.hexadecimal(number / (STEPS - 1)) for number in range(STEPS))
