"""The services there are: found by the entry points of installed packages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.service import Service

GROUP = "pelagia.services"


def service_slugs() -> list[str]:
    """Return the names of the services, sorted; imports nothing."""
    return sorted(_points())


def find_service(slug: str) -> Service[Any]:
    """Return what a service says of itself.

    Raises
    ------
    NotFound
        Where there is none of that name; the message lists what there is.
    """
    if slug in _points():
        return _loaded(slug)
    known = ", ".join(service_slugs()) or "none is installed"
    raise NotFound("There is no such service", value=slug, remedy=f"These exist: {known}.")


def all_services() -> list[Service[Any]]:
    """Return all services, sorted by name."""
    return [find_service(slug) for slug in service_slugs()]


def find_face(slug: str) -> Service[Any]:
    """Return a service, or the training of one, by its slug.

    Raises
    ------
    NotFound
        Where there is none of that name.
    """
    return _trainings()[slug] if slug in _trainings() else find_service(slug)


@cache
def _points() -> Mapping[str, EntryPoint]:
    # Looking through all installed packages takes long; a package installed meanwhile is found by the next process.
    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def _loaded(slug: str) -> Service[Any]:
    service: Service[Any] = _points()[slug].load()
    return service


@cache
def _trainings() -> Mapping[str, Service[Any]]:
    return {service.training.slug: service.training for service in all_services() if service.training is not None}
