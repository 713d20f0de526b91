"""Metadata of samples and scans: one form, whatever file it stood in, with each value as written and as read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pelagia.io.tally import Tally
from pelagia.io.zooscan.coordinates import (
    POSITION_KEYS,
    Convention,
    is_decimal,
    latitude_deg,
    longitude_deg,
)
from pelagia.io.zooscan.fields import NO_UPPER_SIEVE, SAMPLE_FIELDS, SCAN_FIELDS, Field
from pelagia.io.zooscan.text import has_comma, is_nothing, is_unknown, moment, number


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMetadata:
    """What is known of a sample of water.

    Parameters
    ----------
    sampled_at
        As written; the legacy form has no zone, people are told to use UTC.
    latitude_deg, longitude_deg, latitude_end_deg, longitude_end_deg
        Decimal degrees, north and east positive.
    net_mesh_um, net_surface_m2, depth_max_m, depth_min_m, volume_m3, bottom_depth_m
        None where unknown, the codes for that included.
    convention
        How the position was written.
    written
        Every field as written, by its legacy name in lower case.
    """

    sample_id: str
    ship: str | None = None
    program: str | None = None
    station_id: str | None = None
    sampled_at: datetime | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    bottom_depth_m: float | None = None
    ctd_reference: str | None = None
    other_reference: str | None = None
    tow_count: float | None = None
    tow_type: float | None = None
    net_type: str | None = None
    net_mesh_um: float | None = None
    net_surface_m2: float | None = None
    depth_max_m: float | None = None
    depth_min_m: float | None = None
    volume_m3: float | None = None
    comment: str | None = None
    volume_quality: str | None = None
    depth_quality: str | None = None
    sample_quality: str | None = None
    barcode: str | None = None
    latitude_end_deg: float | None = None
    longitude_end_deg: float | None = None
    duration_min: float | None = None
    ship_speed_knots: float | None = None
    cable_length_m: float | None = None
    cable_angle_deg: float | None = None
    cable_speed_m_s: float | None = None
    jars: float | None = None
    convention: Convention = "degrees-minutes"
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanMetadata:
    """What is known of how a scan was prepared.

    Parameters
    ----------
    mesh_min_um, mesh_max_um
        Sieves of the fraction; ``mesh_max_um`` is None where nothing was held back from above (999999).
    sub_part
        The scan is 1/sub_part of the sample; already divided by the number of scans where a fraction was scanned in
        parts.
    written
        Every field as written, by its legacy name in lower case.
    """

    scan_id: str
    sample_id: str
    operator: str | None = None
    fraction_id: str | None = None
    mesh_min_um: float | None = None
    mesh_max_um: float | None = None
    sub_part: float | None = None
    observation: str | None = None
    code: str | None = None
    sub_method: str | None = None
    cell_part: float | None = None
    replicates: float | None = None
    volume_initial: float | None = None
    volume_taken: float | None = None
    written: Mapping[str, str] = field(default_factory=dict)


def read_sample(written: Mapping[str, str], tally: Tally, convention: Convention) -> SampleMetadata:
    """Bring the fields of a sample to the one form.

    Parameters
    ----------
    written
        As written, by legacy name in lower case.
    tally
        Takes what was found: decimal commas, codes for unknown values, positions and their signs.
    convention
        How positions are written in the project; a sample with 60 minutes or more is read as decimal in any case.
    """
    if any(is_decimal(written.get(key, "")) for key in POSITION_KEYS):
        convention = "decimal"
    values = {one.name: _value(one, written.get(one.key), tally, convention) for one in SAMPLE_FIELDS}
    _tell_convention(written, values, convention, tally)
    values["sample_id"] = values["sample_id"] or ""
    return SampleMetadata(**values, convention=convention, written=dict(written))


def read_scan(written: Mapping[str, str], tally: Tally) -> ScanMetadata:
    """Bring the fields of a scan to the one form; parameters as for :func:`read_sample`."""
    values = {one.name: _value(one, written.get(one.key), tally, "decimal") for one in SCAN_FIELDS}
    values["scan_id"], values["sample_id"] = values["scan_id"] or "", values["sample_id"] or ""
    return ScanMetadata(**values, written=dict(written))


def merged(records: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return each field from the first of the records that says something."""
    result: dict[str, str] = {}
    for record in records:
        for key, text in record.items():
            if is_nothing(result.get(key)) and text.strip():
                result[key] = text
    return result


