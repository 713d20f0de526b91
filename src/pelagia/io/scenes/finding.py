"""Which scenes an address holds: products as folders or zips, single files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.findings import finding
from pelagia.io.rasters.formats import PICTURE_SUFFIXES
from pelagia.io.scenes.facts import Scene
from pelagia.io.scenes.landsat import MTL, read_landsat
from pelagia.io.scenes.product import Product
from pelagia.io.scenes.sentinel1 import MANIFEST, read_sentinel1
from pelagia.io.scenes.sentinel2 import LEVELS, read_sentinel2
from pelagia.io.scenes.single import read_single
from pelagia.io.sources import open_source
from pelagia.io.sources.address import without_secrets

MOST_FILES = 100_000
MOST_SCENES = 200
SUFFIXES = PICTURE_SUFFIXES | {".jp2"}
SENTINEL_1 = re.compile(r"(?:^|/)annotation/", re.I)

Reader = Callable[[Product], Scene]


def find_scenes(uri: str) -> tuple[list[Scene], list[dict[str, Any]]]:
    """Find all scenes an address holds; only descriptions and headers are read.

    Parameters
    ----------
    uri
        A ``.SAFE`` folder or zip, a folder or zip of a Landsat product, a GeoTIFF or picture, a folder of such.

    Returns
    -------
    list of Scene
        By name.
    list of dict
        What is wrong with the others, as records of :class:`pelagia.core.result.Issue`.

    Raises
    ------
    NotFound, BadInput, Unavailable
        The address cannot be opened, or holds nothing that is a scene; of a single scene, what is wrong with it.
    """
    plain = without_secrets(uri).rstrip("/")
    names = _names(uri, plain)
    scenes: list[Scene] = []
    errors: list[PelagiaError] = []
    for product, read in _products(uri, plain, names):
        try:
            scenes.append(read(product))
        except PelagiaError as error:
            errors.append(error)
    if not scenes:
        raise errors[0] if errors else _nothing(plain, names)
    return scenes, [asdict(finding(error)) for error in errors]


def scene_of(uri: str) -> Scene:
    """Return the only scene an address holds.

    Raises
    ------
    NotFound, BadInput, Unavailable
        As :func:`find_scenes`; ``scenes-several`` where there is more than one.
    """
    scenes, _ = find_scenes(uri)
    if len(scenes) > 1:
        raise BadInput(
            "There are several scenes",
            remedy="Name one of them.",
            value=", ".join(scene.name for scene in scenes[:5]),
            file=without_secrets(uri),
            code="scenes-several",
        )
    return scenes[0]


def _names(uri: str, plain: str) -> list[str]:
    names = []
    for entry in open_source(uri).entries():
        names.append(entry.name)
        if len(names) > MOST_FILES:
            raise _too_many(plain, f"more than {MOST_FILES:,} files")
    return names


def _products(uri: str, plain: str, names: list[str]) -> Iterator[tuple[Product, Reader]]:
    """Yield each product with what reads it; then each file that belongs to none."""
    source, known = open_source(uri), frozenset(names)
    roots = sorted(_roots(names), key=lambda root: root[0])
    count = 0
    for prefix, read in roots:
        yield Product(uri=uri, source=source, prefix=prefix, file=_named(plain, prefix), names=known), read
        count += 1
    owned = tuple(prefix for prefix, _ in roots)
    for name in names:
        if PurePosixPath(name).suffix.lower() not in SUFFIXES or (owned and name.startswith(owned)):
            continue
        count += 1
        if count > MOST_SCENES:
            raise _too_many(plain, f"more than {MOST_SCENES:,} scenes")
        file = plain if len(names) == 1 else f"{plain}/{name}"
        yield Product(uri=uri, source=source, prefix="", file=file, names=known), _single(name)


def _roots(names: list[str]) -> Iterator[tuple[str, Reader]]:
    """Yield what the names of each product begin with: a folder with its manifest or metadata, that of an MTL file."""
    found: dict[str, Reader] = {}
    safes = {name[: -len(MANIFEST)] for name in names if name.rpartition("/")[2] == MANIFEST}
    for prefix in safes:
        inside = [name[len(prefix) :] for name in names if name.startswith(prefix)]
        if any(SENTINEL_1.search(name) for name in inside):
            found[prefix] = read_sentinel1
    for name in names:
        folder, _, last = name.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        if last in LEVELS:
            found.setdefault(prefix, read_sentinel2)
        elif MTL.search(last):
            found.setdefault(MTL.sub("", name), read_landsat)  # a folder may hold the files of several
    yield from found.items()


def _named(plain: str, prefix: str) -> str:
    return f"{plain}/{prefix.rstrip('/')}" if prefix else plain


def _single(name: str) -> Reader:
    return lambda product: read_single(product, name)


def _too_many(plain: str, value: str) -> BadInput:
    return BadInput(
        "There are more files than are looked through",
        remedy="Name the scenes themselves.",
        value=value,
        file=plain,
        code="scenes-too-many",
    )


def _nothing(plain: str, names: list[str]) -> BadInput:
    return BadInput(
        "There is no scene of a kind that is read",
        remedy="Give a Sentinel-1 GRD, Sentinel-2 or Landsat 8/9 product, a GeoTIFF of backscatter or a picture.",
        value=f"{len(names):,} files" + (f", among them {names[0]}" if names else ""),
        file=plain,
        code="scene-unknown",
    )
