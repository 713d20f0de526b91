"""YOLO: pictures of the searched frames with a text file of boxes for each, as Ultralytics takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pelagia.core.result import Issue, Result
from pelagia.exports.ecosystem.films import Films
from pelagia.exports.ecosystem.frames_of import Row, Seen, clips_of, frames_of, labels_of
from pelagia.exports.ecosystem.needs import BOX, BOXES
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.io.annotations.video_frames import jpeg_frames

NEEDS = BOXES
FOLDER = "yolo"
FILE = "dataset.zip"
EVERY = 5
"""Of so many clips the last is for validation, whole: frames of one clip are too much alike to be on both sides."""
EXACT = 10
"""Decimals of shares: far less than a thousandth of a pixel."""
UNKNOWN = "unknown"
"""The one class of a set without a box: a set without a class is none."""
_DATE = (1980, 1, 1, 0, 0, 0)


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``yolo/dataset.zip``: ``data.yaml``, ``images`` and ``labels``, each with ``train`` and ``val``.

    The pictures are taken from the films of the result, as small as these are: so the set is whole, wherever the
    recordings are. An empty text file stands beside a frame on which nothing was found. Frames without a film are left
    out, and told.
    """
    clips, labels = clips_of(result), labels_of(result) or [UNKNOWN]
    numbers = {name: number for number, name in enumerate(labels)}
    films = Films(result)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    places = {clip_id: _part(at, len(clips)) for at, clip_id in enumerate(clips)}
    missing = 0
    written = dict.fromkeys(("train", "val"), 0)
    with ZipFile(path, "w") as archive:
        for view, group in groupby(frames_of(result, clips), key=lambda one: str(one.frame["view"] or "")):
            members = list(group)
            film = films.find(view) if view else None
            if film is None:
                missing += len(members)
                continue
            shown = {one.frame["view_frame"]: one for one in members}
            for number, data in jpeg_frames(film.path, shown):
                one = shown.pop(number)
                part = places[one.frame["clip_id"]]
                name = PurePosixPath(one.picture).with_suffix("")
                _add(archive, f"images/{part}/{name}.jpg", data, ZIP_STORED)
                _add(archive, f"labels/{part}/{name}.txt", _lines(one, numbers).encode(), ZIP_DEFLATED)
                written[part] += 1
            missing += len(shown)
        _add(archive, "data.yaml", _data(labels, has_val=bool(written["val"])).encode(), ZIP_DEFLATED)
    return ExportOutcome(files=(path,), issues=(*films.issues, *_left_out(missing)))


def _part(at: int, clips: int) -> str:
    return "val" if at % EVERY == min(EVERY, clips) - 1 and clips > 1 else "train"


def _lines(one: Seen, numbers: Mapping[str, int]) -> str:
    return "".join(_line(box, one.clip, numbers[box["taxon"]]) for box in one.boxes if box["taxon"] in numbers)


def _line(box: Row, clip: Row, number: int) -> str:
    top, left, tall, wide = (box[name] for name in BOX)
    shares = (
        (left + wide / 2) / clip["width_px"],
        (top + tall / 2) / clip["height_px"],
        wide / clip["width_px"],
        tall / clip["height_px"],
    )
    return f"{number} {' '.join(f'{share:.{EXACT}f}' for share in shares)}\n"


def _data(labels: Sequence[str], *, has_val: bool) -> str:
    """Return the description of the set; names are written as JSON, which YAML reads as well."""
    named = "".join(f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(labels))
    val = "images/val" if has_val else "images/train  # only one clip: add others before a training is judged"
    return f"path: .\ntrain: images/train\nval: {val}\nnc: {len(labels)}\nnames:\n{named}"


def _add(archive: ZipFile, name: str, data: bytes, compression: int) -> None:
    info = ZipInfo(name, _DATE)
    info.compress_type = compression
    archive.writestr(info, data)


def _left_out(missing: int) -> Iterator[Issue]:
    if missing:
        yield Issue(
            file=f"exports/{FOLDER}",
            code="export-frames-without-film",
            message=f"{missing:,} frames are in no film of the result, or it cannot be read: they were left out",
            remedy="Run with films, the default.",
            objects=missing,
        )