def disagreements(first: Mapping[str, str], second: Mapping[str, str], keys: Iterable[str]) -> list[str]:
    """Return the fields that two records give different values, numbers compared as numbers."""
    return [
        key
        for key in keys
        if not is_nothing(first.get(key))
        and not is_nothing(second.get(key))
        and _plain(first[key]) != _plain(second[key])
    ]


def _plain(text: str) -> str | float:
    value = number(text)
    return text.strip().lower() if value is None else round(value, 9)


def _value(one: Field, text: str | None, tally: Tally, convention: Convention) -> Any:
    if text is None or is_nothing(text):
        return None
    if one.kind == "text":
        return text.strip()
    if one.kind == "moment":
        found = moment(text)
        if found is None:
            _tell(tally, "date-unreadable", one, text, "is no date and time", "Write it as YYYYMMDD-HHMM.")
        return found
    return _number(one, text, tally, convention)


def _number(one: Field, text: str, tally: Tally, convention: Convention) -> float | None:
    if is_unknown(text):
        if one.key != NO_UPPER_SIEVE:
            tally.add(
                "unknown-code",
                "Fields hold a code for an unknown value (9999, 99999 or 999999); they were left empty.",
                remedy="Enter the values if they are known.",
                value=f"{one.spelling}= {text.strip()}",
                severity="note",
                objects=0,
            )
        return None
    if has_comma(text):
        _tell(tally, "comma-decimal", one, text, "has a decimal comma; it was read as a point", "Write a point.")
    if one.kind == "latitude":
        value = latitude_deg(text, convention)
    elif one.kind == "longitude":
        value = longitude_deg(text, convention)
    else:
        value = number(text)
    if value is None:
        code = "number-unreadable" if one.kind == "number" else "coordinate-unreadable"
        _tell(tally, code, one, text, "is not a number it can be; it was left empty", "Correct it.")
    return value


def _tell_convention(
    written: Mapping[str, str], values: Mapping[str, Any], convention: Convention, tally: Tally
) -> None:
    latitude, longitude = values["latitude_deg"], values["longitude_deg"]
    if latitude is None and longitude is None:
        return
    as_written = f"{written.get('latitude', '')} {written.get('longitude', '')}".strip()
    read = f"{as_written} → " + " ".join(f"{part:.5f}" for part in (latitude, longitude) if part is not None)
    if convention == "decimal":
        tally.add(
            "coordinates-decimal",
            "Positions have 60 minutes or more: they were taken for decimal degrees, east positive, and not for the "
            "degrees and minutes (DD.MM), west positive, of the legacy form.",
            remedy="Look at one of them on the map; correct the position where it is wrong.",
            value=read,
            objects=0,
        )
        return
    tally.add(
        "coordinates-degrees-minutes",
        "Positions are written as degrees and minutes (DD.MM); they were turned into decimal degrees.",
        remedy="None needed; look at one of them on the map.",
        value=read,
        severity="note",
        objects=0,
    )
    if longitude:
        tally.add(
            "longitude-inverted",
            "Longitudes are written west positive; the sign was turned, east is positive.",
            remedy="None needed; look at one of them on the map.",
            value=read,
            severity="note",
            objects=0,
        )


def _tell(tally: Tally, code: str, one: Field, text: str, what: str, remedy: str) -> None:
    tally.add(
        code,
        f"{one.label} ({one.spelling}) {what}.",
        remedy=remedy,
        value=text.strip(),
        objects=0,
    )
