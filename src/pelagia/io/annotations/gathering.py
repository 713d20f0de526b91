"""Collect images and boxes row by row, and keep only what can be right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pelagia.core.errors import BadInput
from pelagia.io.annotations.form import AnnotatedImage, Annotations, Box, Format
from pelagia.io.tally import Tally

BOXES_AT_MOST = 1_000_000
IMAGES_AT_MOST = 1_000_000
LABELS_AT_MOST = 10_000
SIDE_AT_MOST_PX = 10_000_000
NAME_AT_MOST = 1_000
LABEL_AT_MOST = 200
ATTRIBUTES_AT_MOST = 50
ATTRIBUTE_AT_MOST = 1_000
ROUNDING_PX = 1.0
"""A box may reach this far over the edge of its image without a word: whole pixels are often rounded outwards."""


class Gathering:
    """The images and boxes of one source, checked as they come.

    Parameters
    ----------
    file
        What findings are about.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.tally = Tally(file)
        self._images: dict[str, AnnotatedImage] = {}
        self._boxes: list[Box] = []
        self._labels: dict[str, None] = {}

    def __contains__(self, image: str) -> bool:
        return image in self._images

    def declare(self, label: object) -> str | None:
        """Take a class; ``None`` where it cannot be the name of one."""
        text = " ".join(str(label).split()) if isinstance(label, str | int) and not isinstance(label, bool) else ""
        if not text or len(text) > LABEL_AT_MOST:
            return None
        if text not in self._labels:
            self._labels[text] = None
            check_number(len(self._labels), LABELS_AT_MOST, "classes", self.file)
        return text

    def add_image(
        self,
        name: object,
        *,
        width: object = None,
        height: object = None,
        file: str = "",
        label: str | None = None,
        video: object = None,
        frame: int | None = None,
        time_s: object = None,
    ) -> str | None:
        """Take an image; returns its name, ``None`` where it has none that can be used."""
        if not isinstance(name, str) or not name.strip() or len(name) > NAME_AT_MOST or "\0" in name:
            self.tally.add(
                "annotation-image-unnamed",
                "an image has no usable file name; it was left out with its boxes",
                value=str(name)[:80],
                remedy="Give every image its file name.",
            )
            return None
        known = self._images.get(name)
        if known is not None:
            self.tally.add(
                "annotation-image-twice",
                "an image is listed more than once; its boxes were taken together",
                value=name,
                severity="note",
                remedy="List every image once.",
            )
            self._images[name] = replace(known, label=known.label or label)
            return name
        self._images[name] = AnnotatedImage(
            name=name,
            file=file,
            width_px=_side(width),
            height_px=_side(height),
            label=label,
            video=video[:NAME_AT_MOST] if isinstance(video, str) else "",
            frame=frame,
            time_s=_moment(time_s),
        )
        check_number(len(self._images), IMAGES_AT_MOST, "images", self.file)
        return name

    def set_label(self, image: str, label: str) -> None:
        """Give a whole image its class."""
        self._images[image] = replace(self._images[image], label=label)

    def add_box(
        self,
        image: str,
        label: str,
        edges: tuple[float, float, float, float],
        *,
        occluded: bool = False,
        attributes: Mapping[str, object] | None = None,
        track_id: str | None = None,
        is_interpolated: bool = False,
    ) -> None:
        """Take a box, cut to its image; one that has no size, or lies outside, becomes a finding.

        Parameters
        ----------
        edges
            Top, left, bottom, right, in pixels.
        attributes
            What else is told; ``object_id``, ``track`` and ``track_id`` are taken out of it.
        track_id
            Which thing that is followed it is, where that does not stand among the attributes.
        """
        inside = self._inside(image, edges)
        if inside is None:
            return
        top, left, bottom, right = inside
        told = _texts(attributes or {})
        named = track_of(told)
        for taken in ("track", "track_id"):
            told.pop(taken, None)
        self._boxes.append(
            Box(
                image=image,
                label=label,
                row=top,
                col=left,
                height=bottom - top,
                width=right - left,
                object_id=told.pop("object_id", "") or None,
                occluded=occluded,
                track_id=track_id or named,
                attributes=told,
                is_interpolated=is_interpolated,
            )
        )
        check_number(len(self._boxes), BOXES_AT_MOST, "boxes", self.file)

    def done(self, form: Format) -> Annotations:
        """Return all that was taken."""
        return Annotations(
            format=form,
            images=tuple(self._images.values()),
            boxes=tuple(self._boxes),
            labels=tuple(self._labels),
            issues=self.tally.issues(),
        )

    def leave_out(self, code: str, message: str, *, value: object, remedy: str) -> None:
        """Note a row that cannot be used."""
        self.tally.add(f"annotation-{code}", message, value=value, remedy=remedy)

    def _inside(self, image: str, edges: tuple[float, float, float, float]) -> tuple[float, float, float, float] | None:
        top, left, bottom, right = edges
        value = f"{image}: rows {top:g} to {bottom:g}, columns {left:g} to {right:g}"
        if not all(math.isfinite(edge) for edge in edges) or bottom <= top or right <= left:
            self.leave_out(
                "box-empty",
                "a box has no height or no width and was left out",
                value=value,
                remedy="Draw it again, or delete it.",
            )
            return None
        one = self._images[image]
        rows, cols = one.height_px or SIDE_AT_MOST_PX, one.width_px or SIDE_AT_MOST_PX
        if top >= rows or left >= cols or bottom <= 0 or right <= 0:
            self.leave_out(
                "box-outside",
                "a box lies outside its image and was left out",
                value=value,
                remedy="Check that the boxes were drawn on the image as it is stored, not on a turned or smaller copy.",
            )
            return None
        if min(top, left) < -ROUNDING_PX or bottom > rows + ROUNDING_PX or right > cols + ROUNDING_PX:
            self.tally.add(
                "annotation-box-cut",
                "a box reaches over the edge of its image and was cut there",
                value=value,
                severity="note",
                remedy="Nothing, if the thing itself is cut by the edge.",
            )
        return max(0.0, top), max(0.0, left), min(float(rows), bottom), min(float(cols), right)


