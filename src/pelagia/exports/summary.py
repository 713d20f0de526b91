"""``summary.json``: the figures of a result with unit and interval, and where they come from."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue, Result, Severity
from pelagia.core.table import Table
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.output import SUMMARY_NAME

FORMAT_VERSION = 1
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def summary_json(
    result: Result,
    *,
    issues: Sequence[Issue],
    files: Sequence[str],
    exports: Mapping[str, Sequence[str]],
    options: ExportOptions,
    job_id: str = "",
) -> bytes:
    """Return the content of ``summary.json``.

    Parameters
    ----------
    result
        What is summed up.
    issues
        All findings, those of the exports among them.
    files
        The names of all files in the folder, this one among them.
    exports
        The chosen exports and the files each wrote; none where it failed.
    job_id
        The job the result came from; left out where empty.
    """
    severities = Counter(issue.severity for issue in issues)
    content: dict[str, Any] = {
        "format": "pelagia-summary",
        "format_version": FORMAT_VERSION,
        "service": result.provenance.service,
        "service_version": result.provenance.service_version,
        **({"job": job_id} if job_id else {}),
        "created": options.created.isoformat(),
        "figures": {name: asdict(figure) for name, figure in result.summary.items()},
        "notes": list(result.notes),
        "findings": {severity: severities[severity] for severity in _SEVERITIES},
        "tables": {name: _described(table) for name, table in result.tables.items()},
        "models": [asdict(model) for model in result.provenance.models],
        "exports": {name: list(names) for name, names in exports.items()},
        "provenance": result.provenance.to_json(),
        "files": list(files),
    }
    return (json.dumps(json_ready(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_summary(folder: Path) -> dict[str, Any] | None:
    """Read the summary of a finished output folder; ``None`` where the folder is not complete."""
    try:
        content = json.loads((folder / SUMMARY_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("format") == "pelagia-summary" else None


def json_ready(value: Any) -> Any:
    """Return a value made of JSON types only; numbers that are not finite become ``null``."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def _described(table: Table) -> dict[str, Any]:
    columns = [
        {"name": column.name, "type": str(column.type), "unit": column.unit, "description": column.description}
        for column in table.columns
    ]
    return {"file": f"{table.name}.parquet", "rows": table.rows, "columns": columns}
