"""Which edits hold, and which of them the figures of a result do not have yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pelagia.orders.revise import made_of
from pelagia.orders.workbench import Workbench
from pelagia.runtime.edits import Made, edits_of
from pelagia.runtime.jobs import Job

ITEM, SURVEY, AREA = "item", "survey", "area"
NEW = "new:"
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An edit that holds; ``made`` is the last one of its subject and field.

    Parameters
    ----------
    made
        Who changed it last, when and to what; a value of ``None`` takes back what was changed before.
    written
        What the figures of the result have of it.
    """

    made: Made
    written: Any

    @property
    def is_pending(self) -> bool:
        """Whether the figures of the result do not have it yet."""
        return bool(self.value != self.written)

    @property
    def value(self) -> Any:
        """What it was changed to."""
        return self.made.edit.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """All edits of a result, by what they are about."""

    by_place: dict[Place, Held]

    @property
    def pending(self) -> int:
        """How many changes are not in the figures yet; what was changed and taken back is none."""
        return sum(one.is_pending for one in self.by_place.values())

    def of(self, kind: str) -> dict[str, Held]:
        """Return those of a kind by their subject; where that has several fields, the last of them."""
        return {place[1]: one for place, one in self.by_place.items() if place[0] == kind}


def edits_on(bench: Workbench, job: Job) -> Edits:
    """Return the edits of a result."""
    made = edits_of(bench.runtime.database, job.id)
    return held_of(made, made_of(bench.runtime.settings, job.id).edits_up_to)


def held_of(made: Iterable[Made], in_figures: int) -> Edits:
    """Return what holds of edits in their order, of which those up to a number are in the figures."""
    latest: dict[Place, Made] = {}
    written: dict[Place, Any] = {}
    for one in made:
        place = one.edit.kind, one.edit.subject, one.edit.field
        latest[place] = one
        if one.id <= in_figures:
            written[place] = one.edit.value
    return Edits(by_place={place: Held(made=one, written=written.get(place)) for place, one in latest.items()})
