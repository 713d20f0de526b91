"""The frames of a result with their boxes, and what programs for annotation are told of both."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.core.result import Result
from pelagia.exports.ecosystem.needs import BOXES
from pelagia.exports.litter.colours import class_colours, hexadecimal
from pelagia.exports.tables import records
from pelagia.io.annotations.pictures import picture_name

Row = Mapping[str, Any]
Attribute = tuple[str, bool]

_BOX_COLUMNS = (*BOXES["detections"], "predicted_class", "status", "source", "aphia_id")
ATTRIBUTES: tuple[Attribute, ...] = (
    ("object_id", True),
    ("track", False),
    ("score", True),
    ("status", True),
    ("taxon", True),
    ("named", False),
    ("model", False),
)
"""What goes with every box in CVAT, and whether it changes along a track; ``track_id`` is a number of its own there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A frame that was searched, or on which a person drew, with its boxes; none that a person deleted."""

    frame: Row
    clip: Row
    boxes: list[dict[str, Any]]

    @property
    def picture(self) -> str:
        """What the picture of the frame is called: of a still its own name, of a video when it was."""
        frame = self.frame
        is_still = self.clip["kind"] == "series"
        return picture_name(frame["clip_id"], frame["object_id"], frame["file"], is_still=is_still)


def clips_of(result: Result) -> dict[str, dict[str, Any]]:
    """Return the clips by name, in their order."""
    return {
        row["clip_id"]: row
        for row in records(result.tables["clips"], (*BOXES["clips"], "duration_s", "is_variable_rate"))
    }


def frames_of(result: Result, clips: Mapping[str, Row]) -> Iterator[Seen]:
    """Yield every frame that was searched or has a box, in order; memory does not grow with their number.

    Parameters
    ----------
    result
        Its boxes stand in the order of its frames.
    clips
        From :func:`clips_of`.

    Raises
    ------
    BadInput
        Where boxes stand in another order, so that they would be lost.
    """
    rows = (row for row in records(result.tables["detections"], _BOX_COLUMNS) if not row["is_deleted"])
    groups = ((str(name), list(own)) for name, own in groupby(rows, key=itemgetter("frame_id")))
    waiting = next(groups, None)
    for frame in records(result.tables["frames"], BOXES["frames"]):
        boxes: list[dict[str, Any]] = []
        if waiting is not None and waiting[0] == frame["object_id"]:
            boxes = waiting[1]
            waiting = next(groups, None)
        if boxes or frame["is_searched"]:
            yield Seen(frame=frame, clip=clips[frame["clip_id"]], boxes=boxes)
    if waiting is not None:
        raise BadInput(
            "The boxes of the result do not stand in the order of its frames",
            value=waiting[0],
            remedy="Export from a result as it was made.",
            code="boxes-without-order",
        )


def labels_of(result: Result) -> list[str]:
    """Return the taxa of the boxes, the most frequent first."""
    rows = records(result.tables["detections"], ("taxon", "is_deleted"))
    counts = Counter(row["taxon"] for row in rows if row["taxon"] and not row["is_deleted"])
    return sorted(counts, key=lambda name: (-counts[name], name))


def model_of(result: Result) -> str:
    """Return the model that found the boxes."""
    found = [one for one in result.provenance.models if one.role == "animals"]
    return f"{found[0].name}@{found[0].version}" if found else ""


def attributes_of(box: Row, model: str) -> dict[str, str]:
    """Return what goes with a box: its name, so that a correction finds it again, its track, how sure the model is."""
    told = {"object_id": str(box["object_id"]), "status": box["status"] or ""}
    if box["track_id"]:
        told["track"] = box["track_id"]
    if is_known(box["score"]):
        told["score"] = f"{box['score']:.4g}"
    if box["source"] != "person" and model:
        told["model"] = model
    return told


def is_known(score: float | None) -> bool:
    """Tell whether there is a score."""
    return score is not None and math.isfinite(score)


def raw_labels(labels: list[str]) -> list[dict[str, Any]]:
    """Return the labels with their attributes as CVAT takes them when a task is made."""
    colours = class_colours(labels)
    return [
        {
            "name": name,
            "color": hexadecimal(colours[name]),
            "type": "rectangle",
            "attributes": [
                {"name": one, "mutable": mutable, "input_type": "text", "default_value": "", "values": [""]}
                for one, mutable in ATTRIBUTES
            ],
        }
        for name in labels
    ]
