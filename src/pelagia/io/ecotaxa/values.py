"""The values of an EcoTaxa table: numbers, dates, positions, states, pixel sizes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.io.tally import Tally

STATES = frozenset({"predicted", "validated", "dubious", "discarded"})
NO_VALUE = ("", "na", "nan", "null", "none", "n/a", "inf", "+inf", "-inf")
UNKNOWN_NUMBERS = frozenset({9999.0, 99999.0, 999999.0})
MM_BELOW = 0.2
"""A pixel of less than 0.2 µm is beyond light microscopes at these magnifications; such a figure is in mm."""
PIXEL_COLUMNS_UM = ("process_pixel_um", "acq_pixel_um", "process_pixel_size_um", "acq_pixel_size_um")
PIXEL_COLUMNS_MM = ("process_particle_pixel_size_mm", "process_pixel_mm", "acq_pixel_mm", "acq_pixel_size_mm")
PIXEL_COLUMN = "process_pixel"
VOLUME_COLUMNS = ("acq_volume_imaged_ml", "acq_fluid_volume_imaged", "acq_imaged_volume_ml")


def to_numbers(texts: pa.Array, name: str, tally: Tally) -> pa.Array:
    """Read a column of numbers; what is no number becomes a missing value and a finding.

    Parameters
    ----------
    texts
        (N,) text.
    name
        The column, for the finding.
    tally
        Takes the findings.

    Returns
    -------
    pa.Array
        (N,) float64, finite or missing.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    absent = pc.is_in(pc.utf8_lower(trimmed), pa.array(NO_VALUE))
    stated = pc.if_else(absent, pa.scalar(None, pa.string()), trimmed)
    try:
        return pc.cast(stated, pa.float64())
    except pa.ArrowInvalid:
        return pa.array([_number(text, name, tally) for text in stated.to_pylist()], pa.float64())


def _number(text: str | None, name: str, tally: Tally) -> float | None:
    if text is None:
        return None
    try:
        number = float(text.replace(",", ".", 1))  # a decimal comma of a localised spreadsheet
        if math.isfinite(number):
            return number
    except ValueError:
        pass
    tally.add(
        "ecotaxa-number",
        f"Values of column {name} are no numbers; they were left empty",
        remedy="Correct them, or give the column the type [t].",
        value=text,
    )
    return None


def within(numbers: pa.Array, bounds: tuple[float, float], name: str, tally: Tally) -> pa.Array:
    """Make values outside a range missing, with a finding; 9999, 99999 and 999999 mean unknown."""
    low, high = bounds
    unknown = pc.is_in(numbers, pa.array(sorted(UNKNOWN_NUMBERS)))
    numbers = pc.if_else(unknown, pa.scalar(None, pa.float64()), numbers)
    outside = pc.fill_null(pc.or_(pc.less(numbers, low), pc.greater(numbers, high)), False)
    count = pc.sum(outside).as_py()
    if count:
        tally.add(
            "ecotaxa-range",
            f"Values of column {name} lie outside {low:g} to {high:g}; they were left empty",
            remedy="Correct them.",
            value=pc.filter(numbers, outside)[0],
            objects=count,
        )
    return pc.if_else(outside, pa.scalar(None, pa.float64()), numbers)


def to_moments(dates: pa.Array, times: pa.Array, tally: Tally) -> pa.Array:
    """Read dates and times, which EcoTaxa keeps in UTC.

    Parameters
    ----------
    dates, times
        (N,) text: ``YYYYMMDD`` or ``YYYY-MM-DD``; ``HHMM``, ``HHMMSS`` or ``HH:MM:SS``.
    tally
        Takes the findings.

    Returns
    -------
    pa.Array
        (N,) timestamp[us, UTC]; a date without a time is 00:00, a time without a date missing.
    """
    moments = []
    for date, time in zip(dates.to_pylist(), times.to_pylist(), strict=True):
        moment = _moment((date or "").strip(), (time or "").strip())
        if moment is None and date:
            tally.add(
                "ecotaxa-date",
                "Dates or times are not of the form YYYYMMDD and HHMMSS; they were left empty",
                remedy="Correct them.",
                value=f"{date} {time or ''}".strip(),
            )
        moments.append(moment)
    return pa.array(moments, pa.timestamp("us", tz="UTC"))


