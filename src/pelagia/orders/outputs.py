"""What stands in the output folder of a job: its summary, its tables, its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pelagia.core.errors import Conflict, NotFound
from pelagia.core.result import Issue
from pelagia.core.table import Table
from pelagia.exports.summary import read_summary
from pelagia.runtime.estimate_json import estimate_from_json
from pelagia.runtime.jobs import Job
from pelagia.runtime.result_file import has_result, read_result
from pelagia.runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """One file of an output folder: its path with forward slashes, and its size."""

    path: str
    bytes: int


def output_folder(settings: Settings, job: Job) -> Path:
    """Return the output folder of a finished job of the server.

    Raises
    ------
    Conflict
        Where it has not succeeded.
    NotFound
        Where its files were deleted.
    """
    if job.state != "succeeded":
        raise Conflict(
            "There is no result yet" if job.state in ("queued", "running") else "There is no result",
            value=job.state,
            remedy="Wait for the run to succeed." if job.state in ("queued", "running") else "See its error.",
            code="no-result",
        )
    folder = settings.result_folder(job.id)
    if job.cleaned_at is not None or not folder.is_dir():
        raise NotFound("The files of this run were deleted", value=job.id, remedy="Make a new one.", code="gone")
    return folder


def summary_of(folder: Path) -> dict[str, Any]:
    """Return the summary of a result; that of a trained model is empty."""
    return read_summary(folder) or {}


def issues_of(settings: Settings, job: Job) -> tuple[Issue, ...]:
    """Return what was found wrong with the inputs of a job."""
    workdir = settings.workdir(job.id)
    return read_result(workdir).issues if has_result(workdir) else estimate_from_json(job.estimate).issues


def tables_in(folder: Path) -> dict[str, Table]:
    """Return the tables of a result by name."""
    return {path.stem: Table(name=path.stem, path=path) for path in sorted(folder.glob("*.parquet"))}


def table_in(folder: Path, name: str) -> Table:
    """Return a table of a result.

    Raises
    ------
    NotFound
        Where it has none of that name.
    """
    tables = tables_in(folder)
    if name not in tables:
        raise NotFound("The result has no such table", value=name, remedy=f"It has {', '.join(tables) or 'none'}.")
    return tables[name]


def files_in(folder: Path) -> Iterator[OutputFile]:
    """List the files of an output folder by path; those still being written do not belong to it."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield OutputFile(path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size)


def file_in(folder: Path, path: str) -> Path:
    """Return a file of an output folder.

    Raises
    ------
    NotFound
        Where it has none of that path.
    """
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in {"", ".."} or part.startswith(".") for part in parts):
        raise _no_such_file(path)
    found = folder / path
    if not found.is_file() or not found.resolve().is_relative_to(folder.resolve()):
        raise _no_such_file(path)
    return found


def _no_such_file(path: str) -> NotFound:
    return NotFound("The result has no such file", value=path[:200], remedy="See the list of its files.")
