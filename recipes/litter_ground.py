"""What the recipe of litter-tiles learns from: drawn beaches, and photos of litter whose licence allows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.ground import TILE_CLASSES
from pelagia.learning.train.tiles.data import LITTER, TileData, one_of, overlapping
from pelagia.services.litter.sample.drawing import DrawItem, draw_scene
from pelagia.services.litter.sample.litter import draw_litter
from pelagia.services.litter.sample.sprites import Sprite, cut_out
from pelagia.services.litter.sample.truth import HIGH_COVER

GSD_CM, TILE_PX, TILES = 0.4, 64, 4
SIDE_PX = TILE_PX * TILES
SCENE_TILES = 2 * TILES
# How sharp drone pictures are once they are brought to 0.4 cm: some are finer, some coarser and enlarged.
DRAWN_GSD_CM = (0.2, 0.28, 0.4, 0.4, 0.55, 0.8)
LITTERED = (0.0, 0.08, 0.3, 0.7)
PHOTO_ITEMS = 0.4  # of the pieces of litter are cut out of photos
LENGTH_CM, LENGTH_SPREAD = 13.0, 0.5  # median, deviation of its logarithm
NO_BOX_WEIGHT = 0.3  # photos have boxes around some of the litter only
LEAST_COVER = 0.08  # of a tile that is called litter because of a box

Image = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo (H, W, 3) RGB and the boxes of litter in it, (N, 4) row, col, height, width, px; labels of each."""

    image: Image
    boxes: Boxes
    labels: tuple[str, ...]
    file: str


def read_photos(folder: Path, split: str = "train") -> list[Photo]:
    """Read a set of photos with boxes in the COCO layout."""
    told = json.loads((folder / f"coco_{split}.json").read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in told["categories"]}
    found = []
    for entry in sorted(told["images"], key=lambda entry: entry["file_name"]):
        own = [one for one in told["annotations"] if one["image_id"] == entry["id"]]
        image = cv2.imread(str(folder / "images" / entry["file_name"]), cv2.IMREAD_COLOR_RGB)
        boxes = np.array([[one["bbox"][i] for i in (1, 0, 3, 2)] for one in own], np.float64).reshape(-1, 4)
        labels = tuple(names[one["category_id"]] for one in own)
        found.append(Photo(image=np.asarray(image, np.uint8), boxes=boxes, labels=labels, file=entry["file_name"]))
    return found


def cut_items(photos: list[Photo]) -> list[tuple[str, Image]]:
    """Return label and (rows, cols, 4) of each piece of litter, cut out of its photo along its outline."""
    found = []
    for photo in photos:
        for (row, col, height, width), label in zip(photo.boxes, photo.labels, strict=True):
            margin = 0.15 * max(height, width)
            low_row, low_col = max(int(row - margin), 0), max(int(col - margin), 0)
            part = photo.image[low_row : int(row + height + margin), low_col : int(col + width + margin)]
            inner = round(col) - low_col, round(row) - low_row, round(width), round(height)
            mask = np.zeros(part.shape[:2], np.uint8)
            models = np.zeros((1, 65)), np.zeros((1, 65))
            cv2.grabCut(part[..., ::-1].copy(), mask, inner, *models, 4, cv2.GC_INIT_WITH_RECT)
            alpha = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
            share = float((alpha > 0).sum()) / (height * width)
            if 0.25 <= share <= 0.98:  # else the outline was not found
                found.append((label, np.dstack([part, cv2.GaussianBlur(alpha, (0, 0), 0.8)])))
    return found


def mixed_items(items: list[tuple[str, Image]]) -> DrawItem:
    """Return what draws litter: some of it cut out of photos, the rest from nothing."""

    def draw(rng: np.random.Generator, gsd_cm: float) -> tuple[str, str, Sprite]:
        if not items or rng.random() >= PHOTO_ITEMS:
            return draw_litter(rng, gsd_cm)
        label, rgba = items[int(rng.integers(len(items)))]
        length_cm = float(np.clip(np.exp(rng.normal(np.log(LENGTH_CM), LENGTH_SPREAD)), 3, 60))
        scale = length_cm / gsd_cm / max(rgba.shape[:2])
        size = [max(2, round(side * scale)) for side in rgba.shape[1::-1]]
        small = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        turned = np.rot90(small[:, ::-1] if rng.random() < 0.5 else small, int(rng.integers(4)))
        return label, "photo", cut_out(np.ascontiguousarray(turned), relief_cm=float(rng.uniform(0.5, 5)))

    return draw


def drawn_squares(seed: int, scenes: int, draw_item: DrawItem, tell: Callable[[int], None]) -> TileData:
    """Return squares of drawn scenes, four of each, with the class of every tile."""
    images = np.empty((4 * scenes, SIDE_PX, SIDE_PX, 3), np.uint8)
    allowed, weights, groups = [], [], []
    for number in range(scenes):
        rng = np.random.default_rng((seed, number))
        gsd_cm = float(rng.choice(DRAWN_GSD_CM))
        side = round(SCENE_TILES * TILE_PX * GSD_CM / gsd_cm)
        littered = float(rng.choice(LITTERED))
        scene = draw_scene(rng, side, side, gsd_cm=gsd_cm, littered=littered, draw_item=draw_item)
        method = cv2.INTER_AREA if gsd_cm < GSD_CM else cv2.INTER_LINEAR
        picture = cv2.resize(scene.rgb, (2 * SIDE_PX, 2 * SIDE_PX), interpolation=method)
        known = np.eye(len(TILE_CLASSES), dtype=np.uint8)[scene.classes[:SCENE_TILES, :SCENE_TILES]]
        for quarter in range(4):
            row, col = divmod(quarter, 2)
            pixels = slice(row * SIDE_PX, (row + 1) * SIDE_PX), slice(col * SIDE_PX, (col + 1) * SIDE_PX)
            images[4 * number + quarter] = picture[pixels]
            own = known[row * TILES : (row + 1) * TILES, col * TILES : (col + 1) * TILES]
            may, counts = overlapping(own)
            allowed.append(may)
            weights.append(counts)
            groups.append(f"scene-{number}")
        tell(number)
    return TileData(images=images, allowed=np.stack(allowed), weights=np.stack(weights), groups=tuple(groups))


