"""Which pictures the inputs hold, where they lie and how large a pixel is; all that is wrong with them is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.rasters import faults
from pelagia.io.rasters.describing import Candidate, describe
from pelagia.io.rasters.fetching import check_disk, fetch, fetch_head
from pelagia.io.rasters.naming import area_ids, image_ids, told_area
from pelagia.io.rasters.picture import Picture
from pelagia.io.rasters.places import FoundFile, find_files

MOST_MIXED = 2.0
COPIES = "pictures"
HALF_READ = frozenset({"truncated", "damaged"})

Described = tuple[FoundFile, Picture]
Found = tuple[list[Picture], list[Issue]]


def find_pictures(inputs: Sequence[str], *, gsd_cm: float | None, area_id: str, workdir: Path) -> Found:
    """Find all pictures and describe them.

    Parameters
    ----------
    inputs
        Folders, zip archives, single files, uploads, addresses, as every service takes them.
    gsd_cm
        What the user says of the size of a pixel on the ground, cm; ``None`` where nothing.
    area_id
        The area all belong to; where it is empty, each folder is one, and so is an orthophoto that was named itself.
    workdir
        For copies of those that are not files of this machine; each is copied once.

    Returns
    -------
    list of Picture
        Those that can be used, sorted by ``file``.
    list of Issue
        What is wrong with them, and with all that cannot be used.

    Raises
    ------
    NotFound, BadInput, Unavailable
        An input cannot be opened at all, or the disk is full.
    """
    files, issues = find_files(inputs)
    folder = workdir / COPIES
    if any(found.path is None for found in files):
        folder.mkdir(parents=True, exist_ok=True)
        check_disk(files, folder)

    def whole(found: FoundFile) -> tuple[Picture | None, list[Issue]]:
        return describe(Candidate(path=fetch(found, folder), file=found.file, world=found.world), gsd_cm)

    return _put_together(files, issues, whole, area_id)


def each_picture(inputs: Sequence[str], *, gsd_cm: float | None, folder: Path) -> Iterator[Picture]:
    """Yield the pictures that :func:`find_pictures` finds, without names and areas: for whoever wants a few only.

    Those that are not files of this machine are copied to ``folder`` one by one, as they are asked for.
    """
    for found in find_files(inputs)[0]:
        try:
            check_disk([found], folder)
            candidate = Candidate(path=fetch(found, folder), file=found.file, world=found.world)
        except PelagiaError:
            continue
        picture, _ = describe(candidate, gsd_cm)
        if picture is not None:
            yield picture


def look(inputs: Sequence[str], *, gsd_cm: float | None, area_id: str) -> Found:
    """Find all pictures as :func:`find_pictures` does, without copying any: for an estimate.

    Of those that are not on this machine only the beginning is read (of a TIFF that describes itself at its end, all,
    and then forgotten), so that it is not seen where their end is missing; their ``path`` is empty.
    """
    files, issues = find_files(inputs)
    with tempfile.TemporaryDirectory(prefix="pelagia-look-") as name:
        folder = Path(name)

        def glance(found: FoundFile) -> tuple[Picture | None, list[Issue]]:
            path, is_whole = fetch_head(found, folder)
            candidate = Candidate(path=path, file=found.file, is_whole=is_whole, world=found.world)
            picture, told = describe(candidate, gsd_cm)
            if picture is None and not is_whole and any(issue.code in HALF_READ for issue in told):
                path.unlink()
                check_disk([found], folder)
                picture, told = describe(replace(candidate, path=fetch(found, folder), is_whole=True), gsd_cm)
            if found.path is None:
                path.unlink()
                picture = None if picture is None else replace(picture, path="")
            return picture, told

        return _put_together(files, issues, glance, area_id)


def _put_together(
    files: Sequence[FoundFile],
    issues: Sequence[Issue],
    look_at: Callable[[FoundFile], tuple[Picture | None, list[Issue]]],
    area_id: str,
) -> Found:
    told = list(issues)
    described: list[Described] = []
    for found in files:
        try:
            picture, more = look_at(found)
        except PelagiaError as error:
            told.append(replace(finding(error, objects=1), file=found.file))
            continue
        told += more
        if picture is not None:
            described.append((found, picture))
    pictures = _named(described, area_id)
    return pictures, [*told, *_mixed(pictures)]


def _named(described: Sequence[Described], area_id: str) -> list[Picture]:
    images = image_ids(["/".join((*found.folders, PurePosixPath(found.name).name)) for found, _ in described])
    told = told_area(area_id)
    areas = [told] * len(described) if told else area_ids(_places(described))
    return [
        replace(picture, image_id=image, area_id=area)
        for (_, picture), image, area in zip(described, images, areas, strict=True)
    ]


def _places(described: Sequence[Described]) -> list[tuple[str, ...]]:
    """Return for each picture the folders that name its area."""
    at_top = sum(not found.folders for found, _ in described)
    places: list[tuple[str, ...]] = []
    for found, picture in described:
        stem = PurePosixPath(found.name).stem
        is_area = (found.is_alone and picture.kind == "orthophoto") or (not found.folders and at_top == 1)
        places.append((*found.folders, stem) if is_area else found.folders)
    return places


def _mixed(pictures: Sequence[Picture]) -> list[Issue]:
    """Find areas whose pictures show very different amounts of detail."""
    sizes: dict[str, list[float]] = {}
    for picture in pictures:
        if picture.gsd_cm is not None:
            sizes.setdefault(picture.area_id, []).append(picture.gsd_cm)
    return [
        faults.gsd_mixed(area, min(found), max(found), len(found))
        for area, found in sorted(sizes.items())
        if max(found) > MOST_MIXED * min(found)
    ]
