"""The columns of an EcoTaxa table and what stands in them.

EcoTaxa takes 500 numeric and 20 text columns of its users' own for objects, 30 text columns for each of sample,
acquisition and process, and 250 characters in a text. The prefix before the first ``_`` names the table.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pelagia.core.table import Column
from pelagia.exports.sampling import Sampling, utc_text
from pelagia.exports.vignettes import file_stem

LONGEST_TEXT = 250
MOST_NUMBERS = 500
TEXT, NUMBER = "[t]", "[f]"
UNKNOWN = "unknown"

FIXED_COLUMNS = (
    ("img_file_name", TEXT),
    ("img_rank", NUMBER),
    ("object_id", TEXT),
    ("object_lat", NUMBER),
    ("object_lon", NUMBER),
    ("object_date", TEXT),
    ("object_time", TEXT),
    ("object_depth_min", NUMBER),
    ("object_depth_max", NUMBER),
    ("object_annotation_category", TEXT),
    ("object_annotation_status", TEXT),
    ("object_annotation_person_name", TEXT),
    ("object_annotation_person_email", TEXT),
    ("object_annotation_date", TEXT),
    ("object_annotation_time", TEXT),
)
OWN_OBJECT_TEXTS = (
    "image_uuid",
    "source_file",
    "acquired_at_local",
    "duplicate_of",
    "predicted_taxon",
    "top_taxa",
    "top_probabilities",
    "given_label",
    "scientific_name",
    "problem",
)
RUN_COLUMNS = (
    "instrument",
    "software_version",
    "magnification",
    "serial_number",
    "mode",
    "started_at_utc",
    "ended_at_utc",
    "volume_imaged_ml",
    "volume_source",
    "volume_processed_ml",
    "efficiency",
    "dilution",
    "fringe_size_px",
    "flow_cell_depth_um",
)
READ_COLUMNS = (
    "object_id",
    "sample_id",
    "taxon",
    "status",
    "validated_by",
    "validated_at",
    "acquired_at_utc",
    "latitude",
    "longitude",
)
"""What is read of each object besides its own columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of all tables of one export.

    Parameters
    ----------
    numbers, texts
        Columns of ``objects``.
    parents
        Columns of sample, acquisition and process, under their names in EcoTaxa.
    further
        Numbers of objects that are no columns of ``objects``, under their names in EcoTaxa.
    """

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    parents: tuple[str, ...]
    further: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The first row."""
        own = (f"object_{name.lower()}" for name in (*self.numbers, *self.texts))
        return (*(name for name, _ in FIXED_COLUMNS), *self.further, *own, *self.parents)

    @property
    def types(self) -> tuple[str, ...]:
        """The second row."""
        fixed = (type_ for _, type_ in FIXED_COLUMNS)
        numbers = (NUMBER for _ in (*self.further, *self.numbers))
        return (*fixed, *numbers, *(TEXT for _ in (*self.texts, *self.parents)))


def plan_layout(columns: Sequence[Column], parents: Mapping[str, object]) -> Layout:
    """Choose the columns: every number of ``objects``, the texts that say something of one object, the parents'.

    Parameters
    ----------
    columns
        The columns of ``objects``.
    parents
        The cells of one sample, for their names.
    """
    own = {column.name: column.type for column in columns if column.name not in READ_COLUMNS}
    return Layout(
        numbers=tuple(name for name, type_ in own.items() if is_number(type_))[:MOST_NUMBERS],
        texts=tuple(name for name in OWN_OBJECT_TEXTS if name in own),
        parents=tuple(parents),
    )


def parent_cells(sampling: Sampling, process: Mapping[str, object]) -> dict[str, object]:
    """Return the cells of sample, acquisition and process, the same for every object of a sample."""
    run, identifier = sampling.run, short_identifier(sampling.sample_id)
    return {
        "sample_id": identifier,
        "sample_locality": sampling.locality,
        "sample_concentration_factor": sampling.concentrated,
        "acq_id": short_identifier(f"run_{sampling.sample_id}"),
        **{f"acq_{name}": run[name] for name in RUN_COLUMNS},
        "process_id": short_identifier(f"pelagia_{sampling.sample_id}"),
        "process_pixel": run["pixel_size_um"],
        "process_pixel_um": run["pixel_size_um"],
        **process,
    }


