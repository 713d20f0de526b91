"""Single organisms from labelled vignettes: what merges are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.imaging.alone import draw_alone
from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import THRESHOLD, segment
from pelagia.learning.letterbox import letterbox
from pelagia.learning.train.split import lookalike_groups

LIKENESS_PX = 48
SUFFIXES = (".png", ".jpg", ".tif")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Organism:
    """One organism of a vignette.

    Parameters
    ----------
    region
        It alone: places are those of its vignette.
    class_name
        The folder it was found in.
    name
        ``class/file``.
    group
        Organisms that look nearly the same have one; never divided between training and measuring.
    """

    region: Region
    class_name: str
    name: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which objects of vignettes are whole, single organisms.

    Parameters
    ----------
    least_share
        Share of the dark pixels of a vignette that must hang together.
    least_area_px
        Area of the smallest, px.
    whole
        Whether those that an edge of the vignette cuts are left out.
    without
        Classes whose images show several individuals or parts of one.
    """

    least_share: float = 0.8
    least_area_px: int = 120
    whole: bool = True
    without: Collection[str] = ()


def read_organisms(folder: Path, wanted: Wanted) -> list[Organism]:
    """Read the organisms of a folder of vignettes, dark on white, one sub-folder a class.

    Parameters
    ----------
    folder
        ``folder/class/image``.
    wanted
        Which are taken.
    """
    found = [
        Organism(region=region, class_name=path.parent.name, name=f"{path.parent.name}/{path.name}", group="")
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in SUFFIXES and path.parent.name not in wanted.without
        for region in _organism(path, wanted)
    ]
    return _grouped(found)


def pool_of(group: str, pools: int) -> int:
    """Return the pool of a group, the same in every run: from the SHA-256 of its name."""
    return int.from_bytes(sha256(group.encode()).digest()[:8]) % pools


def _organism(path: Path, wanted: Wanted) -> Iterator[Region]:
    grey = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
    room = 0 if wanted.whole else 1  # a white frame makes those at the edge whole
    grey = np.pad(grey, room, constant_values=255)
    regions = segment(grey, min_area_px=1, max_area_px=grey.size, open_frame=False).regions
    largest = max(regions, key=lambda region: int(region.filled.sum()), default=None)
    if largest is None:
        return
    dark = int((grey <= THRESHOLD).sum())
    own = int((largest.filled & (largest.grey <= THRESHOLD)).sum())
    if own >= wanted.least_share * dark and int(largest.filled.sum()) >= wanted.least_area_px:
        alone = np.where(largest.filled, largest.grey, 255).astype(np.uint8)
        yield replace(largest, grey=alone)


def _grouped(organisms: Sequence[Organism]) -> list[Organism]:
    """Name the organisms that look nearly the same by the first of them."""
    squares = np.empty((len(organisms), LIKENESS_PX, LIKENESS_PX, 3), np.uint8)
    for square, one in zip(squares, organisms, strict=True):
        square[:] = letterbox(np.repeat(draw_alone(one.region)[..., None], 3, axis=2), LIKENESS_PX)
    shapes: npt.NDArray[np.int64] = np.array([one.region.filled.shape for one in organisms], np.int64).reshape(-1, 2)
    groups = lookalike_groups(squares, shapes, np.arange(len(organisms)))
    first = [organisms[int(group.rsplit("-", 1)[1])].name for group in groups]
    return [replace(one, group=name) for one, name in zip(organisms, first, strict=True)]
