"""YOLO: the training set as text files, in the folders that trainers of the YOLO family expect."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.core.spreadsheet import as_cells
from pelagia.exports.citizen.consensus import TAKEN, WHOLE, Row, boxes_by_image, parts_of, set_classes, set_images
from pelagia.exports.citizen.needs import CONSENSUS
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.io.sources import open_source

NEEDS = CONSENSUS
FOLDER = "yolo"
PARTS = {"train": "train", "validation": "val", "test": "test", WHOLE: "train"}
"""Part → what trainers call it."""
NAME_AT_MOST = 150
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``yolo/data.yaml``, ``yolo/labels/<part>/…`` and ``yolo/images.csv``; the images where it was asked for.

    ``images.csv`` tells which file each image of the set is and where trainers look for it,
    ``images/<part>/<name>``. With the parameter ``copy_images`` the images are copied there.
    """
    del options
    images, classes = set_images(result), set_classes(result)
    folder = out / FOLDER
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    names = safe_names(images)
    files = [_write_list(folder, images, classes), _write_places(folder, images, names)]
    files += _write_labels(folder, result, images, names, classes)
    issues: tuple[Issue, ...] = ()
    if result.provenance.params.get("copy_images") is True:
        copied, issues = _copy(folder, images, names)
        files += copied
    return ExportOutcome(files=tuple(files), issues=issues)


def safe_names(images: Mapping[str, Row]) -> dict[str, str]:
    """Return a file name for every image, of letters, digits, ``.``, ``_`` and ``-`` alone, none twice.

    Folders stay readable in it: ``tower-2023/a.jpg`` is ``tower-2023__a.jpg``.
    """
    taken: set[str] = set()
    names = {}
    for image_id in sorted(images):
        path = PurePosixPath(image_id.replace("\\", "/"))
        stem = _UNSAFE.sub("_", path.with_suffix("").as_posix().replace("/", "__")).strip("._-") or "image"
        suffix = _UNSAFE.sub("", path.suffix).lower()
        stem = stem[-NAME_AT_MOST:]
        name, number = f"{stem}{suffix}", 1
        # Labels have the name without the suffix, and case makes no difference on many disks.
        while PurePosixPath(name).stem.lower() in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        taken.add(PurePosixPath(name).stem.lower())
        names[image_id] = name
    return names


def _write_list(folder: Path, images: Mapping[str, Row], classes: Sequence[str]) -> Path:
    lines = ["path: ."]
    parts = parts_of(images)
    lines += [f"{PARTS[part]}: images/{PARTS[part]}" for part in parts]
    if "validation" not in parts and parts:
        lines.append(f"val: images/{PARTS[parts[0]]}")
    # A JSON text in double quotes is one of YAML too, whatever is in it.
    lines += [f"nc: {len(classes)}", "names:", *(f"  - {json.dumps(name, ensure_ascii=False)}" for name in classes)]
    path = folder / "data.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _write_places(folder: Path, images: Mapping[str, Row], names: Mapping[str, str]) -> Path:
    path = folder / "images.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("image", "part", "source", "file"))
        for image_id, row in images.items():
            place = f"images/{PARTS[row['part']]}/{names[image_id]}"
            writer.writerow(as_cells((place, PARTS[row["part"]], row["source_uri"], row["file"])))
    return path


def _write_labels(
    folder: Path, result: Result, images: Mapping[str, Row], names: Mapping[str, str], classes: Sequence[str]
) -> Iterator[Path]:
    """Write a text file an image; one without boxes gets an empty one, which says that there is nothing."""
    numbers = {name: number for number, name in enumerate(classes)}
    boxes = dict.fromkeys(images, "")
    for image_id, own in boxes_by_image(result):
        if image_id in images:
            rows = [box for box in own if box["status"] in TAKEN]
            boxes[image_id] = "".join(f"{numbers[box['item_class']]} {_line(box, images[image_id])}\n" for box in rows)
    for image_id, text in boxes.items():
        path = folder / "labels" / PARTS[images[image_id]["part"]] / f"{PurePosixPath(names[image_id]).stem}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
        yield path


def _line(box: Row, image: Row) -> str:
    width, height = image["width_px"], image["height_px"]
    values = (
        (box["col_px"] + box["width_px"] / 2) / width,
        (box["row_px"] + box["height_px"] / 2) / height,
        box["width_px"] / width,
        box["height_px"] / height,
    )
    return " ".join(f"{value:.7f}" for value in values)


def _copy(folder: Path, images: Mapping[str, Row], names: Mapping[str, str]) -> tuple[list[Path], tuple[Issue, ...]]:
    files, lost = [], []
    for image_id, row in images.items():
        path = folder / "images" / PARTS[row["part"]] / names[image_id]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open_source(row["source_uri"]).open(row["file"]) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except (PelagiaError, OSError, EOFError, zlib.error, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            lost.append(image_id)
        else:
            files.append(path)
    if not lost:
        return files, ()
    issue = Issue(
        file=f"exports/{FOLDER}",
        code="export-image-not-copied",
        message="Images of the training set could not be copied; their boxes are in the folder all the same",
        value=", ".join(lost[:5]) + (" …" if len(lost) > 5 else ""),
        remedy="Copy them by hand to where images.csv tells, or give the images again and run anew.",
        objects=len(lost),
    )
    return files, (issue,)
