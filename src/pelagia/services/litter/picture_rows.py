"""The rows of the table ``pictures``: what the inventory knew, and what the blocks made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.services.litter.columns import PICTURE_COLUMNS
from pelagia.services.litter.grid import Grid
from pelagia.services.litter.views import view_name

Record = dict[str, Any]
TOLD = tuple(column.name for column in PICTURE_COLUMNS)


def picture_rows(
    pictures: Sequence[Record], grids: Mapping[str, Grid], facts: Sequence[Record], views: Sequence[Record]
) -> list[Record]:
    """Return a row for every picture that could be read; its ground and its items are summed up later.

    Parameters
    ----------
    pictures
        As the inventory has them.
    grids
        Of each.
    facts
        Of every block.
    views
        Of every picture.
    """
    scales = {view["image_id"]: view["view_scale"] for view in views}
    by_picture: dict[str, list[Record]] = {}
    for fact in facts:
        if fact["is_read"]:
            by_picture.setdefault(fact["image_id"], []).append(fact)
    return [
        {name: record.get(name) for name in TOLD}
        | {
            "valid_px": sum(fact["valid_px"] for fact in by_picture[record["image_id"]]),
            "tile_m": grids[record["image_id"]].tile_m,
            "people": _people(by_picture[record["image_id"]]),
            "view": view_name(record["image_id"]),
            "view_scale": scales[record["image_id"]],
        }
        for record in pictures
        if scales[record["image_id"]] is not None
    ]


def _people(facts: Sequence[Record]) -> int | None:
    counts = [fact["people"] for fact in facts]
    return None if any(count is None for count in counts) else sum(counts)
