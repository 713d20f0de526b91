"""The toy as an installed service: for this process, and for processes that tests start."""

from __future__ import annotations

import os
from pathlib import Path

from pelagia.runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = """\
[pelagia.services]
toy = tests.runtime.toy_service:SERVICE
"""


def install_toy(folder: Path) -> Path:
    """Write a folder that makes the toy a service of whoever has it on its path."""
    info = folder / "toy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def environment_of(settings: Settings, toy_package: Path) -> dict[str, str]:
    """Return the environment of a process of an installation with the toy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PELAGIA_", "AWS_"))}
    return {
        **kept,
        "PYTHONPATH": f"{toy_package}{os.pathsep}{ROOT}",
        "PELAGIA_HOME": str(settings.home),
        "PELAGIA_DATABASE_URL": settings.database_url,
        "PELAGIA_EXECUTOR": settings.executor,
        "PELAGIA_WORKERS": str(settings.workers),
        "PELAGIA_LEASE_S": str(settings.lease_s),
    }
