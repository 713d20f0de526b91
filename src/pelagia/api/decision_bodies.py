"""The bodies of what is asked and answered about objects and decisions."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pelagia.orders.decisions import MOST_AT_ONCE

NO_ZERO = r"^[^\x00]*$"
Status = Literal["predicted", "validated", "unknown", "unclassified"]


class Vote(BaseModel):
    """A decision that stands."""

    key: str
    name: str
    taxon: str | None


class ObjectCard(BaseModel):
    """What a gallery shows of an object."""

    row: int
    object_id: str
    sample_id: str | None
    taxon: str | None = Field(description="The name that holds now: a person's, else the model's.")
    status: Status = Field(description="How it came by its name.")
    predicted_taxon: str | None
    confidence: float | None = Field(description="The model's probability for its name, 0 to 1.")
    size_um: float | None = Field(description="Equivalent spherical diameter, else area-based, µm.")
    pixel_size_um: float | None
    width_px: int | None
    height_px: int | None
    has_image: bool
    disputed: bool = Field(description="Whether people differ on it.")
    decided_by: list[Vote]


class ObjectList(BaseModel):
    """A page of objects; `next` is the `after` of the next page."""

    items: list[ObjectCard]
    total: int
    before: int
    next: int | None


class Taxon(BaseModel):
    """A name and how many objects bear it."""

    taxon: str
    predicted: int
    validated: int


class Taxa(BaseModel):
    """All names of a result."""

    taxa: list[Taxon]
    statuses: dict[str, int]
    samples: list[str]


class Happened(BaseModel):
    """One decision."""

    id: int
    object_id: str
    taxon: str | None = Field(description="`null` where the person takes back what they held.")
    by: str
    key: str = Field(description="The same person has the same key.")
    at: dt.datetime


class ObjectDetail(BaseModel):
    """Everything on one object."""

    card: ObjectCard
    top: list[tuple[str, float]] = Field(description="The model's first choices with their probabilities.")
    values: dict[str, Any] = Field(description="Its row of the table `objects`.")
    history: list[Happened]


class NewDecision(BaseModel):
    """What a person decides on an object."""

    model_config = ConfigDict(extra="forbid")

    object_id: str = Field(min_length=1, max_length=1000)
    taxon: str | None = Field(
        max_length=400, pattern=NO_ZERO, description="The name; `null` takes the person's decision back."
    )


class NewDecisions(BaseModel):
    """Decisions made together; all of them are recorded, or none."""

    model_config = ConfigDict(extra="forbid")

    decisions: list[NewDecision] = Field(min_length=1, max_length=MOST_AT_ONCE)
    name: str = Field(
        default="",
        max_length=200,
        pattern=NO_ZERO,
        description="Who decides, where that is a visit without an account.",
    )


class Undo(BaseModel):
    """A batch of decisions that the person no longer wants."""

    model_config = ConfigDict(extra="forbid")

    first: int = Field(ge=1, le=2**62)
    last: int = Field(ge=1, le=2**62)
    name: str = Field(default="", max_length=200, pattern=NO_ZERO)


class RevisionState(BaseModel):
    """How the written result stands to the decisions."""

    state: Literal["as-predicted", "current", "outdated", "running", "failed"]
    number: int
    decided_in_it: int
    decided_now: int
    made_at: str
    error: dict[str, str]


class Recorded(BaseModel):
    """What was recorded; `first` and `last` undo it."""

    first: int
    last: int
    objects: list[ObjectCard]
    revision: RevisionState


class Agreement(BaseModel):
    """How far people agree."""

    decided: int
    by_several: int
    agreed: int
    disputed: int


class Person(BaseModel):
    """Somebody who decided, and on how many objects their decision stands."""

    key: str
    name: str
    objects: int


class DecisionList(BaseModel):
    """What happened, in order; `next` is the `after` of the next page."""

    items: list[Happened]
    next: int | None
    agreement: Agreement
    people: list[Person]


class Invitation(BaseModel):
    """An account that shall decide as well: by its e-mail address, or by the number its owner tells."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(default=None, min_length=3, max_length=320, pattern=r"^[^\s\x00]+@[^\s\x00]+$")
    account_id: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{32}$", description="As on the page of the account."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.email is None) == (self.account_id is None):
            raise ValueError("either an e-mail address or the number of an account is wanted")
        return self


class InvitedPerson(BaseModel):
    """Somebody invited to decide."""

    account_id: str
    name: str
