"""CVAT for video 1.1: tracks of boxes on the frames of a video, every gap in them closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import Element, SubElement

from pelagia.exports.ecosystem.cvat_xml import FOOT, Task, add_attributes, edges_of, encoded, source_of, write_head
from pelagia.exports.ecosystem.frames_of import Row
from pelagia.exports.litter.plain_text import without_controls


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame of the video that was searched.

    Parameters
    ----------
    frame
        Its number in the video, from 0.
    boxes
        On it.
    is_cut
        Whether what comes next was searched only after a while: nothing is known of the frames between.
    """

    frame: int
    boxes: Sequence[Row]
    is_cut: bool = False


def write_video(file: IO[bytes], task: Task, shots: Sequence[Shot]) -> None:
    """Write a file of tracks.

    Parameters
    ----------
    file
        To be written to.
    task
        It is for.
    shots
        The frames that were searched, in order, each number once.

    Notes
    -----
    Every box is a keyframe. Where a thing is not seen on the next frame that was searched, its track is marked
    ``outside`` on the very next frame, since CVAT would fill the gap otherwise. Frames between two that were searched
    and show it are left to CVAT to fill, unless nothing is known of a longer time. A box without a track is a track of
    one frame.
    """
    write_head(file, task)
    for number, members in enumerate(_tracks(shots)):
        file.write(encoded(_track(number, members, shots, task)))
    file.write(FOOT)


def _tracks(shots: Sequence[Shot]) -> list[list[tuple[int, Row]]]:
    """Return the boxes of each track with the places of their shots, in the order in which the tracks begin."""
    followed: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for place, shot in enumerate(shots):
        for box in shot.boxes:
            if box["taxon"]:
                followed[box["track_id"] or f"\n{box['object_id']}"].append((place, box))
    return list(followed.values())


def _track(number: int, members: Sequence[tuple[int, Row]], shots: Sequence[Shot], task: Task) -> Element:
    label = _label(members)
    told = {"id": str(number), "label": without_controls(label), "source": source_of(members[0][1])}
    track = Element("track", told)
    for at, (place, box) in enumerate(members):
        _add_box(track, shots[place].frame, box, label, task)
        following = members[at + 1][0] if at + 1 < len(members) else None
        if following == place + 1 and not shots[place].is_cut:
            continue
        frame = shots[place].frame + 1
        if frame < (task.size if following is None else shots[following].frame):
            _add_box(track, frame, box, label, task, outside=True)
    return track


def _add_box(track: Element, frame: int, box: Row, label: str, task: Task, *, outside: bool = False) -> None:
    told = {
        "frame": str(frame),
        "keyframe": "1",
        "outside": str(int(outside)),
        "occluded": "0",
        **edges_of(box, task),
        "z_order": "0",
    }
    add_attributes(SubElement(track, "box", told), box, label, task.model)


def _label(members: Sequence[tuple[int, Row]]) -> str:
    """Return what most boxes of a track are called; of several such, the first in the alphabet."""
    counts = Counter(str(box["taxon"]) for _, box in members)
    return min(counts, key=lambda name: (-counts[name], name))
