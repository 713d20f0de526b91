"""Blocks of pictures, each read once: tiles named, items looked for, people blurred."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.ground import TILE_CLASSES
from pelagia.core.result import OWN_FILE
from pelagia.core.table import Column
from pelagia.imaging.blurring import blur
from pelagia.io.findings import Findings
from pelagia.io.rasters.picture import Picture
from pelagia.io.rasters.reading import open_raster
from pelagia.learning.detector import load_detector
from pelagia.learning.tile_classes import load_tile_classifier
from pelagia.services.litter.columns import ITEM_COLUMNS, TILE_COLUMNS
from pelagia.services.litter.grid import Block, Grid
from pelagia.services.litter.items import Record, picture_of
from pelagia.services.litter.patch import Patch, edges, read_patch
from pelagia.services.litter.people import Crowd, find_people
from pelagia.services.litter.screening import RING, Floats, Mask, litter_probability, screen, worth_searching
from pelagia.services.litter.searching import Search, Searched
from pelagia.services.litter.tile_rows import tile_table
from pelagia.services.litter.views import write_piece
from pelagia.services.litter.vignettes import write_vignettes

FOUND_COLUMNS: tuple[Column, ...] = tuple(
    column
    for column in ITEM_COLUMNS
    if column.name
    in {
        *("image_id", "file", "area_id", "source_uri", "source_file", "row_px", "col_px", "height_px", "width_px"),
        *("score", "predicted_class"),
    }
)
"""What is known of an item before the blocks of a picture are put together."""


def work_on_blocks(item: Mapping[str, Any]) -> dict[str, Any]:
    """Work on some blocks.

    Parameters
    ----------
    item
        ``blocks``: for each its ``picture``, ``grid``, ``block`` and ``number`` in the picture; ``params`` of the
        request; ``models``: role → folder; ``folder`` for what is written.

    Returns
    -------
    dict
        ``tiles``: rows of :data:`TILE_COLUMNS`; ``found``: rows of :data:`FOUND_COLUMNS`; ``facts``: for each block
        where it stands, whether it could be read, how many pixels show something and how many are missing in the
        file, how many items were found, its piece of the view and how many people were blurred; ``issues``.
    """
    findings = Findings()
    tiles: list[pa.Table] = []
    found: list[Record] = []
    facts: list[Record] = []
    for one in item["blocks"]:
        try:
            done = _work_on(one, item)
        except PelagiaError as error:
            findings.add_error(error, objects=int(one["number"] == 1))
            facts.append(_place(one) | {"is_read": False})
            continue
        tiles.append(done["tiles"])
        found += done["found"]
        facts.append(_place(one) | done["fact"])
    return {
        "tiles": pa.concat_tables([_empty(TILE_COLUMNS), *tiles]),
        "found": pa.Table.from_pylist(found, schema=_empty(FOUND_COLUMNS).schema),
        "facts": facts,
        "issues": findings.records(),
    }


def _work_on(one: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    picture, grid, block = picture_of(one), Grid(**one["grid"]), Block(**one["block"])
    params, models, box = item["params"], item["models"], _box(_place(one))
    search = Search(
        detector=load_detector(models["items"]),
        gsd_cm=picture.gsd_cm,
        tile_px=grid.tile_px,
        score_from=params["score_from"],
    )
    with open_raster(picture) as reader:
        patch = read_patch(reader, grid, block, search.margin_px)
        missing_px = reader.missing_px(*box)
    probabilities, wanted, crowd = _look(picture, patch, grid, block, item)
    searched = search.run(patch, grid, block, wanted)
    shown = _without_people(patch, crowd)
    stem = f"{picture.image_id}-{one['number']}"
    piece = Path(item["folder"]) / "pieces" / stem
    write_piece(piece, shown, grid, block)
    inner = slice(RING, -RING), slice(RING, -RING)
    tiles, valid_px = tile_table(picture, grid, block, patch, probabilities[inner], searched.tiles[inner])
    return {
        "tiles": tiles,
        "found": _found(picture, searched, shown, Path(item["folder"]), stem),
        "fact": {
            "is_read": True,
            "is_whole": valid_px == box[2] * box[3],
            "valid_px": valid_px,
            "missing_px": missing_px,
            "items": len(searched.classes),
            "piece": str(piece),
            "people": crowd.mine if params["blur_people"] else None,
        },
    }


def _look(
    picture: Picture, patch: Patch, grid: Grid, block: Block, item: Mapping[str, Any]
) -> tuple[Floats, Mask, Crowd]:
    """Return the probabilities of the tiles, which of them are searched, and the people; of nothing, nothing."""
    params, models = item["params"], item["models"]
    if not patch.valid.any():
        shape = block.last_row - block.first_row + 2 * RING, block.last_col - block.first_col + 2 * RING
        return np.zeros((*shape, len(TILE_CLASSES)), np.float32), np.zeros(shape, np.bool_), Crowd()
    probabilities = screen(patch, grid, block, load_tile_classifier(models["tiles"]))
    wanted = worth_searching(litter_probability(probabilities), params["search_from"])
    crowd = _crowd(picture, patch, grid, block, models["people"]) if params["blur_people"] else Crowd()
    return probabilities, np.ones_like(wanted) if params["search"] == "everywhere" else wanted, crowd


def _crowd(picture: Picture, patch: Patch, grid: Grid, block: Block, model: str) -> Crowd:
    # Whoever looks up at a drone lies any way round in its photos; in an orthophoto hardly a face is seen at all.
    every_way = picture.kind != "orthophoto"
    return find_people(patch, grid, block, model, picture.gsd_cm, every_way=every_way)


def _without_people(patch: Patch, crowd: Crowd) -> Patch:
    """Return the pixels as they may be shown; where nobody is seen they are the same, and are not copied."""
    if not len(crowd.edges):
        return patch
    return Patch(row=patch.row, col=patch.col, rgb=blur(patch.rgb, crowd.edges), valid=patch.valid)


def _found(picture: Picture, searched: Searched, shown: Patch, folder: Path, stem: str) -> list[Record]:
    name = f"vignettes/{stem}.zip"
    files = write_vignettes(folder / name, shown, searched.edges)
    return [
        {
            "image_id": picture.image_id,
            "file": picture.file,
            "area_id": picture.area_id,
            "source_uri": f"{OWN_FILE}{name}",
            "source_file": file,
            "row_px": float(top),
            "col_px": float(left),
            "height_px": float(bottom - top),
            "width_px": float(right - left),
            "score": float(score),
            "predicted_class": label,
        }
        for file, (top, left, bottom, right), score, label in zip(
            files, searched.edges, searched.scores, searched.classes, strict=True
        )
    ]


def _place(one: Mapping[str, Any]) -> Record:
    grid, block = Grid(**one["grid"]), Block(**one["block"])
    top, bottom = edges(block.first_row, block.last_row, grid.tile_px, grid.height_px)
    left, right = edges(block.first_col, block.last_col, grid.tile_px, grid.width_px)
    return {
        "image_id": one["picture"]["image_id"],
        "number": one["number"],
        "top": top,
        "bottom": bottom,
        "left": left,
        "right": right,
    }


def _box(place: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return place["top"], place["left"], place["bottom"] - place["top"], place["right"] - place["left"]


def _empty(columns: tuple[Column, ...]) -> pa.Table:
    return pa.schema([column.field() for column in columns]).empty_table()
