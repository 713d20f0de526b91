"""Sleeps, and gives back a model that is shipped with Pelagia: a training must give one."""

from __future__ import annotations

import time

from pelagia.catalogue.models import SHIPPED
from pelagia.core.result import Artifact, Figure, Result
from pelagia.core.service import Estimate, Request, Steps

PACKAGE = SHIPPED / "flowcam-protist" / "1.0.0"
NAP_S = 0.1


def estimate(request: Request, /) -> Estimate:
    """One step a nap."""
    return Estimate(steps=_naps(request), units=_naps(request), bytes=0)


def run(request: Request, steps: Steps, /) -> Result:
    """Sleep in naps, so that it can be cancelled between them."""
    for number in range(_naps(request)):
        steps.do(f"nap-{number}", _nap, request.params.seconds / _naps(request), units=1)
    if request.params.word == "bug":
        raise ZeroDivisionError("division by nothing")
    files = sorted(path for path in PACKAGE.rglob("*") if path.is_file())
    return Result(
        tables={},
        summary={"slept": Figure(value=request.params.seconds, description="Slept", unit="s")},
        issues=(),
        provenance=request.provenance([]),
        artifacts=tuple(
            Artifact(role="model", name=path.relative_to(PACKAGE).as_posix(), path=path, media_type="x")
            for path in files
        ),
    )


def _naps(request: Request) -> int:
    return max(1, round(request.params.seconds / NAP_S))


def _nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
