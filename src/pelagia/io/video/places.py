"""A table of the user that says where, when and by which camera recordings were made."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from pelagia.core.result import Issue
from pelagia.io.sources import without_secrets
from pelagia.io.video import faults
from pelagia.io.video.tables import table_rows
from pelagia.io.video.times import seconds_of

COLUMNS = {
    **dict.fromkeys(("path", "file", "folder", "name", "pattern", "filename", "file_name"), "path"),
    **dict.fromkeys(("site", "station", "location"), "site"),
    **dict.fromkeys(("camera", "camera_id"), "camera"),
    **dict.fromkeys(("deployment", "deployment_id", "cruise"), "deployment"),
    **dict.fromkeys(("latitude", "lat", "decimallatitude"), "latitude"),
    **dict.fromkeys(("longitude", "lon", "long", "lng", "decimallongitude"), "longitude"),
    **dict.fromkeys(("started_at", "start", "started", "start_time", "time", "started_utc"), "started_at"),
    **dict.fromkeys(("field_of_view_m", "fov_m"), "field_of_view_m"),
}
BOUNDS = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "field_of_view_m": (0.001, 1_000.0)}
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One row of the table; ``None`` and empty where it says nothing.

    Parameters
    ----------
    pattern
        Which recordings it holds for: a path, a folder, the name of a file, with ``*`` and ``?``; empty for all.
    site, camera, deployment
        Where, by which camera, in which deployment.
    latitude, longitude
        WGS 84.
    started_at
        When the recording was begun, seconds since 1970 UTC.
    field_of_view_m
        Width of ground that a frame shows at the counting line, m.
    """

    pattern: str = ""
    site: str = ""
    camera: str = ""
    deployment: str = ""
    latitude: float | None = None
    longitude: float | None = None
    started_at: float | None = None
    field_of_view_m: float | None = None


@dataclass(slots=True)
class Places:
    """The rows of the table, found by the path of a recording."""

    rows: Sequence[Place]
    _named: dict[str, list[int]] = field(default_factory=dict)
    _globs: list[tuple[int, re.Pattern[str]]] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for number, place in enumerate(self.rows):
            if any(sign in place.pattern for sign in "*?["):
                self._globs.append((number, re.compile(fnmatch.translate(place.pattern.lower()))))
            else:
                self._named.setdefault(place.pattern.lower(), []).append(number)

    def of(self, file: str, name: str) -> Place | None:
        """Return what the table says of a recording; ``None`` where nothing.

        Parameters
        ----------
        file, name
            As the user named it, and its name in its source.

        Notes
        -----
        The more a row names, the more it counts: a path before the name of a file before a folder, an inner folder
        before an outer one, then what holds for all. Of two alike the later counts.
        """
        if not self.rows:
            return None
        found = list(dict.fromkeys(self._matches(file.lower(), name.lower())))
        if not found:
            return None
        self._used.update(found)
        told: dict[str, object] = {}
        for number in found:
            place = self.rows[number]
            for one in fields(Place):
                value = getattr(place, one.name)
                if value not in {None, ""}:
                    told.setdefault(one.name, value)
        return Place(**told)  # type: ignore[arg-type]

    def unused(self) -> list[Place]:
        """Return the rows that held for no recording."""
        return [place for number, place in enumerate(self.rows) if number not in self._used and place.pattern]

    def _matches(self, file: str, name: str) -> list[int]:
        base = name.rpartition("/")[2]
        exact = [one for key in (file, name, base) for one in reversed(self._named.get(key, ()))]
        globs = [
            number
            for number, pattern in reversed(self._globs)
            if pattern.match(name) or pattern.match(base) or pattern.match(file)
        ]
        return exact + globs + self._folders(file, name) + list(reversed(self._named.get("", ())))

    def _folders(self, file: str, name: str) -> list[int]:
        """Return the rows of the folders a recording stands in, the innermost first; by path or by name alone."""
        found: list[int] = []
        parts = file.split("/")[:-1]
        inside = name.count("/")
        for depth in range(len(parts), 0, -1):
            keys = ["/".join(parts[:depth]), parts[depth - 1]]
            if len(parts) - depth < inside:
                keys.insert(1, "/".join(parts[len(parts) - inside : depth]))
            found += [one for key in keys if key for one in reversed(self._named.get(key, ()))]
        return found


def read_places(uri: str, utc_offset_h: float = 0.0) -> tuple[list[Place], list[Issue]]:
    """Read the table of places.

    Parameters
    ----------
    uri
        A CSV file with a column ``path`` and any of ``site``, ``camera``, ``deployment``, ``latitude``, ``longitude``,
        ``started_at``, ``field_of_view_m``.
    utc_offset_h
        Of times without a zone.

    Returns
    -------
    list of Place
        In the order of the table.
    list of Issue
        Cells that cannot be used; the rest of their row holds.

    Raises
    ------
    BadInput
        It is no such table.
    """
    file = without_secrets(uri)
    places: list[Place] = []
    issues: list[Issue] = []
    for line, cells in table_rows(uri, COLUMNS, "path"):
        told: dict[str, object] = {}
        for column, cell in cells.items():
            value = _value(column, cell, utc_offset_h)
            if value is None:
                issues.append(faults.table_cell(file, line, column, cell))
            elif column == "path":
                told["pattern"] = value
            else:
                told[column] = value
        if ("latitude" in told) != ("longitude" in told):
            alone = "latitude" if "latitude" in told else "longitude"
            told.pop(alone)
            issues.append(faults.table_cell(file, line, alone, "without the other of latitude and longitude"))
        places.append(Place(**told))  # type: ignore[arg-type]
    return places, issues


def _value(column: str, cell: str, utc_offset_h: float) -> str | float | None:
    if column == "path":
        return cell.replace("\\", "/").removeprefix("./").strip("/") if cell not in {"*", "/"} else ""
    if column == "started_at":
        return seconds_of(cell, utc_offset_h)
    if column in BOUNDS:
        low, high = BOUNDS[column]
        try:
            number = float(cell.replace(",", "."))
        except ValueError:
            return None
        return number if math.isfinite(number) and low <= number <= high else None
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in cell).split())
    return text[:LONGEST_TEXT]
