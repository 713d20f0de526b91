"""The one form that boxes and labels have inside, whatever file they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pelagia.core.result import Issue

Format = Literal["coco", "yolo", "cvat", "folders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedImage:
    """An image that was looked at; one without a box shows nothing of what was looked for.

    Parameters
    ----------
    name
        As the annotations call it: a file name, perhaps with folders before it.
    file
        The file of the source that it is; empty where the source holds no such file.
    width_px, height_px
        As the annotations tell them; ``None`` where they do not.
    label
        The class of the whole image, as a tile has it; ``None`` where none is given.
    video
        The video that the image is a frame of, as the annotations call it; empty for a picture. ``file`` is then that
        video.
    frame
        Which frame of it, counted from 0 in the order in which they are shown; ``None`` where it is not told.
    time_s
        When, from the start of the video; ``None`` where it is not told.
    """

    name: str
    file: str = ""
    width_px: int | None = None
    height_px: int | None = None
    label: str | None = None
    video: str = ""
    frame: int | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box around one thing, inside its image.

    Parameters
    ----------
    image
        The name of its image.
    label
        What it is called.
    row, col
        Its top and left edge, in pixels from the corner of the first pixel.
    height, width
        In pixels, above 0.
    object_id
        Its name in an earlier result, where the annotations carry it.
    occluded
        Whether part of the thing is hidden.
    attributes
        What else is told of it.
    track_id
        Which thing it is that is followed over several images; ``None`` where it is not followed.
    is_interpolated
        Whether nobody looked at it: it lies between two boxes that were drawn.
    """

    image: str
    label: str
    row: float
    col: float
    height: float
    width: float
    object_id: str | None = None
    occluded: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    track_id: str | None = None
    is_interpolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What was drawn on a set of images.

    Parameters
    ----------
    format
        What they were read from.
    images, boxes
        In the order of the files.
    labels
        Every class, those that no box has among them, in the order in which they were declared.
    issues
        What could not be used, and what was changed.
    """

    format: Format
    images: tuple[AnnotatedImage, ...]
    boxes: tuple[Box, ...]
    labels: tuple[str, ...]
    issues: tuple[Issue, ...] = ()

    def by_image(self) -> dict[str, list[Box]]:
        """Return the boxes of every image by its name, an empty list where it has none."""
        grouped: dict[str, list[Box]] = {image.name: [] for image in self.images}
        for box in self.boxes:
            grouped[box.image].append(box)
        return grouped
