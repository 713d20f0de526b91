"""Scenes for recipes/litter_items.py: drawn beaches, with litter that is drawn and litter cut out of photos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.learning.boxes import Boxes
from pelagia.learning.train.detection.data import Image, Sample, read_image
from pelagia.services.litter.sample.drawing import draw_scene
from pelagia.services.litter.sample.litter import draw_litter
from pelagia.services.litter.sample.sprites import Sprite, cut_out

CLASSES = ("plastic", "metal", "glass", "paper")
GSD_CM = 0.3
SIDE_PX = 768
SCENE_GSD_CM = (0.24, 0.4)  # scenes are drawn in this range and then seen at GSD_CM
FROM_PHOTOS = 0.35  # share of the pieces
LENGTH_CM = {"plastic": (6.0, 32.0), "metal": (7.0, 17.0), "glass": (12.0, 30.0), "paper": (6.0, 30.0)}
LEAST_VISIBLE = 0.35
LEAST_SIDE_PX = 5
CUT_PX = 160  # longest side of a cutting while its outline is looked for
OUTLINE_COVERS = (0.12, 0.97)  # of its box; other outlines are failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo with the boxes that people drew."""

    path: Path
    boxes: Boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """A piece of litter cut out of a photo: (rows, cols, 4) with its outline, and what it is made of."""

    rgba: Image
    label: str


def read_coco(folder: Path, name: str, classes: Sequence[str]) -> list[Photo]:
    """Read the photos of a COCO file below ``folder``, their images in ``images``; classes by name."""
    told = json.loads((folder / name).read_text(encoding="utf-8"))
    names = {one["id"]: one["name"] for one in told["categories"]}
    boxes: dict[int, list[list[float]]] = {image["id"]: [] for image in told["images"]}
    labels: dict[int, list[int]] = {image["id"]: [] for image in told["images"]}
    for one in told["annotations"]:
        col, row, width, height = one["bbox"]
        boxes[one["image_id"]].append([row, col, row + height, col + width])
        labels[one["image_id"]].append(classes.index(names[one["category_id"]]))
    return [
        Photo(path=folder / "images" / image["file_name"], boxes=Boxes.make(boxes[image["id"]], labels[image["id"]]))
        for image in told["images"]
    ]


def cuttings(photos: Sequence[Photo]) -> list[Cutting]:
    """Cut out every piece of litter whose outline can be told from the ground around it."""
    return [cutting for photo in photos for cutting in _cuttings(photo)]


def _cuttings(photo: Photo) -> Iterator[Cutting]:
    image = read_image(photo.path)
    for edges, label in zip(photo.boxes.edges, photo.boxes.labels, strict=True):
        top, left, bottom, right = (round(float(edge)) for edge in edges)
        pad = max(4, round(0.2 * max(bottom - top, right - left)))
        first_row, first_col = max(0, top - pad), max(0, left - pad)
        part = image[first_row : bottom + pad, first_col : right + pad]
        scale = min(1.0, CUT_PX / max(part.shape[:2]))
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        inner = tuple(round(value * scale) for value in (left - first_col, top - first_row, right - left, bottom - top))
        mask = np.zeros(small.shape[:2], np.uint8)
        cv2.setRNGSeed(0)
        cv2.grabCut(small, mask, inner, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
        shape = _largest(np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)))
        if OUTLINE_COVERS[0] < shape.sum() / max(1, inner[2] * inner[3]) < OUTLINE_COVERS[1]:
            soft = cv2.GaussianBlur(cv2.erode(shape.astype(np.uint8), np.ones((3, 3), np.uint8)) * 255, (3, 3), 0)
            rows, cols = np.nonzero(shape)
            box = np.s_[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
            rgba = np.dstack([small, soft])[box]
            yield Cutting(rgba=np.ascontiguousarray(rgba), label=CLASSES[label])


def _largest(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    found: npt.NDArray[np.bool_] = pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return found


def item_drawer(pieces: Sequence[Cutting]) -> Callable[[np.random.Generator, float], tuple[str, str, Sprite]]:
    """Return what draws a piece of litter or, now and then, takes a cutting: turned, at a size that its class has."""

    def draw(rng: np.random.Generator, gsd_cm: float) -> tuple[str, str, Sprite]:
        if not pieces or rng.random() >= FROM_PHOTOS:
            return draw_litter(rng, gsd_cm)
        # Classes alike: there is little glass.
        label = CLASSES[rng.integers(len(CLASSES))]
        own = [piece for piece in pieces if piece.label == label]
        piece = own[rng.integers(len(own))] if own else pieces[rng.integers(len(pieces))]
        length_px = rng.uniform(*LENGTH_CM[piece.label]) / gsd_cm
        return piece.label, "cutting", cut_out(_turned(piece.rgba, length_px, float(rng.uniform(0, 360))))

    return draw


def _turned(rgba: Image, length_px: float, degrees: float) -> Image:
    rows, cols = rgba.shape[:2]
    scale = length_px / max(rows, cols)
    if scale < 0.5:
        rgba = np.asarray(cv2.blur(rgba, (round(0.7 / scale),) * 2), np.uint8)
    side = int(np.ceil(np.hypot(rows, cols) * scale)) + 2
    matrix = cv2.getRotationMatrix2D(((cols - 1) / 2, (rows - 1) / 2), degrees, scale)
    matrix[:, 2] += (side - 1) / 2 - np.array([(cols - 1) / 2, (rows - 1) / 2])
    return np.asarray(cv2.warpAffine(rgba, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


def draw_scenes(folder: Path, count: int, seed: int, pieces: Sequence[Cutting], group: str) -> list[Sample]:
    """Draw scenes, or read those that were drawn before; each is a group of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _scene(folder / f"{number:04d}.png", [seed, number], pieces, f"{group}-{number}") for number in range(count)
    ]


def _scene(path: Path, seed: list[int], pieces: Sequence[Cutting], group: str) -> Sample:
    told = path.with_suffix(".json")
    if not told.is_file():
        rng = np.random.default_rng(seed)
        gsd_cm = float(np.exp(rng.uniform(*np.log(SCENE_GSD_CM))))
        littered = float(rng.choice([0.0, 0.04, 0.1, 0.2, 0.4], p=[0.1, 0.35, 0.3, 0.2, 0.05]))
        scene = draw_scene(rng, SIDE_PX, SIDE_PX, gsd_cm=gsd_cm, littered=littered, draw_item=item_drawer(pieces))
        cv2.imwrite(str(path), scene.rgb[..., ::-1])
        items = [
            [one.row, one.col, one.row + one.height, one.col + one.width, CLASSES.index(one.label), one.visible]
            for one in scene.items
        ]
        told.write_text(json.dumps({"gsd_cm": gsd_cm, "items": items}), encoding="utf-8")
    kept = json.loads(told.read_text(encoding="utf-8"))
    rows = np.array(kept["items"], np.float32).reshape(-1, 6)
    asked = (rows[:, 5] >= LEAST_VISIBLE) & ((rows[:, 2:4] - rows[:, :2]).min(axis=1, initial=np.inf) >= LEAST_SIDE_PX)
    return Sample(
        path=path,
        group=group,
        boxes=Boxes.make(rows[asked, :4], rows[asked, 4]),
        scale=kept["gsd_cm"] / GSD_CM,
        ignored=rows[~asked, :4],
    )
