"""What a scene says of itself, in one form for all satellites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["sentinel-1", "radar-count", "radar-linear", "radar-db", "sentinel-2", "landsat", "grey"]
"""``radar-count`` is amplitude without calibration, ``grey`` a picture of 8 bits in no unit."""
RADAR: frozenset[Kind] = frozenset({"sentinel-1", "radar-count", "radar-linear", "radar-db"})
OPTICAL: frozenset[Kind] = frozenset({"sentinel-2", "landsat"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One band: the file it stands in and how its values become reflectance.

    Parameters
    ----------
    file
        Name in the source.
    path
        On this machine; ``""`` until it was fetched.
    number
        In the file, from 1.
    gain, offset
        value · gain + offset is what the band measures.
    nodata
        The value that means nothing.
    """

    file: str
    path: str = ""
    number: int = 1
    gain: float = 1.0
    offset: float = 0.0
    nodata: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Where points of a scene lie, on a full grid or scattered.

    Parameters
    ----------
    rows, cols
        (n,) positions at the corners of pixels: the middle of the first pixel is (0.5, 0.5).
    lat, lon
        (n,) WGS 84, °.
    incidence_deg
        (n,) angle between the radar's view and the vertical; empty where nobody told it.
    """

    rows: tuple[float, ...]
    cols: tuple[float, ...]
    lat: tuple[float, ...]
    lon: tuple[float, ...]
    incidence_deg: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene that can be searched for slicks.

    Parameters
    ----------
    uri, file
        The address of its source, and the scene in it as the user named it.
    name
        Its own name, such as that of the product.
    kind
        What its values are.
    height_px, width_px
        Size of the bands.
    bands
        ``VV``, ``VH``, ``HH``, ``HV``; ``blue``, ``green``, ``red``, ``nir``; ``grey``.
    annotations
        Files that calibrate it, by role and polarisation: ``calibration VV``, ``noise VV``.
    observed_utc
        ``YYYY-MM-DDTHH:MM:SSZ``; ``""`` where nobody told it.
    platform
        ``Sentinel-1A``, …; ``""`` where nobody told it.
    crs, transform
        An affine map as in :class:`pelagia.io.rasters.picture.Picture`, where it has one.
    ties
        Points whose place is known, where it has no such map.
    pixel_m
        Side of a square of the same area as a pixel, m; ``None`` without a place.
    bounds
        South, west, north, east, °; longitudes go on beyond 180. ``None`` without a place.
    issues
        What is wrong with it, as records of :class:`pelagia.core.result.Issue`.
    """

    uri: str
    file: str
    name: str
    kind: Kind
    height_px: int
    width_px: int
    bands: Mapping[str, Band]
    annotations: Mapping[str, str]
    observed_utc: str = ""
    platform: str = ""
    crs: str | None = None
    transform: tuple[float, ...] | None = None
    ties: Ties | None = None
    pixel_m: float | None = None
    bounds: tuple[float, float, float, float] | None = None
    issues: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_georeferenced(self) -> bool:
        """Whether it is known where it lies."""
        return self.bounds is not None

    @property
    def polarisations(self) -> tuple[str, ...]:
        """Of a radar scene, the one that is searched first."""
        return tuple(name for name in ("VV", "HH", "VH", "HV") if name in self.bands)

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON types, with what a person asks first: ``polarisations``, ``is_georeferenced``."""
        record = asdict(self)
        return record | {"polarisations": list(self.polarisations), "is_georeferenced": self.is_georeferenced}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Scene:
        """Read it back from :meth:`to_record`."""
        told = {name: record[name] for name in cls.__dataclass_fields__}
        ties = told["ties"]
        return cls(
            **told
            | {
                "bands": {name: Band(**band) for name, band in told["bands"].items()},
                "transform": None if told["transform"] is None else tuple(told["transform"]),
                "ties": None if ties is None else Ties(**{name: tuple(values) for name, values in ties.items()}),
                "bounds": None if told["bounds"] is None else tuple(told["bounds"]),
                "issues": tuple(told["issues"]),
            }
        )
