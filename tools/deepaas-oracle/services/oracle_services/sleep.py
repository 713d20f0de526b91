"""Sleeps."""

from __future__ import annotations

import time

from pelagia.core.result import Figure, Result
from pelagia.core.service import Estimate, Request, Steps


def estimate(_request: Request, /) -> Estimate:
    """One step."""
    return Estimate(steps=1, units=1, bytes=0)


def run(request: Request, steps: Steps, /) -> Result:
    """Sleep."""
    steps.do("sleep", _sleep, request.params.seconds, units=1)
    if request.params.word == "bug":
        raise ZeroDivisionError("division by nothing")
    slept = Figure(value=request.params.seconds, description="Slept", unit="s")
    return Result(tables={}, summary={"slept": slept}, issues=(), provenance=request.provenance([]))


def _sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