@lru_cache(maxsize=4096)
def _moment(date: str, time: str) -> datetime | None:
    day = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)(?:\.0+)?", date)
    digits = time.split(".", maxsplit=1)[0].replace(":", "")
    # Spreadsheets drop leading zeros: 42000 is 04:20:00, 930 is 09:30.
    digits = digits.zfill(4 if len(digits) <= 4 else 6) if digits else "0000"
    clock = re.fullmatch(r"(\d\d)(\d\d)(\d\d)?", digits)
    if not day or not clock:
        return None
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        return datetime(int(day[1]), int(day[2]), int(day[3]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def to_states(states: pa.Array, labels: pa.Array, tally: Tally) -> pa.Array:
    """Read annotation states; an annotation without one counts as predicted."""
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(states))
    unknown = pc.and_(pc.invert(pc.is_in(lower, pa.array(sorted(STATES)))), pc.not_equal(lower, ""))
    labelled = pc.is_valid(labels)
    untold = pc.and_(labelled, pc.or_(pc.equal(lower, ""), unknown))
    count = pc.sum(untold).as_py() or 0
    if count:
        tally.add(
            "ecotaxa-status",
            "Annotations have no state that EcoTaxa knows; they are taken as predicted",
            remedy="Set object_annotation_status to predicted, validated or dubious.",
            value=next((text for text in pc.filter(states, unknown).to_pylist()), ""),
            objects=count,
        )
    known = pc.if_else(untold, "predicted", lower)
    return pc.if_else(labelled, known, pa.scalar(None, pa.string()))


def pixel_sizes_um(columns: Mapping[str, pa.Array], rows: int, tally: Tally) -> pa.Array:
    """Read the pixel size, whatever its column and unit.

    Parameters
    ----------
    columns
        The columns of the table as text.
    rows
        How many rows they have.
    tally
        Takes the findings.

    Returns
    -------
    pa.Array
        (N,) float64, µm, or missing.

    Notes
    -----
    A column named ``…_um`` or ``…_mm`` says its unit. ``process_pixel`` says none and is found in
    both: below 0.2 it is taken as mm, else as µm, and a finding says so.
    """
    for names, factor in ((PIXEL_COLUMNS_UM, 1.0), (PIXEL_COLUMNS_MM, 1000.0)):
        for name in names:
            if name in columns:
                return pc.multiply(_positive(to_numbers(columns[name], name, tally)), factor)
    if PIXEL_COLUMN not in columns:
        return pa.nulls(rows, pa.float64())
    sizes = _positive(to_numbers(columns[PIXEL_COLUMN], PIXEL_COLUMN, tally))
    in_mm = pc.fill_null(pc.less(sizes, MM_BELOW), False)
    for unit, chosen in (("mm", in_mm), ("µm", pc.fill_null(pc.invert(pc.less(sizes, MM_BELOW)), False))):
        count = pc.sum(chosen).as_py() or 0
        if count:
            tally.add(
                "pixel-size-unit",
                f"process_pixel says no unit; it was read as {unit}",
                remedy="Nothing to do if this is right; else name the column process_pixel_um or process_pixel_mm.",
                value=pc.filter(sizes, chosen)[0],
                severity="note",
                objects=count,
            )
    return pc.if_else(in_mm, pc.multiply(sizes, 1000.0), sizes)


def _positive(numbers: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(pc.greater(numbers, 0.0), False), numbers, pa.scalar(None, pa.float64()))


def volume_imaged_ml(fields: Mapping[str, str]) -> tuple[float | None, str]:
    """Return the imaged volume that the fields of an acquisition state, and the field.

    Parameters
    ----------
    fields
        Field name → text, such as ``{"acq_fluid_volume_imaged": "24.18 ml"}``.

    Returns
    -------
    float or None
        In mL.
    str
        The name of the field, ``""`` where none states it.
    """
    for name in VOLUME_COLUMNS:
        match = re.fullmatch(r"\s*([0-9.]+(?:[eE][-+]?\d+)?)\s*(?:ml)?\s*", fields.get(name, ""), re.IGNORECASE)
        if match:
            return float(match.group(1)), name
    return None, ""
