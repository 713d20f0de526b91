"""What the tests of real coasts share: cuts of the map of the Earth, which take some seconds each."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that keeps them."""
    return tmp_path_factory.mktemp("cuts")
