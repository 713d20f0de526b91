"""The measurement extension: counts, abundances and biovolumes of occurrences; instruments and volumes of events."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from pelagia.exports.darwin_core import terms
from pelagia.exports.darwin_core.occurrences import Occurrence
from pelagia.exports.darwin_core.publication import Publication
from pelagia.exports.sampling import Sampling

Row = dict[str, object]

MM3_PER_M3_IN_UM3_PER_ML = 1e-3
"""1 µm³/mL = 1e-9 mm³ per 1e-6 m³ = 1e-3 mm³/m³."""

UNCONCENTRATED = (
    "Per millilitre of the sample as brought to the instrument, its dilution undone; this is the abundance in the "
    "water body only if the sample was not concentrated"
)
CONCENTRATED = "Per millilitre of water: the abundance in the sample times {factor:.4g} mL of sample per mL of water"
ABUNDANCE_METHOD = "Count divided by the volume imaged, times the dilution; interval of the count only (Poisson)"
ADJUSTED_METHOD = (
    "Count adjusted for the errors of the classifier by its confusion matrix on held-out images, divided by the "
    "volume imaged, times the dilution; the interval includes counting and classification error"
)
BIOVOLUME_METHOD = (
    "Sum of the volumes of spheres of the area-based diameter (pi/6*ABD^3), divided by the volume imaged, times the "
    "dilution"
)
COUNT_METHOD = "Images of the class counted in the volume imaged"
SCAN_COUNT_METHOD = "Objects of the class counted on the scans of the sample"
NET_ABUNDANCE_METHOD = (
    "Sum over the scanned fractions of the count times the inverse of the share scanned, divided by the volume "
    "filtered; interval of the count only (gamma interval of Fay and Feuer for weighted Poisson counts)"
)
NET_BIOVOLUME_METHOD = (
    "Sum over the scanned fractions of the volumes of prolate ellipsoids with the axes of the fitted ellipse, times "
    "the inverse of the share scanned, divided by the volume filtered; interval of the count only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement; ``key`` completes its identifier, ``code`` is of P01, ``unit`` of P06."""

    key: str
    code: str
    value: object
    unit: str
    value_uri: str = ""
    accuracy: str = "not applicable"
    method: str = "As recorded by the instrument's software"
    remarks: str = ""


def event_measurements(publication: Publication, sampling: Sampling) -> Iterator[Row]:
    """Yield what is known of how a sample was taken and imaged."""
    sample = {"eventID": publication.sample_event(sampling.sample_id)}
    imaged = {"eventID": publication.imaged_event(sampling.sample_id)}
    for measured in _of_sampling(publication, sampling.run):
        yield _row(sample, sample["eventID"], measured, publication)
    for measured in _of_imaging(sampling.run):
        yield _row(imaged, imaged["eventID"], measured, publication)


def occurrence_measurements(publication: Publication, sampling: Sampling, occurrence: Occurrence) -> Iterator[Row]:
    """Yield count, abundance, adjusted abundance and biovolume of an occurrence, as far as they are known."""
    owner = {
        "eventID": publication.imaged_event(sampling.sample_id),
        "occurrenceID": occurrence.occurrence_id,
    }
    for measured in _of_occurrence(sampling, occurrence.count, publication.from_scans):
        yield _row(owner, occurrence.occurrence_id, measured, publication)


def _of_sampling(publication: Publication, run: Mapping[str, Any]) -> Iterator[Measured]:
    dataset = publication.dataset
    if run["volume_m3"] is not None:
        yield Measured(
            key="volume-filtered",
            code=terms.SAMPLE_VOLUME,
            value=number(run["volume_m3"]),
            unit=terms.CUBIC_METRES,
            method="As recorded in the metadata of the sample",
            remarks="Volume of water filtered by the net",
        )
    yield from _of_net(run, with_name=not dataset.sampling_instrument)
    if dataset.sampling_instrument:
        yield Measured(
            key="sampler",
            code=terms.SAMPLER,
            value=dataset.sampling_instrument,
            value_uri=dataset.sampling_instrument_uri,
            unit=terms.NOT_APPLICABLE,
            method=dataset.sampling_protocol or "As stated by the publisher",
            remarks="As stated by the publisher",
        )


def _of_net(run: Mapping[str, Any], *, with_name: bool) -> Iterator[Measured]:
    method = "As recorded in the metadata of the sample"
    if run["net_type"] and with_name:
        code = terms.code_of(run["net_type"], terms.NETS)
        yield Measured(
            key="sampler",
            code=terms.SAMPLER,
            value=label("L22", code) if code else run["net_type"],
            value_uri=terms.vocabulary_uri("L22", code) if code else "",
            unit=terms.NOT_APPLICABLE,
            method=method,
            remarks=f"Recorded as {run['net_type']}",
        )
    for key, column, measured, unit, remarks in (
        ("net-mesh", "net_mesh_um", terms.NET_MESH, terms.MICROMETRES, "Mesh of the net"),
        ("net-opening", "net_surface_m2", terms.NET_OPENING, terms.SQUARE_METRES, "Opening of the net"),
    ):
        if run[column] is not None:
            value = number(run[column])
            yield Measured(key=key, code=measured, value=value, unit=unit, method=method, remarks=remarks)


