"""Annotated overviews: every picture with its items, the classes of its ground, and a legend, as one JPEG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.exports.litter.class_map import CLASSES, TileGrid, tile_grids
from pelagia.exports.litter.colours import LITTER_CLASSES, TILE_COLOURS, Colour, class_colours
from pelagia.exports.litter.drawn_items import items_by_picture, labels_of
from pelagia.exports.litter.needs import OVERVIEW
from pelagia.exports.litter.pictures import read_pictures
from pelagia.exports.litter.views import Rgb, read_view, view_paths
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.report.numbers import NARROW_SPACE, nice_floor, percent
from pelagia.exports.vignettes import file_stem
from pelagia.io.findings import finding

NEEDS = OVERVIEW
FOLDER = "overview"
SIDES_PX = ((20, 4096), (200, 2048))
"""Up to so many pictures, so long is the longer side; beyond, :data:`SMALLEST_SIDE_PX`."""
SMALLEST_SIDE_PX = 1024
LEAST_SIDE_PX = 512
"""Smaller pictures, tiles above all, are enlarged towards it, so that marks and legend can be read."""
JPEG_QUALITY = 85
LEAST_UNIT = 0.8
"""Of the size of marks and letters, which is 1 in a picture of 1024 px."""
BAND_ROWS = 256
TINT_OF_LITTER, TINT_OF_GROUND = 0.22, 0.10

Row = Mapping[str, Any]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``overview/<picture>.jpg`` for every picture that may be shown.

    Boxes carry the initial of their class beside its colour; those of duplicates are dashed. Tiles are tinted with the
    colour of their class, those with litter more. The longer side is 4096 px, less where there are many pictures.
    """
    del options
    pictures, views = read_pictures(result), view_paths(result)
    shown = {name: row for name, row in pictures.items() if row.get("view") in views}
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    colours = class_colours(labels_of(result))
    side_px = next((side for most, side in SIDES_PX if len(shown) <= most), SMALLEST_SIDE_PX)
    items: dict[str, list[dict[str, Any]]] = {}
    for image_id, rows in items_by_picture(result):
        items.setdefault(image_id, []).extend(rows)
    grids = tile_grids(result, shown)
    files: list[Path] = []
    issues: list[Issue] = []
    for name, row in shown.items():
        try:
            rgb, _ = read_view(views[row["view"]], side_px)
        except PelagiaError as error:
            issues.append(finding(error, severity="warning"))
            continue
        path = folder / f"{file_stem(name)}.jpg"
        drawn = draw_overview(rgb, row, items.get(name, ()), grids.get(name), colours)
        drawn.save(path, quality=JPEG_QUALITY)
        files.append(path)
    return ExportOutcome(files=tuple(files), issues=tuple(issues))


def draw_overview(
    rgb: Rgb, picture: Row, items: Sequence[Row], grid: TileGrid | None, colours: Mapping[str, Colour]
) -> Image.Image:
    """Draw items, classes of the ground and a legend on a picture.

    Parameters
    ----------
    rgb
        The picture, smaller perhaps than the boxes say.
    picture, items
        Its rows.
    grid
        The classes of its tiles.
    colours
        Of the classes of items.
    """
    times = max(1, LEAST_SIDE_PX // max(rgb.shape[:2]))
    rgb = rgb.repeat(times, axis=0).repeat(times, axis=1)
    scale = rgb.shape[1] / picture["width_px"], rgb.shape[0] / picture["height_px"]
    image = Image.fromarray(_tinted(rgb, grid, scale))
    draw = ImageDraw.Draw(image)
    unit = max(LEAST_UNIT, max(image.size) / 1024)
    for item in sorted(items, key=lambda one: -one["height_px"] * one["width_px"]):
        _draw_item(draw, item, scale, colours.get(item["item_class"] or "", (255, 255, 255)), unit)
    if picture["gsd_cm"]:
        _draw_scale(draw, image.size, picture["gsd_cm"] / 100 / scale[0], unit)
    return _with_legend(image, _legend(items, grid, colours), unit)


def _tinted(rgb: Rgb, grid: TileGrid | None, scale: tuple[float, float]) -> Rgb:
    """Return a picture tinted by the class of the tile under every pixel."""
    if grid is None:
        return rgb
    strengths = [TINT_OF_LITTER if name in LITTER_CLASSES else TINT_OF_GROUND for name in CLASSES]
    strength = np.array([0.0, *strengths], np.float32)[:, None]
    colour = np.array([(0, 0, 0), *TILE_COLOURS.values()], np.float32)
    tinted = rgb.copy()
    cols = _tile_of(rgb.shape[1], scale[0] * grid.tile_px, grid.classes.shape[1])
    rows = _tile_of(rgb.shape[0], scale[1] * grid.tile_px, grid.classes.shape[0])
    for start in range(0, rgb.shape[0], BAND_ROWS):
        classes = grid.classes[rows[start : start + BAND_ROWS]][:, cols]
        part = tinted[start : start + BAND_ROWS].astype(np.float32)
        part += (colour[classes] - part) * strength[classes]
        tinted[start : start + BAND_ROWS] = part.astype(np.uint8)
    return tinted


def _tile_of(pixels: int, tile_px: float, tiles: int) -> NDArray[np.int64]:
    """Return the row (or column) of the tile under the middle of every pixel of a side."""
    return np.minimum(((np.arange(pixels) + 0.5) / tile_px).astype(np.int64), tiles - 1)


def _draw_item(draw: ImageDraw.ImageDraw, item: Row, scale: tuple[float, float], colour: Colour, unit: float) -> None:
    left, top = item["col_px"] * scale[0], item["row_px"] * scale[1]
    right, bottom = left + item["width_px"] * scale[0], top + item["height_px"] * scale[1]
    least = 3 * unit
    left, right = min(left, (left + right - least) / 2), max(right, (left + right + least) / 2)
    top, bottom = min(top, (top + bottom - least) / 2), max(bottom, (top + bottom + least) / 2)
    thick = max(2, round(1.6 * unit))
    if item["is_counted"] is False:
        _dashed(draw, (left, top, right, bottom), colour, thick, 5 * unit)
    else:
        draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=(255, 255, 255), width=1)
        draw.rectangle((left, top, right, bottom), outline=colour, width=thick)
    name = item["item_class"] or "?"
    draw.text(
        (left, top - thick), name[:1].upper(), font=_font(9 * unit), fill=(255, 255, 255), anchor="lb",
        stroke_width=max(1, round(unit)), stroke_fill=tuple(part // 2 for part in colour),
    )  # fmt: skip


def _dashed(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], colour: Colour, thick: int, dash: float
) -> None:
    left, top, right, bottom = box
    for (x1, y1), (x2, y2) in (
        ((left, top), (right, top)),
        ((right, top), (right, bottom)),
        ((right, bottom), (left, bottom)),
        ((left, bottom), (left, top)),
    ):
        length = max(abs(x2 - x1), abs(y2 - y1))
        for start in np.arange(0.0, length, 2 * dash):
            ends = [min(1.0, (start + part) / length) if length else 0.0 for part in (0.0, dash)]
            points = [(x1 + (x2 - x1) * end, y1 + (y2 - y1) * end) for end in ends]
            draw.line(points, fill=colour, width=thick)


