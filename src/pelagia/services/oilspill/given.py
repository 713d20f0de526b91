"""Slicks that people give: read from files or from a point, one record each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.slicks.given import GivenSlick
from pelagia.io.slicks.outlines import slick_figures
from pelagia.io.slicks.reading import read_slicks
from pelagia.services.oilspill.outlines import outline_geojson
from pelagia.services.oilspill.service import OilspillParams

START, OBSERVED, DETECTED = "start", "observed", "detected"
MOST_LATER_S = 1440 * 3600.0
"""Slicks seen so long after the start are not compared: no forecast is longer."""
SIZES = ("area_km2", "length_km", "width_km", "perimeter_km")

Record = dict[str, Any]


def given_slicks(uris: Iterable[str], role: str, findings: Findings) -> list[Record]:
    """Return the slicks of files; a file that cannot be read costs only itself.

    Parameters
    ----------
    uris
        The files.
    role
        ``start`` or ``observed``.
    findings
        Takes what is wrong.
    """
    records: list[Record] = []
    for uri in uris:
        try:
            slicks, issues = read_slicks(uri)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
            continue
        findings.add_all(issues)
        records += [
            slick_record(slick, f"{role}-{len(records) + number}", role) for number, slick in enumerate(slicks, start=1)
        ]
    return records


def point_slick(request: Request[OilspillParams]) -> list[Record]:
    """Return the spill from a point, if the parameters tell one."""
    params = request.params
    if params.latitude is None or params.longitude is None:
        return []
    slick = {"slick_id": "start-point", "role": START, "file": "", "lat": params.latitude, "lon": params.longitude}
    unknown = dict.fromkeys(("time_s", "mass_t", "volume_m3", "api"))
    sizes = dict.fromkeys(SIZES, 0.0)
    shape = {"rings": [], "geometry": outline_geojson((), params.latitude, params.longitude)}
    return [{**slick, **unknown, **sizes, **shape, "oil": ""}]


def slick_record(slick: GivenSlick, slick_id: str, role: str) -> Record:
    """Return a slick as a record: what the table tells, and what a simulation needs.

    Parameters
    ----------
    slick
        As read.
    slick_id
        Its name.
    role
        ``start``, ``observed`` or ``detected``.
    """
    sizes = dict.fromkeys(SIZES, 0.0)
    if slick.rings:
        figures = slick_figures(slick.rings)
        sizes = {name: getattr(figures, name) for name in SIZES}
    return {
        "slick_id": slick_id,
        "role": role,
        "file": slick.file,
        "time_s": slick.time_s,
        "lat": slick.lat,
        "lon": slick.lon,
        **sizes,
        "mass_t": slick.mass_t,
        "volume_m3": slick.volume_m3,
        "api": slick.api,
        "oil": slick.oil,
        "release_hours": slick.release_hours,
        "rings": [ring.tolist() for ring in slick.rings],
        "geometry": outline_geojson(slick.rings, slick.lat, slick.lon),
    }


def comparable(observed: Sequence[Record], start_s: float) -> list[Record]:
    """Return the observed slicks that a forecast from a time on can be compared with."""
    return [slick for slick in observed if 0.0 < slick["time_s"] - start_s <= MOST_LATER_S]


def without_time(records: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """Return findings on observed slicks of which nobody knows when they were seen: they cannot be used."""
    return [
        Issue(
            file=record["file"],
            code="observed-no-time",
            message=f"{record['slick_id']} does not say when it was seen, and cannot be compared with the forecast",
            remedy="Add its time to the file: a property such as time = 2008-08-07T10:50:00Z.",
            severity="error",
        )
        for record in records
        if record["time_s"] is None
    ]
