"""What every exporter is told and what it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue

CC_BY_4 = "https://creativecommons.org/licenses/by/4.0/legalcode"


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
    licence: str = Field(default=CC_BY_4, description="Address of the licence of the published data.")
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
    sampling_instrument_uri: str = Field(default="", description="The sampler in the NERC L22 list, as an address.")


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
