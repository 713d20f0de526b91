"""Pictures with boxes fetched from wherever they lie, and what a result tells of the detector learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2

from pelagia.core.errors import PelagiaError
from pelagia.io.findings import finding
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source
from pelagia.learning.boxes import Boxes
from pelagia.learning.package import ModelPackage

FIGURES = {"ap50": "from an overlap of 0.5 on", "ap50_95": "over overlaps of 0.5 to 0.95"}


def fetch_step(item: dict[str, Any]) -> dict[str, Any]:
    """Read some pictures, whatever they are stored as, and keep them as files that training reads.

    Parameters
    ----------
    item
        Of :func:`pelagia.learning.train.sources.chunks`.

    Returns
    -------
    dict
        Of each picture ``sha256`` (empty where it could not be read), ``bytes`` and ``sides`` (height and width, px);
        ``issues``, and how many were ``read``.
    """
    folder = Path(item["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    digests, sizes, sides, issues = [], [], [], []
    for number, (uri, name) in enumerate(zip(item["uris"], item["names"], strict=True), start=item["first"]):
        try:
            data = open_source(uri).read(name)
            image = decode_image(data, file=name)
        except PelagiaError as error:
            issues.append(asdict(finding(error, objects=1)))
            digests.append("")
            sizes.append(0)
            sides.append([0, 0])
            continue
        partial = folder / f".{number:06d}.partial.png"
        cv2.imwrite(str(partial), image.array[..., ::-1])
        partial.replace(picture_file(folder, number))
        digests.append(sha256(data).hexdigest())
        sizes.append(len(data))
        sides.append(list(image.array.shape[:2]))
    return {"sha256": digests, "issues": issues, "bytes": sizes, "sides": sides, "read": sum(map(bool, digests))}


def picture_file(folder: Path, number: int) -> Path:
    """Return where a fetched picture is kept."""
    return folder / f"{number:06d}.png"


def boxes_of(told: Sequence[Sequence[float]]) -> Boxes:
    """Return the boxes of a picture, told as row, col, height, width, class."""
    return Boxes.make(
        [[row, col, row + height, col + width] for row, col, height, width, _ in told], [int(one[4]) for one in told]
    )


def figures_of(package: ModelPackage, images: int) -> dict[str, Any]:
    """Return what a result tells of a detector, as arguments of :class:`pelagia.core.result.Figure` by name.

    Parameters
    ----------
    package
        As it was written.
    images
        Pictures trained on or measured on.
    """
    measured = package.card.recipe["figures"][0]
    figures: dict[str, Any] = {
        "images_used": {"value": images, "description": "Pictures trained on or measured on"},
        "heldout_boxes": {"value": measured["boxes"], "description": "Boxes kept back to measure on"},
        "model_bytes": {"value": package.model.stat().st_size, "description": "Size of model.onnx", "unit": "B"},
    }
    for name, words in FIGURES.items():
        if measured[name] is not None:
            figures[name] = {
                "value": measured[name],
                "low": measured[f"{name}_low"],
                "high": measured[f"{name}_high"],
                "description": f"Average precision on pictures kept back, {words}",
                "unit": "share",
            }
    return figures
