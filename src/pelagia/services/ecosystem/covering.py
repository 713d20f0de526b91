"""Which frames of a run annotations cover: frames of its films, of the recordings, or pictures of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Issue
from pelagia.core.table import Table
from pelagia.io.annotations.form import AnnotatedImage, Annotations
from pelagia.io.annotations.matching import FileNames
from pelagia.io.annotations.pictures import base_name, picture_name

Record = dict[str, Any]
_FRAME = ("object_id", "clip_id", "file", "time_s", "is_searched", "view", "view_frame")
_CLIP = ("clip_id", "file", "kind", "frame_rate", "height_px", "width_px")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A frame that annotations cover.

    Parameters
    ----------
    frame_id, clip_id
        Of the frame.
    image
        What it is in the annotations.
    down, across
        How many times as high and wide as that image the frame is.
    """

    frame_id: str
    clip_id: str
    image: str
    down: float
    across: float


def covered_frames(
    annotations: Annotations, clips: Table, frames: Table, file: str, issues: list[Issue]
) -> dict[str, Covered]:
    """Return the frames that are covered, by name.

    Parameters
    ----------
    annotations
        From a task of CVAT made from a film or a recording, or of pictures.
    clips, frames
        Of the run.
    file
        Name of the annotations, for findings.
    issues
        Takes images that are of no frame of this run. Of a recording that is one with a box alone: the others were
        not searched.
    """
    images = {image.name: image for image in annotations.images}
    known = {row["clip_id"]: row for row in clips.records(_CLIP)}
    of_video: dict[tuple[str, int], str] = {}
    of_picture: dict[str, list[str]] = defaultdict(list)
    for image in annotations.images:
        if image.frame is not None:
            of_video[base_name(image.video), image.frame] = image.name
        else:
            of_picture[_stem(base_name(image.name))].append(image.name)
    found: dict[str, Covered] = {}
    candidates: dict[str, tuple[Record, str]] = {}
    videos = {video for video, _ in of_video}
    for row in frames.records(_FRAME):
        if not row["is_searched"]:
            continue
        clip = known[row["clip_id"]]
        shown = next((of_video[key] for key in _places(row, clip, videos) if key in of_video), None)
        if shown is not None:
            found.setdefault(str(row["object_id"]), _covered(row, clip, images[shown]))
        name = _name(row, clip)
        if of_picture and _stem(base_name(name)) in of_picture:
            candidates[str(row["object_id"])] = (dict(row), name)
    for image_name, frame_id in _pictures(of_picture, candidates):
        row = candidates[frame_id][0]
        found.setdefault(frame_id, _covered(row, known[row["clip_id"]], images[image_name]))
    _tell_unknown(annotations, {one.image for one in found.values()}, file, issues)
    return found


def _places(row: Mapping[str, Any], clip: Mapping[str, Any], videos: set[str]) -> Iterator[tuple[str, int]]:
    """Yield where a frame may be found: in its film, in its recording."""
    film = base_name(row["view"] or "")
    if film in videos and row["view_frame"] is not None:
        yield film, row["view_frame"]
    recording = base_name(row["file"] or "")
    if recording in videos and clip["kind"] != "series" and clip["frame_rate"]:
        yield recording, round(row["time_s"] * clip["frame_rate"])


def _name(row: Mapping[str, Any], clip: Mapping[str, Any]) -> str:
    return picture_name(row["clip_id"], row["object_id"], row["file"], is_still=clip["kind"] == "series")


def _pictures(
    of_picture: Mapping[str, list[str]], candidates: Mapping[str, tuple[Record, str]]
) -> Iterator[tuple[str, str]]:
    """Yield pictures with their frames: by clip and name, else by the path of the file, else without their endings.

    A still picture may have been written anew, as JPEG.
    """
    by_name = {name: frame_id for frame_id, (_, name) in candidates.items()}
    stills = ((frame_id, str(row["file"]), name) for frame_id, (row, name) in candidates.items())
    by_file = {file: frame_id for frame_id, file, name in stills if base_name(file) == base_name(name)}
    ways: list[tuple[Mapping[str, str], Callable[[str], str]]] = [(by_name, str), (by_file, str)]
    ways += [({_stem(name): frame_id for name, frame_id in known.items()}, _stem) for known in (by_name, by_file)]
    names = [(FileNames(known), known, called) for known, called in ways]
    for image in (image for some in of_picture.values() for image in some):
        found = ((files.find(called(image)), known) for files, known, called in names)
        frame_id = next((known[name] for name, known in found if name is not None), None)
        if frame_id is not None:
            yield image, frame_id


def _stem(name: str) -> str:
    """Return a path without the ending of its file."""
    folder, slash, base = name.replace("\\", "/").rpartition("/")
    return f"{folder}{slash}{base.rpartition('.')[0] or base}"


def _covered(row: Mapping[str, Any], clip: Mapping[str, Any], image: AnnotatedImage) -> Covered:
    height, width = clip["height_px"], clip["width_px"]
    return Covered(
        frame_id=str(row["object_id"]),
        clip_id=str(row["clip_id"]),
        image=image.name,
        down=height / image.height_px if image.height_px and height else 1.0,
        across=width / image.width_px if image.width_px and width else 1.0,
    )


def _tell_unknown(annotations: Annotations, known: set[str], file: str, issues: list[Issue]) -> None:
    drawn = {box.image for box in annotations.boxes if not box.is_interpolated}
    unknown = [
        image.name
        for image in annotations.images
        if image.name not in known and (image.frame is None or image.name in drawn)
    ]
    whole = {image.video for image in annotations.images if image.name in known}
    unknown += sorted({image.video for image in annotations.images if image.frame is not None} - whole - {""})
    if unknown:
        issues.append(
            Issue(
                file=file,
                code="correction-without-frame",
                message=f"{len(unknown):,} images or videos of the corrections are none that this run searched; they "
                "were left out",
                value=", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else ""),
                remedy="Give the corrections of a run of the same recordings, the films and files under the names they "
                "had.",
                objects=len(unknown),
            )
        )
