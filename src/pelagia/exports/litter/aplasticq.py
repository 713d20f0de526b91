"""The files that the litter module of DFKI answers: for every picture two drawings and a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from pelagia.core.result import Result
from pelagia.core.spreadsheet import as_cells
from pelagia.exports.litter.aplasticq_sheets import Sheets, rows_of, sheets_of
from pelagia.exports.litter.class_map import TileGrid, tile_grids
from pelagia.exports.litter.colours import class_colours
from pelagia.exports.litter.drawn_items import items_by_picture, labels_of
from pelagia.exports.litter.overview import JPEG_QUALITY, draw_overview
from pelagia.exports.litter.plain_text import without_controls
from pelagia.exports.litter.views import read_view, view_paths
from pelagia.exports.vignettes import file_stem

LONGEST_SIDE_PX = 4096
GSD_UNKNOWN = "not known; send gsd_cm to have square metres, cubic metres and abundances (the original takes 0.2)"


def write(result: Result, out: Path, *, with_detection: bool = True, with_quantification: bool = True) -> None:
    """Write ``<picture>_PLD.jpg``, ``<picture>_PLQ.jpg`` and ``<picture>_litter_items.xlsx`` of every picture.

    Parameters
    ----------
    result
        Of a litter run.
    out
        An existing folder.
    with_detection
        Whether the drawing of the classes of tiles is wanted (PLD).
    with_quantification
        Whether the drawing of the items is wanted (PLQ).
    """
    views, colours = view_paths(result), class_colours(labels_of(result))
    all_sheets = list(sheets_of(result))
    grids = tile_grids(result, {one.name: one.picture for one in all_sheets})
    items: dict[str, list[dict[str, Any]]] = {}
    for image_id, rows in items_by_picture(result):
        items.setdefault(image_id, []).extend(rows)
    for one in all_sheets:
        stem = file_stem(one.name)
        _write_workbook(out / f"{stem}_litter_items.xlsx", one)
        view = views.get(one.picture["view"] or "")
        if view is None or not (with_detection or with_quantification):
            continue
        rgb, _ = read_view(view, LONGEST_SIDE_PX)
        drawings: Mapping[str, tuple[bool, list[dict[str, Any]], TileGrid | None]] = {
            "PLD": (with_detection, [], grids.get(one.name)),
            "PLQ": (with_quantification, items.get(one.name, []), None),
        }
        for kind, (is_wanted, boxes, grid) in drawings.items():
            if is_wanted:
                drawn = draw_overview(rgb, one.picture, boxes, grid, colours)
                drawn.save(out / f"{stem}_{kind}.jpg", quality=JPEG_QUALITY)


def _write_workbook(path: Path, sheets: Sheets) -> None:
    workbook = Workbook(write_only=True)
    for name, rows in {**rows_of(sheets), "Picture": _about(sheets)}.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(as_cells(row))
    workbook.save(path)


def _about(sheets: Sheets) -> list[tuple[str, object]]:
    """Return what the numbers of a picture rest on."""
    picture = sheets.picture
    return [
        ("file", without_controls(sheets.file)),
        ("ground sampling distance (cm)", GSD_UNKNOWN if picture["gsd_cm"] is None else picture["gsd_cm"]),
        ("told by", picture["gsd_source"]),
        ("ground it shows (m²)", picture["covered_m2"]),
        ("side of a tile (m)", picture["tile_m"]),
        ("people found and blurred", picture["people"]),
    ]
