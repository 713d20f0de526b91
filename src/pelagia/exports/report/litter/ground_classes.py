"""What the ground is: shares of the classes of tiles, area by area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from pelagia.core.result import Result
from pelagia.exports.litter.colours import TILE_COLOURS, hexadecimal
from pelagia.exports.report.numbers import percent

_ROWS = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One class of an area: where its bar begins and how long it is, in percent."""

    name: str
    colour: str
    tiles: int
    told: str
    start: float
    width: float
    m2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The ground of one area."""

    area: str
    tiles: int
    shares: tuple[Share, ...]


def read_ground(result: Result) -> tuple[Ground, ...]:
    """Return the classes of the tiles of each area; the table is read piece by piece."""
    areas: dict[str, dict[str, list[float]]] = {}
    table = result.tables["tiles"]
    for batch in table.batches(["area_id", "tile_class", "area_m2"], _ROWS):
        found = pa.Table.from_batches([batch]).group_by(["area_id", "tile_class"])
        sums = found.aggregate([("area_m2", "sum"), ("area_m2", "count"), ([], "count_all")]).to_pylist()
        for row in sums:
            own = areas.setdefault(row["area_id"], {}).setdefault(row["tile_class"], [0, 0.0, 0])
            own[0] += row["count_all"]
            own[1] += row["area_m2_sum"] or 0.0
            own[2] += row["area_m2_count"]
    return tuple(_ground(area, found) for area, found in areas.items())


def _ground(area: str, found: Mapping[str, list[float]]) -> Ground:
    total = sum(own[0] for own in found.values())
    shares, start = [], 0.0
    for name in TILE_COLOURS:
        if name not in found:
            continue
        number, area_m2, known = found[name]
        width = 100 * number / total
        shares.append(
            Share(
                name=name,
                colour=hexadecimal(TILE_COLOURS[name]),
                tiles=int(number),
                told=percent(number / total),
                start=round(start, 2),
                width=round(width, 2),
                m2=area_m2 if known == number else None,
            )
        )
        start += width
    return Ground(area=area, tiles=int(total), shares=tuple(shares))