def _of_imaging(run: Mapping[str, Any]) -> Iterator[Measured]:
    if run["instrument"]:
        code = terms.code_of(run["instrument"], terms.INSTRUMENTS)
        yield Measured(
            key="analyser",
            code=terms.ANALYSER,
            value=label("L22", code) if code else run["instrument"],
            value_uri=terms.vocabulary_uri("L22", code) if code else "",
            unit=terms.NOT_APPLICABLE,
            remarks=f"Serial number {run['serial_number'] or 'not recorded'}",
        )
    if run["volume_imaged_ml"] is not None:
        yield Measured(
            key="volume",
            code=terms.SAMPLE_VOLUME,
            value=number(run["volume_imaged_ml"]),
            unit=terms.MILLILITRES,
            method=run["volume_source"] or "Not stated",
            remarks=_volume_remarks(run),
        )
    if run["pixel_size_um"] is not None:
        yield Measured(
            key="pixel",
            code=terms.PIXEL_WIDTH,
            value=number(run["pixel_size_um"]),
            unit=terms.MICROMETRES,
            remarks="In the plane of the particles",
        )


def _volume_remarks(run: Mapping[str, Any]) -> str:
    parts = ["Volume imaged: the part of the sample that was seen by the camera"]
    for name, text in (
        ("volume_processed_ml", "of {} mL drawn in"),
        ("dilution", "sample diluted {} times"),
        ("magnification", "magnification {}"),
    ):
        if run[name] is not None:
            parts.append(text.format(number(run[name]) if isinstance(run[name], float) else run[name]))
    return "; ".join(parts)


def _of_occurrence(sampling: Sampling, count: Mapping[str, Any], from_scans: bool) -> Iterator[Measured]:
    yield Measured(
        key="count",
        code=terms.COUNT,
        value=count["counted"],
        unit=terms.DIMENSIONLESS,
        accuracy=_interval(count, "counted", 1.0),
        method=SCAN_COUNT_METHOD if from_scans else COUNT_METHOD,
        remarks="One image can show a chain or colony; not a count of cells",
    )
    yield from _per_cubic_metre(count)
    factor = 1.0 if sampling.concentrated is None else sampling.concentrated
    remarks = UNCONCENTRATED if sampling.concentrated is None else CONCENTRATED.format(factor=factor)
    for key, column, method in (
        ("abundance", "per_ml", ABUNDANCE_METHOD),
        ("abundance-adjusted", "per_ml_adjusted", ADJUSTED_METHOD),
    ):
        if count[column] is not None:
            yield Measured(
                key=key,
                code=terms.ABUNDANCE,
                value=number(count[column] * factor),
                unit=terms.PER_MILLILITRE,
                accuracy=_interval(count, column, factor),
                method=method,
                remarks=remarks,
            )
    if count["biovolume_abd_um3_per_ml"] is not None:
        yield Measured(
            key="biovolume",
            code=terms.BIOVOLUME,
            value=number(count["biovolume_abd_um3_per_ml"] * factor * MM3_PER_M3_IN_UM3_PER_ML),
            unit=terms.CUBIC_MM_PER_CUBIC_M,
            accuracy="not estimated",
            method=BIOVOLUME_METHOD,
            remarks=remarks,
        )


def _per_cubic_metre(count: Mapping[str, Any]) -> Iterator[Measured]:
    """Yield abundance and biovolume of a taxon of scanned net samples."""
    for key, column, code, unit, method in (
        ("abundance", "per_m3", terms.ABUNDANCE, terms.PER_CUBIC_METRE, NET_ABUNDANCE_METHOD),
        (
            "biovolume",
            "biovolume_ellipsoid_mm3_per_m3",
            terms.BIOVOLUME,
            terms.CUBIC_MM_PER_CUBIC_M,
            NET_BIOVOLUME_METHOD,
        ),
    ):
        if count[column] is not None:
            yield Measured(
                key=key,
                code=code,
                value=number(count[column]),
                unit=unit,
                accuracy=_interval(count, column, 1.0),
                method=method,
                remarks="Per cubic metre of water filtered by the net",
            )


def _interval(count: Mapping[str, Any], column: str, factor: float) -> str:
    low, high = count[f"{column}_low"], count[f"{column}_high"]
    if low is None or high is None:
        return "not estimated"
    return f"95 % confidence interval {number(low * factor)} to {number(high * factor)}"


def _row(owner: Mapping[str, object], owner_id: str, measured: Measured, publication: Publication) -> Row:
    return {
        **owner,
        "measurementID": f"{owner_id}:{measured.key}",
        "measurementType": label("P01", measured.code),
        "measurementTypeID": terms.vocabulary_uri("P01", measured.code),
        "measurementValue": measured.value,
        "measurementValueID": measured.value_uri,
        "measurementUnit": label("P06", measured.unit),
        "measurementUnitID": terms.vocabulary_uri("P06", measured.unit),
        "measurementAccuracy": measured.accuracy,
        "measurementMethod": measured.method,
        "measurementDeterminedBy": publication.software,
        "measurementDeterminedDate": publication.created,
        "measurementRemarks": measured.remarks,
    }


def number(value: float) -> str:
    """Return a number with six digits, as a table or a sentence shows it."""
    return f"{value:.6g}"


@lru_cache(maxsize=1)
def _labels() -> Mapping[tuple[str, str], str]:
    text = (resources.files("pelagia.exports") / "reference" / "terms.csv").read_text(encoding="utf-8")
    return {(row["collection"], row["code"]): row["label"] for row in csv.DictReader(text.splitlines())}


def label(collection: str, code: str) -> str:
    """Return the preferred label of a term of the NERC Vocabulary Server that the archive uses."""
    return _labels()[collection, code]
