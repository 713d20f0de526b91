"""How much litter there is: by area and survey line, by class, and by the formulas of APLASTIC-Q beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.report.count_rows import Estimate
from pelagia.exports.tables import records

ALL = "all"
LINES_AT_MOST = 400
"""More lines than this in a table are left to the files."""
_ENDS = ("", "_low", "_high")
COLUMNS = (
    *("area_id", "transect_id", "item_class", "j_code", "validated_items", "covered_m2", "length_m", "litter_m2"),
    *(f"{name}{end}" for name in ("items", "items_per_100m", "items_per_km2") for end in _ENDS),
    "interval_method",
)
QUANTITY_COLUMNS = (
    "image_id", "area_id", "tile_class", "kind", "tiles", "area_m2", "volume_m3", "items", "counted_items",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line: what was counted where; ``share`` is the length of its bar in percent."""

    area: str
    transect: str
    item_class: str
    j_code: str
    items: Estimate
    per_100m: Estimate
    per_km2: Estimate
    validated: int
    covered_m2: float | None
    length_m: float | None
    method: str
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Litter by a formula beside what was counted."""

    what: str
    tiles: float | None
    area_m2: float | None
    volume_m3: float | None
    items: float | None
    counted: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Densities:
    """All that is said of how much there is.

    Parameters
    ----------
    wholes
        Every area, each followed by its survey lines, and all together last where there are several.
    classes
        Of all together, the most frequent first.
    places
        Classes of each survey line, and of each area where there are several: name and lines.
    left_out
        Lines that are in the table alone.
    """

    wholes: tuple[Count, ...]
    classes: tuple[Count, ...]
    places: tuple[tuple[str, tuple[Count, ...]], ...]
    left_out: int
    quantities: tuple[Quantity, ...]

    @property
    def any_length(self) -> bool:
        """Whether a length of beach is known anywhere."""
        return any(count.per_100m.value is not None for count in self.wholes)

    @property
    def any_ground(self) -> bool:
        """Whether the size of the ground is known anywhere."""
        return any(count.covered_m2 is not None for count in self.wholes)


def read_densities(result: Result) -> Densities:
    """Return the tables ``density`` and ``quantities`` as a report sets them."""
    rows = [_count(row) for row in records(result.tables["density"], COLUMNS)]
    places: dict[tuple[str, str], list[Count]] = {}
    for row in rows:
        places.setdefault((row.area, row.transect), []).append(row)
    areas = [place for place in places if place[0] != ALL]
    wholes = [row for place, own in places.items() for row in own if row.item_class == ALL and place[0] != ALL]
    total = [row for row in rows if row.area == ALL]
    several = len({area for area, _ in areas}) > 1
    if several or not wholes:
        wholes += [row for row in total if row.item_class == ALL]
    classes = tuple(_with_bars([row for row in total if row.item_class != ALL]))
    named = [
        (" · ".join(part for part in place if part), tuple(_with_bars([one for one in own if one.item_class != ALL])))
        for place, own in places.items()
        if place[0] != ALL and (several or place[1])
    ]
    named = [(name, own) for name, own in named if own]
    fit = sum(len(own) for _, own in named) <= LINES_AT_MOST
    return Densities(
        wholes=tuple(wholes[:LINES_AT_MOST]),
        classes=classes[:LINES_AT_MOST],
        places=tuple(named) if fit else (),
        left_out=max(0, len(wholes) - LINES_AT_MOST) + (0 if fit else sum(len(own) for _, own in named)),
        quantities=tuple(_quantities(result)),
    )


def _count(row: Row) -> Count:
    return Count(
        area=row["area_id"],
        transect=row["transect_id"] or "",
        item_class=row["item_class"],
        j_code=row["j_code"] or "",
        items=_estimate(row, "items"),
        per_100m=_estimate(row, "items_per_100m"),
        per_km2=_estimate(row, "items_per_km2"),
        validated=row["validated_items"] or 0,
        covered_m2=row["covered_m2"],
        length_m=row["length_m"],
        method=row["interval_method"] or "",
    )


def _estimate(row: Row, name: str) -> Estimate:
    return Estimate(value=row[name], low=row[f"{name}_low"], high=row[f"{name}_high"])


def _with_bars(rows: Sequence[Count]) -> Iterator[Count]:
    """Yield lines by falling number, with the length of their bars."""
    most = max((row.items.value or 0 for row in rows), default=0) or 1
    for row in sorted(rows, key=lambda one: (-(one.items.value or 0), one.item_class)):
        told = {name: getattr(row, name) for name in row.__slots__}
        yield Count(**{**told, "share": round(100 * (row.items.value or 0) / most, 1)})


def _quantities(result: Result) -> Iterator[Quantity]:
    table = result.tables.get("quantities")
    for row in records(table, QUANTITY_COLUMNS) if table is not None else ():
        if row["image_id"] != ALL or row["area_id"] != ALL:
            continue
        kind = "from classes of ground" if row["kind"] == "tiles" else "from items and their factors"
        name = "All litter" if row["tile_class"] == ALL else row["tile_class"][:1].upper() + row["tile_class"][1:]
        yield Quantity(
            what=f"{name}, {kind}",
            tiles=row["tiles"],
            area_m2=row["area_m2"],
            volume_m3=row["volume_m3"],
            items=row["items"],
            counted=row["counted_items"],
        )
