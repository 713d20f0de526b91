"""A Result on disk: one JSON file that names the table and artifact files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Artifact, Figure, Issue, Result
from pelagia.core.table import Table

NAME = "result.json"


def write_result(result: Result, workdir: Path) -> Path:
    """Write a result into the folder of its job; files in that folder are named relative to it."""
    tree = {
        "tables": {
            name: {"name": table.name, "path": _inside(table.path, workdir)} for name, table in result.tables.items()
        },
        "summary": {name: asdict(figure) for name, figure in result.summary.items()},
        "issues": [asdict(issue) for issue in result.issues],
        "provenance": result.provenance.to_json(),
        "artifacts": [asdict(artifact) | {"path": _inside(artifact.path, workdir)} for artifact in result.artifacts],
        "notes": list(result.notes),
    }
    path = workdir / NAME
    partial = workdir / f".{NAME}.{os.getpid()}.partial"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(tree, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path


def has_result(workdir: Path) -> bool:
    """Whether a result was written into a folder."""
    return (workdir / NAME).is_file()


def read_result(workdir: Path) -> Result:
    """Read the result of a job back.

    Raises
    ------
    NotFound
        Where it was cleaned away.
    """
    try:
        tree = json.loads((workdir / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            "The result of the job is no longer kept",
            file=str(workdir),
            remedy="Make a new run; on the command line with --force.",
        ) from error
    return Result(
        tables={
            name: Table(name=table["name"], path=workdir / table["path"]) for name, table in tree["tables"].items()
        },
        summary={name: Figure(**figure) for name, figure in tree["summary"].items()},
        issues=tuple(Issue(**issue) for issue in tree["issues"]),
        provenance=_provenance(tree["provenance"]),
        artifacts=tuple(Artifact(**{**item, "path": workdir / item["path"]}) for item in tree["artifacts"]),
        notes=tuple(tree["notes"]),
    )


def _inside(path: Path, workdir: Path) -> str:
    absolute = path.absolute()
    return (
        absolute.relative_to(workdir.absolute()).as_posix()
        if absolute.is_relative_to(workdir.absolute())
        else str(absolute)
    )


def _provenance(tree: Mapping[str, Any]) -> Provenance:
    return Provenance(
        **{
            **tree,
            "inputs": tuple(InputRecord(**record) for record in tree["inputs"]),
            "models": tuple(ModelRecord(**record) for record in tree["models"]),
        }
    )
