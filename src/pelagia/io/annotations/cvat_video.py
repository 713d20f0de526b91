"""CVAT for video 1.1: tracks of boxes on the frames of one video."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from pelagia.io.annotations.cvat_shapes import Attributes, Edges, box_edges, polygon_edges, unreadable
from pelagia.io.annotations.gathering import BOXES_AT_MOST, IMAGES_AT_MOST, Gathering, check_number, track_of
from pelagia.io.annotations.matching import FileNames

OF_ONE_BOX = ("object_id", "score")
"""Attributes that do not hold for the boxes that CVAT puts between two that were drawn."""
_FRAMES_AT_MOST = 1 << 31


def frame_name(video: str, frame: int) -> str:
    """Return the name of a frame of a video, as annotations have it inside."""
    return f"{video}#{frame}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One box of a track, as it stands in the file."""

    frame: int
    is_outside: bool
    is_drawn: bool
    edges: Edges
    occluded: bool
    told: Mapping[str, object]


class VideoTracks:
    """The tracks of one video, read one by one; every frame of it was looked at.

    Parameters
    ----------
    gathering
        Takes what is found.
    files
        The files of the source, among which the video is looked for.
    file
        Name of the annotations, for errors, and for the video where they do not name it.

    Notes
    -----
    Frames are numbered as CVAT does: in the whole video, whatever stretch or step of it the task shows. Between two
    boxes of a track that are not on frames next to each other CVAT shows boxes as well: on a straight way to the next,
    or standing still where the next is marked ``outside``. They are read like that, and marked as interpolated; behind
    the last box of a track there is none.

    Things are told apart by the attribute ``track`` where there is one, else by the number of the track. A box may
    be called otherwise than its track: by the attribute ``taxon``, as long as the track is still ``named`` as it was.
    """

    def __init__(self, gathering: Gathering, files: FileNames, file: str) -> None:
        self._gathering, self._files, self._file = gathering, files, file
        self._told: dict[str, str] = {}
        self._frames: range | None = None
        self._begun = False
        self._taken: set[str] = set()
        self._boxes = 0
        self._track: Attributes = {}
        self._keys: list[_Key] = []

    def tell(self, tag: str, path: Sequence[str], text: str) -> None:
        """Take an element of the head."""
        parent = path[-2]
        if parent == "original_size" or tag == "source" or parent in {"task", "job"}:
            if tag == "source" and self._told.get("source", text) != text:
                raise unreadable("it is of several videos; export each task by itself", self._file)
            self._told[tag] = text

    def start_track(self, attributes: Attributes) -> None:
        """Take the begin of a track."""
        self._begin()
        self._track, self._keys = attributes, []

    def take(self, tag: str, shape: Attributes, told: Mapping[str, object]) -> None:
        """Take a shape of the track."""
        if tag not in {"box", "polygon"}:
            self._gathering.leave_out(
                "shape",
                f"a shape of the kind “{tag[:40]}” was left out",
                value=self._video,
                remedy="Draw things as rectangles or polygons.",
            )
            return
        frame = _whole(shape.get("frame", ""))
        if frame is None or (self._frames is not None and frame not in self._frames):
            self._gathering.leave_out(
                "frame-unknown",
                "a box is on a frame that the video of the task does not have and was left out",
                value=f"{self._video}: {shape.get('frame', '')[:20]}",
                remedy="Export the whole task, not a part of it.",
            )
            return
        self._boxes += 1
        check_number(self._boxes, 2 * BOXES_AT_MOST, "boxes", self._file)
        self._keys.append(
            _Key(
                frame=frame,
                is_outside=shape.get("outside") == "1",
                is_drawn=shape.get("keyframe", "1") != "0",
                edges=box_edges(shape) if tag == "box" else polygon_edges(shape),
                occluded=shape.get("occluded") == "1",
                told=told,
            )
        )

    def end_track(self) -> None:
        """Take the end of a track: its boxes go to the frames they are seen on."""
        label = self._gathering.declare(self._track.get("label"))
        if label is None:
            self._gathering.leave_out(
                "class-unknown", "a track has no label and was left out", value=self._video, remedy="Give it a label."
            )
            return
        keys = list({key.frame: key for key in sorted(self._keys, key=lambda key: key.frame)}.values())
        seen = list(self._filled(keys))
        name = self._name(keys, is_followed=len(seen) > 1)
        for key in seen:
            told = dict(key.told)
            own, named = told.pop("taxon", ""), told.pop("named", "")
            called = self._gathering.declare(own) if own and named == label else None
            if not key.is_drawn:
                told = {name: value for name, value in told.items() if name not in OF_ONE_BOX}
            self._gathering.add_box(
                self._image(key.frame),
                called or label,
                key.edges,
                occluded=key.occluded,
                attributes=told,
                track_id=name,
                is_interpolated=not key.is_drawn,
            )

    def done(self) -> None:
        """Take the end of the file."""
        if self._begun or self._told.get("mode") == "interpolation":
            self._begin()

    @property
    def _video(self) -> str:
        return self._told.get("source") or PurePosixPath(self._file.replace("\\", "/")).stem

    def _begin(self) -> None:
        """Take every frame that the task shows as looked at."""
        if self._begun:
            return
        self._begun = True
        self._frames = self._range()
        for frame in self._frames or ():
            self._image(frame)

    def _range(self) -> range | None:
        size, first = _whole(self._told.get("size", "")), _whole(self._told.get("start_frame", "")) or 0
        if size is None:
            return None
        check_number(size, IMAGES_AT_MOST, "images", self._file)
        step = re.search(r"step\s*=\s*(\d{1,6})", self._told.get("frame_filter", ""))
        every = max(1, int(step[1])) if step else 1
        return range(first, first + size * every, every)

    def _image(self, frame: int) -> str:
        name = frame_name(self._video, frame)
        if name not in self._gathering:
            self._gathering.add_image(
                name,
                width=self._told.get("width"),
                height=self._told.get("height"),
                file=self._files.find(self._video) or "",
                video=self._video,
                frame=frame,
            )
        return name

    def _name(self, keys: Sequence[_Key], *, is_followed: bool) -> str | None:
        """Return what a thing is called: of two tracks that carry one name the second has another."""
        told = next((name for key in keys if (name := track_of(key.told))), "")
        own = f"{self._video}#{self._track.get('id', '')[:40]}"
        name = (told if told not in self._taken else f"{told}#{own}") if told else (own if is_followed else "")
        self._taken.add(name)
        return name or None

    def _filled(self, keys: Sequence[_Key]) -> Iterator[_Key]:
        """Yield the boxes of a track that are seen, those between drawn ones among them."""
        every = 1 if self._frames is None else self._frames.step
        for at, key in enumerate(keys):
            if key.is_outside:
                continue
            yield key
            if at + 1 == len(keys):
                return
            following = keys[at + 1]
            between = range(key.frame + every, following.frame, every)
            self._boxes += len(between)
            check_number(self._boxes, 2 * BOXES_AT_MOST, "boxes", self._file)
            for frame in between:
                share = 0.0 if following.is_outside else (frame - key.frame) / (following.frame - key.frame)
                yield replace(key, frame=frame, is_drawn=False, edges=_between(key.edges, following.edges, share))


def _between(one: Edges, other: Edges, share: float) -> Edges:
    top, left, bottom, right = (before + share * (after - before) for before, after in zip(one, other, strict=True))
    return top, left, bottom, right


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,10}", text) and int(text) < _FRAMES_AT_MOST else None
