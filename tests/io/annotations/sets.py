"""The same two images with three boxes in every format, small enough to be checked by eye."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

WIDTH, HEIGHT = 80, 60
BOXES = (("a.png", "plastic", 10.0, 20.0, 5.0, 8.0), ("a.png", "glass", 0.0, 0.0, 6.0, 4.0))
"""Image, label, row, col, height, width; ``b.png`` shows nothing."""


def draw(path: Path) -> None:
    """A white image of 80 × 60 px."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT), "white").save(path)


def coco(**changes: Any) -> dict[str, Any]:
    """The set as COCO; any list can be given instead."""
    annotations = [
        {"id": at, "image_id": 7, "category_id": 1 + (label == "glass"), "bbox": [col, row, width, height]}
        for at, (_, label, row, col, height, width) in enumerate(BOXES)
    ]
    return {
        "info": {"description": "drawn"},
        "images": [
            {"id": 7, "file_name": "train/a.png", "width": WIDTH, "height": HEIGHT},
            {"id": 9, "file_name": "train/b.png", "width": WIDTH, "height": HEIGHT},
        ],
        "categories": [{"id": 1, "name": "plastic"}, {"id": 2, "name": "glass"}, {"id": 3, "name": "metal"}],
        "annotations": annotations,
        **changes,
    }


def write_coco(folder: Path, content: Any = None, name: str = "boxes.json") -> Path:
    """One COCO file."""
    path = folder / name
    path.write_text(json.dumps(coco() if content is None else content))
    return path


def cvat(images: str | None = None, head: str = "") -> str:
    """The set as CVAT for images 1.1; the images can be given instead."""
    boxes = "".join(
        f'<box label="{label}" source="manual" occluded="{int(label == "glass")}" xtl="{col}" ytl="{row}" '
        f'xbr="{col + width}" ybr="{row + height}" z_order="0">'
        f'<attribute name="object_id">item {at}</attribute><attribute name="score">0.5</attribute></box>'
        for at, (_, label, row, col, height, width) in enumerate(BOXES)
    )
    told = f'width="{WIDTH}" height="{HEIGHT}"'
    images = images or f'<image id="0" name="a.png" {told}>{boxes}</image><image id="1" name="b.png" {told}></image>'
    labels = "".join(f"<label><name>{name}</name></label>" for name in ("plastic", "glass", "metal"))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{head}<annotations><version>1.1</version><meta><task><labels>{labels}'
        f"</labels></task></meta>{images}</annotations>"
    )


def write_yolo(folder: Path, names: str = "names: [plastic, glass, metal]\n", lines: str | None = None) -> Path:
    """A data set in the usual two trees, ``images`` and ``labels``."""
    for name in ("a.png", "b.png"):
        draw(folder / "images" / "train" / name)
    (folder / "labels" / "train").mkdir(parents=True)
    if lines is None:
        lines = "".join(
            f"{int(label == 'glass')} {(col + width / 2) / WIDTH} {(row + height / 2) / HEIGHT} {width / WIDTH} "
            f"{height / HEIGHT}\n"
            for _, label, row, col, height, width in BOXES
        )
    (folder / "labels" / "train" / "a.txt").write_text(lines)
    (folder / "data.yaml").write_text(f"path: .\ntrain: images/train\nnc: 3\n{names}")
    return folder
