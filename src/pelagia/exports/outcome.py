"""What every exporter is told and what it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue

ISO_MOMENT = r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?"
ISO_MOMENT_OR_INTERVAL = rf"^({ISO_MOMENT}(/{ISO_MOMENT})?)?$"


class SampleInfo(BaseModel):
    """What was noted when one sample was taken; overrides what the result says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    latitude: float | None = Field(default=None, ge=-90, le=90, description="Degrees north, WGS 84.")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="Degrees east, WGS 84.")
    sampled_at: str = Field(
        default="",
        pattern=ISO_MOMENT_OR_INTERVAL,
        description="When the water was taken (not imaged): ISO 8601 date, time or interval, as 2024-05-17T09:30Z.",
    )
    depth_min_m: float | None = Field(default=None, ge=0, description="Upper depth, in metres.")
    depth_max_m: float | None = Field(default=None, ge=0, description="Lower depth, in metres.")
    locality: str = Field(default="", description="Station or place.")
    location_id: str = Field(default="", description="Marine Regions identifier of the place.")
    water_volume_l: float | None = Field(
        default=None, gt=0, description="Volume of water the sample was concentrated from (filtered by a net), litres."
    )
    concentrate_volume_ml: float | None = Field(
        default=None,
        gt=0,
        description="Volume the sample was brought to before it went to the instrument, millilitres.",
    )

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if (self.water_volume_l is None) != (self.concentrate_volume_ml is None):
            raise ValueError("water_volume_l and concentrate_volume_ml are given together or not at all")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude are given together or not at all")
        return self


class DatasetInfo(BaseModel):
    """What a publisher says of the data set; nothing of it can be read off an instrument's files.

    Every field may be left out. An exporter writes what is known and reports what its target
    database will ask for; it never invents a value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(default="", description="Title of the data set.")
    abstract: str = Field(default="", description="What was sampled, where, when and why, in a few sentences.")
    dataset_id: str = Field(
        default="", description="Persistent identifier of the data set, preferably a DOI as an address."
    )
    dataset_name: str = Field(default="", description="Short name of the data set; the title by default.")
    institution_code: str = Field(default="", description="Acronym of the institute that holds the data, such as VLIZ.")
    organisation: str = Field(default="", description="Full name of the institute that holds the data.")
    creator_name: str = Field(
        default="", description="Person who answers for the data: given name(s), then family name."
    )
    creator_email: str = Field(default="", description="E-mail of that person.")
    creator_orcid: str = Field(default="", description="ORCID of that person, as an address.")
    licence: str = Field(
        default="",
        description="Address of the licence of the published data; OBIS takes CC0, CC BY and CC BY-NC.",
    )
    keywords: tuple[str, ...] = Field(default=(), description="Keywords for data portals.")
    language: str = Field(default="en", description="Language of the metadata, ISO 639.")
    country_code: str = Field(
        default="", description="Country whose waters were sampled, ISO 3166-1 alpha-2.", pattern="^([A-Z]{2})?$"
    )
    water_body: str = Field(default="", description="Sea or lake, preferably as named in Marine Regions.")
    location_id: str = Field(
        default="", description="Marine Regions identifier, such as http://marineregions.org/mrgid/2350."
    )
    locality: str = Field(default="", description="Name of the station or place.")
    coordinate_uncertainty_m: float | None = Field(
        default=None, gt=0, description="Radius of the true position, in metres."
    )
    sampling_protocol: str = Field(
        default="", description="How the water or net sample was taken, or the address of a protocol."
    )
    sampling_instrument: str = Field(default="", description="The sampler, such as Apstein ring net.")
    sampling_instrument_uri: str = Field(default="", description="The sampler in the NERC L22 list, as an address.")
    samples: dict[str, SampleInfo] = Field(default_factory=dict, description="What is known of each sample, by its id.")


def read_dataset_info(path: Path) -> DatasetInfo:
    """Read what the publisher says of the data set from a JSON file.

    Parameters
    ----------
    path
        A JSON object with fields of :class:`DatasetInfo`.

    Raises
    ------
    BadInput
        Where the file cannot be read, or has a field that is unknown or of the wrong form.
    """
    try:
        return DatasetInfo.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(
            "The data set description cannot be read", remedy="Check the path and the permissions.", file=str(path)
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadInput(
            f"The data set description is not valid at {where}: {first['msg']}",
            remedy=f"Use only these fields: {', '.join(DatasetInfo.model_fields)}.",
            value=str(first["input"])[:80],
            file=str(path),
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What an exporter is told besides the result.

    Parameters
    ----------
    created
        The date written into the files; the only date there is that is not data.
    dataset
        What the publisher says of the data set.
    media_base_url
        Address under which the vignettes will be served; empty for names relative to the archive.
    """

    created: dt.date
    dataset: DatasetInfo = field(default_factory=DatasetInfo)
    media_base_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What an exporter wrote, and what it found on the way."""

    files: tuple[Path, ...]
    issues: tuple[Issue, ...] = ()
