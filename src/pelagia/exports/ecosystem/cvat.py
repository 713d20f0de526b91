"""CVAT: the boxes of each film, of each video and of each series, for correction in a task made from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path, PurePosixPath
from statistics import median
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pelagia.core.result import Issue, Result
from pelagia.exports.ecosystem.cvat_images import Picture, write_images
from pelagia.exports.ecosystem.cvat_video import Shot, write_video
from pelagia.exports.ecosystem.cvat_xml import Task
from pelagia.exports.ecosystem.films import Films
from pelagia.exports.ecosystem.frames_of import Row, Seen, clips_of, frames_of, labels_of, model_of, raw_labels
from pelagia.exports.ecosystem.needs import BOXES
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = BOXES
FOLDER = "cvat"
CUT_STEPS = 1.5
"""Frames that were searched are next to each other where no more than so many usual steps are between them."""
_DATE = (1980, 1, 1, 0, 0, 0)
TOLD = """For each film, video and series one file of annotations; import it into a task made from that very file.

films.zip    A file for each small film of the result (its folder views): make the task from the film, with frame
             step 1. This is the usual way: the film shows just the frames that were searched.
videos.zip   A file for each video as it was recorded: make the task from the recording, with frame step 1. Frame
             numbers are time x frame rate, rounded; CVAT fills the frames between two that were searched. Of a video
             whose frame rate varies, boxes may stand beside their frame: take the film.
stills.zip   A file for each series of pictures: make the task from the pictures.
labels.json  What the form of a new task takes under "Raw". Without it CVAT drops object_id and track, by which a
             correction finds its box and its track again.

