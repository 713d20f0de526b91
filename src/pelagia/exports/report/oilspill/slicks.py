"""The slicks of a result and the pictures of the scenes they were found in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import all_rows
from pelagia.exports.oilspill.words import minute, place
from pelagia.exports.report.litter.backdrop import jpeg_uri
from pelagia.exports.report.numbers import percent, quantity

SLICKS_AT_MOST = 40
SCENES_AT_MOST = 6
BYTES_PER_SCENE = 250_000
SIDE_PX = 1400
ROLES: Mapping[str, str] = {"detected": "found in a scene", "start": "at the start", "observed": "seen later"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slick:
    """A slick as the page sets it; what is not known is empty."""

    name: str
    role: str
    file: str
    seen: str
    place: str
    area: str
    size: str
    mass: str
    mass_source: str
    oil: str
    probability: str
    contrast: str
    doubts: str
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene with the outlines of its slicks, as the address of a picture."""

    name: str
    words: str
    uri: str


def read_slicks(result: Result) -> list[Row]:
    """Return the rows of the slicks."""
    return [dict(row) for row in all_rows(result.tables["slicks"])]


def set_slicks(rows: Sequence[Row]) -> tuple[Slick, ...]:
    """Return slicks as the page sets them, no more than it has room for; found ones the largest first."""
    ordered = sorted(rows, key=lambda row: (list(ROLES).index(row["role"]), -(row["area_km2"] or 0.0)))
    return tuple(_slick(row) for row in ordered[:SLICKS_AT_MOST])


def read_scenes(result: Result) -> tuple[tuple[Scene, ...], int, int]:
    """Return the scenes as pictures, how many more there are, and how many could not be read."""
    artifacts = [one for one in result.artifacts if one.role == "scene" and one.media_type.startswith("image/")]
    shown = []
    unreadable = 0
    for artifact in artifacts[:SCENES_AT_MOST]:
        picture = cv2.imread(str(artifact.path), cv2.IMREAD_COLOR)
        if picture is None:
            unreadable += 1
            continue
        scale = min(1.0, SIDE_PX / max(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        uri = jpeg_uri(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), BYTES_PER_SCENE)  # type: ignore[arg-type]
        shown.append(Scene(name=artifact.name, words=artifact.description or artifact.name, uri=uri))
    return tuple(shown), max(0, len(artifacts) - SCENES_AT_MOST), unreadable


def _slick(row: Row) -> Slick:
    return Slick(
        name=row["slick_id"],
        role=ROLES[row["role"]],
        file=row["file"],
        seen=minute(row["observed_utc"]),
        place=place(row["lat"], row["lon"]),
        area=_known(row["area_km2"], 3) if row["area_km2"] else "",
        size=" × ".join(_known(row[name], 2) for name in ("length_km", "width_km")) if row["length_km"] else "",
        mass=_known(row["mass_t"], 3),
        mass_source=row["mass_source"],
        oil=row["oil"],
        probability="" if row["probability"] is None else percent(row["probability"]),
        contrast=_known(row["contrast_db"], 2),
        doubts=row["look_alike"],
        age=row["age_hint"],
    )


def _known(value: float | None, digits: int) -> str:
    return "" if value is None else quantity(value, digits)
