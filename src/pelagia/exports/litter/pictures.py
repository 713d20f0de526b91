"""The pictures of a result: what they are called, where they lie, and what must be said where they lie nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.litter.needs import PICTURES
from pelagia.exports.tables import records

Row = Mapping[str, Any]

_MORE = ("kind", "gsd_cm", "gsd_source", "latitude", "longitude", "taken_at", "covered_m2", "items", "counted_items")
WGS84 = "EPSG:4326"


def read_pictures(result: Result) -> dict[str, dict[str, Any]]:
    """Return the rows of ``pictures`` by name, in their order."""
    table = result.tables["pictures"]
    columns = tuple(dict.fromkeys((*PICTURES, *_MORE, *(column.name for column in table.columns))))
    return {row["image_id"]: row for row in records(table, columns)}


def lies_somewhere(picture: Row) -> bool:
    """Tell whether it is known where a picture lies."""
    return bool(picture["crs"]) and picture["transform"] is not None


def common_crs(pictures: Iterable[Row]) -> str:
    """Return the coordinate system that all pictures share which lie somewhere; WGS 84 where they share none."""
    found = {picture["crs"] for picture in pictures if lies_somewhere(picture)}
    return found.pop() if len(found) == 1 else WGS84


def image_names(pictures: Sequence[Row]) -> dict[str, str]:
    """Return what programs for annotation are told each picture is called.

    The name of its file, with as many folders before it as tell it from the others.
    """
    parts = {picture["image_id"]: _parts(picture["file"]) for picture in pictures}
    length = dict.fromkeys(parts, 1)
    while True:
        names = {image: "/".join(own[-length[image] :]) for image, own in parts.items()}
        taken = Counter(names.values())
        again = [image for image, name in names.items() if taken[name] > 1 and length[image] < len(parts[image])]
        if not again:
            break
        for image in again:
            length[image] += 1
    return {image: name if taken[name] == 1 else image for image, name in names.items()}


def nowhere(pictures: Iterable[Row]) -> tuple[Issue, ...]:
    """Return the finding on pictures that are on no map: the same from every exporter that draws one."""
    lost = [picture["file"] or picture["image_id"] for picture in pictures if not lies_somewhere(picture)]
    if not lost:
        return ()
    return (
        Issue(
            file="exports",
            code="export-nowhere",
            severity="note",
            message="It is not known where some pictures lie: what they show is in the tables, not on the maps",
            value=", ".join(lost[:5]) + (" …" if len(lost) > 5 else ""),
            remedy="Give orthophotos as GeoTIFF, or photos with the position, height and camera of the flight in them.",
            objects=len(lost),
        ),
    )


def origin_tags(result: Result, pictures: Iterable[Row]) -> dict[str, str]:
    """Return what a file for maps says of where it comes from: service, models, ground sampling distances."""
    provenance = result.provenance
    sizes = sorted({picture["gsd_cm"] for picture in pictures if picture["gsd_cm"] is not None})
    told = {"software": f"Pelagia {provenance.versions.get('pelagia', '')}".strip()}
    told["service"] = f"{provenance.service} {provenance.service_version}"
    told |= {f"model_{model.role}": f"{model.name} {model.version}" for model in provenance.models}
    if sizes:
        told["gsd_cm"] = " to ".join(dict.fromkeys(f"{size:.4g}" for size in (sizes[0], sizes[-1])))
    return told


def _parts(file: str) -> tuple[str, ...]:
    plain = str(file).split("?", 1)[0].replace("\\", "/")
    return tuple(part for part in PurePosixPath(plain).parts if part not in {"/", ".."} and not part.endswith(":")) or (
        "picture",
    )
