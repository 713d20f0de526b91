"""From an address to the annotations behind it, in whichever of the known formats they are."""

from __future__ import annotations

import re
from pathlib import Path

from pelagia.core.errors import BadInput
from pelagia.io.annotations import coco, cvat
from pelagia.io.annotations.folders import in_folders, read_folders
from pelagia.io.annotations.form import Annotations, Format
from pelagia.io.annotations.gathering import Gathering
from pelagia.io.annotations.matching import FileNames
from pelagia.io.annotations.yolo import class_list_of, read_yolo
from pelagia.io.sources import Source, open_source

SNIFFED_BYTES = 1 << 16
FILES_SNIFFED = 50
_COCO_KEY = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
_GEOJSON = re.compile(rb'"type"\s*:\s*"FeatureCollection"')


def sniff(place: str | Path) -> Format | None:
    """Say what annotations an address holds, from its listing and the begin of a few files; ``None``: none known.

    Parameters
    ----------
    place
        A file, a folder or a zip archive, as :func:`pelagia.io.sources.open_source` takes it.

    Raises
    ------
    NotFound, Unavailable
        Where the address cannot be opened.
    """
    source = open_source(str(place))
    return _recognised(source, _names(source), whole=False)[0]


def read_annotations(place: str | Path) -> Annotations:
    """Read boxes and labels, and find the images they are of among the files beside them.

    Parameters
    ----------
    place
        A COCO or CVAT file (of images or of a video); a folder or zip archive with such files, with a YOLO data set,
        or with a folder of images for each class.

    Returns
    -------
    Annotations
        Boxes in pixels of the image as stored; what could not be used is among its findings.

    Raises
    ------
    BadInput
        ``annotations-unknown`` where nothing of the kind is there; ``annotations-unreadable``,
        ``annotations-too-many``, ``file-too-large`` where it cannot be read.
    """
    source = open_source(str(place))
    names = _names(source)
    form, files = _recognised(source, names, whole=True)
    gathering = Gathering(files[0] if len(files) == 1 else source.uri)
    known = FileNames(names)
    if form == "coco":
        for name in files:
            coco.read_coco(source.read(name, coco.LIMIT_BYTES), gathering, known, file=name)
    elif form == "cvat":
        for name in files:
            with source.open(name) as stream:
                cvat.read_cvat(stream, gathering, known, file=name)
    elif form == "yolo":
        read_yolo(source, names, gathering)
    elif form == "folders":
        read_folders(names, gathering)
    else:
        raise BadInput(
            "There are no annotations here",
            remedy="Give COCO (JSON), CVAT for images or video 1.1 (XML), a YOLO data set with its list of classes, "
            "or a folder of images for each class.",
            file=source.uri,
            code="annotations-unknown",
        )
    return gathering.done(form)


def _names(source: Source) -> list[str]:
    return [entry.name for entry in source.entries()]


def _recognised(source: Source, names: list[str], *, whole: bool) -> tuple[Format | None, list[str]]:
    """Return the format, and for COCO and CVAT the files that are in it, all of them or some of the first."""
    if class_list_of(names) is not None:
        return "yolo", []
    texts = [name for name in names if name.lower().endswith((".json", ".xml"))]
    texts.sort(key=lambda name: (name.count("/"), name))
    kinds = {name: _kind(source, name) for name in texts[:FILES_SNIFFED]}
    for form in ("coco", "cvat"):
        files = [name for name, kind in kinds.items() if kind == form]
        if files:
            return form, files + [name for name in texts[FILES_SNIFFED:] if whole and _kind(source, name) == form]
    return ("folders", []) if in_folders(names) else (None, [])


def _kind(source: Source, name: str) -> Format | None:
    with source.open(name) as stream:
        begin = stream.read(SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"{") and _COCO_KEY.search(begin) and not _GEOJSON.search(begin):
        return "coco"
    return "cvat" if begin.startswith(b"<") and b"<annotations" in begin else None
