"""What a detector learns from: pictures with boxes, each of a group that is never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.learning.boxes import Boxes
from pelagia.learning.train.split import split_groups

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture with the boxes a person drew, or a program that made the picture.

    Parameters
    ----------
    path
        The file.
    group
        Of pictures that belong together (flight, beach, day): trained on all or none of them.
    boxes
        The truth, pixels of the file.
    scale
        Factor to the size at which the detector sees it (pixel size of the picture by that of the detector).
    complete
        Whether all that is in the picture has a box; where not, what has none is hardly counted as empty.
    ignored
        (K, 4) boxes in which nothing is learned of what is there: things too much hidden to be asked for.
    """

    path: Path
    group: str
    boxes: Boxes
    scale: float = 1.0
    complete: bool = True
    ignored: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionData:
    """Pictures and the names of their classes, in the order of the labels."""

    classes: tuple[str, ...]
    samples: tuple[Sample, ...]

    def only(self, wanted: Sequence[bool] | npt.NDArray[np.bool_]) -> DetectionData:
        """Return the pictures for which ``wanted`` is true."""
        return replace(self, samples=tuple(s for s, keep in zip(self.samples, wanted, strict=True) if keep))

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups, each once."""
        return tuple(sorted({sample.group for sample in self.samples}))

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        return sum(len(sample.boxes) for sample in self.samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A picture at the scale of the detector, RGB, with its boxes in those pixels."""

    image: Image
    boxes: Boxes
    complete: bool
    ignored: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))


def read_image(path: Path) -> Image:
    """Return a picture as (H, W, 3) uint8 RGB."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise BadInput("this picture cannot be read", remedy="Give a JPEG, PNG or TIFF file.", file=str(path))
    return np.asarray(image, np.uint8)


def read_sample(sample: Sample) -> Seen:
    """Read a picture and bring it and its boxes to the scale of the detector."""
    image = read_image(sample.path)
    height, width = (max(1, round(side * sample.scale)) for side in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return _seen(sample, image)
    method = cv2.INTER_AREA if sample.scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
    return _seen(sample, small)


def keep_pictures(data: DetectionData, folder: Path) -> list[Seen]:
    """Keep every picture at its scale as a file that is read where it is needed; those that are there stay.

    Parameters
    ----------
    data
        The pictures to train on.
    folder
        For the files; of one set of pictures only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for number, sample in enumerate(data.samples):
        file = folder / f"{number:06d}.npy"
        if not file.is_file():
            partial = folder / ".partial.npy"
            np.save(partial, read_sample(sample).image)
            partial.replace(file)
        kept.append(_seen(sample, np.load(file, mmap_mode="r")))
    return kept


def _seen(sample: Sample, image: Image) -> Seen:
    """Put the boxes of a sample on its picture at the scale of the detector."""
    factor = np.float32(sample.scale)
    boxes = replace(sample.boxes, edges=sample.boxes.edges * factor).inside(image.shape[0], image.shape[1])
    return Seen(image=image, boxes=boxes, complete=sample.complete, ignored=sample.ignored * factor)


def split_data(data: DetectionData, heldout: float, rng: np.random.Generator) -> tuple[DetectionData, DetectionData]:
    """Deal whole groups into a part to train on and one that is held out.

    Parameters
    ----------
    data
        All pictures.
    heldout
        Wished share of the boxes of each class in the second part.
    rng
        The source of chance.
    """
    labels: list[int] = []
    groups: list[str] = []
    for sample in data.samples:
        own = sample.boxes.labels.tolist() or [len(data.classes)]  # pictures without a box are shared out too
        labels += own
        groups += [sample.group] * len(own)
    if len(set(groups)) < 2:
        raise NothingUsable(
            "all pictures are of one group, so that none can be held out",
            value=groups[0] if groups else "no picture",
            remedy="Name groups by flight, beach or day, or give pictures of more than one.",
        )
    part = split_groups(np.array(labels, np.int64), groups, [heldout, 1 - heldout], rng)
    held = {group for group, number in zip(groups, part, strict=True) if number == 0}
    out = np.array([sample.group in held for sample in data.samples])
    return data.only(~out), data.only(out)
