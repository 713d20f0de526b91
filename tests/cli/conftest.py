"""What the tests of the command line share: a shell, and the toy among the services."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.runtime.toy_service import write_lines

from pelagia.cli.main import call

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = """\
[pelagia.services]
toy = tests.runtime.toy_service:SERVICE
toy-model = tests.runtime.toy_service:SERVICE_WITH_MODEL
"""


@dataclass(frozen=True)
class Ended:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ended]


@pytest.fixture
def toy_package(tmp_path: Path) -> Path:
    """A folder that makes the toy an installed service."""
    info = tmp_path / "packages" / "toy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return info.parent


@pytest.fixture
def environment(tmp_path: Path, toy_package: Path) -> dict[str, str]:
    """The environment of a fresh installation with the toy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PELAGIA_", "AWS_"))}
    return {
        **kept,
        "PELAGIA_HOME": str(tmp_path / "home"),
        "PELAGIA_EXECUTOR": "inline",
        "PYTHONPATH": f"{toy_package}{os.pathsep}{ROOT}",
    }


@pytest.fixture
def shell(
    environment: dict[str, str], toy_package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Call the command line in this process."""
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(toy_package))

    def run(*words: object) -> Ended:
        capsys.readouterr()
        code = call([str(word) for word in words])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A text file of 60 lines: 8 steps of the toy."""
    return write_lines(tmp_path / "lines.txt", 60)
