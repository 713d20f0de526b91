"""Pictures with boxes fetched from wherever they lie, and what a result tells of the detector learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.errors import PelagiaError
from pelagia.io.findings import finding
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source
from pelagia.learning.boxes import Boxes
from pelagia.learning.package import ModelPackage

FIGURES = {"ap50": "from an overlap of 0.5 on", "ap50_95": "over overlaps of 0.5 to 0.95"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A picture that was kept for training; of one that could not be read nothing is told.

    Parameters
    ----------
    sha256, bytes
        Of the file it came from; of a frame of a video, of its pixels.
    height_px, width_px
        As it was kept.
    scale
        Its sides by those of the original.
    """

    sha256: str = ""
    bytes: int = 0
    height_px: int = 0
    width_px: int = 0
    scale: float = 1.0

    @property
    def is_there(self) -> bool:
        """Whether it could be read."""
        return bool(self.sha256)


@dataclass(frozen=True, slots=True)
class Keep:
    """Where pictures are kept, and how large at most.

    Parameters
    ----------
    folder
        For the files.
    long_side_px
        Longer pictures are made smaller; ``None`` keeps them as they are.
    """

    folder: Path
    long_side_px: int | None = None

    def picture(self, rgb: npt.NDArray[np.uint8], number: int, *, digest: str, size: int) -> Fetched:
        """Write a picture as a file that training reads.

        Parameters
        ----------
        rgb
            (H, W, 3) uint8.
        number
            Of the picture; tells its file.
        digest, size
            SHA-256 and bytes of what it came from.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        longer = max(rgb.shape[:2])
        scale = min(1.0, self.long_side_px / longer) if self.long_side_px else 1.0
        if scale < 1:
            rows, cols = (max(1, round(side * scale)) for side in rgb.shape[:2])
            rgb = np.asarray(cv2.resize(rgb, (cols, rows), interpolation=cv2.INTER_AREA), np.uint8)
        partial = self.folder / f".{number:06d}.partial.png"
        cv2.imwrite(str(partial), rgb[..., ::-1])
        partial.replace(picture_file(self.folder, number))
        return Fetched(sha256=digest, bytes=size, height_px=rgb.shape[0], width_px=rgb.shape[1], scale=scale)


def fetch_step(item: dict[str, Any]) -> dict[str, Any]:
    """Read some pictures, whatever they are stored as, and keep them as files that training reads.

    Parameters
    ----------
    item
        Of :func:`pelagia.learning.train.sources.chunks`.

    Returns
    -------
    dict
        Of each picture ``sha256`` (empty where it could not be read) and ``bytes``; ``issues``, and how many were
        ``read``.
    """
    keep = Keep(Path(item["folder"]))
    kept, issues = [], []
    for number, (uri, name) in enumerate(zip(item["uris"], item["names"], strict=True), start=item["first"]):
        try:
            kept.append(fetch_picture(uri, name, keep, number))
        except PelagiaError as error:
            issues.append(asdict(finding(error, objects=1)))
            kept.append(Fetched())
    return {
        "sha256": [one.sha256 for one in kept],
        "bytes": [one.bytes for one in kept],
        "issues": issues,
        "read": sum(one.is_there for one in kept),
    }


def fetch_picture(uri: str, name: str, keep: Keep, number: int) -> Fetched:
    """Read one picture of a source and keep it.

    Parameters
    ----------
    uri, name
        The source, and its path there.
    keep
        Where.
    number
        Under which number.
    """
    data = open_source(uri).read(name)
    rgb = decode_image(data, file=name).array
    return keep.picture(rgb, number, digest=sha256(data).hexdigest(), size=len(data))


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
