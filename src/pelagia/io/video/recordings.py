"""What is known of a recording before it is looked at: where it stands, when and where it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import pyarrow as pa

from pelagia.core.table import Column

Kind = Literal["video", "still", "stream"]
TimeSource = Literal["name", "exif", "sidecar", "places", "user", "file", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A video clip, one still picture of a series, or a live stream.

    Parameters
    ----------
    clip_id
        The clip it is, or the series it belongs to; unique in a run and safe as a file name.
    file
        As the user named it: an address, or that of what was named and the path in it.
    uri, name
        The source, and its name there; of a stream ``name`` is empty.
    path
        Where it stands on this machine; empty where it has to be fetched.
    size_bytes
        As the place states it.
    started_at
        When it was begun, seconds since 1970 UTC; ``None`` where nothing tells it.
    time_source
        What told it.
    site, camera, deployment
        Where it was made, by which camera, in which deployment; empty where unknown.
    latitude, longitude
        Of the site, WGS 84.
    field_of_view_m
        Width of ground that a frame shows at the counting line, m.
    """

    clip_id: str
    kind: Kind
    file: str
    uri: str
    name: str
    path: str
    size_bytes: int
    started_at: float | None = None
    time_source: TimeSource = ""
    site: str = ""
    camera: str = ""
    deployment: str = ""
    latitude: float | None = None
    longitude: float | None = None
    field_of_view_m: float | None = None

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_record` wrote."""
        return cls(**record)


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


RECORDING_COLUMNS: tuple[Column, ...] = (
    _column("clip_id", pa.string(), "The clip or series"),
    _column("kind", pa.string(), "video, still or stream"),
    _column("file", pa.string(), "The file as the user named it"),
    _column("uri", pa.string(), "Its source"),
    _column("name", pa.string(), "Its name there"),
    _column("path", pa.string(), "Where it stands on this machine; empty where it has to be fetched"),
    _column("size_bytes", pa.int64(), "Size", "byte"),
    _column("started_at", pa.float64(), "When it was begun, since 1970 UTC", "s"),
    _column("time_source", pa.string(), "What told it: name, exif, sidecar, places, user or file"),
    _column("site", pa.string(), "Where"),
    _column("camera", pa.string(), "By which camera"),
    _column("deployment", pa.string(), "In which deployment"),
    _column("latitude", pa.float64(), "Latitude of the site (WGS 84)", "°"),
    _column("longitude", pa.float64(), "Longitude of the site (WGS 84)", "°"),
    _column("field_of_view_m", pa.float64(), "Width of ground that a frame shows at the counting line", "m"),
)
"""The table of recordings, sorted by clip, time and name."""
