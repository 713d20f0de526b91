"""The services there are: found by the entry points of installed packages."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.service import Service

GROUP = "pelagia.services"


def service_slugs() -> list[str]:
    """Return the names of the services, sorted; imports nothing."""
    return sorted(point.name for point in entry_points(group=GROUP))


def find_service(slug: str) -> Service[Any]:
    """Return what a service says of itself.

    Raises
    ------
    NotFound
        Where there is none of that name; the message lists what there is.
    """
    for point in entry_points(group=GROUP, name=slug):
        service: Service[Any] = point.load()
        return service
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
    trainings = {service.training.slug: service.training for service in all_services() if service.training is not None}
    return trainings[slug] if slug in trainings else find_service(slug)