Export the corrected tasks as "CVAT for video 1.1" or "CVAT for images 1.1" and give them to the next run of the same
recordings as corrections, one file or a zip of many.
"""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``cvat/films.zip``, ``videos.zip``, ``stills.zip``, ``labels.json`` and ``read-me.txt``.

    Boxes are in pixels of what the task shows. Times become frame numbers: in a film the number of its frame, in a
    recording time × frame rate.
    """
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    writing = _Writing(clips=clips_of(result), labels=labels_of(result), model=model_of(result), films=Films(result))
    listed, told = folder / "labels.json", folder / "read-me.txt"
    listed.write_text(json.dumps(raw_labels(writing.labels), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    told.write_text(TOLD, encoding="utf-8")
    files = [listed, told]
    for name, sets in (("films", writing.of_films), ("videos", writing.of_videos), ("stills", writing.of_series)):
        path = folder / f"{name}.zip"
        if _write_zip(path, sets(frames_of(result, writing.clips))):
            files.append(path)
    return ExportOutcome(files=tuple(files), issues=(*writing.films.issues, *writing.issues()))


Part = tuple[str, Callable[[IO[bytes]], None]]
"""Name of a file of the archive, and what writes it."""


@dataclass(slots=True, kw_only=True)
class _Writing:
    clips: Mapping[str, Row]
    labels: list[str]
    model: str
    films: Films
    unsized: set[str] = field(default_factory=set)
    varying: set[str] = field(default_factory=set)

    def of_films(self, frames: Iterator[Seen]) -> Iterator[Part]:
        """Yield a file for each film."""
        shown = (one for one in frames if one.frame["view"] and one.frame["view_frame"] is not None)
        for view, group in groupby(shown, key=lambda one: str(one.frame["view"])):
            film = self.films.find(view)
            members = list(group)
            if film is None:
                continue
            clip, name = members[0].clip, PurePosixPath(view).name
            task = Task(
                name=name,
                size=members[-1].frame["view_frame"] + 1,
                labels=self.labels,
                model=self.model,
                source=name,
                height_px=film.height_px,
                width_px=film.width_px,
                down=film.height_px / clip["height_px"],
                across=film.width_px / clip["width_px"],
            )
            shots = [Shot(frame=one.frame["view_frame"], boxes=one.boxes) for one in members]
            yield f"{PurePosixPath(view).stem}.xml", _video_writer(task, shots)

    def of_videos(self, frames: Iterator[Seen]) -> Iterator[Part]:
        """Yield a file for each video as it was recorded."""
        for clip_id, group in groupby(frames, key=lambda one: str(one.frame["clip_id"])):
            clip = self.clips[clip_id]
            if clip["kind"] == "series":
                continue
            if not clip["frame_rate"] or not clip["height_px"] or not clip["width_px"]:
                self.unsized.add(clip["file"])
                continue
            if clip["is_variable_rate"]:
                self.varying.add(clip["file"])
            shots = _shots(list(group), clip["frame_rate"])
            name = PurePosixPath(str(clip["file"]).split("?", 1)[0].replace("\\", "/")).name
            task = Task(
                name=clip_id,
                size=max(shots[-1].frame + 1, round((clip["duration_s"] or 0) * clip["frame_rate"])),
                labels=self.labels,
                model=self.model,
                source=name,
                height_px=clip["height_px"],
                width_px=clip["width_px"],
            )
            yield f"{clip_id}.xml", _video_writer(task, shots)

    def of_series(self, frames: Iterator[Seen]) -> Iterator[Part]:
        """Yield a file for each series of pictures."""
        for clip_id, group in groupby(frames, key=lambda one: str(one.frame["clip_id"])):
            clip = self.clips[clip_id]
            if clip["kind"] != "series":
                continue
            pictures = [
                Picture(
                    name=PurePosixPath(one.picture).name,
                    height_px=clip["height_px"],
                    width_px=clip["width_px"],
                    boxes=one.boxes,
                )
                for one in group
            ]
            task = Task(name=clip_id, size=len(pictures), labels=self.labels, model=self.model)
            yield f"{clip_id}.xml", _images_writer(task, pictures)

    def issues(self) -> Iterator[Issue]:
        """Yield what must be said of videos whose frames cannot be numbered well."""
        if self.unsized:
            yield _issue(
                "export-frames-unnumbered",
                "The frame rate of some videos is not known: their boxes are in the file of their films alone",
                "Make the tasks from the films.",
                self.unsized,
            )
        if self.varying:
            yield _issue(
                "export-variable-rate",
                "The frame rate of some videos varies: in a task made from the recording, boxes may stand beside their "
                "frame",
                "Make the tasks from the films.",
                self.varying,
            )


def _shots(frames: Sequence[Seen], frame_rate: float) -> list[Shot]:
    """Return the searched frames of a video by their numbers; of two with one number, the first."""
    times = [float(one.frame["time_s"]) for one in frames]
    steps = [after - before for before, after in pairwise(times)]
    usual = median(steps) if steps else 0.0
    shots: dict[int, Shot] = {}
    for at, one in enumerate(frames):
        is_cut = at < len(steps) and steps[at] > CUT_STEPS * usual
        shots.setdefault(
            round(times[at] * frame_rate), Shot(frame=round(times[at] * frame_rate), boxes=one.boxes, is_cut=is_cut)
        )
    return list(shots.values())


def _video_writer(task: Task, shots: Sequence[Shot]) -> Callable[[IO[bytes]], None]:
    return lambda file: write_video(file, task, shots)


def _images_writer(task: Task, pictures: Sequence[Picture]) -> Callable[[IO[bytes]], None]:
    return lambda file: write_images(file, task, pictures)


def _write_zip(path: Path, parts: Iterator[Part]) -> int:
    """Write an archive of files that come one by one, byte for byte the same every time; returns their number."""
    number = 0
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, write_part in parts:
            info = ZipInfo(name, _DATE)
            info.compress_type = ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as file:
                write_part(file)
            number += 1
    if not number:
        path.unlink()
    return number


def _issue(code: str, message: str, remedy: str, files: set[str]) -> Issue:
    named = sorted(files)
    return Issue(
        file=f"exports/{FOLDER}",
        code=code,
        severity="note",
        message=message,
        value=", ".join(named[:5]) + (" …" if len(named) > 5 else ""),
        remedy=remedy,
        objects=len(named),
    )
