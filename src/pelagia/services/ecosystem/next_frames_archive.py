"""The pictures of the frames to be labelled next, with the boxes that were found: a person can start at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Table
from pelagia.io.annotations.pictures import picture_name
from pelagia.io.annotations.video_frames import as_jpeg, sought_frames
from pelagia.io.findings import finding
from pelagia.services.ecosystem.edits import BOX

Record = dict[str, Any]
ARCHIVE = "next_frames.zip"
FILE = "boxes.json"
EXACT = 4
_DATE = (1980, 1, 1, 0, 0, 0)
_FRAME = ("object_id", "clip_id", "file", "time_s", "time_utc", "view", "view_frame")
_CLIP = ("clip_id", "kind", "height_px", "width_px")


def next_frames_archive(
    rows: Sequence[Mapping[str, Any]], clips: Path, tables: Mapping[str, Path], films: Path, path: Path
) -> tuple[int, list[Issue]]:
    """Write an archive of pictures and of what was found on them.

    Parameters
    ----------
    rows
        Of the table of next frames.
    clips
        That table.
    tables
        ``frames`` and ``detections``.
    films
        The folder in which the films are, under the names that frames give them.
    path
        Of the archive. Its pictures stand in ``images``, in a folder for each clip; ``boxes.json`` is COCO and has the
        most wanted frame first. Boxes are in pixels of the pictures.

    Returns
    -------
    int, list of Issue
        How many pictures are in it; what is wrong with films. Frames of no film are left out.
    """
    wanted = {str(row["frame_id"]): row for row in rows}
    frames = _by_name(tables["frames"], "object_id", set(wanted), _FRAME)
    known = _by_name(clips, "clip_id", {row["clip_id"] for row in frames.values()}, _CLIP)
    boxes = _boxes_on(tables["detections"], set(wanted))
    issues: list[Issue] = []
    images: dict[str, Record] = {}
    with ZipFile(path, "w") as archive:
        for frame, rgb in _pictures(frames.values(), films, issues):
            clip = known[frame["clip_id"]]
            is_still = clip["kind"] == "series"
            name = picture_name(frame["clip_id"], frame["object_id"], frame["file"], is_still=is_still)
            name = f"{name.rpartition('.')[0]}.jpg"
            _add(archive, f"images/{name}", as_jpeg(rgb), ZIP_STORED)
            images[frame["object_id"]] = _image(frame, wanted[frame["object_id"]], name, rgb.shape[:2])
        ordered = sorted(images.values(), key=lambda image: image["rank"])
        told = _coco(ordered, boxes, {one["clip_id"]: one for one in known.values()})
        _add(archive, FILE, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(), ZIP_DEFLATED)
    if not images:
        path.unlink()
    return len(images), issues


def _pictures(frames: Any, films: Path, issues: list[Issue]) -> Iterator[tuple[Record, Any]]:
    """Yield frames with their pictures, film by film."""
    of_film: dict[str, dict[int, Record]] = defaultdict(dict)
    for frame in frames:
        if frame["view"] and frame["view_frame"] is not None:
            of_film[frame["view"]][frame["view_frame"]] = frame
    for view, members in sorted(of_film.items()):
        try:
            for number, rgb in sought_frames(films / view, members):
                yield members[number], rgb
        except PelagiaError as error:
            issues.append(finding(error, severity="warning"))


def _image(frame: Mapping[str, Any], row: Mapping[str, Any], name: str, sides: tuple[int, int]) -> Record:
    return {
        "id": row["rank"],
        "file_name": name,
        "width": sides[1],
        "height": sides[0],
        "rank": row["rank"],
        "reason": row["reason"],
        "gain": round(row["gain"], EXACT),
        "frame_id": frame["object_id"],
        "clip_id": frame["clip_id"],
        "time_s": frame["time_s"],
        "date_captured": frame["time_utc"] or "",
        "recording": frame["file"],
    }


def _coco(images: Sequence[Record], boxes: Mapping[str, Sequence[Record]], clips: Mapping[str, Record]) -> Record:
    drawn = [(image, box) for image in images for box in boxes.get(image["frame_id"], ()) if box["taxon"]]
    numbers = {name: at for at, name in enumerate(sorted({box["taxon"] for _, box in drawn}), start=1)}
    annotations = []
    for number, (image, box) in enumerate(drawn, start=1):
        clip = clips[image["clip_id"]]
        down, across = image["height"] / clip["height_px"], image["width"] / clip["width_px"]
        top, left, tall, wide = (box[name] for name in BOX)
        edges = [round(value, EXACT) for value in (left * across, top * down, wide * across, tall * down)]
        annotations.append(
            {
                "id": number,
                "image_id": image["id"],
                "category_id": numbers[box["taxon"]],
                "bbox": edges,
                "area": round(edges[2] * edges[3], EXACT),
                "segmentation": [],
                "iscrowd": 0,
                **({} if box["score"] is None else {"score": box["score"]}),
                "attributes": {"occluded": False, "object_id": box["object_id"], "track": box["track_id"] or ""},
            }
        )
    return {
        "info": {"description": "Frames to be labelled next, the most wanted first"},
        "images": list(images),
        "categories": [{"id": number, "name": name} for name, number in numbers.items()],
        "annotations": annotations,
    }


def _boxes_on(detections: Path, frames: set[str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    columns = ("object_id", "frame_id", "taxon", "score", "track_id", "is_deleted", *BOX)
    for row in _by_name(detections, "object_id", frames, columns, of="frame_id").values():
        if not row["is_deleted"]:
            found[row["frame_id"]].append(row)
    return found


def _by_name(path: Path, key: str, names: set[str], columns: Sequence[str], *, of: str = "") -> dict[str, Record]:
    """Return the rows whose ``of`` (by default ``key``) is among some names, by ``key``."""
    wanted = pa.array(sorted(names), pa.string())
    rows: dict[str, Record] = {}
    for batch in Table(name=path.stem, path=path).batches(columns):
        rows |= {row[key]: row for row in batch.filter(pc.is_in(batch[of or key], value_set=wanted)).to_pylist()}
    return rows


def _add(archive: ZipFile, name: str, data: bytes, compression: int) -> None:
    info = ZipInfo(name, _DATE)
    info.compress_type = compression
    archive.writestr(info, data)
