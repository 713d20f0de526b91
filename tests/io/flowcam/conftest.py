"""A small drawn run, and how the tests read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from tests.data.flowcam.make import MadeRun, make_run

from pelagia.core.result import Issue
from pelagia.io.flowcam import FlowCamRun, RunFiles, find_runs, particle_batches, read_run
from pelagia.io.sources import Source, open_source


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> MadeRun:
    """A run of 60 particles on two collages, drawn once."""
    return make_run(tmp_path_factory.mktemp("drawn"), particles=60, name="Station 7")


@pytest.fixture
def made(drawn: MadeRun, tmp_path: Path) -> MadeRun:
    """A copy of the drawn run, to be damaged at will."""
    return replace(drawn, folder=shutil.copytree(drawn.folder, tmp_path / "run"))


@pytest.fixture
def opened() -> Callable[[MadeRun], tuple[Source, RunFiles]]:
    """Open a made run; its files as they are now."""

    def open_run(run: MadeRun) -> tuple[Source, RunFiles]:
        source = open_source(str(run.folder))
        (files,) = find_runs([entry.name for entry in source.entries()])
        return source, files

    return open_run


@pytest.fixture
def read(opened: Callable[[MadeRun], tuple[Source, RunFiles]]) -> Callable[[MadeRun], FlowCamRun]:
    """Read a made run with a pass over its list."""
    return lambda run: read_run(*opened(run))


@pytest.fixture
def particles(opened: Callable[[MadeRun], tuple[Source, RunFiles]]) -> Callable[[MadeRun], pa.Table]:
    """Read all particles of a made run."""
    return lambda run: pa.concat_tables(particle_batches(*opened(run)))


@pytest.fixture
def found() -> Callable[[FlowCamRun, str], Issue]:
    """Return the one finding of a code."""

    def find(run: FlowCamRun, code: str) -> Issue:
        (issue,) = [issue for issue in run.issues if issue.code == code]
        assert issue.remedy
        assert issue.file
        return issue

    return find
