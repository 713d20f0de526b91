"""A small drawn project, and how the tests read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.data.zooscan.make import MadeProject, make_project

from pelagia.core.result import Issue
from pelagia.io.zooscan import Project, Scan, find_places, read_projects


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> MadeProject:
    """A project of two scans, drawn once."""
    return make_project(tmp_path_factory.mktemp("drawn") / "Zooscan_test_sn001")


@pytest.fixture
def made(drawn: MadeProject, tmp_path: Path) -> MadeProject:
    """A copy of the drawn project, to be damaged at will."""
    return replace(drawn, folder=shutil.copytree(drawn.folder, tmp_path / drawn.folder.name))


@pytest.fixture
def read() -> Callable[..., Project]:
    """Read the one project at an address."""

    def read_one(*uris: object, dpi: float | None = None) -> Project:
        (place,) = find_places([str(uri) for uri in uris])
        (project,) = read_projects(place, dpi=dpi)
        return project

    return read_one


def scan_of(project: Project, fraction: str) -> Scan:
    """Return the scan of a fraction."""
    (scan,) = [one for one in project.scans if one.fraction.fraction_id == fraction]
    return scan


def codes(issues: tuple[Issue, ...], *, above: str = "note") -> set[str]:
    """Return the codes of findings that are more than notes."""
    return {issue.code for issue in issues if issue.severity != above}