def object_cells(row: Mapping[str, Any], sampling: Sampling, layout: Layout) -> dict[str, object]:
    """Return the cells of one object."""
    date, time = _when(row, sampling)
    latitude, longitude = _where(row, sampling)
    return {
        "img_file_name": f"{file_stem(row['object_id'])}.png",
        "img_rank": 0,
        "object_id": short_identifier(row["object_id"]),
        "object_lat": latitude,
        "object_lon": longitude,
        "object_date": date,
        "object_time": time,
        "object_depth_min": sampling.depth_min_m,
        "object_depth_max": sampling.depth_max_m,
        **annotation_cells(row),
        **own_cells(row, layout),
    }


def own_cells(row: Mapping[str, Any], layout: Layout) -> dict[str, object]:
    """Return the cells of an object that are columns of ``objects`` as they are."""
    return {f"object_{name.lower()}": row[name] for name in (*layout.numbers, *layout.texts)}


def text_of(value: object) -> str:
    """Return a value as it stands in the table: nothing for what is missing, 250 characters at most."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}" if math.isfinite(value) else ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, dt.datetime):
        return utc_text(value)
    if isinstance(value, list):
        return text_of(" | ".join(text_of(part) for part in value))
    return " ".join(str(value).split())[:LONGEST_TEXT]


def short_identifier(identifier: str) -> str:
    """Return an identifier that EcoTaxa can hold whole; a longer one is cut and told apart by a checksum."""
    return identifier if len(identifier) <= LONGEST_TEXT else file_stem(identifier)


def annotation_cells(row: Mapping[str, Any]) -> dict[str, object]:
    """Return category, state and who decided; nothing for an object that nobody and nothing named."""
    # A category and a state go together: EcoTaxa refuses one without the other.
    if row["status"] not in {"predicted", "validated"} or row["taxon"] in {None, UNKNOWN}:
        return {}
    cells: dict[str, object] = {
        "object_annotation_category": row["taxon"],
        "object_annotation_status": row["status"],
    }
    if row["status"] == "validated":
        person = row["validated_by"] or ""
        date, time = date_and_time(row["validated_at"] or "")
        # EcoTaxa finds its user by the name and takes the address as a help.
        cells["object_annotation_person_name"] = person
        cells["object_annotation_person_email"] = person if "@" in person else ""
        cells["object_annotation_date"], cells["object_annotation_time"] = date, time
    return cells


def _where(row: Mapping[str, Any], sampling: Sampling) -> tuple[float | None, float | None]:
    if sampling.position_is_told or row["latitude"] is None or row["longitude"] is None:
        return sampling.latitude, sampling.longitude
    return row["latitude"], row["longitude"]


def _when(row: Mapping[str, Any], sampling: Sampling) -> tuple[str, str]:
    if sampling.date_is_of_imaging and row["acquired_at_utc"] is not None:
        return date_and_time(utc_text(row["acquired_at_utc"]))
    return date_and_time(sampling.date.split("/")[0])


def date_and_time(moment: str) -> tuple[str, str]:
    """Return YYYYMMDD and HHMMSS in UTC, empty where the moment does not say that much."""
    try:
        parsed = dt.datetime.fromisoformat(moment)
    except ValueError:
        return "", ""
    if parsed.tzinfo is not None:
        parsed = parsed.astimezone(dt.UTC)
    return parsed.strftime("%Y%m%d"), parsed.strftime("%H%M%S") if "T" in moment or " " in moment else ""


def is_number(type_: pa.DataType) -> bool:
    """Tell whether a column of this type is numeric in EcoTaxa; a truth is 0 or 1."""
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_boolean(type_))
