"""The settings of an installation, read from environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from pelagia.core.errors import BadParameter
from pelagia.runtime.processors import usable_processors

PREFIX = "PELAGIA_"
# A name or an address as it stands before the port in the header Host; an IPv6 address without its brackets.
HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("pelagia", appauthor=False))


class Settings(BaseModel):
    """Where an installation keeps its things and how it computes; each field is ``PELAGIA_<NAME>``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=_default_home,
        description="Folder for the database, stored values, work in progress and installed models.",
    )
    database_url: str = Field(
        default="",
        description="Database: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. "
        "By default the SQLite file `pelagia.db` in the home folder.",
        pattern=r"^($|sqlite:///.|postgresql(\+psycopg)?://.)",
    )
    database_connections: int = Field(
        default=40,
        description="So many connections one process opens to PostgreSQL at most; further requests wait. The server "
        "must allow them (`max_connections`), and a few more for each worker. SQLite needs no limit.",
        ge=2,
        le=10_000,
    )
    storage_url: str = Field(
        default="",
        description="Where values of finished steps are kept: a folder, or `s3://BUCKET/PREFIX` "
        "with keys in the usual `AWS_…` variables. By default the folder `storage` in the home folder.",
    )
    executor: str = Field(
        default="processes",
        description="Where work is done: `processes` (several on this machine), `inline` (one after another in this "
        "process) or `dask://HOST:PORT` (the scheduler of a Dask cluster).",
        pattern=r"^(processes|inline|dask://[^/\s]+:\d+)$",
    )
    workers: int = Field(
        default_factory=usable_processors,
        description="How many processes work at once; by default one per processor this process may use.",
        ge=1,
        le=1024,
    )

    public_url: str = Field(
        default="",
        description="Address under which people reach this installation, such as `https://pelagia.example.org`; "
        "needed for sign-in through an identity provider and for links in reports.",
        pattern=r"^($|https?://[^\s]+[^/\s])$",
    )
    allowed_hosts: str = Field(
        default="",
        description="Further names this server answers to, separated by blanks, such as `pelagia pelagia.example.org`; "
        "`*` for any. By default that of `PELAGIA_PUBLIC_URL` and those of this computer itself; without "
        "`PELAGIA_PUBLIC_URL`, a server that listens on other networks answers to any.",
    )
    shared_folders: str = Field(
        default="",
        description="Folders of the server whose files users may process where they are, separated by `:`; "
        "by default none.",
    )
    allowed_addresses: str = Field(
        default="",
        description="Beginnings of addresses that users may name as inputs, separated by blanks, such as "
        "`s3://plankton/ https://data.example.org/`; by default none. Where there are some, redirects "
        "lead to these only; workers need the setting as well.",
    )
    interactive_units: int = Field(
        default=2000,
        description="Up to so many units (images, scans …) a job counts as short and does not wait for long ones.",
        ge=0,
    )
    upload_file_bytes: int = Field(
        default=100_000_000_000, description="Up to so many bytes one uploaded file may have.", ge=1
    )
    upload_files: int = Field(default=1_000_000, description="So many files one upload may have.", ge=1)
    upload_account_bytes: int = Field(
        default=500_000_000_000, description="So many bytes the uploads of one account may have together.", ge=1
    )
    upload_visit_bytes: int = Field(
        default=5_000_000_000,
        description="So many bytes the uploads of one visitor without an account may have together.",
        ge=1,
    )
    upload_visits_bytes: int = Field(
        default=50_000_000_000,
        description="So many bytes the uploads of all visitors without an account may have together.",
        ge=1,
    )
    keep_partial_days: float = Field(
        default=3.0, description="A file whose upload was broken off is kept so many days, to be gone on with.", gt=0
    )
    keep_visit_days: float = Field(
        default=7.0,
        description="What a visitor without an account uploaded, and the results made of it, are deleted after so many "
        "days.",
        gt=0,
    )
    requests_per_minute: int = Field(
        default=3000,
        description="So many requests to `/v1` and `/v2`, forms of pages among them, one user may make in a minute, "
        "and ten times as many come from one address; 0 for no limit.",
        ge=0,
    )
    cors_origins: str = Field(
        default="",
        description="Other sites whose pages may use `/v1` with API tokens, separated by blanks, such as "
        "`https://portal.example.org`; by default none.",
    )
    wait_s: float = Field(
        default=60.0,
        description="For so many seconds a request with `?wait=` may wait for its job at most.",
        ge=0,
        le=3600,
    )
    deepaas_wait_s: float = Field(
        default=600.0,
        description="For so many seconds a prediction through the DEEPaaS interface may wait for its job at most.",
        gt=0,
        le=86_400,
    )
    lease_s: float = Field(
        default=15.0,
        description="For so many seconds a worker may be silent before its job is given to another.",
        ge=1,
        le=3600,
    )
    step_s: float = Field(
        default=21_600.0,
        description="A run of the queue that finishes no part of its work for so many seconds is ended with an error, "
        "so that one that hangs does not hold its place for ever; 0 for no limit.",
        ge=0,
    )
    installations: str = Field(
        default="",
        description="A TOML or JSON file that describes the installations for usage reports: start of the project, "
        "descriptions, metrics, what is not tracked. By default the services describe themselves.",
    )

    access: Literal["open", "ask"] = Field(
        default="open",
        description="Whether everybody with an account may run analyses and trainings (`open`), or only whose request "
        "a provider of the service has granted (`ask`).",
    )
    registration: Literal["open", "closed"] = Field(
        default="open",
        description="Whether people may make an account themselves (`open`), or only an administrator makes them "
        "(`closed`). Sign-in through an identity provider makes accounts in either case.",
    )
    try_out_units: int = Field(
        default=5000,
        description="Up to so many units (images, scans …) one try-out without an account may have.",
        ge=1,
    )
    try_out_bytes: int = Field(
        default=2_000_000_000,
        description="Up to so many bytes of inputs one try-out without an account may have.",
        ge=1,
    )
    try_out_jobs: int = Field(
        default=20,
        description="So many try-outs one visitor without an account may start in 24 hours.",
        ge=0,
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the reverse proxies before this server, separated by blanks, such as "
        "`127.0.0.1 10.0.0.0/8`; only from these is the header `X-Forwarded-For` believed. By default none.",
    )
    oidc_issuer: str = Field(
        default="",
        description="Address of an OpenID Connect provider through which people sign in, such as "
        "`https://aai.egi.eu/auth/realms/egi`; by default there are local accounts only.",
        pattern=r"^($|https://[^\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s]*)?)$",
    )
    oidc_client_id: str = Field(
        default="",
        description="The name under which the OpenID Connect provider knows this installation.",
    )
    oidc_name: str = Field(
        default="EGI Check-in",
        description="What people call the OpenID Connect provider; it stands on the button.",
    )
    log_format: str = Field(
        default="auto",
        description="How `pelagia serve` and `pelagia worker` write their log: `json` (one object a line), `text` (for "
        "people), or `auto` (`text` on a terminal, else `json`).",
        pattern=r"^(auto|json|text)$",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="What a collector of metrics must send as `Authorization: Bearer …` to read `/metrics`; without "
        "it, only this computer may read them.",
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _are_names(cls, text: str) -> str:
        if not all(part == "*" or HOST_NAME.fullmatch(part) for part in text.split()):
            raise ValueError("names without scheme, port or path are wanted")
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        for part in text.split():
            ip_network(part, strict=False)
        return text

    @property
    def database(self) -> str:
        """The address of the database, the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'pelagia.db'}"

    @property
    def storage(self) -> str:
        """The address of the storage, the default filled in."""
        return self.storage_url or str(self.home / "storage")

    def workdir(self, job_id: str) -> Path:
        """The folder for files of a job."""
        return self.home / "work" / job_id

    def result_folder(self, job_id: str) -> Path:
        """The output folder of a job that came by the server."""
        return self.home / "results" / job_id

    def upload_folder(self, upload_id: str) -> Path:
        """The folder of what somebody uploaded; inputs name it ``upload://<id>``."""
        return self.home / "uploads" / upload_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDoc:
    """One setting, for the documentation."""

    variable: str
    description: str
    default: str = field(default="")


def setting_docs() -> tuple[SettingDoc, ...]:
    """Describe every setting."""
    return tuple(
        SettingDoc(
            variable=PREFIX + name.upper(),
            description=info.description or "",
            default="" if info.default is None or info.is_required() else str(info.default),
        )
        for name, info in Settings.model_fields.items()
    )


def read_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environment
        The variables; those of this process by default. Empty ones count as not set.
    overrides
        Fields that come from elsewhere, such as ``--workers``; ``None`` leaves the setting as it is.

    Raises
    ------
    BadParameter
        Where a variable has a value that is not allowed.
    """
    given = os.environ if environment is None else environment
    values: dict[str, Any] = {
        name: given[PREFIX + name.upper()] for name in Settings.model_fields if given.get(PREFIX + name.upper())
    }
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise BadParameter(
            f"The setting {PREFIX}{name.upper()} is not valid: {first['msg']}",
            value=_without_password(str(first["input"])),
            remedy=f"{Settings.model_fields[name].description}",
        ) from None


def _without_password(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if separator and "@" in rest else text
