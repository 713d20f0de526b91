"""What people change in a result beside names: lines that cut, metadata. Who, when, old, new and why are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pelagia.api.decision_bodies import NO_ZERO, Undo
from pelagia.core.service import Edit
from pelagia.http.asking import Bench, Runner
from pelagia.http.galleries import ResultJob
from pelagia.orders.decisions import annotator_of
from pelagia.orders.edits import LONGEST_REASON, MOST_AT_ONCE, change, changes, undo

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["decisions"])


class NewEdit(BaseModel):
    """One change."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=32, pattern=NO_ZERO, examples=["metadata"], description="`cuts` or `metadata`.")
    subject: str = Field(max_length=1000, pattern=NO_ZERO, examples=["sample:cruise_st1"])
    field: str = Field(default="", max_length=100, pattern=NO_ZERO, examples=["volume_m3"])
    value: Any = Field(default=None, description="As JSON; null takes back what was changed before.")
    why: str = Field(default="", max_length=LONGEST_REASON, pattern=NO_ZERO)


class NewEdits(BaseModel):
    """Changes made together; all of them are kept, or none."""

    model_config = ConfigDict(extra="forbid")

    edits: list[NewEdit] = Field(min_length=1, max_length=MOST_AT_ONCE)
    name: str = Field(
        default="", max_length=200, pattern=NO_ZERO, description="Who, where that is a visit without an account."
    )


class KeptEdits(BaseModel):
    """The numbers of the first and the last of changes made together, for undoing them."""

    first: int
    last: int


class KeptEdit(BaseModel):
    """One change as it is kept."""

    number: int
    kind: str
    subject: str
    field: str
    value: Any
    by: str
    at: datetime
    why: str


@router.get("/edits", operation_id="listEdits", summary="List what people changed beside names")
def list_edits(job: ResultJob, bench: Bench) -> list[KeptEdit]:
    """Every change in order, those taken back among them; the latest on a subject and field holds."""
    return [
        KeptEdit(
            number=made.id,
            kind=made.edit.kind,
            subject=made.edit.subject,
            field=made.edit.field,
            value=made.edit.value,
            by=made.edit.by,
            at=made.at,
            why=made.edit.why,
        )
        for made in changes(bench, job)
    ]


@router.post("/edits", operation_id="edit", summary="Change lines or metadata")
def edit(job: ResultJob, bench: Bench, principal: Runner, new: NewEdits) -> KeptEdits:
    """Nothing is overwritten; the result follows once it is written anew (`POST …/revision`)."""
    wanted = [
        Edit(kind=one.kind, subject=one.subject, field=one.field, value=one.value, why=" ".join(one.why.split()))
        for one in new.edits
    ]
    first, last = change(bench, job, wanted, annotator_of(principal, new.name))
    return KeptEdits(first=first, last=last)


@router.post("/edits/undo", operation_id="undoEdits", summary="Undo changes of lines or metadata")
def undo_edits(job: ResultJob, bench: Bench, principal: Runner, batch: Undo) -> KeptEdits:
    """Let hold again what held before; the trail keeps both."""
    first, last = undo(bench, job, batch.first, batch.last, annotator_of(principal, batch.name))
    return KeptEdits(first=first, last=last)
