"""A picture of the ground: how large it is, and how it lies on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["photo", "orthophoto", "tile"]
GsdSource = Literal["file", "flight", "user", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photo, orthophoto or tile that can be read.

    Parameters
    ----------
    image_id
        Its name in the result: unique there, and safe as the name of a file.
    file
        As the user named it, for tables and findings: an address, or a path inside a folder or an archive.
    path
        The file to read, on this machine.
    area_id
        What its litter is summed over: one survey of one place.
    kind
        ``orthophoto`` where the file itself says where it lies, ``photo`` where a flight says so or nobody, ``tile``
        where it was cut out of a larger picture.
    height_px, width_px, bands, dtype, nodata
        Size as a person is shown it, which is what all rows and columns refer to: a photo is turned as its EXIF says, a
        picture that says itself where it lies is taken as it is stored. Bands and their values are as stored.
    gsd_cm
        Ground sampling distance, cm per pixel; ``None`` where nobody told it.
    gsd_source
        Who told it: the file's georeference, the flight (height and camera), the user, or nobody (``""``).
    crs
        The coordinate system of ``transform``, in metres: ``EPSG:32748``, or WKT where it has no code.
    transform
        a, b, c, d, e, f: easting = a·col + b·row + c, northing = d·col + e·row + f, at the corners of pixels.
    position_error_m
        Standard deviation of the position, m; ``None`` where it is not known.
    altitude_m, yaw_deg
        Height above the ground where the photo was taken, and where its top looks, clockwise from north.
    latitude, longitude
        Of its centre (WGS 84), °.
    taken_at
        ISO 8601, by the clock of the camera unless it tells its zone.
    """

    image_id: str
    file: str
    path: str
    area_id: str
    kind: Kind
    height_px: int
    width_px: int
    bands: int
    dtype: str
    nodata: float | None = None
    gsd_cm: float | None = None
    gsd_source: GsdSource = ""
    crs: str | None = None
    transform: tuple[float, ...] | None = None
    position_error_m: float | None = None
    altitude_m: float | None = None
    yaw_deg: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    taken_at: str | None = None

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types."""
        record = asdict(self)
        record["transform"] = None if self.transform is None else list(self.transform)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Picture:
        """Read it back from :meth:`to_record`."""
        transform = record["transform"]
        return cls(**{**record, "transform": None if transform is None else tuple(transform)})
