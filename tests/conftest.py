"""What all tests share: where the real data stands, and how its absence is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.servers.fixtures"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("PELAGIA_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not beside the project ({folder.name} missing; set PELAGIA_SHARED_DATA)")
    return folder