def number(value: object) -> float:
    """Return a JSON number or the text of one; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def track_of(told: Mapping[str, object]) -> str | None:
    """Return which thing that is followed some attributes name.

    It is ``track``, else ``track_id``: in what CVAT writes, that is a number of its own.
    """
    return str(told.get("track") or told.get("track_id") or "") or None


def edges_of(rows: Sequence[float], cols: Sequence[float]) -> tuple[float, float, float, float]:
    """Return top, left, bottom, right of the points of a polygon; NaN where one of them is none."""
    if not all(math.isfinite(value) for value in (*rows, *cols)):
        return math.nan, math.nan, math.nan, math.nan
    return min(rows), min(cols), max(rows), max(cols)


def _side(value: object) -> int | None:
    side = number(value)
    return int(side) if math.isfinite(side) and 1 <= side <= SIDE_AT_MOST_PX else None


def _moment(value: object) -> float | None:
    moment = number(value)
    return moment if math.isfinite(moment) and moment >= 0 else None


def _texts(attributes: Mapping[str, object]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in list(attributes.items())[:ATTRIBUTES_AT_MOST]:
        if isinstance(value, bool):
            told[str(name)[:LABEL_AT_MOST]] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            told[str(name)[:LABEL_AT_MOST]] = str(value)[:ATTRIBUTE_AT_MOST]
    return told


def check_number(found: int, at_most: int, things: str, file: str) -> None:
    """Refuse more of something than a set of annotations may have."""
    if found > at_most:
        raise BadInput(
            f"There are more than {at_most:,} {things} in one set of annotations",
            remedy="Split it into several.",
            value=found,
            file=file,
            code="annotations-too-many",
        )
