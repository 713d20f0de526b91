"""People whose use is looked at, as fixtures; a module that asks for them imports them by name."""

from __future__ import annotations

import pytest
from tests.api.conftest import Installation, order
from tests.api.people import Person, person


@pytest.fixture(scope="module")
def anna(installation: Installation) -> Person:
    """Somebody who has used the small service."""
    found = person(installation, "anna")
    assert found.browser.post("/v1/jobs", json=order(found.browser)).status_code == 202
    assert installation.work() == 1
    return found


@pytest.fixture(scope="module")
def provider(installation: Installation) -> Person:
    """The provider of the small service."""
    return person(installation, "provider", provides=("words",))


@pytest.fixture(scope="module")
def admin(installation: Installation) -> Person:
    """An administrator."""
    return person(installation, "admin", is_admin=True)
