"""The services there are: found by the entry points of installed packages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.service import Service

GROUP = "pelagia.services"


def service_slugs() -> list[str]:
    """Return the names of the services, sorted; imports nothing."""
    return sorted(_points(tuple(sys.path)))


def find_service(slug: str) -> Service[Any]:
    """Return what a service says of itself.

    Raises
    ------
    NotFound
        Where there is none of that name; the message lists what there is.
    """
    if slug in _points(tuple(sys.path)):
        return _loaded(slug)
    known = ", ".join(service_slugs()) or "none is installed"
    raise NotFound("There is no such service", value=slug, remedy=f"These exist: {known}.")


def all_services() -> list[Service[Any]]:
    """Return all services, sorted by name."""
    return list(_services(tuple(sys.path)))


def find_face(slug: str) -> Service[Any]:
    """Return a service, or the training of one, by its slug.

    Raises
    ------
    NotFound
        Where there is none of that name.
    """
    trainings = _trainings(tuple(sys.path))
    return trainings[slug] if slug in trainings else find_service(slug)


def is_training(slug: str) -> bool:
    """Whether a slug names the training of a service."""
    return slug in _trainings(tuple(sys.path))


# Looking through all installed packages takes long: it is done once for each search path.
@cache
def _points(_path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def _loaded(slug: str) -> Service[Any]:
    service: Service[Any] = _points(tuple(sys.path))[slug].load()
    return service


@cache
def _services(path: tuple[str, ...]) -> tuple[Service[Any], ...]:
    return tuple(_loaded(slug) for slug in sorted(_points(path)))


@cache
def _trainings(path: tuple[str, ...]) -> Mapping[str, Service[Any]]:
    return {service.training.slug: service.training for service in _services(path) if service.training is not None}
