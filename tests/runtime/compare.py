"""What must be equal between two runs of one request."""

from __future__ import annotations

from typing import Any

from pelagia.core.result import Result


def content(result: Result) -> dict[str, Any]:
    """Return all that a result holds, but for where its files stand."""
    return {
        "tables": {name: (table.read().to_pylist(), table.path.read_bytes()) for name, table in result.tables.items()},
        "summary": dict(result.summary),
        "issues": result.issues,
        "provenance": result.provenance,
        "artifacts": {artifact.name: artifact.path.read_bytes() for artifact in result.artifacts},
        "notes": result.notes,
    }
