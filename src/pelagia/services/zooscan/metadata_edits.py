"""Metadata that people correct after the fact: which fields there are, what each takes, and the trail of changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pelagia.core.errors import BadParameter
from pelagia.core.result import Issue
from pelagia.core.service import Edit
from pelagia.core.table import Column

Record = dict[str, Any]
KIND = "metadata"
SCAN, SAMPLE = "scan:", "sample:"
"""Begin the subject of an edit; the name of the scan or sample follows."""
LONGEST_TEXT = 250
"""What EcoTaxa takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value a person may correct; ``low`` and ``high`` bound a number."""

    name: str
    label: str
    unit: str = ""
    kind: str = "number"
    low: float = -math.inf
    high: float = math.inf
    is_open: bool = False

    def parse(self, value: object) -> object:
        """Return a value as it stands in the table; ``None`` for unknown.

        Raises
        ------
        BadParameter
            Where the field cannot have it.
        """
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        if self.kind == "text":
            return self._text(text)
        return self._moment(text) if self.kind == "moment" else self._number(text)

    def _text(self, text: str) -> str:
        if not text.isprintable() or len(text) > LONGEST_TEXT:
            raise BadParameter(
                f"{self.label} cannot have this text",
                value=ascii(text)[1:41],
                remedy=f"Write it on one line of at most {LONGEST_TEXT} characters.",
            )
        return text

    def _number(self, text: str) -> float:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            number = math.nan
        above = number > self.low if self.is_open else number >= self.low
        if not (math.isfinite(number) and above and number <= self.high):
            raise BadParameter(
                f"{self.label} cannot have this value",
                value=text,
                remedy=f"Give a number {'above' if self.is_open else 'from'} {self.low:g} to {self.high:,.0f}"
                f"{f' {self.unit}' if self.unit else ''}, or nothing where it is not known.",
            )
        return number

    def _moment(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise BadParameter(
                f"{self.label} is no date and time", value=text, remedy="Write it like 2024-05-17T07:30, in UTC."
            ) from error


SAMPLE_FIELDS: tuple[Field, ...] = (
    Field(name="station", label="Station", kind="text"),
    Field(name="ship", label="Ship", kind="text"),
    Field(name="program", label="Programme", kind="text"),
    Field(name="sampled_at_utc", label="Sampled at", unit="UTC", kind="moment"),
    Field(name="latitude", label="Latitude, north positive", unit="°", low=-90, high=90),
    Field(name="longitude", label="Longitude, east positive", unit="°", low=-180, high=180),
    Field(name="latitude_end", label="Latitude at the end", unit="°", low=-90, high=90),
    Field(name="longitude_end", label="Longitude at the end", unit="°", low=-180, high=180),
    Field(name="depth_min_m", label="Upper depth", unit="m", low=0, high=12_000),
    Field(name="depth_max_m", label="Lower depth", unit="m", low=0, high=12_000),
    Field(name="bottom_depth_m", label="Depth of the sea floor", unit="m", low=0, high=12_000),
    Field(name="volume_m3", label="Volume filtered", unit="m³", low=0, high=1e6, is_open=True),
    Field(name="net_type", label="Net", kind="text"),
    Field(name="net_mesh_um", label="Mesh of the net", unit="µm", low=0, high=1e5, is_open=True),
    Field(name="net_surface_m2", label="Opening of the net", unit="m²", low=0, high=1e4, is_open=True),
    Field(name="comment", label="Comment", kind="text"),
)
SCAN_FIELDS: tuple[Field, ...] = (
    Field(name="operator", label="Operator", kind="text"),
    Field(name="fraction_id", label="Fraction", kind="text"),
    Field(name="min_mesh_um", label="Sieve not passed", unit="µm", low=0, high=1e6),
    Field(name="max_mesh_um", label="Sieve passed", unit="µm", low=0, high=1e6),
    Field(name="sub_part", label="One of so many parts of the sample", low=1, high=1e6),
    Field(name="sub_method", label="Divided with", kind="text"),
    Field(name="comment", label="Observation", kind="text"),
)
_FIELDS: Mapping[str, Mapping[str, Field]] = {
    SAMPLE: {one.name: one for one in SAMPLE_FIELDS},
    SCAN: {one.name: one for one in SCAN_FIELDS},
}

EDIT_COLUMNS: tuple[Column, ...] = (
    Column(name="subject", type=pa.string(), description="scan: or sample: and its name"),
    Column(name="field", type=pa.string(), description="The column of the table scans or samples"),
    Column(name="old", type=pa.string(), description="What it was"),
    Column(name="new", type=pa.string(), description="What it is now; empty for unknown"),
    Column(name="by", type=pa.string(), description="Who changed it"),
    Column(name="at", type=pa.string(), description="When, in UTC"),
    Column(name="why", type=pa.string(), description="The reason given"),
)


def field_of(subject: str, name: str) -> Field | None:
    """Return the field of a scan or sample, ``None`` where there is none to be corrected."""
    for kind, fields in _FIELDS.items():
        if subject.startswith(kind):
            return fields.get(name)
    return None


def apply_metadata(
    edits: Iterable[Edit], scans: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]], issues: list[Issue]
) -> tuple[list[Record], list[Record], list[Record]]:
    """Return scans and samples with the corrections in them, and every change with who made it, when and why.

    Parameters
    ----------
    edits
        In the order they were made; those of other kinds are passed over.
    scans, samples
        Rows of these tables.
    issues
        Takes what could not be applied.

    Notes
    -----
    An edit of ``None`` gives the value back that the files have; an empty text stands for unknown.
    """
    rows = {f"{SCAN}{scan['scan_id']}": dict(scan) for scan in scans}
    rows |= {f"{SAMPLE}{sample['sample_id']}": dict(sample) for sample in samples}
    before = {subject: dict(row) for subject, row in rows.items()}
    changes: list[Record] = []
    for edit in edits:
        if edit.kind != KIND:
            continue
        field = field_of(edit.subject, edit.field)
        if field is None or edit.subject not in rows:
            issues.append(_no_subject(edit))
            continue
        row = rows[edit.subject]
        old = row[field.name]
        row[field.name] = before[edit.subject][field.name] if edit.value is None else field.parse(edit.value)
        changes.append(
            {
                "subject": edit.subject,
                "field": field.name,
                "old": _text(old),
                "new": _text(row[field.name]),
                "by": edit.by,
                "at": edit.at,
                "why": edit.why,
            }
        )
    return (
        [rows[f"{SCAN}{scan['scan_id']}"] for scan in scans],
        [rows[f"{SAMPLE}{sample['sample_id']}"] for sample in samples],
        changes,
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _no_subject(edit: Edit) -> Issue:
    return Issue(
        file=edit.subject,
        code="correction-without-subject",
        message=f"A correction of '{edit.field}' is about something that is not in the result.",
        value=str(edit.value),
        remedy="Open the list of scans again and correct it there.",
    )
