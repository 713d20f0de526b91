"""Landsat 8 and 9, Collection 2: bands and their scaling, from ``…_MTL.txt`` or ``…_MTL.json``.

References
----------
USGS, Landsat 8-9 Collection 2 Level 1 and Level 2 Data Format Control Books, LSDS-1822 and LSDS-1328: reflectance is
M·Q + A, of level 1 divided by the sine of the sun's elevation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.io.scenes.bands import lying_of
from pelagia.io.scenes.facts import Band, Scene
from pelagia.io.scenes.faults import lacks, unreadable
from pelagia.io.scenes.placing import placed
from pelagia.io.scenes.product import Product, path_here
from pelagia.io.scenes.times import utc

NAMES = {"blue": "2", "green": "3", "red": "4", "nir": "5"}
LINE = re.compile(r"^\s*(\w+)\s*=\s*(.*?)\s*$")
MTL = re.compile(r"_MTL\.(txt|json)$", re.I)
PLATFORMS = {"LANDSAT_8": "Landsat 8", "LANDSAT_9": "Landsat 9"}

Groups = Mapping[str, Mapping[str, str]]


def read_landsat(product: Product) -> Scene:
    """Describe a Landsat 8/9 Collection 2 product from its metadata.

    Raises
    ------
    BadInput
        ``scene-incomplete``: a band is missing. ``scene-unreadable``: the metadata is damaged.
        ``scene-unsupported``: it is of another satellite.
    """
    names = sorted((name for name in product.own() if MTL.search(name)), reverse=True)
    groups = read_mtl(product.read(names[0]), names[0])
    satellite = _told(groups, "SPACECRAFT_ID", names[0])
    if satellite not in PLATFORMS:
        raise BadInput(
            "The product is of a satellite whose bands are not known here",
            remedy="Give a product of Landsat 8 or 9.",
            value=satellite,
            file=product.file,
            code="scene-unsupported",
        )
    gains = _scaling(groups, names[0])
    beside = replace(product, prefix=names[0][: names[0].rfind("/") + 1])
    bands = {}
    for colour, number in NAMES.items():
        path = _told(groups, f"FILE_NAME_BAND_{number}", names[0])
        name = beside.name(path, f"band {number}")
        gain, offset = gains[number]
        bands[colour] = Band(file=name, path=path_here(product.source, name), gain=gain, offset=offset, nodata=0)
    crs, transform, height, width = lying_of(product.source, bands["blue"], product.file)
    day, time = _told(groups, "DATE_ACQUIRED", names[0]), _told(groups, "SCENE_CENTER_TIME", names[0])
    scene = Scene(
        uri=product.uri,
        file=product.file,
        name=MTL.sub("", names[0].rpartition("/")[2]),
        kind="landsat",
        height_px=height,
        width_px=width,
        bands=bands,
        annotations={},
        observed_utc=utc(f"{day}T{time}"),
        platform=PLATFORMS[satellite],
        crs=crs,
        transform=transform,
    )
    return placed(scene)


def read_mtl(data: bytes, file: str) -> Groups:
    """Return the values of a metadata file by group and name, whether written as text (ODL) or as JSON."""
    try:
        told = data.decode("utf-8").strip("\0 \r\n")
    except UnicodeDecodeError as error:
        raise unreadable(file, str(error)) from error
    return _from_json(told, file) if told.startswith("{") else _from_text(told, file)


def _from_json(told: str, file: str) -> Groups:
    try:
        root: Any = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise unreadable(file, str(error)[:80]) from error
    inside = root.get("LANDSAT_METADATA_FILE", root)
    groups = (
        {name: group for name, group in inside.items() if isinstance(group, dict)} if isinstance(root, dict) else {}
    )
    return {name: {key: str(value) for key, value in group.items()} for name, group in groups.items()}


def _from_text(told: str, file: str) -> Groups:
    groups: dict[str, dict[str, str]] = {}
    open_ones: list[str] = []
    for line in told.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        name, value = match[1], match[2].strip('"')
        if name == "GROUP":
            open_ones.append(value)
        elif name == "END_GROUP":
            if not open_ones or open_ones.pop() != value:
                raise unreadable(file, f"END_GROUP = {value}")
        elif open_ones:
            groups.setdefault(open_ones[-1], {})[name] = value
    return groups


def _scaling(groups: Groups, file: str) -> dict[str, tuple[float, float]]:
    """Return gain and offset of each band."""
    is_surface = _told(groups, "PROCESSING_LEVEL", file).startswith("L2")
    group = "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS" if is_surface else "LEVEL1_RADIOMETRIC_RESCALING"
    if group not in groups:
        raise lacks(file, f"the scaling of its bands ({group})", file.rpartition("/")[2])
    sun = 90.0 if is_surface else _number(groups["IMAGE_ATTRIBUTES"], "SUN_ELEVATION", file)
    if not 0 < sun <= 90:
        raise unreadable(file, f"SUN_ELEVATION {sun:g}")
    sine = math.sin(math.radians(sun))
    names = ("REFLECTANCE_MULT_BAND_", "REFLECTANCE_ADD_BAND_")
    return {
        band: tuple(_number(groups[group], f"{name}{band}", file) / sine for name in names)  # type: ignore[misc]
        for band in NAMES.values()
    }


def _told(groups: Groups, name: str, file: str) -> str:
    found = next((group[name] for group in groups.values() if name in group), "")
    if not found:
        raise lacks(file, f"“{name}” in its metadata", file.rpartition("/")[2])
    return found


def _number(group: Mapping[str, str], name: str, file: str) -> float:
    if name not in group:
        raise lacks(file, f"“{name}” in its metadata", file.rpartition("/")[2])
    try:
        value = float(group[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise unreadable(file, f"{name} = {group[name][:40]}")
    return value
