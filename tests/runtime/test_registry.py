"""Services are found by their entry points."""

from __future__ import annotations

import pytest

from pelagia.core.errors import NotFound
from pelagia.runtime.registry import all_services, find_service, service_slugs


def test_the_services_of_the_package_are_found() -> None:
    assert "flowcam" in service_slugs()
    assert [service.slug for service in all_services()] == service_slugs()


def test_an_unknown_service_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"flwcam.*flowcam"):
        find_service("flwcam")