def photo_squares(photos: list[Photo], count: int, rng: np.random.Generator) -> TileData:
    """Return squares of four photos each, reduced so that the litter in them has its size on the ground.

    Of their tiles only is known whether there is litter; where there is no box, that is not sure either.
    """
    images = np.empty((count, SIDE_PX, SIDE_PX, 3), np.uint8)
    allowed, weights, groups = [], [], []
    half = SIDE_PX // 2
    for number in range(count):
        own = np.zeros((TILES, TILES, len(TILE_CLASSES)), np.uint8)
        for quarter in range(4):
            row, col = divmod(quarter, 2)
            part, boxes = _window(photos[int(rng.integers(len(photos)))], half, rng)
            images[number, row * half : (row + 1) * half, col * half : (col + 1) * half] = part
            tiles = label_tiles(boxes, half // TILE_PX, half // TILE_PX, TILE_PX)
            own[row * 2 : row * 2 + 2, col * 2 : col * 2 + 2] = tiles
        may, counts = overlapping(own)
        is_litter = may[..., : len(LITTER)].any(axis=-1)
        counts[1::2] = 0  # what lies over two tiles or photos is not learned from
        counts[:, 1::2] = 0
        allowed.append(may)
        weights.append(np.where(is_litter, counts, counts * NO_BOX_WEIGHT).astype(np.float32))
        groups.append(f"photos-{number}")
    return TileData(images=images, allowed=np.stack(allowed), weights=np.stack(weights), groups=tuple(groups))


def _window(photo: Photo, side: int, rng: np.random.Generator) -> tuple[Image, Boxes]:
    """Return a window of a reduced photo around some litter, with the boxes in it."""
    item = photo.boxes[int(rng.integers(len(photo.boxes)))]
    length_cm = float(np.clip(np.exp(rng.normal(np.log(LENGTH_CM), LENGTH_SPREAD)), 4, 40))
    scale = max(length_cm / GSD_CM / float(item[2:].max()), (side + 1) / min(photo.image.shape[:2]))
    size = [round(length * scale) for length in photo.image.shape[1::-1]]
    image = cv2.resize(photo.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    boxes = photo.boxes * scale
    middle = (item[:2] + item[2:] / 2) * scale - rng.uniform(0.1, 0.9, 2) * side
    start = np.clip(middle, 0, np.array(image.shape[:2]) - side).astype(int)
    boxes[:, :2] -= start
    return image[start[0] : start[0] + side, start[1] : start[1] + side], boxes


def label_tiles(boxes: Boxes, rows: int, cols: int, tile_px: float) -> Image:
    """Return (rows, cols, C): litter, no litter, or nothing known of each tile.

    Parameters
    ----------
    boxes
        (N, 4) row, col, height, width of all litter, px.
    rows, cols
        Tiles of the picture.
    tile_px
        Side of a tile.

    Notes
    -----
    Litter is where the middle of a box lies, or a box covers 8 % of the tile (22 %: much litter). A tile that a
    box merely touches is not known.
    """
    cover = np.zeros((rows, cols))
    middles = np.zeros((rows, cols), np.bool_)
    for row, col, height, width in boxes / tile_px:
        down = np.clip(np.minimum(row + height, np.arange(rows) + 1) - np.maximum(row, np.arange(rows)), 0, None)
        along = np.clip(np.minimum(col + width, np.arange(cols) + 1) - np.maximum(col, np.arange(cols)), 0, None)
        cover += down[:, None] * along[None]
        middle = int(np.floor(row + height / 2)), int(np.floor(col + width / 2))
        if 0 <= middle[0] < rows and 0 <= middle[1] < cols:
            middles[middle] = True
    tiles = np.zeros((rows, cols, len(TILE_CLASSES)), np.uint8)
    tiles[cover == 0] = one_of([name for name in TILE_CLASSES if name not in LITTER])
    tiles[middles | (cover >= LEAST_COVER)] = one_of(LITTER)
    tiles[cover >= 2 * HIGH_COVER] = one_of(LITTER[:1])
    return tiles


def join(sets: list[TileData]) -> TileData:
    """Return several sets of squares of one size as one."""
    return replace(
        sets[0],
        images=np.concatenate([one.images for one in sets]),
        allowed=np.concatenate([one.allowed for one in sets]),
        weights=np.concatenate([one.weights for one in sets]),
        groups=tuple(group for one in sets for group in one.groups),
    )


def frames(photos: list[Photo], scale: float, tile_px: int) -> Iterator[tuple[Photo, Image, Image]]:
    """Yield each photo, enlarged and cut to whole tiles, and what its tiles are known to be."""
    for photo in photos:
        height, width = (int(side * scale) // tile_px * tile_px for side in photo.image.shape[:2])
        whole = cv2.resize(photo.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        known = label_tiles(photo.boxes * scale, height // tile_px, width // tile_px, tile_px)
        yield photo, np.ascontiguousarray(whole[:height, :width]), known
