"""What the steps of a litter run are given: an item some blocks of pictures, an item some pictures to be finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pelagia.core.service import Request
from pelagia.io.rasters.picture import Picture
from pelagia.learning.card import read_card
from pelagia.learning.tile_classes import read_ground
from pelagia.services.litter.grid import CORE_PX, Grid, cut_blocks, lay_grid
from pelagia.services.litter.service import LitterParams

Record = dict[str, Any]
TILES_PER_STEP = 256
"""Blocks of small pictures share a step until it has so many tiles: 1 to 3 s of work."""
VIEW_PX_PER_STEP = CORE_PX * CORE_PX
PICTURES_AT_MOST = 64
"""In one step, however small they are."""


def tile_grids(pictures: Sequence[Mapping[str, Any]], request: Request[LitterParams]) -> dict[str, Grid]:
    """Return the grid of tiles of every picture."""
    folder = Path(request.models["tiles"].path)
    ground = read_ground(read_card(folder), folder)
    return {
        record["image_id"]: lay_grid(
            Picture.from_record(record), model_tile_px=ground.tile_px, model_gsd_cm=ground.gsd_cm
        )
        for record in pictures
    }


def block_items(
    pictures: Sequence[Record], grids: Mapping[str, Grid], request: Request[LitterParams], workdir: Path
) -> Iterator[Record]:
    """Yield what :func:`pelagia.services.litter.blocks.work_on_blocks` is given.

    Blocks of one large picture are a step each; small pictures share one.
    """
    same = {
        "params": request.params.model_dump(mode="json"),
        "models": {role: model.path for role, model in request.models.items()},
        "folder": str(workdir),
    }
    part: list[Record] = []
    tiles = 0
    for record in pictures:
        grid = grids[record["image_id"]]
        for number, block in enumerate(cut_blocks(grid), start=1):
            if part and (tiles + block.tiles > TILES_PER_STEP or len(part) == PICTURES_AT_MOST):
                yield {**same, "blocks": part}
                part, tiles = [], 0
            part.append({"picture": record, "grid": asdict(grid), "block": asdict(block), "number": number})
            tiles += block.tiles
    if part:
        yield {**same, "blocks": part}


def picture_items(pictures: Sequence[Record], facts: Sequence[Record], workdir: Path) -> Iterator[Record]:
    """Yield what :func:`pelagia.services.litter.views.finish_pictures` is given.

    Parameters
    ----------
    pictures
        As the inventory has them.
    facts
        Of every block, in the order of the pictures.
    workdir
        Where views go.
    """
    by_picture: dict[str, list[Record]] = {record["image_id"]: [] for record in pictures}
    for fact in facts:
        by_picture[fact["image_id"]].append(fact)
    part: list[Record] = []
    pixels = 0
    for record in pictures:
        size = record["height_px"] * record["width_px"]
        if part and (pixels + size > VIEW_PX_PER_STEP or len(part) == PICTURES_AT_MOST):
            yield {"pictures": part, "folder": str(workdir)}
            part, pixels = [], 0
        part.append({"picture": record, "blocks": by_picture[record["image_id"]]})
        pixels += size
    if part:
        yield {"pictures": part, "folder": str(workdir)}


def picture_of(item: Mapping[str, Any]) -> Picture:
    """Return the picture that an item names."""
    return Picture.from_record(item["picture"])
