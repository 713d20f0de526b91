"""``/health``: whether this server lives, and whether the installation can do its work."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pelagia import __version__
from pelagia.runtime.checkup import Checkup, Finding

router = APIRouter(tags=["health"])

# What this server needs to answer at all; workers and room it can do without for a while.
NEEDED = ("database", "migrations", "storage")
NOT_READY = 503


class CheckAnswer(BaseModel):
    """How one thing is."""

    model_config = ConfigDict(frozen=True)

    state: Literal["ok", "failed"] = Field(description="Whether it is well.")
    detail: str = Field(description="In words.")


class HealthAnswer(BaseModel):
    """How the installation is."""

    model_config = ConfigDict(frozen=True)

    state: Literal["ok", "failed"] = Field(description="`ok` where all checks are.")
    version: str = Field(description="Of Pelagia.")
    checks: dict[str, CheckAnswer] = Field(description="What was looked at, by name.")


def checkup(request: Request) -> Checkup:
    """Return the checkup of the application."""
    found: Checkup = request.app.state.checkup
    return found


Looked = Annotated[Checkup, Depends(checkup)]
FAILED: dict[int | str, dict[str, Any]] = {
    NOT_READY: {"model": HealthAnswer, "description": "Something is not well; the checks say what."}
}


@router.get("/health", summary="How the installation is", responses=FAILED)
def health(looked: Looked, response: Response) -> HealthAnswer:
    """Tell whether database, storage, disk and workers are well; 503 where one is not."""
    return _answer(looked.findings(), response)


@router.get("/health/ready", summary="Whether this server can answer", responses=FAILED)
def ready(looked: Looked, response: Response) -> HealthAnswer:
    """Tell whether this server can take requests: workers may be away, and room may be short."""
    return _answer(looked.findings(NEEDED), response)


@router.get("/health/live", summary="Whether this server lives")
async def live(response: Response) -> HealthAnswer:
    """Tell that this process answers; nothing else is asked."""
    return _answer({}, response)


def _answer(findings: dict[str, Finding], response: Response) -> HealthAnswer:
    is_ok = all(finding.is_ok for finding in findings.values())
    response.status_code = 200 if is_ok else NOT_READY
    response.headers["Cache-Control"] = "no-store"
    return HealthAnswer(
        state="ok" if is_ok else "failed",
        version=__version__,
        checks={
            name: CheckAnswer(state="ok" if finding.is_ok else "failed", detail=finding.words)
            for name, finding in findings.items()
        },
    )
