"""Bands that are inside an archive or elsewhere: copied once to this machine."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from pelagia.core.errors import Unavailable
from pelagia.io.scenes.facts import Band, Scene
from pelagia.io.sources import Source, open_source

COPY_BYTES = 1 << 20
SPARE_DISK_BYTES = 1 << 30


def fetched(scene: Scene, folder: Path) -> Scene:
    """Return a scene all of whose bands stand on this machine.

    Parameters
    ----------
    scene
        As found.
    folder
        Takes the copies; a band that was copied whole before is not copied again.

    Raises
    ------
    Unavailable
        There is not enough disk space.
    """
    if all(band.path for band in scene.bands.values()):
        return scene
    folder.mkdir(parents=True, exist_ok=True)
    source = open_source(scene.uri)
    missing = {band.file for band in scene.bands.values() if not band.path}
    _check_disk({entry.name: entry.size for entry in source.entries() if entry.name in missing}, folder)
    return replace(scene, bands={name: _here(band, scene, source, folder) for name, band in scene.bands.items()})


def _here(band: Band, scene: Scene, source: Source, folder: Path) -> Band:
    if band.path:
        return band
    key = sha256(f"{scene.uri}\0{band.file}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
    target = folder / f"{key}.band"
    if not target.exists():
        partial = target.with_name(f".{target.name}.partial")
        with source.open(band.file) as stream, partial.open("wb") as copy:
            shutil.copyfileobj(stream, copy, COPY_BYTES)
        partial.replace(target)
    return replace(band, path=str(target))


def _check_disk(sizes: dict[str, int], folder: Path) -> None:
    needed, free = sum(sizes.values()), shutil.disk_usage(folder).free
    if free < needed + SPARE_DISK_BYTES:
        raise Unavailable(
            "There is not enough disk space to copy the scene",
            remedy="Free some space, or set PELAGIA_HOME to a folder on a larger disk.",
            value=f"{needed:,} bytes needed, {free:,} bytes free",
            file=scene_file(sizes),
            code="disk-full",
        )


def scene_file(sizes: dict[str, int]) -> str:
    """Return the name of the largest file that has to be copied."""
    return max(sizes, key=lambda name: sizes[name], default="")
