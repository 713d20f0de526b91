"""An Estimate as JSON, for the row of its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pelagia.core.result import Issue
from pelagia.core.service import Estimate


def estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    """Return the estimate as JSON types."""
    # Field by field: `asdict` copies all it finds, which short work would wait for.
    return {
        "steps": estimate.steps,
        "units": estimate.units,
        "bytes": estimate.bytes,
        "understood": dict(estimate.understood),
        "issues": [asdict(issue) for issue in estimate.issues],
        "objects": estimate.objects,
    }


def estimate_from_json(tree: Mapping[str, Any]) -> Estimate:
    """Read an estimate back."""
    return Estimate(**{**tree, "issues": tuple(Issue(**issue) for issue in tree["issues"])})