def _draw_scale(draw: ImageDraw.ImageDraw, size: tuple[int, int], pixel_m: float, unit: float) -> None:
    width, height = size
    length_m = nice_floor(0.25 * width * pixel_m)
    length, thick, edge = length_m / pixel_m, max(2, round(3 * unit)), 14 * unit
    draw.rectangle((edge - 2, height - edge - thick - 2, edge + length + 2, height - edge + 2), fill=(0, 0, 0))
    draw.rectangle((edge, height - edge - thick, edge + length, height - edge), fill=(255, 255, 255))
    label = f"{length_m:g} m" if length_m >= 1 else f"{100 * length_m:g} cm"
    draw.text(
        (edge, height - edge - thick - 4 * unit), label, font=_font(12 * unit), fill=(255, 255, 255), anchor="lb",
        stroke_width=max(1, round(1.5 * unit)), stroke_fill=(0, 0, 0),
    )  # fmt: skip


def _with_legend(image: Image.Image, legend: Iterable[tuple[str, Colour, bool]], unit: float) -> Image.Image:
    """Return the picture with a strip below it that says what the colours mean, and how many there are of each."""
    font, line, swatch = _font(12 * unit), 20 * unit, 12 * unit
    places: list[tuple[float, float, str, Colour, bool]] = []
    x, y = 10 * unit, 8 * unit
    for text, colour, is_box in legend:
        width = swatch + 6 * unit + font.getlength(text) + 18 * unit
        if x + width > image.width and x > 10 * unit:
            x, y = 10 * unit, y + line
        places.append((x, y, text, colour, is_box))
        x += width
    whole = Image.new("RGB", (image.width, image.height + round(y + line + 4 * unit)), (255, 255, 255))
    whole.paste(image, (0, 0))
    draw = ImageDraw.Draw(whole)
    for left, top, text, colour, is_box in places:
        box = (left, image.height + top, left + swatch, image.height + top + swatch)
        if is_box:
            draw.rectangle(box, outline=colour, width=max(2, round(2.5 * unit)))
        else:
            draw.rectangle(box, fill=colour)
        middle = (left + swatch + 6 * unit, image.height + top + swatch / 2)
        draw.text(middle, text, font=font, fill=(11, 34, 57), anchor="lm")
    return whole


def _legend(
    items: Sequence[Row], grid: TileGrid | None, colours: Mapping[str, Colour]
) -> Iterator[tuple[str, Colour, bool]]:
    counts = Counter(item["item_class"] for item in items if item["is_counted"] is not False)
    again = sum(item["is_counted"] is False for item in items)
    for name, number in sorted(counts.items(), key=lambda one: (-one[1], str(one[0]))):
        yield f"{name or 'unnamed'}: {number}", colours.get(name or "", (255, 255, 255)), True
    if again:
        yield f"dashed: not counted, {again}", (90, 90, 90), True
    tiles = np.bincount(grid.classes.ravel(), minlength=len(CLASSES) + 1)[1:] if grid is not None else np.zeros(1)
    for name, number in zip(CLASSES, tiles.tolist(), strict=False):
        if number:
            share = percent(number / tiles.sum()).replace(NARROW_SPACE, " ")
            yield f"{name}: {share} of tiles", TILE_COLOURS[name], False
    if not items and not tiles.any():
        yield "nothing was found here", (150, 150, 150), False


def _font(size: float) -> Any:
    return ImageFont.load_default(size=max(8.0, size))
