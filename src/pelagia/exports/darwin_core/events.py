"""The event core: each sample taken, and below it the part that was imaged."""

from __future__ import annotations

from collections.abc import Iterator

from pelagia.exports.darwin_core.publication import Publication
from pelagia.exports.sampling import Sampling, utc_text

Row = dict[str, object]
SCANNING = "Scanning of sub-samples of sieved fractions on a flatbed scanner in water"


def event_rows(publication: Publication) -> Iterator[Row]:
    """Yield two events a sample: the sample, and as its child the imaged sub-sample."""
    for sampling in publication.samplings:
        yield _sample_event(publication, sampling)
        yield _imaged_event(publication, sampling)


def imaging_text(sampling: Sampling) -> str:
    """Say when and how the sample was imaged."""
    run = sampling.run
    parts = []
    if run["started_at_utc"]:
        until = f" to {utc_text(run['ended_at_utc'])}" if run["ended_at_utc"] else ""
        parts.append(f"imaged {utc_text(run['started_at_utc'])}{until}")
    for name, label, unit in (
        ("instrument", "instrument", ""),
        ("software_version", "instrument software", ""),
        ("mode", "mode", ""),
        ("magnification", "magnification", ""),
        ("serial_number", "serial number", ""),
        ("volume_processed_ml", "volume processed", " mL"),
        ("efficiency", "share of it imaged", ""),
        ("dilution", "dilution", ""),
    ):
        if run[name] is not None:
            parts.append(f"{label} {_plain(run[name])}{unit}")
    return "; ".join(parts)


def haul_text(sampling: Sampling) -> str:
    """Say with which net the sample was taken; empty where that is not known."""
    run = sampling.run
    parts = [f"net haul, {run['net_type']}"] if run["net_type"] else []
    if parts and run["net_mesh_um"] is not None:
        parts.append(f"mesh {_plain(run['net_mesh_um'])} µm")
    if parts and run["net_surface_m2"] is not None:
        parts.append(f"opening {_plain(run['net_surface_m2'])} m²")
    return ", ".join(parts)


def _sample_event(publication: Publication, sampling: Sampling) -> Row:
    dataset = publication.dataset
    remark = "Date of imaging; the date of sampling was not given." if sampling.date_is_of_imaging else ""
    return {
        **_shared(publication, sampling),
        "eventID": publication.sample_event(sampling.sample_id),
        "eventType": "sample",
        "eventRemarks": remark if sampling.date else "",
        "samplingProtocol": dataset.sampling_protocol or haul_text(sampling),
        **_size(sampling.run["volume_m3"], "cubic metre"),
    }


def _imaged_event(publication: Publication, sampling: Sampling) -> Row:
    volume = sampling.run["volume_imaged_ml"]
    return {
        **_shared(publication, sampling),
        "eventID": publication.imaged_event(sampling.sample_id),
        "parentEventID": publication.sample_event(sampling.sample_id),
        "eventType": "subsample",
        "eventRemarks": imaging_text(sampling),
        "samplingProtocol": SCANNING if publication.from_scans else "Imaging flow microscopy of a sub-sample",
        **_size(volume, "millilitre"),
    }


def _size(volume: float | None, unit: str) -> Row:
    return {"sampleSizeValue": volume, "sampleSizeUnit": unit if volume is not None else ""}


def _shared(publication: Publication, sampling: Sampling) -> Row:
    dataset = publication.dataset
    placed = sampling.latitude is not None and sampling.longitude is not None
    return {
        "eventDate": sampling.date,
        "datasetID": dataset.dataset_id,
        "datasetName": publication.dataset_name,
        "institutionCode": dataset.institution_code,
        "locationID": sampling.location_id,
        "waterBody": dataset.water_body,
        "countryCode": dataset.country_code,
        "locality": sampling.locality,
        "decimalLatitude": sampling.latitude,
        "decimalLongitude": sampling.longitude,
        "geodeticDatum": "EPSG:4326" if placed else "",
        "coordinateUncertaintyInMeters": dataset.coordinate_uncertainty_m if placed else None,
        "minimumDepthInMeters": sampling.depth_min_m,
        "maximumDepthInMeters": sampling.depth_max_m,
        "modified": publication.created,
        "license": dataset.licence,
    }


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
