"""Does nothing, once."""

from __future__ import annotations

from pelagia.core.result import Result
from pelagia.core.service import Estimate, Request, Steps


def estimate(_request: Request, /) -> Estimate:
    """One step."""
    return Estimate(steps=1, units=1, bytes=0)


def run(request: Request, steps: Steps, /) -> Result:
    """Do nothing."""
    steps.do("nothing", dict, units=1)
    return Result(tables={}, summary={}, issues=(), provenance=request.provenance([]))
