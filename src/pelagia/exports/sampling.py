"""Where, when and how a sample was taken: what the result says, and what the publisher adds to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.outcome import DatasetInfo, SampleInfo
from pelagia.exports.tables import records

SAMPLE_COLUMNS = (
    "sample_id",
    "source_uri",
    "instrument",
    "software_version",
    "magnification",
    "serial_number",
    "mode",
    "started_at_utc",
    "ended_at_utc",
    "sampled_at_utc",
    "latitude",
    "longitude",
    "depth_min_m",
    "depth_max_m",
    "volume_imaged_ml",
    "volume_source",
    "volume_processed_ml",
    "efficiency",
    "dilution",
    "pixel_size_um",
    "fringe_size_px",
    "flow_cell_depth_um",
    "net_type",
    "net_mesh_um",
    "net_surface_m2",
    "station",
    "volume_m3",
)
"""The columns of ``samples`` the exporters read; all but the first may be absent or empty."""

VOLUME_WORDS = {"volume_imaged_ml": "volume imaged", "volume_m3": "volume filtered by the net"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """One sample as it is published.

    Parameters
    ----------
    latitude, longitude
        Degrees north and east, WGS 84.
    position_is_told
        The publisher gave the position: it goes before what single objects carry.
    date
        ISO 8601; empty where nothing is known.
    date_is_of_imaging
        The date is that of the run, because no date of sampling was given.
    concentrated
        Millilitres of sample per millilitre of water it was made from: what an abundance in the sample is multiplied
        by to get that in the water. None where no one said.
    run
        The row of ``samples``.
    """

    sample_id: str
    latitude: float | None
    longitude: float | None
    depth_min_m: float | None
    depth_max_m: float | None
    position_is_told: bool
    date: str
    date_is_of_imaging: bool
    locality: str
    location_id: str
    concentrated: float | None
    run: Mapping[str, Any]


def read_samplings(result: Result, dataset: DatasetInfo) -> tuple[Sampling, ...]:
    """Return every sample of the result in the order of its table."""
    return tuple(
        _sampling(row, dataset.samples.get(row["sample_id"], SampleInfo()), dataset)
        for row in records(result.tables["samples"], SAMPLE_COLUMNS)
    )


def lacks(
    samplings: tuple[Sampling, ...], dataset: DatasetInfo, *, volume: str = "volume_imaged_ml"
) -> tuple[Issue, ...]:
    """Tell what a database will ask for and no one has said: place, date, volume.

    Parameters
    ----------
    volume
        The column of ``samples`` with the volume that abundances refer to.
    """
    found: list[Issue] = []
    for sampling in samplings:
        if sampling.latitude is None or sampling.longitude is None:
            found.append(_position_missing(sampling.sample_id))
        if not sampling.date:
            found.append(_date_missing(sampling.sample_id))
        elif sampling.date_is_of_imaging:
            found.append(_date_assumed(sampling))
        if sampling.run[volume] is None:
            found.append(_volume_missing(sampling.sample_id, VOLUME_WORDS[volume]))
    known = {sampling.sample_id for sampling in samplings}
    found += [_not_in_result(name) for name in sorted(set(dataset.samples) - known)]
    return tuple(found)


def utc_text(moment: dt.datetime) -> str:
    """Return a moment as ISO 8601 to the second, in UTC; a moment without zone is taken as UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _sampling(row: Mapping[str, Any], told: SampleInfo, dataset: DatasetInfo) -> Sampling:
    taken, started = row["sampled_at_utc"], row["started_at_utc"]
    place = told if told.latitude is not None else None
    depth = told if told.depth_min_m is not None or told.depth_max_m is not None else None
    concentrated = None
    if told.water_volume_l is not None and told.concentrate_volume_ml is not None:
        concentrated = told.concentrate_volume_ml / (told.water_volume_l * 1000)
    return Sampling(
        sample_id=row["sample_id"],
        latitude=place.latitude if place else row["latitude"],
        longitude=place.longitude if place else row["longitude"],
        depth_min_m=depth.depth_min_m if depth else row["depth_min_m"],
        depth_max_m=depth.depth_max_m if depth else row["depth_max_m"],
        position_is_told=place is not None,
        date=told.sampled_at or (utc_text(taken or started) if taken or started else ""),
        date_is_of_imaging=not told.sampled_at and taken is None,
        locality=told.locality or dataset.locality or (f"station {row['station']}" if row["station"] else ""),
        location_id=told.location_id or dataset.location_id,
        concentrated=concentrated,
        run=row,
    )


def _position_missing(sample_id: str) -> Issue:
    return Issue(
        file=sample_id,
        code="position-missing",
        message="The position of the sample is not known; OBIS and GBIF require it, EcoTaxa asks for it.",
        remedy="Run again with latitude and longitude given, or give them in the data set description.",
    )


def _date_missing(sample_id: str) -> Issue:
    return Issue(
        file=sample_id,
        code="date-missing",
        message="Neither the date of sampling nor of the run is known; OBIS and GBIF require it, EcoTaxa asks for it.",
        remedy="Give sampled_at of this sample in the data set description.",
    )


def _date_assumed(sampling: Sampling) -> Issue:
    return Issue(
        file=sampling.sample_id,
        code="sampling-date-assumed",
        message="The date of sampling is not known; that of the run stands for it: right for live samples only.",
        remedy="Give sampled_at of this sample in the data set description.",
        value=sampling.date,
    )


def _volume_missing(sample_id: str, words: str) -> Issue:
    return Issue(
        file=sample_id,
        code="volume-missing",
        message=f"The {words} is not known, so that counts are published without abundances.",
        remedy=f"Run again with the {words} given.",
    )


def _not_in_result(sample_id: str) -> Issue:
    return Issue(
        file=sample_id,
        code="sample-not-in-result",
        message="The data set description speaks of a sample that is not in the result.",
        remedy="Write the sample's name as in the table samples.",
        value=sample_id,
    )
