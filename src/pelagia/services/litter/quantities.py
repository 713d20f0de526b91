"""Litter in square metres, cubic metres and items by the formulas of APLASTIC-Q, computed as its authors meant them.

Its programs store square and cubic metres as whole numbers, so that anything below one is lost, and assume a ground
sampling distance of 0.2 cm; here they are real numbers at any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.ground import LITTER_CLASSES, TILE_CLASSES
from pelagia.io.rasters.ground import Floats
from pelagia.services.litter.codes import codes_of
from pelagia.services.litter.columns import ALL
from pelagia.services.litter.counting import Counted

Record = dict[str, Any]

# Wolf et al. (2020), Environ. Res. Lett. 15:114042, doi:10.1088/1748-9326/abbd01, and the program of its authors
# (DFKI-NI/APLASTIC-Q; ai4os-hub/litter-assessment).
PLD_TILE_M = 0.256
"""Side of a tile of the classes of ground: 128 px of 0.2 cm."""
PLQ_TILE_M = 0.128
"""Side of a tile of the classes of litter: 64 px of 0.2 cm."""
COVERED_SHARE: Mapping[str, float] = {"litter high": 1.0, "litter low": 0.5, "organic debris": 1.0}
"""Share of a tile that is taken as covered."""
DEPTH_M: Mapping[str, float] = {"litter high": 0.30, "litter low": 0.07, "organic debris": 0.1}
"""Volume per area of a tile, m³/m²."""
ITEMS_PER_TILE: Mapping[str, float] = {"litter high": 3.5, "litter low": 1.5}
"""The program writes the pair as ``[3.5, 1,5]``: three numbers, of which it reads the first two, so that a tile of
low litter counts 1 item there. 1.5 was meant (the older program has ``[5.0, 2,5]``)."""
PLQ_FACTORS: Mapping[str, float] = {
    "P - bags LDPE thick": 0.5,
    "P - bags LDPE": 1.0,
    "P - bags robust PET": 0.5,
    "P - wrappers under 10cm": 2.0,
    "P - wrappers over 10cm": 1.0,
    "P - bottles PET": 1.0,
    "P - polystyrene under 20cm": 1.0,
    "P - polystyrene over 20cm": 0.3,
    "P - PPCP bottle": 2.0,
    "P - PPCP medical waste": 1.0,
    "P - PPCP other": 1.0,
    "P - fishing gear": 0.5,
    "P - cup lids, caps and small plastics": 2.0,
    "P - other plastics over 20cm": 0.7,
    "NP - rubber": 0.5,
    "NP - metal": 1.0,
    "NP - glass": 1.0,
    "NP - other": 1.0,
}
"""Items per tile of 12.8 cm; its five classes of no waste count none."""


def quantity_records(pictures: Sequence[Mapping[str, Any]], classes_m2: Floats, counted: Counted) -> list[Record]:
    """Return the rows of ``quantities``: for each picture, for each area, and for all; only where sizes are known.

    Parameters
    ----------
    pictures
        Rows of the table.
    classes_m2
        (pictures, 8) ground by class of tile, each part counted once.
    counted
        The items that count.

    Notes
    -----
    Tiles that show their ground in part, and those that an earlier picture shows in part, count by their share: A
    tile is its ground, in tiles of 25.6 cm. With A the ground of a class, litter covers A_high + A_low/2, has the
    volume 0.30·A_high + 0.07·A_low, and 3.5 and 1.5 items a tile. Organic debris covers A and has the volume 0.1·A.

    Items have no tiles of their own here. Each is given the tiles of 12.8 cm that its box fills, one at least, and
    they are multiplied with the factor of its class, where one is certain.
    """
    known = [number for number, row in enumerate(pictures) if row["gsd_cm"] is not None]
    tiles = _item_tiles(counted)
    plq = [codes_of(name).plq_class for name in counted.classes]
    order = np.argsort(counted.picture, kind="stable")
    by_picture = np.split(order, np.searchsorted(counted.picture[order], np.arange(1, len(pictures))))
    rows: list[Record] = []
    for image_id, area_id, mine in _groups(pictures, known):
        chosen = np.concatenate([by_picture[number] for number in mine])
        rows += _of_tiles(image_id, area_id, classes_m2[mine].sum(axis=0), len(chosen))
        rows += _of_items(image_id, area_id, counted, chosen, tiles, plq)
    return rows


def _groups(pictures: Sequence[Mapping[str, Any]], known: Sequence[int]) -> Iterator[tuple[str, str, list[int]]]:
    areas: dict[str, list[int]] = {}
    for number in known:
        areas.setdefault(pictures[number]["area_id"], []).append(number)
        yield pictures[number]["image_id"], pictures[number]["area_id"], [number]
    for area_id, mine in areas.items():
        yield ALL, area_id, mine
    if known:
        yield ALL, ALL, list(known)


def _of_tiles(image_id: str, area_id: str, ground_m2: Floats, items: int) -> Iterator[Record]:
    """Yield the quantities of the classes of ground: litter high and low, both together, organic debris."""
    found: list[Record] = []
    for name in (*LITTER_CLASSES, "organic debris"):
        area_m2 = float(ground_m2[TILE_CLASSES.index(name)])
        tiles = area_m2 / PLD_TILE_M**2
        found.append(
            {
                "image_id": image_id,
                "area_id": area_id,
                "tile_class": name,
                "kind": "tiles",
                "tiles": tiles,
                "area_m2": area_m2 * COVERED_SHARE[name],
                "volume_m3": area_m2 * DEPTH_M[name],
                "items": tiles * ITEMS_PER_TILE[name] if name in ITEMS_PER_TILE else None,
                "counted_items": None,
            }
        )
    litter = found[: len(LITTER_CLASSES)]
    together = {name: litter[0][name] + litter[1][name] for name in ("tiles", "area_m2", "volume_m3", "items")}
    yield from found
    yield {**litter[0], **together, "tile_class": ALL, "counted_items": items}


def _item_tiles(counted: Counted) -> Floats:
    return np.maximum(counted.litter_m2 / PLQ_TILE_M**2, 1.0)


def _of_items(
    image_id: str,
    area_id: str,
    counted: Counted,
    chosen: NDArray[np.int64],
    tiles: Floats,
    plq: Sequence[str | None],
) -> Iterator[Record]:
    """Yield the quantities of the classes of APLASTIC-Q that the chosen items certainly are of."""
    named = counted.item_class[chosen]
    for name in sorted({one for one in plq if one is not None}):
        numbers = [number for number, one in enumerate(plq) if one == name]
        mine = chosen[np.isin(named, numbers)]
        if len(mine):
            yield {
                "image_id": image_id,
                "area_id": area_id,
                "tile_class": name,
                "kind": "items",
                "tiles": float(tiles[mine].sum()),
                "area_m2": float(counted.litter_m2[mine].sum()),
                "volume_m3": None,
                "items": float(tiles[mine].sum() * PLQ_FACTORS[name]),
                "counted_items": len(mine),
            }
