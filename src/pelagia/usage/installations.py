"""What the report says of each installation besides figures: read from a file, the rest from the services."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pelagia.core.errors import BadInput, NotFound
from pelagia.core.service import Service
from pelagia.runtime.settings import Settings
from pelagia.usage.baseline import BaselineRow, read_baseline
from pelagia.usage.metrics import DEFAULT_METRICS, METRICS

NOT_STATED = "not stated"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NotTracked(_Model):
    """A metric that was not recorded for a time."""

    metric: str
    reason: str = Field(min_length=1)
    periods: tuple[str, ...] = ()


class Installation(_Model):
    """An installation: a part of the service that is used by itself, and is reported by itself.

    Parameters
    ----------
    id
        Its short name.
    counts
        The names it has in the ledger: slugs of services; by default its ``id``.
    metrics
        What is reported of it, in this order.
    how
        Metric → how it is measured, where that differs from the usual.
    not_tracked
        What could not be recorded, and why.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str = ""
    counts: tuple[str, ...] = ()
    task: str = ""
    url: str = ""
    providers: tuple[str, ...] = ()
    location: str = ""
    modality: str = ""
    support: str = ""
    operational_since: dt.date | str = ""
    user_definition: str = ""
    metrics: tuple[str, ...] = ()
    how: dict[str, str] = {}
    not_tracked: tuple[NotTracked, ...] = ()

    @property
    def ledger_names(self) -> tuple[str, ...]:
        """The names it has in the ledger."""
        return self.counts or (self.id,)

    @property
    def description(self) -> tuple[tuple[str, str], ...]:
        """The block that describes it: label and text; what nobody stated says so."""
        texts = {
            "Task": self.task,
            "URL": self.url,
            "Providers": "; ".join(self.providers),
            "Location": self.location,
            "Modality of access": self.modality,
            "Support offered": self.support,
            "Operational since": str(self.operational_since),
            "Definition of a user": self.user_definition,
        }
        return tuple((label, text or NOT_STATED) for label, text in texts.items())


class _File(_Model):
    title: str = ""
    project_start: dt.date | None = None
    baseline: str = ""
    installation: tuple[Installation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What reports are made of besides the ledger.

    Parameters
    ----------
    title
        Of the project.
    project_start
        The first day of month 1, where it is stated.
    installations
        In the order of the report.
    baseline
        What was promised and published.
    """

    title: str
    project_start: dt.date | None
    installations: tuple[Installation, ...]
    baseline: tuple[BaselineRow, ...] = ()


def read_project(
    settings: Settings, services: Sequence[Service[Any]], *, baseline: tuple[BaselineRow, ...] | None = None
) -> Project:
    """Read what the file named by ``PELAGIA_INSTALLATIONS`` says, and add the services it does not name.

    Parameters
    ----------
    settings
        Of the installation of Pelagia.
    services
        Those that are installed.
    baseline
        In place of the one that the file names.

    Raises
    ------
    NotFound, BadInput
        Where the file is not there, or something in it is not understood.
    """
    path = Path(settings.installations) if settings.installations else None
    stated = _File() if path is None else _read(path)
    named = {name for installation in stated.installation for name in (installation.id, *installation.ledger_names)}
    others = tuple(_of_service(service, settings) for service in services if service.slug not in named)
    if baseline is None:
        baseline = read_baseline(path.parent / stated.baseline) if path is not None and stated.baseline else ()
    project = Project(
        title=stated.title or "Virtual Access report",
        project_start=stated.project_start,
        installations=(*stated.installation, *others),
    )
    return with_baseline(project, baseline)


def with_baseline(project: Project, baseline: tuple[BaselineRow, ...]) -> Project:
    """Return a project with another baseline; installations that only it names are added, and its metrics reported."""
    metrics: dict[str, list[str]] = {}
    for row in baseline:
        metrics.setdefault(row.installation, []).append(row.metric)
    unknown = sorted({row.metric for row in baseline} - set(METRICS))
    if unknown:
        raise BadInput(
            "The table of baselines names a metric that Pelagia does not measure",
            value=", ".join(unknown),
            remedy=f"These are measured: {', '.join(METRICS)}.",
        )
    known = [
        one if one.metrics else one.model_copy(update={"metrics": tuple(metrics.get(one.id, DEFAULT_METRICS))})
        for one in project.installations
    ]
    new = [
        Installation(id=name, title=name, metrics=tuple(names))
        for name, names in metrics.items()
        if name not in {one.id for one in known}
    ]
    order = {name: position for position, name in enumerate(metrics)}
    everything = sorted((*known, *new), key=lambda one: order.get(one.id, len(order)))
    return Project(
        title=project.title,
        project_start=project.project_start,
        installations=tuple(everything),
        baseline=baseline,
    )


def _of_service(service: Service[Any], settings: Settings) -> Installation:
    trainings = () if service.training is None else (service.training.slug,)
    return Installation(
        id=service.slug,
        title=service.title,
        counts=(service.slug, *trainings),
        task=service.summary,
        url=f"{settings.public_url}/services/{service.slug}" if settings.public_url else "",
        modality="Virtual: web pages, HTTP interface and command line, free of charge",
        user_definition="A person with an account who had at least one successful run; visitors without one are "
        "counted as visits, apart",
    )


def _read(path: Path) -> _File:
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        read = _File.model_validate(values)
    except FileNotFoundError:
        raise NotFound(
            "The file of installations is not there", value=path, remedy="See the setting PELAGIA_INSTALLATIONS."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _bad(path, f"{where}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise _bad(path, str(error)) from None
    _check(read, path)
    return read


def _check(read: _File, path: Path) -> None:
    seen: set[str] = set()
    for one in read.installation:
        if seen & {one.id, *one.ledger_names}:
            raise _bad(path, f"{one.id} is named or counted twice")
        seen |= {one.id, *one.ledger_names}
        names = {*one.metrics, *one.how, *(each.metric for each in one.not_tracked)}
        if names - set(METRICS):
            raise _bad(path, f"{one.id}: no such metric: {', '.join(sorted(names - set(METRICS)))}")


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(
        "The file of installations is not understood",
        value=what,
        remedy="Correct it; the page on usage reports shows an example.",
        file=str(path),
    )
