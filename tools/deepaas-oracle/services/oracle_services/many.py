"""Answers after as many steps as it is told."""

from __future__ import annotations

import os
import signal
import time
from functools import partial

from pelagia.core.result import Figure, Result
from pelagia.core.service import Estimate, Request, Steps

UNITS_A_STEP = 50


def estimate(request: Request, /) -> Estimate:
    """Fifty answers a step."""
    return Estimate(steps=len(_parts(request)), units=request.params.units, bytes=0)


def run(request: Request, steps: Steps, /) -> Result:
    """Count the answers."""
    if request.params.die:
        os.kill(os.getpid(), signal.SIGKILL)
    slowly = partial(_slowly, seconds=request.params.seconds)
    units = sum(steps.map("part", slowly, _parts(request), units=int))
    if request.params.wrong:
        raise ZeroDivisionError("division by nothing")
    figure = Figure(value=units, description="Answers")
    return Result(tables={}, summary={"units": figure}, issues=(), provenance=request.provenance([]))


def _slowly(units: int, seconds: float) -> int:
    time.sleep(seconds)
    return units


def _parts(request: Request) -> list[int]:
    units = request.params.units
    return [min(UNITS_A_STEP, units - first) for first in range(0, units, UNITS_A_STEP)]
